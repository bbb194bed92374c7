"""Cards by ident, on disk: there are as many as records, and memory does not grow with them."""

from collections.abc import Iterator
from typing import Any

from pipeline.cache.card import Card
from pipeline.cache.store import Store

PAGE = 500
"""Rows that are written, or fetched, at once."""

_NAMES = [
    "ident",
    "digest",
    "body",
    "status",
    "times",
    "refs",
    "cites",
    "assets",
    "files",
    "source",
    "path",
    "line",
    "col",
    "within",
]
_COLUMNS = ", ".join(_NAMES)
_MARKS = ", ".join("?" * len(_NAMES))


class Cards:
    """A table of its own, for as long as this run lasts."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.locales: set[str] = set()
        """Every language that there ever was a card in."""
        self._waiting: dict[str, Card] = {}
        self._table = store.table(f"({_COLUMNS}, PRIMARY KEY (ident)) WITHOUT ROWID")

    def put(self, card: Card) -> None:
        """Keep a card in place of another one of its ident."""
        self.locales.add(card.locale)
        self._waiting[card.ident] = card
        if len(self._waiting) >= PAGE:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            statement = f"INSERT OR REPLACE INTO {self._table} VALUES ({_MARKS})"  # noqa: S608
            self.store.run_all(statement, map(_row, self._waiting.values()))
            self._waiting = {}

    def drop(self, ident: str) -> Card | None:
        """Take a card out, and give it."""
        found = self.get(ident)
        if found is not None:
            self._flush()
            self.store.run(f"DELETE FROM {self._table} WHERE ident = ?", (ident,))  # noqa: S608
        return found

    def get(self, ident: str) -> Card | None:
        found = self._waiting.get(ident)
        if found is None:
            query = f"SELECT {_COLUMNS} FROM {self._table} WHERE ident = ?"  # noqa: S608
            found = next(map(_card, self.store.rows(query, (ident,))), None)
        return found

    def __contains__(self, ident: object) -> bool:
        return isinstance(ident, str) and self.get(ident) is not None

    def __len__(self) -> int:
        self._flush()
        ((count,),) = self.store.rows(f"SELECT COUNT(*) FROM {self._table}")  # noqa: S608
        return int(count)

    def __iter__(self) -> Iterator[Card]:
        return self._scan("TRUE")

    def of_key(self, key: str) -> Iterator[Card]:
        """In every language."""
        return self._scan("ident < ?", f"{key}@", key + chr(ord("@") + 1))

    def of_kind(self, kind: str) -> Iterator[Card]:
        return self._scan("ident < ?", f"{kind}:", kind + chr(ord(":") + 1))

    def referring(self) -> Iterator[Card]:
        """Those that refer to others."""
        return self._scan("refs IS NOT NULL OR cites IS NOT NULL")

    def naming_files(self) -> Iterator[Card]:
        """Those that name files of the project."""
        return self._scan("files IS NOT NULL")

    def timed(self) -> Iterator[Card]:
        """Those that are published, or withdrawn, by time."""
        return self._scan("times IS NOT NULL")

    def _scan(self, condition: str, after: str = "", *values: str) -> Iterator[Card]:
        """By ident, a page at a time, so that cards may be put and dropped on the way."""
        query = (
            f"SELECT {_COLUMNS} FROM {self._table} WHERE ident > ? AND ({condition})"  # noqa: S608
            f" ORDER BY ident LIMIT {PAGE}"
        )
        rows: list[Any] = [()] * PAGE
        while len(rows) == PAGE:
            self._flush()
            rows = self.store.rows(query, (after, *values))
            yield from map(_card, rows)
            after = rows[-1][0] if rows else after


def _row(card: Card) -> tuple[Any, ...]:
    where = card.where or (None, None, None, None, None)
    head = (card.ident, card.digest, card.body, card.status, card.times)
    return (*head, card.refs, card.cites, card.assets, card.files, *where)


def _card(row: Any) -> Card:
    ident, digest, body, status, times, refs, cites, assets, files, *where = row
    return Card(
        ident, digest, body, status, times, refs, cites, assets, files, tuple(where) if where[0] else None
    )
