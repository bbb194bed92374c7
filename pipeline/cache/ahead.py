"""Rows of one input by what they were made from, most of them fetched before they are asked for."""

from typing import Any

from pipeline.cache.store import Store

PAGE = 500
"""Rows that are fetched at once."""
ROW = (
    "ident, digest, body, status, times, refs, cites, NULL, files,"
    " NULL, path, line, col, within, implied, stats, id, number"
)


class Ahead:
    """An input that was changed here and there gives most of its rows in the order of the last time.

    So a row that follows the last one brings those behind it with it, ever more of them. A row that was given
    is not among them any more: whoever asks again is told what is there by then.
    """

    def __init__(self, store: Store, number: int) -> None:
        self.store, self.number = store, number
        self._rows: dict[bytes, Any] = {}
        self._last: int | None = None
        self._many = 0

    def row(self, digest: bytes) -> Any:
        """What is kept of the raw record with this digest, in the columns of `ROW`; None if nothing is."""
        row = self._rows.pop(digest, None)
        if row is None:
            query = f"SELECT {ROW} FROM rows WHERE input = ? AND raw = ?"
            found = self.store.rows(query, (self.number, digest))
            if not found:
                return None
            row = found[0]
            follows = self._last is not None and row[17] == self._last + 1
            self._many = min(PAGE, 2 * self._many + 1) if follows else 0
            self._rows = self._behind(row[17]) if follows else {}
        self._last = row[17]
        return row

    def _behind(self, last: int) -> dict[bytes, Any]:
        query = f"SELECT {ROW}, raw FROM rows WHERE input = ? AND number > ? ORDER BY number, id LIMIT ?"
        return {row[18]: row for row in self.store.rows(query, (self.number, last, self._many))}
