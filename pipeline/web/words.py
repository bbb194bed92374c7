"""What the records of a look say of themselves, on disk: words are found without reading all records."""

import sqlite3
import threading
import weakref
from collections.abc import Iterable, Iterator

AT_ONCE = 100
"""Idents that are looked up at once."""
QUERY = (
    "SELECT ident FROM words WHERE ident > ? AND ident >= ? AND ident < ? "
    "AND (instr(ident, ?) OR instr(text, ?)) ORDER BY ident LIMIT ?"
)
LAST = chr(0x10FFFF)
"""Comes after every character of an ident."""


class Words:
    """Idents with their texts, which are found by any part of them. Several threads may ask."""

    def __init__(self, texts: Iterable[tuple[str, str]]) -> None:
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._turn = threading.Lock()
        weakref.finalize(self, self._database.close)
        self._database.execute("PRAGMA journal_mode=OFF")
        self._database.execute("BEGIN")
        self._database.execute("CREATE TABLE words (ident TEXT PRIMARY KEY, text TEXT) WITHOUT ROWID")
        self._database.executemany("INSERT INTO words VALUES (?, ?)", map(_whole, texts))
        self._database.execute("COMMIT")

    def find(self, text: str, begin: str = "", after: str = "") -> Iterator[str]:
        """Idents that begin with `begin` and have `text` in them or in what they say, in order, after one."""
        rows = [("",)] * AT_ONCE
        while len(rows) == AT_ONCE:
            values = (after, begin, begin + LAST, text, text, AT_ONCE)
            with self._turn:
                rows = self._database.execute(QUERY, values).fetchall()
            yield from (ident for (ident,) in rows)
            after = rows[-1][0] if rows else after


def _whole(row: tuple[str, str]) -> tuple[str, str]:
    """Steps may leave half characters, which cannot be written."""
    ident, text = row
    return ident, text.encode(errors="replace").decode()
