"""When a job is due: pure functions of its rule and an instant. Nothing here knows what was done before."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from pipeline.schedule.model import DAYS, UNITS, Job, length

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MONDAY = date(1970, 1, 5).toordinal()
_STEPS = {"day": 1, "week": 7}
COUNTED = 10_000
"""So many due times in a row are told apart; more are counted as so many."""


def next_slot(job: Job, after: datetime, zone: str) -> datetime:
    """The first instant after `after` at which `job` is due, in UTC.

    Minutes and hours are counted from the beginning of 1970 in UTC, so that every process, however often it
    begins anew, means the same instants. `at` is read from the clock of the job's zone, by default `zone`.
    A time that a clock change leaves out comes as much later as the clock was put forward; one that it
    repeats comes once, the first time.
    """
    number, _, unit = job.every.rpartition(" ")
    unit = unit if unit in DAYS else unit.removesuffix("s")
    if unit in ("minute", "hour"):
        step = UNITS[unit] * int(number or 1)
        return EPOCH + ((after.astimezone(UTC) - EPOCH) // step + 1) * step
    local = ZoneInfo(job.timezone or zone)
    clock = time.fromisoformat(job.at) if job.at else time()
    for day in _days(unit, int(number or 1), after.astimezone(local).date()):
        due = datetime.combine(day, clock, local).astimezone(UTC)
        if due > after:
            return due
    raise AssertionError  # pragma: no cover  # days never end


def _days(unit: str, number: int, since: date) -> Iterator[date]:
    """Days on which something is due, beginning with the day before `since` at the earliest."""
    day = since.toordinal() - 1
    if unit == "weekday":
        step, first = 1, day
    elif unit in DAYS:
        step = 7
        first = day + (MONDAY + DAYS.index(unit) - day) % 7
    else:
        step = _STEPS[unit] * number
        first = day + (MONDAY - day) % step
    while True:
        found = date.fromordinal(first)
        if unit != "weekday" or found.weekday() < 5:
            yield found
        first += step


def slots(job: Job, after: datetime, until: datetime, zone: str) -> int:
    """How many due times there are after one instant and until another, that one included."""
    if job.every.endswith(("minute", "minutes", "hour", "hours")):
        step = length(job.every)
        return max(0, (until - EPOCH) // step - (after - EPOCH) // step)
    count, at = 0, next_slot(job, after, zone)
    while at <= until and count < COUNTED:
        count, at = count + 1, next_slot(job, at, zone)
    return count


def delay(job: Job, slot: datetime, seed: str) -> timedelta:
    """How much later than `slot` the job begins: by chance, but for everybody who knows `seed` the same."""
    if job.jitter is None:
        return timedelta(0)
    drawn = int.from_bytes(sha256(f"{seed} {slot.isoformat()}".encode()).digest()[:8], "big")
    return length(job.jitter) * (drawn / 2**64)
