"""Cards by ident, on disk: there are as many as records, and memory does not grow with them.

What was kept by earlier runs is used where it lies; what this run alone knows lies over it.
"""

from collections.abc import Collection, Iterable, Iterator
from copy import copy
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson

from pipeline.cache.card import Card
from pipeline.cache.store import Store

PAGE = 500
"""Rows that are written, or fetched, at once."""

_OVER = (
    "ident", "digest", "body", "status", "times", "opens", "closes", "refs", "cites", "assets", "files",
    "source", "path", "line", "col", "within", "gone",
)  # fmt: skip
_SHOWN = "ident, digest, body, status, times, refs, cites, assets, files"
_PLACE = "source, path, line, col, within"


class Kept(NamedTuple):
    """Cards that are kept from run to run: their table, which of its rows, and its columns in our order."""

    table: str
    rows: str = "TRUE"
    shown: str = _SHOWN
    place: str = "NULL, NULL, NULL, NULL, NULL"


READ = Kept(
    "rows",
    shown="ident, digest, body, status, times, refs, cites, NULL, files",
    place="(SELECT source FROM inputs WHERE id = input),"
    " COALESCE(path, (SELECT name FROM inputs WHERE id = input)), line, col, within",
)
"""What the sources gave."""


def made_in(scope: str) -> Kept:
    """What the steps made; `scope` is a word of ours."""
    return Kept("made", f"scope = '{scope}'", "ident, digest, body, status, times, NULL, NULL, assets, NULL")


class _Over:
    """What lies over the kept cards, for as long as this run lasts."""

    def __init__(self, store: Store) -> None:
        self.store, self.count = store, 0
        self.waiting: dict[str, tuple[Any, ...]] = {}
        self.table = store.table(f"({', '.join(_OVER)}, PRIMARY KEY (ident)) WITHOUT ROWID")
        self.locales: set[str] = set()

    def put(self, ident: str, row: tuple[Any, ...]) -> None:
        self.waiting[ident] = row
        self.count += 1
        if len(self.waiting) >= PAGE:
            self.flush()

    def flush(self) -> None:
        if self.waiting:
            marks = ", ".join("?" * len(_OVER))
            statement = f"INSERT OR REPLACE INTO {self.table} VALUES ({marks})"
            self.store.run_all(statement, self.waiting.values())
            self.waiting = {}


class Cards:
    """Those of one run: what is `kept`, except where something else was put, or it was dropped."""

    def __init__(self, store: Store, kept: Kept | None = None) -> None:
        self.store, self.kept, self._over = store, kept, _Over(store)
        self._condition, self._values = "TRUE", tuple[Any, ...]()

    def chosen(self, condition: str, *values: Any) -> "Cards":
        """The same, but only those of which the `condition` is true, in the words of SQL."""
        part = copy(self)
        part._condition = f"{self._condition} AND ({condition})"
        part._values = (*self._values, *values)
        return part

    def beside(self, others: Iterable[Card]) -> "Cards":
        """The same with some others, which those of one of them do not see."""
        both = copy(self)
        self._over.flush()
        both._over = _Over(self.store)
        self.store.run(f"INSERT INTO {both._over.table} SELECT * FROM {self._over.table}")
        both._over.count = self._over.count
        both.locales.update(self.locales)
        for card in others:
            both.put(card)
        return both

    @property
    def locales(self) -> set[str]:
        """Every language that there ever was a card in."""
        return self._over.locales

    def put(self, card: Card) -> None:
        """Keep a card in place of another one of its ident."""
        self.locales.add(card.locale)
        self._over.put(card.ident, _row(card))

    def drop(self, ident: str) -> Card | None:
        """Take a card out, and give it."""
        found = self.get(ident)
        if found is not None:
            self._over.put(ident, (ident, *(None,) * (len(_OVER) - 2), 1))
        return found

    def get(self, ident: str) -> Card | None:
        return next(self._found("ident = ?", ident), None)

    def several(self, idents: Collection[str]) -> dict[str, Card]:
        """Those of these idents, by ident."""
        condition = "ident IN (SELECT value FROM json_each(?))"
        found = self._found(condition, orjson.dumps(list(idents)).decode())
        return {card.ident: card for card in found}

    def _found(self, condition: str, *values: Any) -> Iterator[Card]:
        for select, more in self.parts(f"{_SHOWN}, {_PLACE}", condition, *values):
            yield from map(card_from, self.store.rows(select, more))

    def parts(self, columns: str, condition: str, *values: Any) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """Questions that together give these columns, each once, of all cards that meet a condition."""
        self._over.flush()
        if self._over.count:
            where = f"gone IS NULL AND {self._condition} AND ({condition})"
            yield f"SELECT {columns} FROM {self._over.table} WHERE {where}", (*self._values, *values)
        if self.kept is not None:
            shown = columns.replace(_SHOWN, self.kept.shown).replace(_PLACE, self.kept.place)
            not_over = f" AND ident NOT IN (SELECT ident FROM {self._over.table})" if self._over.count else ""
            where = f"{self.kept.rows}{not_over} AND {self._condition} AND ({condition})"
            yield f"SELECT {shown} FROM {self.kept.table} WHERE {where}", (*self._values, *values)

    def question(self, columns: str, condition: str = "TRUE", *values: Any) -> tuple[str, tuple[Any, ...]]:
        """The same as one question; no card, none at all."""
        parts = list(self.parts(columns, condition, *values))
        if not parts:
            return f"SELECT {columns} FROM {self._over.table} WHERE FALSE", ()
        return " UNION ALL ".join(one for one, _ in parts), tuple(v for _, more in parts for v in more)

    def __contains__(self, ident: object) -> bool:
        return isinstance(ident, str) and any(
            self.store.rows(*part) for part in self.parts("1", "ident = ?", ident)
        )

    def __len__(self) -> int:
        return sum(self.store.rows(*part)[0][0] for part in self.parts("COUNT(*)", "TRUE"))

    def __iter__(self) -> Iterator[Card]:
        return self.scan("TRUE")

    def of_key(self, key: str) -> Iterator[Card]:
        """In every language."""
        return self.scan("ident < ?", f"{key}@", key + chr(ord("@") + 1))

    def of_kind(self, kind: str) -> Iterator[Card]:
        return self.scan("ident < ?", f"{kind}:", kind + chr(ord(":") + 1))

    def referring(self) -> Iterator[Card]:
        """Those that refer to others."""
        return self.scan("refs IS NOT NULL OR cites IS NOT NULL")

    def naming_files(self) -> Iterator[Card]:
        """Those that name files of the project."""
        return self.scan("files IS NOT NULL")

    def timed(self) -> Iterator[Card]:
        """Those that are published, or withdrawn, by time."""
        return self.scan("opens IS NOT NULL OR closes IS NOT NULL")

    def next_turn(self, now: datetime) -> datetime | None:
        """The next instant after `now` at which time alone publishes or withdraws one of them."""
        at = now.astimezone(UTC).isoformat()
        turns = [
            turn
            for column in ("opens", "closes")
            for part in self.parts("times", f"status = 'published' AND {column} > ?", at)
            for (times,) in self.store.rows(*part)
            for turn in times.split("|")
            if turn > at
        ]
        return datetime.fromisoformat(min(turns)) if turns else None

    def scan(self, condition: str, after: str = "", *values: Any) -> Iterator[Card]:
        """By ident, a page at a time, so that cards may be put and dropped on the way."""
        rows: list[Any] = [()] * PAGE
        while len(rows) == PAGE:
            select, more = self.question(_SHOWN, f"ident > ? AND ({condition})", after, *values)
            rows = self.store.rows(f"{select} ORDER BY ident LIMIT {PAGE}", more)
            yield from (Card(*row) for row in rows)
            after = rows[-1][0] if rows else after


def _row(card: Card) -> tuple[Any, ...]:
    where = card.where or (None, None, None, None, None)
    head = (card.ident, card.digest, card.body, card.status, card.times, card.opens, card.closes)
    return (*head, card.refs, card.cites, card.assets, card.files, *where, None)


def card_from(row: Any) -> Card:
    """The card in a row of what is shown of it and, behind that, its place."""
    ident, digest, body, status, times, refs, cites, assets, files, *place = row[:14]
    where: Any = tuple(place) if place[0] else None
    return Card(ident, digest, body, status, times, refs, cites, assets, files, where)
