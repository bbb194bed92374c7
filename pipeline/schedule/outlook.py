"""What comes, and how every job has fared: the schedule as people see it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from pipeline.ledger.jobs import JobState, Outcome
from pipeline.schedule.loop import Thaw
from pipeline.schedule.timed import Regular, Timed, is_overdue
from pipeline.schedule.times import EPOCH
from schemas.base import Model


class Fared(Model):
    """One job: when it is due, and what became of it before."""

    job: str
    channels: tuple[str, ...] | Literal["all"]
    due: datetime | None
    overdue: bool
    at_it: str | None
    """Which process is at it now."""
    frozen_until: datetime | None
    last_success: datetime | None
    outcome: Outcome | None
    error: str | None
    failures: int
    """In a row."""
    misses: int
    last_miss: datetime | None


class Coming(Model):
    """One instant at which a job begins."""

    at: datetime
    job: str


def fared(entries: Sequence[Timed], known: dict[str, JobState], thaw: Thaw, now: datetime) -> list[Fared]:
    """Every job, as it is remembered or, where it is not yet, as it would begin."""
    found = []
    for timed in entries:
        state = _now(timed, known, now)
        found.append(
            Fared(
                job=timed.name,
                channels=timed.channels if timed.channels == "all" else tuple(timed.channels),
                due=state.due,
                overdue=is_overdue(state, now),
                at_it=state.owner,
                frozen_until=thaw(timed, now)[0],
                **state.model_dump(
                    include={"last_success", "outcome", "error", "failures", "misses", "last_miss"}
                ),
            )
        )
    return found


def coming(entries: Sequence[Timed], known: dict[str, JobState], now: datetime, limit: int) -> list[Coming]:
    """The next instants at which something begins, the earliest first."""
    found: list[Coming] = []
    for timed in entries:
        state = _now(timed, known, now)
        if state.due is not None:
            found.append(Coming(at=state.due, job=timed.name))
        if isinstance(timed, Regular):
            slot = max(state.slot or now, now)
            for _ in range(limit - 1):
                slot = timed.next(slot)
                found.append(Coming(at=timed.begins(slot), job=timed.name))
    return sorted(found, key=lambda one: (one.at, one.job))[:limit]


def _now(timed: Timed, known: dict[str, JobState], now: datetime) -> JobState:
    state = known.get(timed.name)
    return state if state is not None and state.owner is not None else timed.arranged(state, now, EPOCH)
