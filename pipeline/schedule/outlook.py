"""What comes, and how every job has fared: the schedule as people see it."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from pipeline.config import Project
from pipeline.ledger import Ledger
from pipeline.ledger.jobs import Jobs, JobState, Outcome
from pipeline.schedule.freeze import thawing
from pipeline.schedule.timed import Regular, Timed, is_overdue, timed
from pipeline.schedule.times import EPOCH
from pipeline.schedule.turn import turn_of
from schemas.base import Model

if TYPE_CHECKING:
    from pipeline.schedule.loop import Thaw


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


def fared(entries: Sequence[Timed], known: dict[str, JobState], thaw: "Thaw", now: datetime) -> list[Fared]:
    """Every job, as it is remembered or, where it is not yet, as it would begin."""
    found = []
    for one in entries:
        state = _now(one, known, now)
        found.append(
            Fared(
                job=one.name,
                channels=one.channels if one.channels == "all" else tuple(one.channels),
                due=state.due,
                overdue=is_overdue(state, now),
                at_it=state.owner,
                frozen_until=thaw(one, now)[0],
                **state.model_dump(
                    include={"last_success", "outcome", "error", "failures", "misses", "last_miss"}
                ),
            )
        )
    return found


def fare(project: Project, ledger: Ledger, now: datetime) -> list[Fared]:
    """Every job of a project."""
    entries = timed(project, ledger.lineage, lambda: turn_of(ledger))
    return fared(entries, Jobs(ledger.database).all(), thawing(project), now) if entries else []


def coming(entries: Sequence[Timed], known: dict[str, JobState], now: datetime, limit: int) -> list[Coming]:
    """The next instants at which something begins, the earliest first."""
    found: list[Coming] = []
    for one in entries:
        state = _now(one, known, now)
        if state.due is not None:
            found.append(Coming(at=state.due, job=one.name))
        if isinstance(one, Regular):
            slot = max(state.slot or now, now)
            for _ in range(limit - 1):
                slot = one.next(slot)
                found.append(Coming(at=one.begins(slot), job=one.name))
    return sorted(found, key=lambda one: (one.at, one.job))[:limit]


def _now(timed: Timed, known: dict[str, JobState], now: datetime) -> JobState:
    state = known.get(timed.name)
    return state if state is not None and state.owner is not None else timed.arranged(state, now, EPOCH)
