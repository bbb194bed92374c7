"""The loop: looks what is due, sees that exactly one process does it, and survives every job."""

import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import schedule

from pipeline.ledger import now as clock
from pipeline.ledger.jobs import Jobs, JobState
from pipeline.schedule.lease import Lease, Watch, claim
from pipeline.schedule.timed import GRACE, Result, Timed
from schemas.errors import LedgerError, LeopardError

TICK = 1.0
"""Seconds between two looks; what is due before the next one is not kept waiting for it."""
WAITS = (0.2, 1.0, 5.0)
"""Seconds before it is tried again to remember what became of a job."""


Work = Callable[[Timed, Lease], Result]
"""Does one job; raises nothing that is not a bug."""


@dataclass
class Times:
    """Where the loop gets its time from."""

    now: Callable[[], datetime] = clock
    monotonic: Callable[[], float] = time.monotonic
    patience: float | None = None
    """Seconds after which whoever is silent is taken for dead; by default what the ledger's lock has."""
    beat: float | None = None


Thaw = Callable[[Timed, datetime], tuple[datetime | None, bool]]
"""Until when a channel of a job is frozen at an instant, and whether all of them are."""
Tell = Callable[[str, LeopardError | None], None]
"""Is told one sentence of what happens, and what caused it if that was a failure."""


@dataclass
class Scheduler:
    """Does everything in `entries` when it is due, one at a time, together with other such processes."""

    entries: Sequence[Timed]
    jobs: Jobs
    work: Work
    thaw: Thaw = lambda timed, now: (None, False)
    tell: Tell = lambda words, error: None
    times: Times = field(default_factory=Times)
    stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.me = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self.awake = self.seen = self.times.now()
        self.looked = self.times.monotonic()
        patience = self.times.patience
        self.watch = Watch(self.times.monotonic, *(() if patience is None else (patience,)))
        self.soonest: datetime | None = None
        self.lease: Lease | None = None
        self.tick = schedule.Scheduler()
        self._arm()

    def _arm(self) -> None:
        self.tick.clear()
        self.tick.every(TICK).seconds.do(self.look)  # type: ignore[arg-type]

    def halt(self) -> None:
        """End after what is under way; what is left of it is done at the next start."""
        self.stop.set()
        if (lease := self.lease) is not None:
            lease.stop.set()

    def look(self) -> None:
        """Do everything that is due. What was missed while nobody was there is made good for once."""
        now = self.times.now()
        if abs(now - self.seen) > GRACE:  # the machine slept, or the clock was set
            self.awake = now
        self.seen = now
        try:
            known = self.jobs.all()
            for timed in sorted(self.entries, key=lambda one: _order(known.get(one.name), now)):
                if not self.stop.is_set():
                    self._consider(timed, known.get(timed.name))
            self.soonest = self._soonest()
        except LedgerError as error:
            self.soonest = None
            self.tell("the schedule cannot be looked at; it is tried again", error)
        self.looked = self.times.monotonic()

    def _soonest(self) -> datetime | None:
        now, states = self.times.now(), self.jobs.all().values()
        dues = [state.due for state in states if state.owner is None and state.due and state.due > now]
        return min(dues, default=None)

    def _consider(self, timed: Timed, known: JobState | None) -> None:
        now = self.times.now()
        if known is not None and known.owner is not None:
            if not self.watch.is_silent(known):
                return
            self.tell(f"{timed.name}: {known.owner} has fallen silent; it is taken over", None)
            state = known
        else:
            state = timed.arranged(known, now, self.awake)
            if state != known and self.jobs.change(timed.name, _if_still(known, state)) is None:
                return
            if state.due is None or state.due > now:
                return
        lease = claim(self.jobs, state, self.me, now)
        if lease is not None:
            if self.times.beat is not None:
                lease.beat = self.times.beat
            self._do(timed, lease)

    def _do(self, timed: Timed, lease: Lease) -> None:
        thaw, all_frozen = self.thaw(timed, self.times.now())
        if all_frozen:
            result = Result("frozen")
        else:
            self.lease = lease
            if self.stop.is_set():
                lease.stop.set()
            with lease.kept():
                result = self.work(timed, lease)
            self.lease = None
        self.seen = self.times.now()
        self._remember(timed, lease, partial(self._ended, timed, result, thaw))

    def _ended(self, timed: Timed, result: Result, thaw: datetime | None, known: JobState) -> JobState:
        return timed.ended(known, self.times.now(), result, thaw)

    def _remember(self, timed: Timed, lease: Lease, final: Callable[[JobState], JobState]) -> None:
        for wait in (*WAITS, None):
            try:
                if not lease.end(final):
                    self.tell(f"{timed.name} was taken over by another process meanwhile", None)
                return
            except LedgerError as error:
                if wait is None:
                    raise
                self.tell(f"what became of {timed.name} cannot be remembered; it is tried again", error)
                self.stop.wait(wait)

    def forever(self) -> None:
        """Until `halt` is called."""
        self.look()
        while not self.stop.is_set():
            if self.soonest is not None and self.times.now() >= self.soonest:
                self.look()
            else:
                self.tick.run_pending()
            if (idle := self.tick.idle_seconds) is None or idle > 2 * TICK:
                self._arm()  # the tick goes by the clock on the wall, and that was set back
            self.stop.wait(self._pause())

    def _pause(self) -> float:
        """Seconds: until the next tick, or until something is due."""
        left = TICK if self.soonest is None else (self.soonest - self.times.now()).total_seconds()
        return min(TICK, max(0.0, left), max(0.0, self.tick.idle_seconds or 0.0))


def _order(state: JobState | None, now: datetime) -> datetime:
    """What has waited longest comes first."""
    return state.due if state is not None and state.due is not None else now


def _if_still(seen: JobState | None, new: JobState) -> Callable[[JobState | None], JobState | None]:
    return lambda known: new if known == seen else None
