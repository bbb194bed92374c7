"""Replicas of the schedule on one ledger, and a clock that tests move."""

import threading
from datetime import UTC, datetime, timedelta

from pipeline.ledger import Ledger
from pipeline.ledger.jobs import Jobs
from pipeline.schedule.loop import Scheduler, Times
from pipeline.schedule.model import Job
from pipeline.schedule.timed import Regular, Result, Turn

BEGIN = datetime(2026, 3, 2, 12, 0, 30, tzinfo=UTC)


class Clock:
    """The time on the wall, which may be set, and the time that passes, which may not."""

    def __init__(self, wall=BEGIN):
        self.wall, self.passed = wall, 0.0

    def now(self):
        return self.wall

    def monotonic(self):
        return self.passed

    def go(self, seconds=0.0, **span):
        """Time passes."""
        seconds += timedelta(**span).total_seconds()
        self.wall += timedelta(seconds=seconds)
        self.passed += seconds

    def sleep(self, **span):
        """The machine sleeps: nothing in it notices, but for the clock on the wall."""
        self.wall += timedelta(**span)

    set = sleep


class Replica:
    """One process that looks at the schedule, as far as the schedule can tell."""

    def __init__(self, root, clock, *jobs, turn=None, thaw=None, work=None, address="sqlite:///ledger.db"):
        self.clock, self.begun, self.told = clock, [], []
        self.ledger = Ledger(address, root)
        self.jobs = Jobs(self.ledger.database)
        self.result = Result("done", "run")
        self.work = work or (lambda timed, lease: self.result)
        entries = [Regular(job, "UTC") for job in jobs]
        if turn is not None:
            entries.insert(0, Turn("all", turn))
        more = {} if thaw is None else {"thaw": thaw}
        self.scheduler = Scheduler(
            entries, self.jobs, self._work, tell=lambda words, error: self.told.append((words, error)),
            times=Times(clock.now, clock.monotonic), **more,
        )  # fmt: skip
        self.scheduler.stop = _Impatient()

    def _work(self, timed, lease):
        self.begun.append((timed.name, self.clock.now()))
        return self.work(timed, lease)

    def look(self):
        self.scheduler.look()
        return self.begun

    def state(self, job):
        return self.jobs.all()[job.title if isinstance(job, Job) else job]

    def run_for(self, step=10.0, **span):
        """Look every `step` seconds for so long."""
        until = self.clock.passed + timedelta(**span).total_seconds()
        while self.clock.passed < until:
            self.look()
            self.clock.go(step)
        return self.begun


class _Impatient(threading.Event):
    """Does not make a test wait."""

    def wait(self, timeout=None):
        return self.is_set()


def every(text, **more):
    return Job(sync="all", every=text, **more)
