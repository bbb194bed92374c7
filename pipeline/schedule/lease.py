"""One at a time: whoever is at a job shows that they live, and whoever is silent loses it."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from pipeline.ledger.fence import BEAT, PATIENCE, Superseded, beating
from pipeline.ledger.jobs import Change, Jobs, JobState, held_fence


@dataclass
class Lease:
    """The right to do one job now. `stop` is set when whoever does it is to end: asked to, or taken over."""

    jobs: Jobs
    state: JobState
    beat: float = BEAT
    stop: threading.Event = field(default_factory=threading.Event)

    def kept(self) -> AbstractContextManager[None]:
        """Beats until the end of the `with` block."""
        return beating(self.beat, self._beat, "leopard-lease")

    def _beat(self) -> bool:
        if self.jobs.change(self.state.name, self._beaten) is not None:
            return True
        self.stop.set()
        return False

    def _beaten(self, known: JobState | None) -> JobState | None:
        return known.model_copy(update={"beat": known.beat + 1}) if self.holds(known) and known else None

    def holds(self, known: JobState | None) -> bool:
        """Is the job still ours?"""
        mine = (self.state.owner, self.state.fence)
        return known is not None and (known.owner, known.fence) == mine

    def end(self, final: Callable[[JobState], JobState]) -> bool:
        """Give the job back as `final` says. False if it is not ours any more. Raises LedgerError."""
        change: Change = lambda known: final(known) if known is not None and self.holds(known) else None  # noqa: E731
        return self.jobs.change(self.state.name, change) is not None


def fenced(name: str, fence: int) -> Callable[[Connection], None]:
    """To be asked inside each transaction of the run that a job stands for. Raises Superseded."""

    def guard(connection: Connection) -> None:
        if held_fence(connection, name) != fence:
            raise Superseded(f"{name} was taken over by another process")

    return guard


def claim(jobs: Jobs, seen: JobState, me: str, now: datetime) -> Lease | None:
    """Take a job that is still as it was seen; None if somebody else was quicker. Raises LedgerError."""

    def taken(known: JobState | None) -> JobState | None:
        if known != seen:
            return None
        update = {"owner": me, "fence": seen.fence + 1, "beat": 0, "began": now}
        return seen.model_copy(update=update)

    state = jobs.change(seen.name, taken)
    return None if state is None else Lease(jobs, state)


class Watch:
    """Sees who has fallen silent, by this process's own clock: clocks that disagree or jump do not matter."""

    def __init__(self, monotonic: Callable[[], float], patience: float = PATIENCE) -> None:
        self.monotonic, self.patience = monotonic, patience
        self.seen: dict[str, tuple[tuple[object, ...], float]] = {}

    def is_silent(self, state: JobState) -> bool:
        """Has the owner of a job not beaten for as long as we are patient?"""
        beat = (state.owner, state.fence, state.beat)
        known, since = self.seen.get(state.name, (None, 0.0))
        if known != beat:
            self.seen[state.name] = (beat, self.monotonic())
            return False
        return self.monotonic() - since > self.patience
