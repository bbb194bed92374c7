"""What became of each change of a channel of documents, on disk: on a first run it is all there is."""

import pickle  # only what this very process has written is read
import sqlite3
from collections.abc import Iterator
from typing import Any

from exporters.base import Remote
from pipeline.change import Action
from pipeline.ledger import Deed, Entry
from pipeline.ledger.entry import HeldPage
from pipeline.spool import temporary
from schemas import canonical

PAGE = 50
"""Rows that are written, or fetched, at once."""
AT_HAND = 10_000
"""Idents that are few enough to be held in memory."""
COLUMNS = (
    "ident TEXT PRIMARY KEY, number INTEGER, action TEXT, sort_key TEXT,"
    " page TEXT, key TEXT, locale TEXT, version TEXT, entry BLOB, fields TEXT, held TEXT"
)
ADD = "INSERT OR REPLACE INTO pages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


class Written:
    """Pages by ident, and those that are removed; in the order in which they came."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        with temporary():
            self._database.execute("PRAGMA journal_mode=OFF")
            self._database.execute("PRAGMA cache_size=-1024")
            self._database.execute(f"CREATE TABLE pages ({COLUMNS})")
            self._database.execute("BEGIN")
        self._new: list[tuple[Any, ...]] = []
        self._idents: set[str] | None = set()

    def gone(self, number: int, ident: str, action: Action) -> None:
        """Note that a page is to be removed."""
        self._add((ident, number, action, *(None,) * 8))

    def put(self, number: int, action: Action, entry: Entry, page: Remote, fields: str | None) -> None:
        """Note what a change has led to: its entry, and the page; `fields` are the entry's, as JSON."""
        known = {**entry.__dict__}
        wanted = known.pop("fields")
        text = canonical.dump(wanted).decode() if fields is None else fields
        held = None if page.fields is wanted or page.fields == wanted else page.written
        shown = (page.id, page.key, page.locale, page.version)
        self._add((entry.ident, number, action, entry.sort_key, *shown, pickle.dumps(known), text, held))

    def _add(self, row: tuple[Any, ...]) -> None:
        self._new.append(row)
        if self._idents is not None:
            self._idents.add(row[0])
            if len(self._idents) > AT_HAND:
                self._idents = None
        if len(self._new) == PAGE:
            self._write()

    def _write(self) -> None:
        with temporary():
            self._database.executemany(ADD, self._new)
        self._new.clear()

    def _read(self, query: str, *values: Any) -> Iterator[Any]:
        self._write()
        with temporary():
            rows = self._database.execute(query, values)
        while some := self._some(rows):
            yield from some

    def _some(self, rows: sqlite3.Cursor) -> list[Any]:
        with temporary():
            return rows.fetchmany(PAGE)

    def drop(self, ident: str) -> None:
        """It has not become anything after all."""
        self._write()
        with temporary():
            self._database.execute("DELETE FROM pages WHERE ident = ?", (ident,))
        if self._idents is not None:
            self._idents.discard(ident)

    def __contains__(self, ident: str) -> bool:
        if self._idents is not None:
            return ident in self._idents
        return any(self._read("SELECT 1 FROM pages WHERE ident = ?", ident))

    def deeds(self) -> Iterator[tuple[int, Deed]]:
        """What was done, by its number in the journal; entries without fields, which are there as text."""
        query = "SELECT ident, number, action, entry, fields FROM pages ORDER BY rowid"
        for ident, number, action, entry, fields in self._read(query):
            known = pickle.loads(entry) if entry else None  # noqa: S301
            after = Entry.model_construct(**known, fields={}) if known else None
            yield number, Deed(ident, action, None, after, fields)

    def newest_first(self) -> Iterator[tuple[str, HeldPage]]:
        """Those that are listed, each behind what it is ordered by."""
        self._write()
        with temporary():
            self._database.execute("CREATE INDEX IF NOT EXISTS newest ON pages (sort_key DESC, ident)")
        query = (
            "SELECT sort_key, page, key, locale, version, COALESCE(held, fields) FROM pages"
            " WHERE sort_key IS NOT NULL ORDER BY sort_key DESC, ident"
        )
        for sort_key, *held in self._read(query):
            yield sort_key, HeldPage(*held)

    def actions(self) -> Iterator[tuple[str, Action]]:
        """What was done to each page."""
        yield from self._read("SELECT ident, action FROM pages ORDER BY rowid")

    def close(self) -> None:
        self._database.close()
