"""
A step: a pure transformation of the record stream.

A plugin is one class in one file: declare `name` and `Options`, and write `change` (one record in, one
record or none out) or, where one becomes many, `apply` (the stream in, the stream out).
"""

from abc import ABC
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from schemas.base import Model
from schemas.problems import Severity
from schemas.record import Path, Record
from schemas.site import Site


class Index(Protocol):
    """Every valid record of the run, public or not, as it was before the first step."""

    def get(self, key: str, locale: str) -> Record | None:
        """The record in that language, else in the site's first, else in any; None if there is none."""
        ...

    def of_kind(self, kind: str, locale: str) -> Iterator[Record]:
        """Each record of a kind once, in that language where it exists, ordered by key."""
        ...


class Report(Protocol):
    """Takes a problem with a record. An error holds the record back; a warning lets it through."""

    def __call__(
        self,
        record: Record,
        code: str,
        message: str,
        *,
        path: Path = (),
        hint: str | None = None,
        severity: Severity = "warning",
    ) -> None: ...


@dataclass(frozen=True)
class StepContext:
    """What a step may see."""

    site: Site
    index: Index
    report: Report


class Owners(Protocol):
    """Who claimed what first; a dictionary is one."""

    def setdefault(self, claim: str, key: str, /) -> str: ...


class Step(ABC):
    """One transformation. Pure: no clock, no network, no disk."""

    name: ClassVar[str]
    version: ClassVar[int] = 1
    """To be raised when the same input gives another output than before."""
    remembered: ClassVar[bool] = False
    """True promises that what `change` makes of a record depends on nothing but the record, the options, the
    site, what `index.get` answers to it during that very call, and what `index.of_kind` ever answered. Then a
    record that nothing of this has changed for is not changed again: the result of the last time is taken.
    """

    class Options(Model):
        pass

    def __init__(self, options: Any, context: StepContext) -> None:
        self.options, self.context = options, context
        self.owners: Owners = {}
        """Keys by what they claim."""

    def claim(self, record: Record) -> str | None:
        """What no two keys may share of a record that was changed, such as an address; None for nothing."""
        return None

    def contested(self, record: Record, claim: str, owner: str) -> None:  # noqa: B027  # most claim nothing
        """Is told of a record that claims what is another key's."""

    def change(self, record: Record) -> Record | None:
        """The record as it goes on; None drops it."""
        return record

    def apply(self, records: Iterator[Record]) -> Iterator[Record]:
        """The stream as it goes on."""
        for record in records:
            changed = self.one(record)
            if changed is not None:
                yield changed

    def one(self, record: Record) -> Record | None:
        """One record as it goes on, what it claims looked at; None drops it."""
        changed = self.change(record)
        claim = self.claim(changed) if changed is not None else None
        if changed is not None and claim is not None:
            owner = self.owners.setdefault(claim, changed.key)
            if owner != changed.key:
                self.contested(changed, claim, owner)
        return changed
