"""Two streams side by side."""

from collections.abc import Iterator
from typing import Protocol, TypeVar


class Named(Protocol):
    """What has an ident to be ordered by."""

    @property
    def ident(self) -> str: ...


A = TypeVar("A", bound=Named)
B = TypeVar("B", bound=Named)


def joined(wanted: Iterator[A], remembered: Iterator[B]) -> Iterator[tuple[A | None, B | None]]:
    """Two streams side by side, each ordered by ident."""
    one, other = next(wanted, None), next(remembered, None)
    while one is not None or other is not None:
        if other is None or (one is not None and one.ident < other.ident):
            yield one, None
            one = next(wanted, None)
        elif one is None or other.ident < one.ident:
            yield None, other
            other = next(remembered, None)
        else:
            yield one, other
            one, other = next(wanted, None), next(remembered, None)
