"""What is known of a record without looking into it: enough to tell whether anything has to be done."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from pipeline.asset_keys import asset_keys
from pipeline.steps.marks import cited
from schemas.asset import Asset
from schemas.problems import Origin
from schemas.record import Path, Record, Status, references
from schemas.report import Report

Where = tuple[str, str, int | None, int | None, str | None]
"""The name of a source, then path, line, column and what is within, of an origin."""


@dataclass(slots=True, eq=False)
class Card:
    """One record. Lists are kept as JSON, None where there is nothing: there is one card for each record."""

    ident: str
    digest: bytes
    """Of the record as JSON."""
    body: int
    """Where the record itself is kept."""
    status: Status
    times: str | None
    """When it is published, when its embargo ends, when it closes: in UTC, `|` between them."""
    refs: str | None = None
    """Path, whether it is hierarchical, and key of each reference."""
    cites: str | None = None
    """Keys that stand in its texts."""
    assets: str | None = None
    """Keys of assets that it shows."""
    files: str | None = None
    """Files of the project that it names."""
    where: Where | None = None

    @property
    def key(self) -> str:
        return self.ident.rpartition("@")[0]

    @property
    def locale(self) -> str:
        return self.ident.rpartition("@")[2]

    @property
    def kind(self) -> str:
        return self.ident.partition(":")[0]

    @property
    def published_at(self) -> datetime | None:
        return self._time(0)

    @property
    def embargo_until(self) -> datetime | None:
        return self._time(1)

    @property
    def closes_at(self) -> datetime | None:
        return self._time(2)

    @property
    def opens(self) -> str | None:
        """The instant before which it may not be shown (ISO 8601, UTC; their order is that of time)."""
        return max((self.times or "|").split("|")[:2]) or None

    @property
    def closes(self) -> str | None:
        """The instant from which on it may not be shown any more (ISO 8601, UTC)."""
        return (self.times or "||").split("|")[2] or None

    def _time(self, at: int) -> datetime | None:
        if self.times is None:
            return None
        text = self.times.split("|")[at]
        return datetime.fromisoformat(text) if text else None

    def references(self) -> Iterator[tuple[Path, bool, str]]:
        """Where each reference stands, whether it is hierarchical, and the key it names."""
        for path, hierarchical, key in listed(self.refs):
            yield tuple(path), hierarchical, key

    @property
    def origin(self) -> Origin:
        _, path, line, column, within = self.where or ("", "", None, None, None)
        return Origin(path=path, line=line, column=column, within=within)


def listed(text: str | None) -> Any:
    """The items of a list on a card."""
    return orjson.loads(text) if text else ()


def as_text(items: Iterable[Any]) -> str | None:
    """A list as it stands on a card."""
    row = list(items)
    return orjson.dumps(row).decode() if row else None


def card_of(record: Record, digest: bytes, body: int) -> Card:
    """The card of a record, without what only a source or a step can say."""
    refs = ([path, mark.hierarchical, key] for path, mark, key in references(record))
    return Card(record.ident, digest, body, record.status, _times(record), refs=as_text(refs))


def read_card(record: Record, digest: bytes, body: int, written: bytes = b"[[") -> Card:
    """The card of a record as its source gave it; `written`, its JSON, saves looking for what it cites."""
    card = card_of(record, digest, body)
    card.cites = as_text(cited(record)) if b"[[" in written else None
    card.files = as_text(named_files(record))
    return card


def made_card(record: Record, digest: bytes, body: int) -> Card:
    """The card of a record after the last step."""
    card = Card(record.ident, digest, body, record.status, _times(record))
    card.assets = as_text(dict.fromkeys(asset_keys(record)))
    return card


def _times(record: Record) -> str | None:
    times = (record.published_at, record.embargo_until, record.closes_at)
    if times == (None, None, None):
        return None
    return "|".join(at.astimezone(UTC).isoformat() if at else "" for at in times)


def named_files(record: Record) -> Iterator[str]:
    """Paths, from the project, of the files that it names."""
    if isinstance(record, Asset) and record.path:
        yield record.path
    elif isinstance(record, Report):
        yield from (one.path for one in record.files if one.path)
