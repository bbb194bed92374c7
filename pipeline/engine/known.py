"""What workers know of other records: what they were told, and nothing else.

They are told what a record is likely to look up. What it asks for besides, they say, and it is done again
when they know that as well.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

from pipeline.cache.body import decoded
from pipeline.cache.card import Card
from pipeline.cache.store import Store
from pipeline.engine.base import Item
from schemas.record import Record

MOST = 1024
"""Other records that a worker keeps at hand beside those of the part that it does."""
UNSENDABLE = "unsendable"
"""Stands for a record that cannot be sent as it is."""

Question = tuple[str, str, str]
"""Nothing, a key and a locale; or `kind`, a kind and a locale."""


class Missed(BaseException):
    """Nobody has told. Steps that catch every Exception must not catch this one."""


class Answers:
    """On the worker's side, for one index: it answers what it was told, and notes what it was not."""

    def __init__(self) -> None:
        self._got: OrderedDict[tuple[str, str], Any] = OrderedDict()
        self._kinds: dict[tuple[str, str], list[Item]] = {}
        self.missed: set[Question] = set()
        self.asked: set[Question] = set()
        self.kinds: set[Question] = set()
        """Kinds that were ever asked for: what was learnt of them may have been kept."""

    def learn(self, got: Iterable[Item], kinds: Iterable[Item]) -> None:
        while len(self._got) > MOST:
            self._got.popitem(last=False)
        for key, locale, sent in got:
            known = self._got.get((key, locale))
            if not (isinstance(known, Record) and sent is not None):
                self._got[key, locale] = sent
            self._got.move_to_end((key, locale))
        for kind, locale, members in kinds:
            self._kinds[kind, locale] = members

    def begin(self) -> None:
        """Another record comes."""
        self.missed, self.asked = set(), set()

    def get(self, key: str, locale: str) -> Record | None:
        """None also for what nobody has told, so that all that is missed is found at once."""
        self.asked.add(("", key, locale))
        if (key, locale) not in self._got:
            self.missed.add(("", key, locale))
            return None
        found = self._got[key, locale]
        if found is None or isinstance(found, Record):
            return found
        if found == UNSENDABLE:
            raise TypeError(f"{key} cannot be sent as it is")
        record = self._got[key, locale] = decoded(*found)
        return record

    def of_kind(self, kind: str, locale: str) -> Iterator[Record]:
        if (kind, locale) not in self._kinds:
            self.missed.add(("kind", kind, locale))
            raise Missed
        self.kinds.add(("kind", kind, locale))
        return (decoded(*sent) for sent in self._kinds[kind, locale])


class Index(Protocol):
    """Where answers come from."""

    def card(self, key: str, locale: str) -> Card | None: ...


class Teller:
    """On the other side: gives what a part is to know."""

    def __init__(self, store: Store, index: Index, of_kind: Any = None) -> None:
        self.store, self.index, self.of_kind = store, index, of_kind
        self._kinds: dict[tuple[str, str], list[Any]] = {}

    def sent(self, card: Card) -> Any:
        """A record as it travels."""
        return (card.ident, card.digest, self.store.body(card)) if self.store.has_body(card) else UNSENDABLE

    def told(self, questions: Iterable[Question]) -> tuple[list[Item], list[Item]]:
        """Answers, for `learn`."""
        got, kinds = list[Item](), list[Item]()
        for kind, name, locale in sorted(questions):
            if kind:
                kinds.append((name, locale, self._members(name, locale)))
            else:
                card = self.index.card(name, locale)
                got.append((name, locale, None if card is None else self.sent(card)))
        return got, kinds

    def _members(self, kind: str, locale: str) -> list[Any]:
        if (kind, locale) not in self._kinds:
            self._kinds[kind, locale] = [self.sent(card) for card in self.of_kind(kind, locale)]
        return self._kinds[kind, locale]


def likely(keys: Mapping[str, Iterable[str]]) -> set[Question]:
    """What records will probably look up; by their idents, the keys that they name."""
    return {("", key, ident.rpartition("@")[2]) for ident, named in keys.items() for key in named}
