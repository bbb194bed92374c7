"""Places inside a file: line and column of each field, and a stream's items by their number."""

from collections.abc import Callable, Hashable, Iterator, Mapping
from threading import Lock
from typing import Generic, TypeVar

from schemas.errors import ContentError
from schemas.record import Path as FieldPath

Place = tuple[int, int]
"""Line and column, both from 1."""
Places = dict[FieldPath, Place]
"""Where the name of each field and each item of a list stands; `()` is the place of the whole."""

T = TypeVar("T")

_END = (1 << 62, None)


def nearest(places: Mapping[FieldPath, T], path: FieldPath) -> T | None:
    """The place of `path` or, where that is not written down, of what is nearest above it."""
    for end in range(len(path), -1, -1):
        if path[:end] in places:
            return places[path[:end]]
    return None


def place_at(text: str, at: int) -> Place:
    """Line and column of the character number `at`, which counts from 0."""
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


class Walker:
    """Says for each name, value and item, in the order in which they are met, which path it has."""

    def __init__(self) -> None:
        self._above: list[_Spot] = [_Spot((), None)]

    @property
    def depth(self) -> int:
        return len(self._above) - 1

    def enter(self, name: str) -> tuple[FieldPath, bool]:
        """The path of what comes next, and whether this is where its place is.

        `name` is what is written here, in case that it is the name of a field.
        """
        return self._above[-1].enter(name)

    def open(self, path: FieldPath, *, is_mapping: bool) -> None:
        """What was entered at `path` is a mapping or a list, and what follows is inside it."""
        self._above.append(_Spot(path, is_mapping))

    def close(self) -> None:
        """The innermost mapping or list ends."""
        self._above.pop()


class _Spot:
    """The mapping, the list or (with None) the document we are in, and how far we have come."""

    __slots__ = ("is_mapping", "name", "number", "path")

    def __init__(self, path: FieldPath, is_mapping: bool | None) -> None:
        self.path, self.is_mapping = path, is_mapping
        self.name: str | None = None
        self.number = 0

    def enter(self, name: str) -> tuple[FieldPath, bool]:
        if self.is_mapping is None:
            return self.path, True
        if not self.is_mapping:
            self.number += 1
            return (*self.path, self.number - 1), True
        if self.name is None:
            self.name = name
            return (*self.path, name), True
        path = (*self.path, self.name)
        self.name = None
        return path, False


class Cursor(Generic[T]):
    """Items of a numbered stream by their number, without starting over as long as the numbers rise.

    Several threads may look at once.
    """

    def __init__(self) -> None:
        self._turn = Lock()
        self._of: Hashable = None
        self._at = 0
        self._item: T | None = None
        self._rest: Iterator[tuple[int, T]] = iter(())

    def find(self, of: Hashable, number: int, start: Callable[[], Iterator[tuple[int, T]]]) -> T | None:
        """Item `number` of the stream that `start` opens; `of` changes when the stream does.

        None where there is none, or where the stream cannot be read that far.
        """
        with self._turn:
            if self._of != of or number < self._at:
                self._of, self._at, self._item, self._rest = of, 0, None, start()
            while self._at < number:
                try:
                    self._at, self._item = next(self._rest, _END)
                except ContentError:
                    self._at, self._item = _END
            return self._item if self._at == number else None
