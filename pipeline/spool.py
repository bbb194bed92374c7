"""Long lists on disk, in files without a name that end with the process."""

import os
import pickle  # only what this very process has written is read
import sqlite3
import weakref
from abc import abstractmethod
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import chain, islice
from operator import eq
from tempfile import TemporaryFile, gettempdir
from typing import IO, Generic, TypeVar, overload

from schemas.errors import LeopardError

T = TypeVar("T")

BLOCK = 1 << 18
"""Bytes that are read at once by who wants all items."""
KEPT = 200
"""Items that are few enough to be held in memory."""


class NoRoom(LeopardError):
    """A temporary file cannot be written, or read again."""

    code = "disk.temporary"


@contextmanager
def temporary() -> Iterator[None]:
    """Turns what the disk says of temporary files into a sentence with their folder."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        message = f"temporary files in {gettempdir()} cannot be used: {why.lower()}"
        raise NoRoom(message, hint=MORE_ROOM) from error


MORE_ROOM = "free some space there, or name another folder in the environment variable TMPDIR"


def _close(file: IO[bytes]) -> None:
    """Nobody needs what could not be written."""
    with suppress(OSError):
        file.close()


class _Items(Sequence[T], Generic[T]):
    """A list that gives its items one by one; a subclass says how many there are, and gives one."""

    @overload
    def __getitem__(self, at: int) -> T: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[T]: ...
    def __getitem__(self, at: int | slice) -> T | Sequence[T]:
        places = range(len(self))[at]
        return self._item(places) if isinstance(places, int) else tuple(map(self._item, places))

    @abstractmethod
    def _item(self, at: int) -> T: ...

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(eq, self, other))

    def __hash__(self) -> int:
        return id(self)

    def __reduce__(self) -> tuple[type[list[T]], tuple[list[T]]]:
        """Another process gets the items, as a list: files without a name do not travel."""
        return list, (list(self),)


class Spool(_Items[T]):
    """Items in a file, each read when it is asked for; by several threads, if they like."""

    def __init__(self, items: Iterable[T]) -> None:
        with temporary():
            self._file = TemporaryFile()  # noqa: SIM115  # lives as long as the list
        weakref.finalize(self, _close, self._file)
        self._starts = array("Q", [0])
        self.extend(items)

    def extend(self, items: Iterable[T]) -> None:
        """Put more behind what there is."""
        for item in items:
            data = pickle.dumps(item, pickle.HIGHEST_PROTOCOL)
            with temporary():
                self._file.write(data)
            self._starts.append(self._starts[-1] + len(data))
        with temporary():
            self._file.flush()

    def __len__(self) -> int:
        return len(self._starts) - 1

    def _item(self, at: int) -> T:
        begin, end = self._starts[at], self._starts[at + 1]
        item: T = pickle.loads(self._bytes(begin, end))  # noqa: S301
        return item

    def _bytes(self, begin: int, end: int) -> bytes:
        with temporary():
            return os.pread(self._file.fileno(), end - begin, begin)

    def __iter__(self) -> Iterator[T]:
        """In their order; the file is read by blocks."""
        at, block, begin = 0, memoryview(b""), 0
        while at < len(self):
            end = self._starts[at + 1]
            if end > begin + len(block):
                begin = self._starts[at]
                block = memoryview(self._bytes(begin, max(begin + BLOCK, end)))
            yield pickle.loads(block[self._starts[at] - begin : end - begin])  # noqa: S301
            at += 1


class Ordered(_Items[T]):
    """Items of another list, in an order of their own."""

    def __init__(self, items: Sequence[T], order: Iterable[int]) -> None:
        self._items, self._order = items, array("Q", order)

    def __len__(self) -> int:
        return len(self._order)

    def _item(self, at: int) -> T:
        return self._items[self._order[at]]


class Joined(_Items[T]):
    """Several lists, one behind the other."""

    def __init__(self, *parts: Sequence[T]) -> None:
        self._parts = [part for part in parts if len(part)]

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def _item(self, at: int) -> T:
        for part in self._parts:
            if at < len(part):
                return part[at]
            at -= len(part)
        raise IndexError(at)

    def __iter__(self) -> Iterator[T]:
        return chain.from_iterable(self._parts)


class Pile(Generic[T]):
    """A list that grows: in memory while it is short, then on disk."""

    def __init__(self) -> None:
        self.items: list[T] | Spool[T] = []

    def extend(self, some: Iterable[T]) -> None:
        self.items.extend(some)
        if isinstance(self.items, list) and len(self.items) > KEPT:
            self.items = Spool(self.items)


class Gathering(Generic[T]):
    """A stream that is gathered bit by bit: in memory while that is little, then on disk."""

    def __init__(self, items: Iterable[T]) -> None:
        self._stream, self._pile = iter(items), Pile[T]()
        self.last: T | None = None
        self.is_whole = False

    def go_on(self, most: int) -> None:
        """Take the next ones, so many at most."""
        some = list(islice(self._stream, most))
        self.is_whole = len(some) < most
        self.last = some[-1] if some else self.last
        self._pile.extend(some)

    @property
    def items(self) -> Sequence[T]:
        """All that was gathered."""
        found = self._pile.items
        return tuple(found) if isinstance(found, list) else found


def gathered(items: Iterable[T]) -> Sequence[T]:
    """All of a stream: in memory if they are few, else on disk."""
    gathering = Gathering(items)
    while not gathering.is_whole:
        gathering.go_on(KEPT + 1)
    return gathering.items
