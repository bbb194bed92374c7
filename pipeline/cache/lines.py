"""Lines that were met before: many at once, as long as they follow each other as they did the last time."""

from collections.abc import Sequence
from itertools import takewhile
from operator import eq
from typing import Any

from pipeline.cache.ahead import PAGE
from pipeline.cache.reading import InputMemory
from sources.base import Line

_PLAIN = "path IS NULL AND col IS NULL AND within IS NULL AND NOT implied AND stats IS NULL"
"""What is known to stand as it did as soon as its line does."""


class KnownLines:
    """Those of one input. Whoever finds out that a line is known has also noted that it is there."""

    def __init__(self, memory: InputMemory) -> None:
        memory.begin()
        self.memory, self.store = memory, memory.memory.store
        self._ids: list[int] = []
        self._raws: list[bytes] = []
        self._places: list[tuple[int, int]] = []
        self._at = 0

    def take(self, lines: Sequence[Line], at: int) -> int:
        """How many lines from `at` on are known."""
        if self.memory.is_new:
            return 0
        taken = at
        while taken < len(lines) and self._finds(lines[taken].digest):
            taken += self._taken(lines, taken)
        return taken - at

    def _finds(self, digest: bytes) -> bool:
        """Does the next row belong to this line? Rows before it may be those of lines that are gone."""
        try:
            self._at = self._raws.index(digest, self._at)
        except ValueError:
            return self._fetched(digest)
        return True

    def _fetched(self, digest: bytes) -> bool:
        query = f"SELECT number, id FROM rows WHERE input = ? AND raw = ? AND {_PLAIN}"
        found = self.store.rows(query, (self.memory.number, digest))
        if not found or found[0][1] in self.memory.seen:
            return False
        many = min(PAGE, 2 * len(self._ids) + 1) if self._at == len(self._ids) else 1
        query = (
            f"SELECT id, raw, number, line FROM rows WHERE input = ? AND (number, id) >= (?, ?) AND {_PLAIN}"
            " ORDER BY number, id LIMIT ?"
        )
        rows = self.store.rows(query, (self.memory.number, *found[0], many))
        rows = [row for row in rows if row[0] not in self.memory.seen]  # those may have moved in between
        self._ids, self._raws = [row[0] for row in rows], [row[1] for row in rows]
        self._places, self._at = [row[2:] for row in rows], 0
        return True

    def _taken(self, lines: Sequence[Line], at: int) -> int:
        """As many lines as follow each other as the rows do."""
        raws = self._raws[self._at :]
        some = lines[at : at + len(raws)]
        count = len(list(takewhile(bool, map(eq, raws, [line.digest for line in some]))))
        mine = slice(self._at, self._at + count)
        self._move(self._ids[mine], self._places[mine], [line.number for line in some])
        self.memory.seen.update(self._ids[mine])
        self.memory.raws += count
        self.memory.some_unlooked = True
        self._at += count
        return count

    def _move(self, ids: list[int], places: list[tuple[int, int]], now: list[int]) -> None:
        """Note where rows stand that stood elsewhere."""
        new = zip(range(self.memory.raws, self.memory.raws + len(ids)), now, strict=False)
        moved: list[Any] = [
            (*there, row) for there, was, row in zip(new, places, ids, strict=False) if there != was
        ]
        if moved:
            self.store.run_all("UPDATE rows SET number = ?, line = ? WHERE id = ?", moved)
