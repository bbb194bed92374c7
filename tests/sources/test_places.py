"""Numbered streams, and names for records that share a file."""

from concurrent.futures import ThreadPoolExecutor, wait
from threading import Event

import pytest

from schemas.errors import ContentError
from sources.common.naming import own_name
from sources.common.places import Cursor, nearest


class Stream:
    """Counts how often it is opened."""

    def __init__(self, *items):
        self.items, self.opened = items, 0

    def start(self):
        self.opened += 1
        return iter(self.items)


def test_a_cursor_goes_on_and_starts_over_only_to_go_back():
    cursor, stream = Cursor(), Stream((1, "a"), (3, "c"), (4, "d"))
    assert [cursor.find("x", number, stream.start) for number in (1, 1, 2, 3, 4, 4, 9)] == [
        "a", "a", None, "c", "d", "d", None,
    ]  # fmt: skip
    assert stream.opened == 1
    assert cursor.find("x", 3, stream.start) == "c"
    assert cursor.find("y", 4, stream.start) == "d"
    assert stream.opened == 3


def test_a_cursor_ends_where_the_stream_breaks():
    def start():
        yield 1, "a"
        raise ContentError("broken")

    cursor = Cursor()
    assert [cursor.find("x", number, start) for number in (1, 2, 3)] == ["a", None, None]


def test_several_may_look_at_a_cursor_at_once():
    inside, on = Event(), Event()

    def start():
        inside.set()
        assert on.wait(60)
        yield 1, "a"
        yield 2, "b"

    cursor = Cursor()
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(cursor.find, "x", 1, start)
        assert inside.wait(60)
        second = threads.submit(cursor.find, "x", 2, start)
        assert not wait([second], 0.1).done  # it has to wait, and does not fail
        on.set()
        assert (first.result(60), second.result(60)) == ("a", "b")


def test_nearest():
    places = {(): 0, ("a",): 1, ("a", 1): 2}
    assert [nearest(places, path) for path in ((), ("a", 1, "x"), ("a", 2), ("b",))] == [0, 2, 1, 0]
    assert nearest({}, ("a",)) is None


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ({"key": "report:2016/Ounce", "title": "x"}, "2016/ounce"),
        ({"key": "a b"}, "a-b"),
        ({"key": "::", "name": "EIA / WWF"}, "eia-wwf"),
        ({"doi": "10.1234/AB.c", "isbn": "1"}, "10-1234-ab-c"),
        ({"isbn": 9781858504094, "title": "x"}, "9781858504094"),
        ({"title": "Léopard des neiges"}, "leopard-des-neiges"),
        ({"title": "雪豹"}, "xue-bao"),
        ({"title": "!!!"}, None),
        ({"title": ["x"]}, None),
        ({}, None),
    ],
)
def test_own_name(data, name):
    assert own_name(data) == name
