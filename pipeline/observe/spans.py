"""What a run is doing now: spans inside spans, told to whoever observes; with nobody there, it costs nothing.

run → read (a source), plan (a channel), apply (a channel) → write (a page, or a batch of them)
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

Name = Literal["run", "read", "plan", "apply", "write"]
HANDED_DOWN = ("run", "channel")
"""What a span knows from the one around it."""

A = TypeVar("A")
R = TypeVar("R")


@dataclass
class Span:
    """One piece of work. `facts`: run, channel, source, key, action, outcome, as far as they are known."""

    name: Name
    parent: "Span | None" = None
    facts: dict[str, Any] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)
    error: BaseException | None = None
    kept: dict[int, Any] = field(default_factory=dict)
    """What an observer wants to find again at the end, under its own id."""

    @property
    def seconds(self) -> float:
        """How long it has been going on."""
        return time.monotonic() - self.began


class Observer:
    """Is told of everything, in whichever thread it happens. Must be quick, and must not raise."""

    def begin(self, span: Span) -> None:
        """A piece of work begins."""

    def end(self, span: Span) -> None:
        """It ends; with `error` if it did not come to its end."""

    def done(self, within: Span, ident: str, action: str) -> None:
        """One change of a channel is made and remembered."""

    def came_due(self, channel: str, seconds: float) -> None:
        """A record was published or withdrawn because its time had come, so long after that instant."""


OBSERVERS: list[Observer] = []
_current: ContextVar[Span | None] = ContextVar("leopard_span", default=None)


@contextmanager
def observing(*observers: Observer) -> Iterator[None]:
    """Let them observe until the end of the `with` block."""
    OBSERVERS.extend(observers)
    try:
        yield
    finally:
        for one in observers:
            OBSERVERS.remove(one)


@contextmanager
def span(name: Name, **facts: Any) -> Iterator[Span]:
    """A piece of work, from here to the end of the `with` block."""
    if not OBSERVERS:
        yield Span(name)
        return
    parent = _current.get()
    known = {one: parent.facts[one] for one in HANDED_DOWN if one in parent.facts} if parent else {}
    this = Span(name, parent, {**known, **facts})
    observers = list(OBSERVERS)
    for observer in observers:
        observer.begin(this)
    token = _current.set(this)
    try:
        yield this
    except BaseException as error:
        this.error = error
        raise
    finally:
        _current.reset(token)
        for observer in reversed(observers):
            observer.end(this)


def done(ident: str, action: str) -> None:
    """Tell that a change was made, inside the span that is current."""
    within = _current.get()
    if within is not None:
        for observer in list(OBSERVERS):
            observer.done(within, ident, action)


def came_due(channel: str, seconds: float) -> None:
    """Tell how late a record was that came due."""
    for observer in list(OBSERVERS):
        observer.came_due(channel, seconds)


def carried(work: Callable[[A], R]) -> Callable[[A], R]:
    """`work` for another thread, which then belongs to the span that is current here."""
    here = _current.get()
    if here is None:
        return work

    def there(item: A) -> R:
        token = _current.set(here)
        try:
            return work(item)
        finally:
            _current.reset(token)

    return there
