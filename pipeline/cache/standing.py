"""Which pages of a channel are certainly as they are wanted, so that nobody has to compare them.

A page stands as long as the ledger, the way it is rendered, its record and all that was looked up are what
they were. What this file knows is only ever a short cut: where it knows nothing, the pages are compared.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import orjson

from pipeline.cache.cards import PAGE, Cards
from pipeline.cache.store import Store

Answers = Callable[[str], bytes]
"""A digest of what is found for names with blanks between them."""


class Stood(NamedTuple):
    """A page that is remembered; if it stands, the digest of its record and what was looked up for it."""

    ident: str
    digest: bytes | None = None
    asked: str | None = None
    answers: bytes | None = None


class Standings:
    """The pages of one channel; `seen` tells the state of the ledger and the way of rendering."""

    def __init__(self, store: Store, channel: str, seen: str) -> None:
        self.store, self.channel = store, channel
        rows = store.rows("SELECT seen FROM standing_of WHERE channel = ?", (channel,))
        self.is_known = rows == [(seen,)]
        self._new = store.table("(ident TEXT PRIMARY KEY, digest, asked, answers) WITHOUT ROWID")
        self._asked = store.table("(ident TEXT PRIMARY KEY) WITHOUT ROWID")
        self._waiting: list[Stood] = []

    def in_question(self, wanted: Cards, answers: Answers, also: Iterable[str]) -> Iterator[list[str]]:
        """Idents that have to be compared, a page at a time, by ident: of pages or of wanted records."""
        given = self._given(answers)
        for found, values in wanted.parts("ident, digest", "TRUE"):
            self.store.run(
                f"INSERT OR IGNORE INTO {self._asked} SELECT c.ident FROM ({found}) c"
                " LEFT JOIN standing s ON s.channel = ? AND s.ident = c.ident"
                f" LEFT JOIN {given} g ON g.asked = s.asked"
                " WHERE s.digest IS NULL OR s.digest != c.digest OR s.answers IS NOT g.answers",
                (*values, self.channel),
            )
        standing = list(wanted.parts("1", "ident = standing.ident"))
        gone = " AND ".join(f"NOT EXISTS ({found})" for found, _ in standing) or "TRUE"
        self.store.run(
            f"INSERT OR IGNORE INTO {self._asked} SELECT ident FROM standing WHERE channel = ?"
            f" AND (digest IS NULL OR {gone}) UNION SELECT value FROM json_each(?)",
            (self.channel, *(v for _, values in standing for v in values), orjson.dumps(list(also)).decode()),
        )
        yield from self.asked()

    def asked(self) -> Iterator[list[str]]:
        """What was in question, a page at a time."""
        last, query = "", f"SELECT ident FROM {self._asked} WHERE ident > ? ORDER BY ident LIMIT {PAGE}"
        while rows := self.store.rows(query, (last,)):
            yield [ident for (ident,) in rows]
            last = rows[-1][0]

    def _given(self, answers: Answers) -> str:
        """A table of what is found now for all that was looked up."""
        table = self.store.table("(asked TEXT PRIMARY KEY, answers BLOB) WITHOUT ROWID")
        query = "SELECT DISTINCT asked FROM standing WHERE channel = ? AND asked IS NOT NULL"
        rows = ((asked, answers(asked)) for (asked,) in self.store.rows(query, (self.channel,)))
        self.store.run_all(f"INSERT INTO {table} VALUES (?, ?)", rows)
        return table

    def put(self, stood: Stood) -> None:
        """To be kept by `keep`: a page as it is now."""
        self._waiting.append(stood)
        if len(self._waiting) == PAGE:
            self._flush()

    def _flush(self) -> None:
        self.store.run_all(f"INSERT OR REPLACE INTO {self._new} VALUES (?, ?, ?, ?)", self._waiting)
        self._waiting = []

    def keep(self, seen: str, gone: Iterable[str]) -> None:
        """Keep what was put, in place of what was known of the same pages, or of all. In a transaction."""
        self._flush()
        if not self.is_known:
            self.store.run("DELETE FROM standing WHERE channel = ?", (self.channel,))
        self.store.run(
            f"INSERT OR REPLACE INTO standing SELECT ?, ident, digest, asked, answers FROM {self._new}",
            (self.channel,),
        )
        forget = "DELETE FROM standing WHERE channel = ? AND ident = ?"
        self.store.run_all(forget, ((self.channel, ident) for ident in gone))
        self.store.run("INSERT OR REPLACE INTO standing_of VALUES (?, ?)", (self.channel, seen))
