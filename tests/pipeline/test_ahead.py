"""Rows that are fetched ahead are those that asking for each would give."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cache.ahead import PAGE, Ahead
from pipeline.cache.store import Store

NUMBERS = 3 * PAGE


@pytest.fixture(scope="module")
def store():
    store = Store(None, "code")
    row = "INSERT INTO rows (input, raw, number, ident, digest, body, status, implied) VALUES (?, ?, ?, ?, '', 0, '', 0)"
    store.run_all(row, ((of, digest(at), at, f"{of}:{at}") for of in (1, 2) for at in range(NUMBERS)))
    return store


def digest(number):
    return b"%d" % number


def asked(store, numbers):
    """Idents of the rows, and how many questions that took."""
    questions = []
    store.database.set_trace_callback(questions.append)
    ahead = Ahead(store, 1)
    rows = [ahead.row(digest(number)) for number in numbers]
    store.database.set_trace_callback(None)
    return [row and row[0] for row in rows], len(questions)


@given(
    st.lists(
        st.tuples(st.integers(0, NUMBERS + 5), st.integers(0, 40)).map(lambda run: range(run[0], sum(run))),
        max_size=8,
    )
)
def test_in_whatever_order(store, runs):
    numbers = [number for run in runs for number in run]
    assert asked(store, numbers)[0] == [f"1:{number}" if number < NUMBERS else None for number in numbers]


def test_in_order_few_questions_are_asked(store):
    assert asked(store, range(NUMBERS))[1] < 30
    most = [number for number in range(NUMBERS) if number % 100]
    assert asked(store, most)[1] < 60


def test_out_of_order_none_is_asked_in_vain(store):
    numbers = range(NUMBERS - 1, -1, -7)
    assert asked(store, numbers)[1] == len(numbers)


def test_a_row_that_was_given_is_asked_for_anew(store):
    ahead = Ahead(store, 2)
    rows = [ahead.row(digest(number)) for number in range(10)]
    store.run("UPDATE rows SET ident = 'other' WHERE id = ?", (rows[9][16],))
    assert [ahead.row(digest(9))[0], ahead.row(digest(8))[0]] == ["other", "2:8"]
