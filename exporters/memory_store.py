"""What a channel in memory holds, and the faults that are arranged for it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import RLock
from typing import Literal

from exporters.base import Fields, Remote

Phase = Literal["before", "after"]


@dataclass
class Fault:
    """What goes wrong once, before or after a call has had its effect."""

    verb: str
    phase: Phase = "before"
    error: BaseException | None = None
    delay: float = 0.0
    """Seconds."""
    skip: int = 0
    """Calls of the verb that are let through first."""


def trimmed(fields: Fields) -> Fields:
    """What many channels do: titles lose the spaces around them."""
    return {**fields, "title": fields["title"].strip()} if isinstance(fields.get("title"), str) else fields


@dataclass
class Store:
    """One channel's pages, and what happened to them."""

    pages: dict[str, Remote] = field(default_factory=dict)
    foreign: dict[str, Fields] = field(default_factory=dict)
    """Pages that are not ours: no verb touches them."""
    files: dict[str, bytes] = field(default_factory=dict)
    """Bytes of assets, by the id of their page."""
    documents: dict[str, bytes] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    """Every call in its order: the verb, and the ident if it has one."""
    faults: list[Fault] = field(default_factory=list)
    on_call: Callable[[str, Phase], None] | None = None
    """Told of every call before and after its effect; may raise."""
    normaliser: Callable[[Fields], Fields] = trimmed
    stale: list[Remote] | None = None
    """Where given, what `read` and `find` answer instead of the truth."""
    counter: int = 0
    lock: RLock = field(default_factory=RLock)

    def next(self) -> str:
        self.counter += 1
        return str(self.counter)

    def add_foreign(self, fields: Fields) -> str:
        """Somebody makes a page of their own; returns its id."""
        self.foreign[page := f"f{self.next()}"] = fields
        return page

    def hand_edit(self, ident: str, fields: Fields) -> None:
        """Somebody edits a page of ours on the channel, which spells that as all else."""
        page = next(page for page in self.pages.values() if page.ident == ident)
        edited = {"fields": self.normaliser({**page.fields, **fields}), "version": self.next()}
        self.pages[page.id] = page.model_copy(update=edited)

    def freeze_reads(self) -> None:
        """From now on, `read` and `find` answer what was true until now, as a cache does."""
        self.stale = list(self.pages.values())

    @contextmanager
    def call(self, verb: str, ident: str = "") -> Iterator[None]:
        """One call: noted, and met by the faults that are arranged for it."""
        self.calls.append(f"{verb} {ident}".strip())
        with self.met(verb):
            yield

    @contextmanager
    def met(self, verb: str) -> Iterator[None]:
        """What is done inside happens between the faults before and those after."""
        self._meet(verb, "before")
        with self.lock:
            yield
        self._meet(verb, "after")

    def _meet(self, verb: str, phase: Phase) -> None:
        if self.on_call:
            self.on_call(verb, phase)
        with self.lock:
            fault = self._next_fault(verb, phase)
        if fault:
            time.sleep(fault.delay)
            if fault.error:
                raise fault.error

    def _next_fault(self, verb: str, phase: Phase) -> Fault | None:
        for fault in [one for one in self.faults if (one.verb, one.phase) == (verb, phase)]:
            if not fault.skip:
                self.faults.remove(fault)
                return fault
            fault.skip -= 1
        return None
