"""When a job is due: by the clock on the wall, across both changes of it, and the same for everybody."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline.schedule.freeze import thaw
from pipeline.schedule.model import Freeze, Job, length, period
from pipeline.schedule.times import COUNTED, delay, next_slot, slots

ZONES = ("UTC", "Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia")
EVERY = (
    "minute", "15 minutes", "7 minutes", "hour", "5 hours", "day", "3 days", "week", "2 weeks",
    "weekday", "monday", "sunday",
)  # fmt: skip
FIRST, LAST = (datetime(year, 1, 1) for year in (2010, 2040))  # noqa: DTZ001
INSTANTS = st.datetimes(FIRST, LAST, timezones=st.just(UTC))


@st.composite
def jobs(draw):
    every = draw(st.sampled_from(EVERY))
    at = draw(st.none() | st.times().map("{:%H:%M}".format))
    if "minute" in every or "hour" in every:
        at = None
    return Job(sync="all", every=every, at=at, timezone=draw(st.none() | st.sampled_from(ZONES)))


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def following(job, after, count, zone="UTC"):
    found, at = [], utc(after)
    for _ in range(count):
        found.append(at := next_slot(job, at, zone))
    return [f"{one:%Y-%m-%dT%H:%M}" for one in found]


@given(jobs(), INSTANTS, st.sampled_from(ZONES))
def test_a_due_time_is_later_and_none_lies_between(job, after, zone):
    due = next_slot(job, after, zone)
    assert after < due
    again = next_slot(job, due, zone)
    assert due < again
    between = after + (due - after) / 2
    assert next_slot(job, between, zone) == due
    assert next_slot(job, due - timedelta(microseconds=1), zone) == due


@given(jobs(), INSTANTS, st.sampled_from(ZONES))
def test_due_times_are_as_far_apart_as_the_rule_says(job, after, zone):
    due = next_slot(job, after, zone)
    apart = next_slot(job, due, zone) - due
    step = period(job.every)
    if "minute" in job.every or "hour" in job.every:
        assert apart == step
    elif job.every == "weekday":
        assert timedelta(hours=22) <= apart <= timedelta(days=3, hours=2)
    else:
        assert abs(apart - step) <= timedelta(days=1)  # a zone may leave out a whole day


@given(jobs(), INSTANTS, st.sampled_from(ZONES))
def test_the_clock_on_the_wall_says_at(job, after, zone):
    due = next_slot(job, after, zone)
    local = due.astimezone(ZoneInfo(job.timezone or zone))
    wall = f"{local:%H:%M}"
    if job.at is not None and wall != job.at:
        left_out = local.replace(tzinfo=None, hour=int(job.at[:2]), minute=int(job.at[3:]))
        there = left_out.replace(tzinfo=local.tzinfo).astimezone(UTC).astimezone(local.tzinfo)
        assert there.replace(tzinfo=None) != left_out or local.date() != there.date()
    if job.every == "weekday" and wall == job.at:
        assert local.weekday() < 5


@given(jobs(), INSTANTS, st.timedeltas(timedelta(), timedelta(days=40)), st.sampled_from(ZONES))
def test_due_times_are_counted_as_they_come(job, after, span, zone):
    counted = slots(job, after, after + span, zone)
    if counted > 500:
        assert counted <= span / timedelta(minutes=1) + 1
        return
    at = after
    for _ in range(counted):
        at = next_slot(job, at, zone)
    assert at <= after + span < next_slot(job, at, zone)


def test_counting_ends():
    job = Job(sync="all", every="day")
    assert slots(job, utc("1990-01-01"), utc("2090-01-01"), "UTC") == COUNTED


@pytest.mark.parametrize(
    ("zone", "at", "day", "expected"),
    [
        # 2026-03-29: 01:00 becomes 02:00. 2026-10-25: 02:00 becomes 01:00.
        ("Europe/London", "01:30", "2026-03-27T12:00",
         ["2026-03-28T01:30", "2026-03-29T01:30", "2026-03-30T00:30"]),
        ("Europe/London", "02:30", "2026-03-27T12:00",
         ["2026-03-28T02:30", "2026-03-29T01:30", "2026-03-30T01:30"]),
        ("Europe/London", "01:30", "2026-10-23T12:00",
         ["2026-10-24T00:30", "2026-10-25T00:30", "2026-10-26T01:30"]),
        # 2026-03-08: 02:00 becomes 03:00. 2026-11-01: 02:00 becomes 01:00.
        ("America/New_York", "02:30", "2026-03-06T12:00",
         ["2026-03-07T07:30", "2026-03-08T07:30", "2026-03-09T06:30"]),
        ("America/New_York", "01:30", "2026-10-30T12:00",
         ["2026-10-31T05:30", "2026-11-01T05:30", "2026-11-02T06:30"]),
        ("America/New_York", "00:00", "2026-10-30T12:00",
         ["2026-10-31T04:00", "2026-11-01T04:00", "2026-11-02T05:00"]),
    ],
)  # fmt: skip
def test_a_day_that_the_clock_is_changed_has_one_due_time(zone, at, day, expected):
    job = Job(sync="all", every="day", at=at, timezone=zone)
    assert following(job, day, 3) == expected


@pytest.mark.parametrize(
    ("zone", "begin"),
    [
        ("Europe/London", "2026-03-29T00:00"),
        ("Europe/London", "2026-10-25T00:00"),
        ("America/New_York", "2026-03-08T05:00"),
        ("America/New_York", "2026-11-01T04:00"),
    ],
)
def test_intervals_do_not_mind_clock_changes(zone, begin):
    job = Job(sync="all", every="15 minutes", timezone=zone)
    found = [utc(one) for one in following(job, begin, 24, zone)]
    assert {b - a for a, b in pairwise(found)} == {timedelta(minutes=15)}


def test_days_of_the_week():
    assert following(Job(sync="all", every="weekday", at="09:00"), "2026-11-20T10:00", 2) == [
        "2026-11-23T09:00",
        "2026-11-24T09:00",
    ]
    assert following(Job(sync="all", every="sunday"), "2026-11-22T00:00", 2) == [
        "2026-11-29T00:00",
        "2026-12-06T00:00",
    ]
    fortnight = following(Job(sync="all", every="2 weeks", at="06:00"), "2026-11-22T00:00", 2)
    assert all(utc(one).weekday() == 0 for one in fortnight)
    assert utc(fortnight[1]) - utc(fortnight[0]) == timedelta(days=14)


@given(INSTANTS, st.text(max_size=5))
def test_jitter_is_drawn_anew_each_time_and_known_to_everybody(slot, seed):
    job = Job(sync="all", every="hour", jitter="5 minutes")
    drawn = delay(job, slot, seed)
    assert timedelta(0) <= drawn < timedelta(minutes=5)
    assert drawn == delay(job, slot, seed)
    assert drawn != delay(job, slot + timedelta(hours=1), seed)
    assert delay(Job(sync="all", every="hour"), slot, seed) == timedelta(0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"every": "15 minutes", "at": "02:00"},
        {"every": "15 minutes", "jitter": "15 minutes"},
        {"every": "weekday", "jitter": "2 days"},
        {"every": "0 days"},
        {"every": "day", "sync": []},
    ],
)
def test_a_job_that_makes_no_sense(wrong):
    with pytest.raises(ValidationError):
        Job.model_validate({"sync": "all", **wrong})


# windows


def test_a_window_from_one_instant_until_another():
    window = Freeze(
        channels=("site",), since="2026-12-20T18:00", until="2027-01-02", timezone="Europe/London"
    )
    assert thaw([window], "site", utc("2026-12-20T17:59:59"), "UTC") is None
    assert thaw([window], "site", utc("2026-12-20T18:00"), "UTC") == utc("2027-01-02")
    assert thaw([window], "other", utc("2026-12-25"), "UTC") is None
    assert thaw([window], "site", utc("2027-01-02"), "UTC") is None


def test_a_window_that_comes_again():
    window = Freeze(channels="all", every="sunday", at="23:00", lasts="4 hours", timezone="America/New_York")
    assert thaw([window], "site", utc("2026-11-23T03:59"), "UTC") is None
    assert thaw([window], "site", utc("2026-11-23T04:00"), "UTC") == utc("2026-11-23T08:00")
    assert thaw([window], "site", utc("2026-11-23T08:00"), "UTC") is None
    summer = thaw([window], "site", utc("2026-07-06T03:30"), "UTC")
    assert summer == utc("2026-07-06T07:00")


def test_windows_one_behind_the_other_are_one():
    windows = [
        Freeze(channels="all", every="day", at="01:00", lasts="1 hour"),
        Freeze(channels=("site",), every="day", at="02:00", lasts="2 hours"),
    ]
    assert thaw(windows, "site", utc("2026-11-23T01:30"), "UTC") == utc("2026-11-23T04:00")
    assert thaw(windows, "feed", utc("2026-11-23T01:30"), "UTC") == utc("2026-11-23T02:00")


@given(
    INSTANTS,
    st.sampled_from(ZONES),
    st.times().map("{:%H:%M}".format),
    st.sampled_from(["day", "weekday", "friday"]),
)
def test_a_window_is_open_as_long_as_it_says(at, zone, clock, every):
    window = Freeze(channels="all", every=every, at=clock, lasts="90 minutes")
    end = thaw([window], "site", at, zone)
    begin = next_slot(Job(sync="all", every=every, at=clock), at - length("90 minutes"), zone)
    assert end == (begin + length("90 minutes") if begin <= at else None)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"since": "2026-01-01"},
        {"since": "2026-01-02", "until": "2026-01-01"},
        {"since": "2026-02-30", "until": "2026-03-01"},
        {"every": "day", "at": "01:00"},
        {"every": "day", "at": "01:00", "lasts": "1 day"},
        {"every": "day", "at": "01:00", "lasts": "1 hour", "until": "2027-01-01"},
    ],
)
def test_a_window_that_makes_no_sense(wrong):
    with pytest.raises(ValidationError):
        Freeze.model_validate({"channels": "all", **wrong})
