"""The schedule: which job is due when, and a loop that survives every job."""

import threading
from collections.abc import Callable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import schedule

from pipeline.config import Job, Project
from pipeline.ledger import now as clock

UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1)}
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def next_due(job: Job, after: datetime, zone: str) -> datetime:
    """The first instant after `after` at which `job` is due. Wall-clock times are those of `zone` (IANA).

    A time that a clock change leaves out is due when the clock has moved on; one that it repeats, once.
    """
    number, _, unit = job.every.rpartition(" ")
    unit = unit.removesuffix("s") if unit not in DAYS else unit
    if unit in UNITS:
        return after + UNITS[unit] * int(number or 1)
    local = after.astimezone(ZoneInfo(job.timezone or zone))
    clock_time = time.fromisoformat(job.at) if job.at else time()
    step = {"day": 1, "week": 7}.get(unit, 7) * int(number or 1)
    day = local.date()
    if unit in DAYS:
        day += timedelta(days=(DAYS.index(unit) - day.weekday()) % 7)
    while True:
        due = datetime.combine(day, clock_time, local.tzinfo).astimezone(after.tzinfo)
        if due > after:
            return due
        day += timedelta(days=step)


class Scheduler:
    """Calls `run(job)` for each job of a project when it is due, one at a time."""

    def __init__(
        self, project: Project, run: Callable[[Job], None], now: Callable[[], datetime] = clock
    ) -> None:
        self.run, self.now = run, now
        self.zone = project.site.timezone
        self.due = [(next_due(job, now(), self.zone), job) for job in project.written.schedule]
        self.tick = schedule.Scheduler()
        self.tick.every(1).seconds.do(self.look)
        self.stop = threading.Event()

    def look(self) -> None:
        """Run every job that is due. What was missed while the machine slept is done once."""
        for at, (due, job) in enumerate(self.due):
            if due <= self.now():
                self.run(job)
                self.due[at] = (next_due(job, self.now(), self.zone), job)

    def forever(self) -> None:
        """Until `stop` is set."""
        while not self.stop.is_set():
            self.tick.run_pending()
            self.stop.wait(0.5)
