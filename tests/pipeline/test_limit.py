"""How many writes are under way at once: learned from answers, without a clock."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.apply.limit import FEW, FIRST, Limit
from pipeline.apply.pace import BREAK_AFTER, Pace
from schemas.errors import ChannelDown

outcomes = st.lists(st.one_of(st.none(), st.floats(0.0, 100.0)), max_size=300)


def rounds(limit, count, seconds=0.02):
    """So many rounds of answers, each after `seconds`; how many were under way in each."""
    seen = []
    for _ in range(count):
        seen.append(limit.now)
        for _ in range(limit.now):
            limit.succeeded(seconds)
    return seen


def test_it_doubles_until_it_is_as_many_as_are_allowed():
    assert rounds(Limit(32), 5) == [4, 8, 16, 32, 32]
    assert rounds(Limit(2), 3) == [2, 2, 2]


def test_late_answers_make_it_fewer_in_proportion():
    limit = Limit(32)
    rounds(limit, 4)
    rounds(limit, 1, seconds=0.06)
    assert limit.now == 21  # two thirds of 32: three times as slow, where twice is borne


def test_answers_that_are_a_little_slower_change_nothing():
    limit = Limit(32)
    rounds(limit, 4)
    assert rounds(limit, 3, seconds=0.045) == [32, 32, 32]


def test_after_a_sign_of_too_many_it_grows_by_one():
    limit = Limit(32)
    rounds(limit, 3)
    limit.failed()
    assert rounds(limit, 3) == [16, 17, 18]


def test_failures_that_were_under_way_together_are_one_sign():
    limit = Limit(16)
    rounds(limit, 3)
    assert [limit.failed() for _ in range(16)] == [True, *[False] * 15]
    assert limit.now == 8
    assert limit.failed()
    assert limit.now == 4


def test_a_channel_that_is_slow_with_few_is_simply_slow():
    limit = Limit(8)
    rounds(limit, 3)
    rounds(limit, 10, seconds=0.5)
    assert limit.now > FEW
    assert rounds(limit, 30, seconds=0.5)[-1] == 8


@given(most=st.integers(1, 64), happened=outcomes)
def test_it_is_never_none_and_never_more_than_allowed(most, happened):
    limit = Limit(most)
    assert limit.now == min(FIRST, most)
    for seconds in happened:
        if seconds is None:
            limit.failed()
        else:
            limit.succeeded(seconds)
        assert 1 <= limit.now <= most


def test_no_more_requests_are_under_way_than_it_says():
    limit, busy, most = Limit(3), [0], [0]
    lock, together = threading.Lock(), threading.Barrier(3)

    def ask():
        with limit:
            with lock:
                busy[0] += 1
                most[0] = max(most[0], busy[0])
            together.wait(5)  # three are here at once, or the test fails
            with lock:
                busy[0] -= 1

    threads = [threading.Thread(target=ask) for _ in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [3]


def test_a_channel_is_given_up_after_failures_in_a_row_of_which_those_at_once_are_one():
    pace = Pace(most=4)
    for _ in range(4 + 2 + 1 + 1):
        pace.failed("busy")
    with pytest.raises(ChannelDown, match=f"after {BREAK_AFTER} failures"):
        pace.failed("busy")
