"""What became of each change of a channel of documents, on disk: on a first run it is all there is."""

import pickle  # only what this very process has written is read
import sqlite3
from collections.abc import Iterator
from typing import Any

from exporters.base import Fields, Remote
from pipeline.change import Action
from pipeline.ledger import Deed, Entry
from schemas import canonical

PAGE = 100
"""Rows that are written, or fetched, at once."""
COLUMNS = (
    "ident TEXT PRIMARY KEY, number INTEGER, action TEXT, sort_key TEXT, entry BLOB, fields TEXT, held BLOB"
)


class Written:
    """Pages by ident, and those that are removed; in the order in which they came."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode=OFF")
        self._database.execute("PRAGMA cache_size=-4096")
        self._database.execute(f"CREATE TABLE pages ({COLUMNS})")
        self._database.execute("BEGIN")
        self._new: list[tuple[Any, ...]] = []

    def put(
        self,
        number: int,
        ident: str,
        action: Action,
        entry: Entry | None = None,
        held: Fields | None = None,
        intent: Deed | None = None,
    ) -> None:
        """Note what a change has led to: its entry, and what the page holds; or that there is none."""
        if entry is None:
            self._add((ident, number, action, None, None, None, None))
            return
        known = {**entry.__dict__}
        wanted = known.pop("fields")
        fields = intent.fields if intent else canonical.dump(wanted).decode()
        row = (ident, number, action, entry.sort_key, pickle.dumps(known), fields, pickle.dumps(held))
        self._add(row)

    def _add(self, row: tuple[Any, ...]) -> None:
        self._new.append(row)
        if len(self._new) == PAGE:
            self._write()

    def _write(self) -> None:
        self._database.executemany("INSERT OR REPLACE INTO pages VALUES (?, ?, ?, ?, ?, ?, ?)", self._new)
        self._new.clear()

    def _read(self, query: str, *values: Any) -> Iterator[Any]:
        self._write()
        rows = self._database.execute(query, values)
        while some := rows.fetchmany(PAGE):
            yield from some

    def drop(self, ident: str) -> None:
        """It has not become anything after all."""
        self._write()
        self._database.execute("DELETE FROM pages WHERE ident = ?", (ident,))

    def __contains__(self, ident: str) -> bool:
        return any(self._read("SELECT 1 FROM pages WHERE ident = ?", ident))

    def deeds(self) -> Iterator[tuple[int, Deed]]:
        """What was done, by its number in the journal; entries without fields, which are there as text."""
        query = "SELECT ident, number, action, entry, fields FROM pages ORDER BY rowid"
        for ident, number, action, entry, fields in self._read(query):
            known = pickle.loads(entry) if entry else None  # noqa: S301
            after = Entry(**known, fields={}) if known else None
            yield number, Deed(ident, action, None, after, fields)

    def newest_first(self) -> Iterator[tuple[str, Remote]]:
        """Those that are listed, each behind what it is ordered by."""
        self._write()
        self._database.execute("CREATE INDEX IF NOT EXISTS newest ON pages (sort_key DESC, ident)")
        query = (
            "SELECT sort_key, entry, held FROM pages WHERE sort_key IS NOT NULL ORDER BY sort_key DESC, ident"
        )
        for sort_key, entry, held in self._read(query):
            known, fields = pickle.loads(entry), pickle.loads(held)  # noqa: S301
            shown = {name: known[name] for name in ("key", "locale", "version", "state", "url")}
            yield sort_key, Remote(id=known["remote_id"], fields=fields, **shown)

    def actions(self) -> Iterator[tuple[str, Action]]:
        """What was done to each page."""
        yield from self._read("SELECT ident, action FROM pages ORDER BY rowid")

    def close(self) -> None:
        self._database.close()
