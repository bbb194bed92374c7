"""What became of each change of a channel of documents, on disk: on a first run it is all there is."""

import pickle  # only what this very process has written is read
import sqlite3
from collections.abc import Iterator

from exporters.base import Remote
from pipeline.change import Action, Change

PAGE = 500
"""Rows that are fetched at once."""


class Written:
    """Pages by ident, None for one that is removed, and what each is ordered by."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode=OFF")
        self._database.execute("PRAGMA cache_size=-4096")
        columns = "ident TEXT PRIMARY KEY, action TEXT, sort_key TEXT, page BLOB"
        self._database.execute(f"CREATE TABLE pages ({columns})")
        self._database.execute("BEGIN")

    def put(self, change: Change, page: Remote | None, sort_key: str | None = None) -> None:
        """Note what a change has led to, and the page's place among the others if it is listed."""
        row = (change.ident, change.action, sort_key, pickle.dumps(page, pickle.HIGHEST_PROTOCOL))
        self._database.execute("INSERT OR REPLACE INTO pages VALUES (?, ?, ?, ?)", row)

    def drop(self, ident: str) -> None:
        """It has not become anything after all."""
        self._database.execute("DELETE FROM pages WHERE ident = ?", (ident,))

    def __contains__(self, ident: str) -> bool:
        query = "SELECT 1 FROM pages WHERE ident = ?"
        return self._database.execute(query, (ident,)).fetchone() is not None

    def __getitem__(self, ident: str) -> Remote | None:
        (data,) = self._database.execute("SELECT page FROM pages WHERE ident = ?", (ident,)).fetchone()
        page: Remote | None = pickle.loads(data)  # noqa: S301
        return page

    def newest_first(self) -> Iterator[tuple[str, Remote]]:
        """Those that are listed, each behind what it is ordered by."""
        self._database.execute("CREATE INDEX IF NOT EXISTS newest ON pages (sort_key DESC, ident)")
        rows = self._database.execute(
            "SELECT sort_key, page FROM pages WHERE sort_key IS NOT NULL ORDER BY sort_key DESC, ident"
        )
        while some := rows.fetchmany(PAGE):
            for sort_key, data in some:
                yield sort_key, pickle.loads(data)  # noqa: S301

    def actions(self) -> Iterator[tuple[str, Action]]:
        """What was done to each page."""
        yield from self._database.execute("SELECT ident, action FROM pages ORDER BY rowid")

    def close(self) -> None:
        self._database.close()
