"""Rendering once: fields that were made of the same things as before are taken from memory."""

import sys
from collections.abc import Set
from functools import cache, lru_cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path

import exporters
from exporters.base import Exporter, Lookup
from pipeline.cache.card import Card
from pipeline.cache.records import RecordIndex
from pipeline.config import configuration_of
from pipeline.engine.rendering import Rendered, rendered
from schemas import canonical
from schemas.record import Record

LOOKED_UP = 1 << 14
"""Digests of records that were looked up, kept at hand."""


LINKED, PLAIN = "+", "-"
"""Stand behind the digest: the fields name other pages by their ids, or do not."""


class PublicLookup(Lookup):
    """Gives exporters public records, and nothing else; of those, none that the channel has `refused`."""

    def __init__(self, public: RecordIndex, refused: Set[str] = frozenset()) -> None:
        self.public, self.refused = public, refused

    def get(self, key: str, locale: str) -> Record | None:
        card = self.card(key, locale)
        return None if card is None else self.public.store.load(card)

    def card(self, key: str, locale: str) -> Card | None:
        """What is known of the record that `get` gives."""
        card = self.public.card(key, locale)
        return None if card is None or card.ident in self.refused else card


class Rendering:
    """Fields of records on one channel."""

    def __init__(self, exporter: Exporter, public: RecordIndex, refused: Set[str] = frozenset()) -> None:
        self.exporter, self.lookup = exporter, PublicLookup(public, refused)
        self.way = canonical.digest(_way(exporter))
        """Changes with the configuration of the channel and the code of its exporter."""
        self._digest = lru_cache(maxsize=LOOKED_UP)(self._of_looked_up)

    def rendered(self, record: Record) -> Rendered:
        """A record, rendered now. Raises what `render` raises."""
        return rendered(self.exporter, record, self.lookup)

    def made_of(self, card: Card, done: Rendered) -> str:
        """What a rendered record was made of."""
        return self._made_of(card, done.asked, LINKED if done.symbols else PLAIN)

    def is_as_before(self, card: Card, made_of: str | None) -> bool:
        """Would the fields be made of the very same things?"""
        if made_of is None:
            return False
        first, *asked = made_of.split()
        return made_of == self._made_of(card, asked, first[-1])

    def _made_of(self, card: Card, asked: list[str], mark: str) -> str:
        """A digest of the record, of how it is rendered and what was looked up; then the names of that."""
        summed = blake2b(self.way.encode(), digest_size=16)
        summed.update(card.digest)
        for name in asked:
            summed.update(self._digest(name))
        return " ".join((summed.hexdigest() + mark, *asked))

    def answers(self, asked: str) -> bytes:
        """A digest of what is found for names with blanks between them."""
        summed = blake2b(digest_size=16)
        for name in asked.split(" "):
            summed.update(self._digest(name))
        return summed.digest()

    def _of_looked_up(self, name: str) -> bytes:
        key, _, locale = name.rpartition("@")
        found = self.lookup.card(key, locale)
        return blake2b(found.ident.encode() + found.digest, digest_size=16).digest() if found else b"none"


def is_plain(made_of: str | None) -> bool:
    """Were fields made that name no other page by its id?"""
    return made_of is not None and made_of.split(maxsplit=1)[0].endswith(PLAIN)


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
