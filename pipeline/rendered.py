"""Rendering once: fields that were made of the same things as before are taken from memory."""

import sys
from collections.abc import Iterator
from functools import cache, lru_cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path

import exporters
from exporters.base import Exporter, Fields, Lookup
from pipeline.config import configuration_of
from pipeline.ledger import Entry
from schemas import canonical
from schemas.record import Record

LOOKED_UP = 1 << 14
"""Digests of records that were looked up, kept at hand."""


class Watched(Lookup):
    """A look-up that notes what it was asked for."""

    def __init__(self, lookup: Lookup) -> None:
        self.lookup = lookup
        self.asked: set[str] = set()

    def get(self, key: str, locale: str) -> Record | None:
        self.asked.add(f"{key}@{locale}")
        return self.lookup.get(key, locale)


class Rendering:
    """Fields of records on one channel; `remembered` are its entries, ordered by ident like the records."""

    def __init__(self, exporter: Exporter, lookup: Lookup, remembered: Iterator[Entry]) -> None:
        self.exporter, self.lookup = exporter, lookup
        self._remembered, self._next = remembered, next(remembered, None)
        self._way = canonical.digest(_way(exporter)).encode()
        self._digest = lru_cache(maxsize=LOOKED_UP)(self._of_looked_up)

    def fields(self, record: Record) -> tuple[Fields, str]:
        """What the channel should hold, and what that was made of. Raises what `render` raises."""
        known = self.entry(record.ident)
        if known is not None and known.made_of is not None:
            made_of = self._made_of(record, known.made_of.split()[1:])
            if made_of == known.made_of:
                return known.fields, made_of
        watched = Watched(self.lookup)
        fields = self.exporter.render(record, watched)
        return fields, self._made_of(record, sorted(watched.asked))

    def entry(self, ident: str) -> Entry | None:
        """What is remembered of `ident`; to be asked in their order."""
        while self._next is not None and self._next.ident < ident:
            self._next = next(self._remembered, None)
        return self._next if self._next is not None and self._next.ident == ident else None

    def _made_of(self, record: Record, asked: list[str]) -> str:
        """A digest of the record, of how it is rendered and what was looked up; then the names of that."""
        summed = blake2b(self._way, digest_size=16)
        summed.update(_bytes_of(record))
        for name in asked:
            summed.update(self._digest(name))
        return " ".join((summed.hexdigest(), *asked))

    def _of_looked_up(self, name: str) -> bytes:
        key, _, locale = name.rpartition("@")
        found = self.lookup.get(key, locale)
        return blake2b(_bytes_of(found), digest_size=16).digest() if found else b"none"


def _bytes_of(record: Record) -> bytes:
    try:
        return record.model_dump_json().encode()
    except ValueError:  # half characters
        return canonical.dump(record.model_dump(mode="json"))


def _way(exporter: Exporter) -> list[str]:
    context = exporter.context
    return [configuration_of(exporter), context.name, context.site.model_dump_json(), code_of(type(exporter))]


@cache
def code_of(kind: type[Exporter]) -> str:
    """Changes with Leopard and with the code of exporters, so that nobody is shown what older code made."""
    own = getattr(sys.modules.get(kind.__module__), "__file__", None)
    files = {*Path(exporters.__path__[0]).rglob("*.py"), *([Path(own)] if own else ())}
    stats = [[str(path), (stat := path.stat()).st_size, stat.st_mtime_ns] for path in sorted(files)]
    return canonical.digest([version("leopard-pipeline"), stats])
