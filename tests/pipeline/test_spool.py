"""Long lists on disk are what they would be in memory."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.base import Remote
from pipeline import spool
from pipeline.apply.order import newest_first
from pipeline.apply.written import Written
from pipeline.ledger import Entry
from pipeline.spool import Joined, Ordered, Spool, gathered

items = st.lists(st.one_of(st.integers(), st.text(), st.tuples(st.text(), st.datetimes())))


@given(items, st.slices(8))
def test_a_list_on_disk_is_the_list(written, some):
    made = Spool(iter(written))
    assert (list(made), len(made), made) == (written, len(written), Spool(written))
    assert [made[at] for at in range(-len(written), len(written))] == [*written, *written]
    assert list(made[some]) == written[some]
    assert made != [*written, 1]


@given(items, st.randoms())
def test_another_order(written, chance):
    order = chance.sample(range(len(written)), len(written))
    made = Ordered(Spool(written), order)
    assert list(made) == [written[at] for at in order]
    assert list(made[1:3]) == list(made)[1:3]


@given(st.lists(items, max_size=3), st.slices(8))
def test_several_behind_each_other(parts, some):
    whole = [item for part in parts for item in part]
    made = Joined(*(Spool(part) if at % 2 else part for at, part in enumerate(parts)))
    assert (list(made), len(made), bool(made)) == (whole, len(whole), bool(whole))
    assert [made[at] for at in range(-len(whole), len(whole))] == [*whole, *whole]
    assert (list(made[some]), made) == (whole[some], whole)


def test_there_is_nothing_behind_the_end():
    with pytest.raises(IndexError):
        Spool([1])[1]


def test_several_threads_may_read(monkeypatch):
    made = Spool(range(2_000))
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(made.__getitem__, range(2_000))) == list(range(2_000))


@pytest.mark.parametrize("count", [0, 1, 3, 4, 9])
def test_few_stay_in_memory(monkeypatch, count):
    monkeypatch.setattr(spool, "KEPT", 3)
    made = gathered(iter(range(count)))
    assert list(made) == list(range(count))
    assert isinstance(made, tuple) is (count <= 3)


def page(name):
    return Remote(id=name, key=f"page:{name}", locale="en", fields={"title": name})


days = st.sampled_from([datetime(2026, 1, day, tzinfo=UTC).isoformat() for day in (1, 2, 3)])
shelf = st.dictionaries(st.sampled_from("abcdefgh"), days)


def by_age(pages):
    ordered = sorted(pages.items(), key=lambda one: page(one[0]).ident)
    return sorted(ordered, key=lambda one: one[1], reverse=True)


@given(shelf, st.dictionaries(st.sampled_from("abcdefgh"), st.none() | days))
def test_the_newest_come_first_whatever_was_written(held, written):
    made = Written()
    for number, (name, at) in enumerate(written.items()):
        if at:
            entry = Entry.found(page(name)).model_copy(update={"sort_key": at})
            made.put(number, "update", entry, page(name), None)
        else:
            made.gone(number, page(name).ident, "update")
    old = ((at, page(name)) for name, at in by_age(held))
    found = [one.id for one in newest_first(old, made.__contains__, made.newest_first())]
    assert found == [name for name, _ in by_age({n: at for n, at in {**held, **written}.items() if at})]
    assert sorted(made.actions()) == sorted((page(name).ident, "update") for name in written)


def test_what_was_taken_back_is_not_there():
    made = Written()
    made.put(1, "create", Entry.found(page("a")), page("a"), None)
    made.drop("page:a@en")
    assert "page:a@en" not in made
    assert [*made.actions(), *made.newest_first()] == []
