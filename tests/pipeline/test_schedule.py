"""The schedule: nothing missed, nothing twice, whatever the clock, the machine and the jobs do."""

import sys
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from clockwork import BEGIN, Clock, Replica, every

from pipeline.schedule.timed import GRACE, Result

QUARTER = every("15 minutes")


def minutes(begun):
    return [f"{at:%H:%M}" for _, at in begun]


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def replica(tmp_path, clock):
    made = []

    def make(*jobs, **more):
        made.append(Replica(tmp_path, more.pop("clock", clock), *jobs, **more))
        return made[-1]

    yield make
    for one in made:
        one.ledger.close()


def test_each_due_time_has_one_run(replica, clock):
    one = replica(QUARTER, every("hour"))
    one.run_for(hours=2)
    assert minutes(x for x in one.begun if x[0] == QUARTER.title) == [
        "12:15", "12:30", "12:45", "13:00", "13:15", "13:30", "13:45", "14:00",
    ]  # fmt: skip
    assert minutes(x for x in one.begun if x[0] != QUARTER.title) == ["13:00", "14:00"]
    state = one.state(QUARTER)
    assert (state.runs, state.misses, state.failures, state.outcome) == (8, 0, 0, "done")
    assert state.last_success == BEGIN.replace(hour=14, second=0)


def test_a_restart_changes_nothing(replica, clock):
    replica(QUARTER).run_for(minutes=20)
    clock.go(seconds=3)
    second = replica(QUARTER)
    second.run_for(minutes=15)
    assert minutes(second.begun) == ["12:30"]
    assert second.state(QUARTER).runs == 2


def test_what_was_missed_is_made_good_for_once(replica, clock):
    replica(QUARTER).run_for(minutes=20)
    clock.go(hours=5, minutes=3)
    second = replica(QUARTER)
    second.run_for(minutes=1)
    assert len(second.begun) == 1
    state = second.state(QUARTER)
    assert (state.runs, state.misses) == (2, 19)
    assert state.last_miss is not None
    second.run_for(minutes=10)
    assert minutes(second.begun[1:]) == ["17:30"]


def test_what_was_missed_is_skipped_on_request(replica, clock):
    job = every("15 minutes", catch_up="skip")
    replica(job).run_for(minutes=20)
    clock.go(hours=5, minutes=3)
    second = replica(job)
    second.run_for(minutes=1)
    assert second.begun == []
    assert second.state(job).misses == 20
    second.run_for(minutes=10)
    assert minutes(second.begun) == ["17:30"]


def test_to_be_late_for_a_moment_is_not_to_miss(replica, clock):
    job = every("15 minutes", catch_up="skip")
    replica(job).run_for(minutes=14)
    clock.go(seconds=30 + GRACE.total_seconds() - 5)
    second = replica(job)
    assert len(second.look()) == 1


def test_waiting_for_another_job_is_not_to_miss(replica, clock):
    job = every("15 minutes", catch_up="skip")
    long = every("hour")
    one = replica(job, long)

    def work(timed, lease):
        if timed.name == long.title:
            clock.go(minutes=10)
        return Result("done")

    one.work = work
    one.run_for(minutes=75)
    assert one.state(job).misses == 0
    assert [name for name, _ in one.begun].count(job.title) == 5


def test_a_machine_that_slept(replica, clock):
    job, lazy = QUARTER, every("15 minutes", name="lazy", catch_up="skip")
    one = replica(job, lazy)
    one.run_for(minutes=20)
    clock.sleep(hours=9)
    one.run_for(minutes=2)
    assert one.state(job).runs == 2
    assert one.state(lazy).runs == 1
    assert one.state(lazy).misses == 36
    one.run_for(minutes=15)
    assert one.state(job).runs == 3
    assert one.state(lazy).runs == 2


@pytest.mark.parametrize(
    "job", [QUARTER, every("day", at="02:00"), every("monday")], ids=lambda job: job.every
)
def test_a_clock_that_goes_ahead_and_comes_back(replica, clock, job):
    one = replica(job)
    one.run_for(60.0, hours=1)
    before = len(one.begun)
    clock.set(days=4000)
    one.look()
    assert len(one.begun) == before + 1  # as after a long sleep
    clock.set(days=-4000)
    one.run_for(600.0, days=14)
    expected = {"15 minutes": 14 * 96, "day": 14, "monday": 2}[job.every]
    assert abs(len(one.begun) - before - 1 - expected) <= 1


def test_a_clock_that_is_put_back_a_little_repeats_nothing(replica, clock):
    one = replica(QUARTER)
    one.run_for(minutes=15)
    clock.set(seconds=-40)
    one.run_for(minutes=14)
    assert minutes(one.begun) == ["12:15"]
    one.run_for(minutes=2)
    assert minutes(one.begun) == ["12:15", "12:30"]


def test_a_clock_that_is_put_back_during_a_run_repeats_nothing(replica, clock):
    one = replica(QUARTER)
    one.work = lambda timed, lease: clock.set(minutes=-2) or Result("done")
    one.run_for(minutes=15)
    one.work = lambda timed, lease: Result("done")
    one.run_for(minutes=18)
    assert minutes(one.begun) == ["12:15", "12:30"]


@pytest.mark.parametrize(
    ("zone", "begin", "at", "expected"),
    [
        ("Europe/London", datetime(2026, 3, 28, 12, tzinfo=UTC), "01:30", ["29 01:30", "30 00:30"]),
        ("Europe/London", datetime(2026, 10, 24, 12, tzinfo=UTC), "01:30", ["25 00:30", "26 01:30"]),
        ("America/New_York", datetime(2026, 3, 7, 12, tzinfo=UTC), "02:30", ["08 07:30", "09 06:30"]),
        ("America/New_York", datetime(2026, 10, 31, 12, tzinfo=UTC), "01:30", ["01 05:30", "02 06:30"]),
    ],
)
def test_across_a_clock_change_each_day_has_one_run(replica, zone, begin, at, expected):
    clock = Clock(begin)
    one = replica(every("day", at=at, timezone=zone), clock=clock)
    one.run_for(30.0, hours=44)
    assert [f"{when:%d %H:%M}" for _, when in one.begun] == expected
    assert one.state(one.scheduler.entries[0].name).misses == 0


def test_a_job_that_fails_stays_scheduled_and_the_others_go_on(replica, clock):
    bad = every("15 minutes", name="bad")
    one = replica(bad, QUARTER)
    one.work = lambda timed, lease: Result("failed", error="down") if timed.name == "bad" else Result("done")
    one.run_for(minutes=45)
    state = one.state(bad)
    assert (state.runs, state.failures, state.outcome, state.error) == (3, 3, "failed", "down")
    assert state.last_success is None
    assert one.state(QUARTER).runs == 3
    one.work = lambda timed, lease: Result("done")
    one.run_for(minutes=15)
    state = one.state(bad)
    assert (state.failures, state.error) == (0, None)
    assert state.last_success is not None


def test_a_job_that_takes_longer_than_its_interval(replica, clock):
    one = replica(QUARTER)
    one.work = lambda timed, lease: clock.go(minutes=40) or Result("done")
    one.run_for(hours=3)
    assert minutes(one.begun) == ["12:15", "13:00", "13:45", "14:30", "15:15"][: len(one.begun)]
    assert len(one.begun) >= 4
    assert one.state(QUARTER).misses == 2 * len(one.begun)


def test_another_run_at_work_is_waited_for_and_not_a_failure(replica, clock):
    one = replica(QUARTER)
    answers = iter([Result("busy"), Result("busy"), Result("done")])
    one.work = lambda timed, lease: next(answers)
    one.run_for(5.0, minutes=16)
    times = [at for _, at in one.begun]
    assert [b - a for a, b in pairwise(times)] == [timedelta(seconds=5)] * 2
    state = one.state(QUARTER)
    assert (state.runs, state.failures, state.misses) == (1, 0, 0)


def test_a_run_that_was_asked_to_stop_goes_on_at_the_next_start(replica, clock):
    one = replica(QUARTER)

    def stopped(timed, lease):
        one.scheduler.halt()
        assert lease.stop.is_set()
        return Result("stopped", "run")

    one.work = stopped
    one.run_for(minutes=15)
    assert len(one.begun) == 1
    clock.go(seconds=20)
    second = replica(QUARTER)
    assert len(second.look()) == 1


def test_a_change_of_the_rule_counts_at_once_and_keeps_the_history(replica, clock):
    replica(every("15 minutes", name="news")).run_for(minutes=20)
    second = replica(every("hour", name="news"))
    second.run_for(minutes=45)
    assert minutes(second.begun) == ["13:00"]
    assert second.state("news").runs == 2


def test_jitter_delays_a_run_and_skips_none(replica, clock):
    job = every("15 minutes", jitter="10 minutes")
    one = replica(job)
    one.run_for(hours=4)
    late = [at - at.replace(minute=at.minute // 15 * 15, second=0) for _, at in one.begun]
    assert len(one.begun) in (15, 16)
    assert len({(at.hour, at.minute // 15) for _, at in one.begun}) == len(one.begun)
    assert len(set(late)) > 10
    assert one.state(job).misses == 0
