"""Records that are read but not kept, and which of several with one ident stands."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from pipeline.cache.card import Card
from pipeline.cache.cards import READ, card_from
from pipeline.cache.store import Store

_CARD = f"{READ.shown}, {READ.place}"
_LOOSE = "ident, digest, body, status, times, refs, cites, assets, files, source, path, line, col, within"


class Standing(NamedTuple):
    """One of several records with one ident."""

    card: Card
    implied: bool


class Loose:
    """Records of this run beside those that the cache keeps."""

    def __init__(self, store: Store, sources: Sequence[str]) -> None:
        self.store, self.sources, self.count = store, sources, 0
        self._table = store.table(f"(number INTEGER PRIMARY KEY, {_LOOSE}, implied)")

    def put(self, card: Card, *, implied: bool) -> None:
        row = (
            *(
                card.ident,
                card.digest,
                card.body,
                card.status,
                card.times,
                card.refs,
                card.cites,
                card.assets,
            ),
            *(card.files, *(card.where or (None,) * 5), implied),
        )
        marks = ", ".join("?" * len(row))
        self.store.run(f"INSERT INTO {self._table} VALUES (NULL, {marks})", row)
        self.count += 1

    def settled(self) -> Iterator[tuple[str, list[Standing]]]:
        """Idents of which it is to be said what stands, with all that might, in the order of the sources."""
        loose = f" UNION ALL SELECT ident FROM {self._table}" if self.count else ""
        alone = f" UNION SELECT ident FROM {self._table}" if self.count else ""
        query = f"SELECT ident FROM (SELECT ident FROM rows{loose}) GROUP BY ident HAVING COUNT(*) > 1{alone}"
        for (ident,) in self.store.rows(f"{query} ORDER BY ident"):
            yield (
                ident,
                [
                    Standing(card, bool(implied))
                    for card, implied in sorted(self._all(ident), key=self._order)
                ],
            )

    def _all(self, ident: str) -> list[tuple[Card, Any]]:
        kept = f"SELECT {_CARD}, implied, number FROM rows WHERE ident = ?"
        loose = f"SELECT {_LOOSE}, implied, number FROM {self._table} WHERE ident = ?"
        rows = [*self.store.rows(kept, (ident,)), *self.store.rows(loose, (ident,))]
        return [(card_from(row), row[14]) for row in rows]

    def _order(self, one: tuple[Card, Any]) -> tuple[Any, ...]:
        source, path, line, column, within = one[0].where or ("", "", None, None, None)
        return self.sources.index(source), path, line or 0, column or 0, within or ""
