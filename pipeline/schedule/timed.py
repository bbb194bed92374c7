"""What has its time: the jobs of leopard.yaml, and the turns at which time alone changes what is shown."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, Protocol

from pipeline.config import Project
from pipeline.ledger.jobs import JobState, Outcome
from pipeline.schedule.model import Job
from pipeline.schedule.times import delay, next_slot, slots
from schemas import canonical

GRACE = timedelta(seconds=60)
"""So late a job may be and still counts as on time."""
TURN = "what time alone changes"
SOON = timedelta(seconds=5)
"""After so long something is tried again that found somebody else at work."""
LONGEST_WAIT = timedelta(minutes=15)


@dataclass(frozen=True)
class Result:
    """What became of one attempt."""

    outcome: Outcome
    run: str | None = None
    error: str | None = None


class Timed(Protocol):
    """Something that is done again and again. Both methods are pure."""

    @property
    def name(self) -> str: ...

    @property
    def channels(self) -> Sequence[str] | Literal["all"]: ...

    def arranged(self, known: JobState | None, now: datetime, awake: datetime) -> JobState:
        """Its state as it is to be while nobody is at it; `awake` is since when the schedule is looked at."""

    def ended(self, known: JobState, now: datetime, result: Result, thaw: datetime | None) -> JobState:
        """Its state after an attempt. `thaw` is when a frozen channel of it may be written again."""


@dataclass(frozen=True)
class Regular:
    """A job of leopard.yaml. `seed` tells the jitter of one project from that of another."""

    job: Job
    zone: str
    seed: str = ""

    @property
    def name(self) -> str:
        return self.job.title

    @property
    def channels(self) -> Sequence[str] | Literal["all"]:
        return self.job.sync

    @property
    def rule(self) -> str:
        """Changes when anything does that the due times depend on."""
        return canonical.digest({"zone": self.zone, **self.job.model_dump(mode="json", exclude={"sync"})})

    def next(self, after: datetime) -> datetime:
        return next_slot(self.job, after, self.zone)

    def begins(self, slot: datetime) -> datetime:
        return slot + delay(self.job, slot, f"{self.seed} {self.name}")

    def arranged(self, known: JobState | None, now: datetime, awake: datetime) -> JobState:
        state = known or JobState(name=self.name)
        if state.slot is None or state.due is None or state.rule != self.rule:
            return self._onto(state, self.next(now))
        if state.slot > self.next(self.next(now)):  # the clock had gone ahead and was set back
            return self._onto(state, self.next(now))
        if self.job.catch_up == "skip" and state.due < awake - GRACE and state.due <= now:
            passed = self.missed(state.slot, now)
            update = {"misses": state.misses + passed + 1, "last_miss": now}
            return self._onto(state.model_copy(update=update), self.next(now))
        return state

    def ended(self, known: JobState, now: datetime, result: Result, thaw: datetime | None) -> JobState:
        assert known.slot is not None
        assert known.began is not None
        state = told(known, now, result)
        if result.outcome in ("busy", "lost"):
            return state.model_copy(update={"due": now + SOON})
        if result.outcome == "stopped":
            return state.model_copy(update={"due": known.due})
        passed = self.missed(known.slot, now)
        if passed and result.outcome != "frozen":
            state = state.model_copy(update={"misses": state.misses + passed, "last_miss": now})
        consumed = known.slot <= known.began  # else it was done before its time, for a window that had ended
        state = self._onto(state, self.next(max(now, known.slot)) if consumed else known.slot)
        if thaw is not None and state.due is not None and thaw < state.due:
            return state.model_copy(update={"due": thaw})
        return state

    def missed(self, slot: datetime, now: datetime) -> int:
        """Due times after `slot` that have passed by now."""
        return slots(self.job, slot, now, self.zone)

    def _onto(self, state: JobState, slot: datetime) -> JobState:
        return state.model_copy(update={"slot": slot, "due": self.begins(slot), "rule": self.rule})


@dataclass(frozen=True)
class Turn:
    """The next instant at which something is published or withdrawn by time alone, as the last run saw it."""

    channels: Sequence[str] | Literal["all"]
    next: Callable[[], datetime | None]
    name: str = TURN

    def arranged(self, known: JobState | None, now: datetime, awake: datetime) -> JobState:
        state, slot = known or JobState(name=self.name), self.next()
        if state.slot == slot:
            return state
        due = min((one for one in (slot, state.due) if one is not None), default=None)
        return state.model_copy(update={"slot": slot, "due": due})

    def ended(self, known: JobState, now: datetime, result: Result, thaw: datetime | None) -> JobState:
        state, slot = told(known, now, result), self.next()
        due = [slot] if slot is not None and slot > now else []
        if result.outcome in ("busy", "lost"):
            due.append(now + SOON)
        elif result.outcome in ("failed", "partial") or (slot and slot <= now and thaw is None):
            due.append(now + min(LONGEST_WAIT, timedelta(minutes=2 ** min(state.failures, 8) / 2)))
        if result.outcome == "stopped":
            due.append(known.due or now)
        if thaw is not None:
            due.append(thaw)
        return state.model_copy(update={"slot": slot, "due": min(due, default=None)})


def told(known: JobState, now: datetime, result: Result) -> JobState:
    """The state with nobody at it, and what became of the attempt."""
    update: dict[str, object] = {"owner": None, "beat": 0, "ended": now, "outcome": result.outcome}
    if result.outcome in ("done", "partial", "failed"):
        failed = result.outcome != "done"
        update |= {"runs": known.runs + 1, "failures": known.failures + 1 if failed else 0}
        update |= {"run": result.run, "error": result.error}
    if result.outcome == "done":
        update["last_success"] = now
    return known.model_copy(update=update)


def timed(project: Project, seed: str, turn: Callable[[], datetime | None]) -> list[Timed]:
    """Everything that has its time in a project; the turns first."""
    jobs = project.written.schedule
    if not jobs:
        return []
    every = any(job.sync == "all" for job in jobs)
    named = dict.fromkeys(name for job in jobs for name in job.sync)
    regular = [Regular(job, project.site.timezone, seed) for job in jobs]
    return [Turn("all" if every else tuple(named), turn), *regular]


def channels_of(one: Timed, project: Project) -> Sequence[str]:
    """Names of the channels that it is about."""
    return tuple(project.channels) if one.channels == "all" else one.channels


def is_overdue(state: JobState, now: datetime) -> bool:
    """Should it have begun a while ago?"""
    return state.owner is None and state.due is not None and state.due < now.astimezone(UTC) - GRACE
