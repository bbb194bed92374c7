"""What the steps made of records before, as long as nothing that they looked at has changed."""

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

from pipeline.cache.card import Card, as_text, listed
from pipeline.cache.records import RecordIndex
from pipeline.cache.store import Store
from schemas.record import Record

PAGE = 500
"""Rows that are fetched at once."""

Alternates = tuple[str, ...]


class Made(NamedTuple):
    """A record as the steps left it, from what, and what it claimed of which step."""

    ident: str
    key: bytes
    asked: str | None
    claims: str | None
    card: Card
    row: int


class WatchedIndex:
    """An index that notes what it was asked for. Steps keep what they learn of a whole kind for later."""

    def __init__(self, index: RecordIndex) -> None:
        self.index = index
        self.asked: set[tuple[str, str, str]] = set()
        self._kinds: set[tuple[str, str, str]] = set()

    def begin(self) -> None:
        """Another record comes."""
        self.asked = set()

    @property
    def all_asked(self) -> list[tuple[str, str, str]]:
        return sorted(self.asked | self._kinds)

    def get(self, key: str, locale: str) -> Record | None:
        self.asked.add(("", key, locale))
        return self.index.get(key, locale)

    def of_kind(self, kind: str, locale: str) -> Iterator[Record]:
        self._kinds.add(("kind", kind, locale))
        return self.index.of_kind(kind, locale)


class MakeMemory:
    """What one chain of steps made of the records of one scope; to be asked in the order of their idents."""

    def __init__(self, store: Store, index: RecordIndex, scope: str, way: str) -> None:
        self.store, self.index, self.scope = store, index, scope
        self._way = way.encode()
        self._rows = self._all()
        self._next = next(self._rows, None)

    def _all(self) -> Iterator[Made]:
        query = (
            "SELECT ident, key, asked, claims, digest, body, status, times, assets, id FROM made"
            " WHERE scope = ? AND ident > ? ORDER BY ident LIMIT ?"
        )
        last = ""
        while rows := self.store.rows(query, (self.scope, last, PAGE)):
            for ident, key, asked, claims, digest, body, status, times, assets, row in rows:
                card = Card(ident, digest, body, status, times, assets=assets)
                yield Made(ident, key, asked, claims, card, row)
            last = rows[-1][0]

    def known(self, card: Card, alternates: Alternates) -> Made | None:
        """What was made of this very record, if all that was looked at is as it was; else forget it."""
        while self._next is not None and self._next.ident < card.ident:
            self.forget(self._next)
            self._next = next(self._rows, None)
        found = self._next
        if found is None or found.ident != card.ident:
            return None
        self._next = next(self._rows, None)
        if found.key == self._key(card, alternates, listed(found.asked)):
            return found
        self.forget(found)
        return None

    def keep(
        self, card: Card, alternates: Alternates, asked: Sequence[Any], claims: list[Any], made: Card
    ) -> None:
        """Remember what was made, in place of what `known` has found no longer true."""
        if made.body < 0 or made.ident != card.ident:
            self.store.let_pass(made)
            return
        key = self._key(card, alternates, asked)
        values = (
            *(self.scope, card.ident, key, as_text(asked), as_text(claims)),
            *(made.digest, made.body, made.status, made.times, made.assets),
        )
        self.store.run(
            "INSERT INTO made (scope, ident, key, asked, claims, digest, body, status, times, assets)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        )

    def end(self) -> None:
        """All records have come; what is left is of none of them."""
        while self._next is not None:
            self.forget(self._next)
            self._next = next(self._rows, None)

    def forget(self, made: Made) -> None:
        """What was made of a record is no longer true."""
        self.store.drop(made.card.body)
        self.store.run("DELETE FROM made WHERE id = ?", (made.row,))

    def _key(self, card: Card, alternates: Alternates, asked: Sequence[Any]) -> bytes:
        """Of the way it is made, the record, and every answer that was given on the way."""
        summed = blake2b(self._way, digest_size=16)
        summed.update(f"{card.ident} {' '.join(alternates)}\n".encode() + card.digest)
        for kind, name, locale in asked:
            summed.update(f"\n{kind}\0{name}\0{locale}\0".encode("utf-8", "surrogatepass"))
            summed.update(self._answer(kind, name, locale))
        return summed.digest()

    def _answer(self, kind: str, name: str, locale: str) -> bytes:
        if kind:
            return self.index.digest_of_kind(name, locale)
        found = self.index.card(name, locale)
        return found.ident.encode() + found.digest if found else b""
