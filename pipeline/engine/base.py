"""What every engine is: somebody who does pieces of work, and gives what came out in the order of the pieces.

A *part* is a few items that travel together, and its result has one outcome for each of them. Parts hold
plain values only, so that they are small on their way and nobody has to trust a pickle.
"""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any, NamedTuple, Protocol, TypeVar

from schemas.errors import LeopardError

Item = tuple[Any, ...]
"""Texts, bytes, numbers, None, and lists, tuples and mappings of such."""
Outcomes = list[Any]
"""Of the items of a part, in their order. HERE and DIED may stand for any."""

HERE = "here"
"""Stands for an outcome: whoever asked has to do it, and then sees what there is to see of it."""
DIED = "died"
"""Stands for an outcome: whoever does it dies of it."""

LEAST = 2
"""Parts that each who maps may have under way, however many there are."""

T = TypeVar("T")


class EngineError(LeopardError):
    code = "engine.failed"


class Job(NamedTuple):
    """What is to be done with the items of a part, and what workers know of it besides."""

    name: str
    """Of a function in `pipeline.engine.work`."""
    facts: Item = ()
    """What is the same for all items of a part."""


class Pending(Protocol):
    """A part that is under way."""

    def result(self) -> Outcomes:
        """What came out, as soon as it has. Raises EngineError."""
        ...


class Engine(ABC):
    """Open until the end of the `with` block. Whatever it has to begin it begins with the first part."""

    apart: bool = True
    """False if it works in this very process: then parts are no use, and nobody makes any."""
    writes: bool = False
    """May files be written there? Only where time is told by this machine's clock."""
    part: int = 50
    """Items that travel together: fewer take less memory, and more of the time of whoever hands them out."""
    window: int = 1
    """How many parts may be under way, so that nobody waits and memory stays flat."""
    _under_way: int = 0
    """Over all who map at once: in turns, or in threads, where it need not be quite right."""

    @abstractmethod
    def submit(self, job: Job, items: Sequence[Item], *, urgent: bool = False) -> Pending:
        """Begin one part; what is urgent goes before what waits already."""

    def close(self) -> None:
        """End what was begun."""
        return

    def __enter__(self) -> "Engine":
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def map(self, parts: Iterable[tuple[T, Job, Sequence[Item]]]) -> Iterator[tuple[T, Outcomes]]:
        """Each part with what came out of it, in their order, and what stands beside it."""
        mine = deque[tuple[T, Pending]]()
        try:
            for beside, job, items in parts:
                mine.append((beside, self.submit(job, items)))
                self._under_way += 1
                if self._under_way >= self.window and len(mine) >= LEAST:
                    yield self._first(mine)
            while mine:
                yield self._first(mine)
        finally:
            self._under_way -= len(mine)

    def _first(self, mine: "deque[tuple[T, Pending]]") -> tuple[T, Outcomes]:
        beside, pending = mine[0]
        outcomes = pending.result()
        mine.popleft()
        self._under_way -= 1
        return beside, outcomes


class Local(Engine):
    """Everything is done where it is asked for, one thing at a time."""

    apart = False

    def submit(self, job: Job, items: Sequence[Item], *, urgent: bool = False) -> Pending:
        return _Done([HERE] * len(items))


LOCAL = Local()


class _Done:
    def __init__(self, outcomes: Outcomes) -> None:
        self.outcomes = outcomes

    def result(self) -> Outcomes:
        return self.outcomes


def in_parts(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in groups of `size`; only the last may be smaller."""
    part: list[T] = []
    for item in items:
        part.append(item)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part
