"""The schedule with others: turns and windows, several replicas, a ledger in trouble, and the loop itself."""

import os
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from clockwork import BEGIN, Clock, Replica, every

from pipeline.ledger.jobs import JobState
from pipeline.schedule.lease import fenced
from pipeline.schedule.loop import TICK, Times
from pipeline.schedule.timed import GRACE, TURN, Regular, Result, is_overdue
from schemas.errors import LedgerError

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


# what time alone changes


def test_a_run_begins_at_the_very_turn(replica, clock):
    turns = [BEGIN + timedelta(minutes=3, seconds=7)]
    one = replica(every("day"), turn=lambda: turns[0])
    one.work = lambda timed, lease: turns.__setitem__(0, None) or Result("done")
    one.run_for(1.0, minutes=5)
    assert one.begun == [(TURN, BEGIN + timedelta(minutes=3, seconds=7))]


def test_a_turn_that_failed_is_tried_again_soon(replica, clock):
    turns = [BEGIN + timedelta(seconds=10)]
    one = replica(every("day"), turn=lambda: turns[0])
    one.work = lambda timed, lease: Result("failed", error="down")
    one.run_for(hours=1)
    assert 5 <= len(one.begun) <= 8
    one.work = lambda timed, lease: turns.__setitem__(0, None) or Result("done")
    one.run_for(hours=2)
    assert one.state(TURN).due is None
    assert one.state(TURN).failures == 0


# windows


def test_a_frozen_job_waits_and_begins_when_the_window_ends(replica, clock):
    end = BEGIN.replace(second=0) + timedelta(minutes=50)
    one = replica(QUARTER, thaw=lambda timed, now: (end, True) if now < end else (None, False))
    one.run_for(hours=1, minutes=1)
    assert minutes(one.begun) == ["12:50", "13:00"]
    assert one.state(QUARTER).misses == 0


def test_a_job_with_one_frozen_channel_serves_the_others_and_comes_again(replica, clock):
    end = BEGIN.replace(second=0) + timedelta(minutes=20)
    one = replica(QUARTER, thaw=lambda timed, now: (end, False) if now < end else (None, False))
    one.run_for(minutes=31)
    assert minutes(one.begun) == ["12:15", "12:20", "12:30"]


# several replicas


def test_of_several_replicas_one_does_each_run(replica, clock):
    many = [replica(QUARTER, every("hour")) for _ in range(3)]
    for _ in range(0, 7200, 10):
        for one in many:
            one.look()
        clock.go(seconds=10)
    begun = [x for one in many for x in one.begun]
    assert len(begun) == len(set(begun)) == 8 + 2


def test_somebody_silent_is_taken_over_and_their_late_word_does_not_count(replica, clock):
    first, second = replica(QUARTER), replica(QUARTER)
    first.run_for(minutes=14)

    def hang(timed, lease):
        for _ in range(40):
            clock.go(seconds=1)
            second.look()
        with pytest.raises(Exception, match="taken over"), first.jobs.database.writing() as connection:
            fenced(lease.state.name, lease.state.fence)(connection)
        return Result("failed", error="late")

    first.work = hang
    clock.go(seconds=60)
    first.look()
    (_, at) = second.begun[0]
    assert timedelta(seconds=20) < at - first.begun[0][1] <= timedelta(seconds=30)
    state = second.state(QUARTER)
    assert (state.outcome, state.failures, state.fence, state.runs) == ("done", 0, 2, 1)
    assert "taken over" in first.told[-1][0]


def test_clocks_that_disagree_take_nothing_over(replica, clock):
    """A replica whose clock is an hour ahead judges silence by its own clock, not by what was written."""
    ahead = Clock(BEGIN)
    first, second = replica(QUARTER), replica(QUARTER, clock=ahead)
    first.run_for(minutes=14)

    def long(timed, lease):
        for _ in range(60):
            clock.go(seconds=1)
            ahead.go(seconds=1)
            ahead.wall = clock.wall + timedelta(hours=1)
            lease.jobs.change(timed.name, lease._beaten)
            second.look()
        assert second.begun == []
        return Result("done")

    first.work = long
    clock.go(seconds=60)
    first.look()
    assert first.state(QUARTER).outcome == "done"


# trouble with the ledger


def test_trouble_with_the_ledger_ends_nothing(replica, clock, monkeypatch):
    one = replica(QUARTER)
    real, calls = one.jobs.change, [0]

    def flaky(name, change):
        calls[0] += 1
        if calls[0] % 2:
            raise LedgerError("locked")
        return real(name, change)

    monkeypatch.setattr(one.jobs, "change", flaky)
    one.run_for(hours=1)
    assert minutes(one.begun) == ["12:15", "12:30", "12:45", "13:00"]
    assert any(isinstance(error, LedgerError) for _, error in one.told)


# the loop itself


def test_the_loop_waits_no_longer_than_until_something_is_due(replica, clock):
    one = replica(every("day"))
    one.look()
    assert one.scheduler._pause() <= TICK
    one.scheduler.soonest = clock.now() + timedelta(seconds=0.05)
    assert 0 <= one.scheduler._pause() <= 0.05


def test_the_loop_begins_at_the_turn_and_not_before(replica):
    real = replica(every("day"), clock=_Real(), turn=lambda: turns[0])
    turns = [datetime.now(UTC) + timedelta(seconds=0.3)]
    due = turns[0]

    def work(timed, lease):
        turns[0] = None
        real.scheduler.halt()
        return Result("done")

    real.work = work
    real.scheduler.stop = threading.Event()
    real.scheduler.forever()
    ((_, at),) = real.begun
    assert at >= due


def test_the_tick_survives_a_clock_on_the_wall_that_is_put_back(replica, monkeypatch):
    one = replica(every("day"))
    looks = []

    def look():
        looks.append(1)
        if len(looks) == 3:
            one.scheduler.halt()

    monkeypatch.setattr(one.scheduler, "look", look)
    one.scheduler._arm()
    one.scheduler.tick.jobs[0].next_run += timedelta(hours=1)
    one.scheduler.stop = threading.Event()
    one.scheduler.forever()
    assert len(looks) == 3


class _Real:
    now = staticmethod(lambda: datetime.now(UTC))
    monotonic = staticmethod(time.monotonic)


def test_what_is_overdue():
    state = JobState(name="x", due=BEGIN)
    assert not is_overdue(state, BEGIN + GRACE)
    assert is_overdue(state, BEGIN + GRACE + timedelta(seconds=1))
    assert not is_overdue(state.model_copy(update={"owner": "me"}), BEGIN + timedelta(days=1))
    assert not is_overdue(JobState(name="x"), BEGIN)


def test_a_replica_names_itself(replica):
    assert replica(QUARTER).scheduler.me.split(":")[1] == str(os.getpid())
    assert replica(QUARTER).scheduler.me != replica(QUARTER).scheduler.me


def test_times_default_to_the_real_clock():
    assert abs(Times().now() - datetime.now(UTC)) < timedelta(minutes=1)
    assert Regular(QUARTER, "UTC").channels == "all"
