"""Inputs that were read before: what they gave, as long as they would certainly give the same again."""

import marshal
import os
from collections.abc import Container, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from pipeline.cache.card import Card, Where, listed
from pipeline.cache.store import Store
from pipeline.config import Project
from schemas import canonical
from sources.base import Input, Raw, Source
from sources.common.files import fingerprint

RACY = 50_000_000
"""Nanoseconds: a file changed this shortly before it was read may change again unseen (as git has it)."""
PAGE = 500
"""Rows that are fetched at once."""

_PLAIN = (str, int, float, bool, type(None), date, datetime, time, Decimal)
_ROW = "ident, digest, body, status, times, refs, cites, files, path, line, col, within, implied, stats, id"
_COLUMNS = (
    "input, raw, number, ident, digest, body, status, times, refs, cites, files, stats, path, line, col,"
    " within, implied"
)


class ReadMemory:
    """What the inputs of one project gave."""

    def __init__(self, project: Project, store: Store, began: int) -> None:
        self.project, self.store = project, store
        self.began = began
        """When the run began, in nanoseconds since 1970."""
        self._listed = Numbers()
        self._ways: dict[str, str] = {}

    def way(self, name: str, source: Source) -> str:
        """Changes when a source is configured otherwise, or the site."""
        if name not in self._ways:
            configured = [source.options.model_dump(mode="json"), self.project.site.model_dump(mode="json")]
            self._ways[name] = canonical.digest([str(self.project.root), source.name, *configured])
        return self._ways[name]

    def input(self, name: str, source: Source, part: Input) -> "InputMemory":
        """What is remembered of one input of the source `name`."""
        return InputMemory(self, name, source, part)

    def tidy(self) -> None:
        """Forget the inputs that are no longer there."""
        last = 0
        while numbers := self.store.rows(
            "SELECT id FROM inputs WHERE id > ? ORDER BY id LIMIT ?", (last, PAGE)
        ):
            last = numbers[-1][0]
            for number in (one for (one,) in numbers if one not in self._listed):
                self._listed.add(number)
                self.forget_rows(number)
                self.store.run("DELETE FROM inputs WHERE id = ?", (number,))

    def note(self, number: int) -> None:
        self._listed.add(number)

    def forget_rows(self, number: int, but: Container[int] = ()) -> None:
        """Forget what one input gave, but for some rows."""
        query = (
            "SELECT id, body, number FROM rows WHERE input = ? AND (number, id) > (?, ?)"
            " ORDER BY number, id LIMIT ?"
        )
        last = (-1, 0)
        while rows := self.store.rows(query, (number, *last, PAGE)):
            for row, body, _ in rows:
                if row not in but:
                    self.forget(row, body)
            last = rows[-1][2], rows[-1][0]

    def forget(self, row: int, body: int) -> None:
        self.store.drop(body)
        self.store.run("DELETE FROM rows WHERE id = ?", (row,))


class InputMemory:
    """What one input gave. A row of it is found again by what it was made from."""

    def __init__(self, memory: ReadMemory, name: str, source: Source, part: Input) -> None:
        self.memory, self.name, self.part = memory, name, part
        self._way = memory.way(name, source)
        found = memory.store.rows(
            "SELECT id, fingerprint, way, count, whole FROM inputs WHERE source = ? AND name = ?",
            (name, part.name),
        )
        row: Any = found[0] if found else (0, None, "", 0, 0)
        self.number: int = row[0]
        self.count: int = row[3]
        self._fingerprint, self._whole, way = row[1], row[4], row[2]
        self._same_way = way == self._way
        self._is_new = not found
        self._seen = Numbers()
        self._raws = 0
        self._all_kept = True
        if self.number:
            memory.note(self.number)

    def is_same(self) -> bool:
        """Would reading it again give what it gave the last time?"""
        same = self.number and self._same_way and self._whole and self.part.fingerprint
        if not same or self._fingerprint != self.part.fingerprint:
            return False
        query = f"SELECT {_ROW} FROM rows WHERE input = ? AND stats IS NOT NULL"  # noqa: S608
        return all(map(self._files_are_same, self.memory.store.rows(query, (self.number,))))

    def cards(self) -> Iterator[tuple[Card, bool]]:
        """All that the input gave, in its order, and which of it is implied."""
        query = f"SELECT {_ROW}, number FROM rows WHERE input = ? AND number > ? ORDER BY number LIMIT {PAGE}"  # noqa: S608
        last = -1
        while rows := self.memory.store.rows(query, (self.number, last)):
            yield from ((self._card(row), bool(row[12])) for row in rows)
            last = rows[-1][15]
            if len(rows) < PAGE:
                return

    def _card(self, row: Any) -> Card:
        where = (self.name, row[8] or self.part.name, *row[9:12])
        ident, digest, body, status, times, refs, cites, files = row[:8]
        return Card(ident, digest, body, status, times, refs, cites, None, files, where)

    def raw_digest(self, raw: Raw) -> bytes | None:
        """Of all that decides what becomes of `raw`; None if it holds what nobody can tell from another."""
        if not self._same_way:
            self._forget_all()
        whole = (raw.data, raw.name, raw.locale, raw.implied)
        try:
            data = marshal.dumps(whole, 0)
        except ValueError:
            if not _is_plain(raw.data):
                return None
            data = repr(whole).encode("utf-8", "surrogatepass")
        return blake2b(data, digest_size=16).digest()

    def known(self, digest: bytes | None, where: Where, *, implied: bool) -> Card | None:
        """The card of a raw record that was met before, now at another place perhaps."""
        if digest is None or self._is_new:
            return None
        query = f"SELECT {_ROW}, number FROM rows WHERE input = ? AND raw = ?"  # noqa: S608
        found = self.memory.store.rows(query, (self.number, digest))
        if not found or found[0][14] in self._seen or (found[0][13] and not self._files_are_same(found[0])):
            return None
        row = found[0]
        self._seen.add(row[14])
        if (row[15], *row[8:13]) != (self._raws, self._path(where), *where[2:], implied):
            self.memory.store.run(
                "UPDATE rows SET number = ?, path = ?, line = ?, col = ?, within = ?, implied = ?"
                " WHERE id = ?",
                (self._raws, self._path(where), *where[2:], implied, row[14]),
            )
        self._raws += 1
        card = self._card(row)
        card.where = where
        return card

    def keep(self, digest: bytes | None, card: Card | None = None, *, implied: bool = False) -> None:
        """Remember what became of a raw record. None, or what cannot be read back, is made each time."""
        stats = self._stats(listed(card.files)) if card and card.files else None
        if digest is None or card is None or card.body < 0 or card.where is None or stats == "":
            self._all_kept = False
            if card is not None:
                self.memory.store.let_pass(card)
            return
        store = self.memory.store
        if not self.number:
            new = (self.name, self.part.name, self._way, 0, 0)
            statement = "INSERT INTO inputs (source, name, way, count, whole) VALUES (?, ?, ?, ?, ?)"
            self.number, self._same_way = store.run(statement, new).lastrowid or 0, True
            self.memory.note(self.number)
        if not self._is_new:
            query = "SELECT id, body FROM rows WHERE input = ? AND raw = ?"
            for row, body in store.rows(query, (self.number, digest)):
                if row not in self._seen:
                    self.memory.forget(row, body)
        values = (
            *(self.number, digest, self._raws, card.ident, card.digest, card.body, card.status, card.times),
            *(card.refs, card.cites, card.files, stats, self._path(card.where), *card.where[2:], implied),
        )
        marks = ", ".join("?" * len(values))
        added = store.run(
            f"INSERT OR IGNORE INTO rows ({_COLUMNS}) VALUES ({marks})",  # noqa: S608
            values,
        )
        if not added.rowcount:  # it stands there twice
            self._all_kept = False
            store.let_pass(card)
            return
        self._seen.add(added.lastrowid or 0)
        self._raws += 1

    def end(self, *, count: int, whole: bool) -> None:
        """All was read. It need not be again if it was `whole`, without a problem, and all of it is kept."""
        if not self.number:
            if not (whole and self._all_kept and count == 0):
                return
            self.number = (
                self.memory.store.run(
                    "INSERT INTO inputs (source, name, way, count, whole) VALUES (?, ?, ?, 0, 0)",
                    (self.name, self.part.name, self._way),
                ).lastrowid
                or 0
            )
            self.memory.note(self.number)
        self.memory.forget_rows(self.number, but=self._seen)
        certain = whole and self._all_kept and not self._is_racy()
        self.memory.store.run(
            "UPDATE inputs SET fingerprint = ?, way = ?, count = ?, whole = ? WHERE id = ?",
            (self.part.fingerprint, self._way, count, certain, self.number),
        )

    def _is_racy(self) -> bool:
        """May it have changed since it was listed, or change again, and look the same?"""
        return _changed_at(self.memory.project.root / self.part.name) > self.memory.began - RACY

    def _path(self, where: Where) -> str | None:
        return None if where[1] == self.part.name else where[1]

    def _forget_all(self) -> None:
        self._same_way = True
        self.memory.forget_rows(self.number)

    def _stats(self, files: Any) -> str:
        """What tells that the files a record names are what they were; empty if one is too young to tell."""
        root, found = self.memory.project.root, []
        for name in files:
            path = root / name
            stat = fingerprint(path)
            if stat is None or _changed_at(path) > self.memory.began - RACY:
                return ""
            found.append(f"{os.path.realpath(path)} {stat}")
        return "\n".join(found)

    def _files_are_same(self, row: Any) -> bool:
        return bool(row[13] == self._stats(listed(row[7])))


class Numbers:
    """Small numbers that were met, a bit for each."""

    def __init__(self) -> None:
        self._bits = bytearray()

    def add(self, number: int) -> None:
        self._bits.extend(bytes(max(0, number // 8 + 1 - len(self._bits))))
        self._bits[number // 8] |= 1 << number % 8

    def __contains__(self, number: object) -> bool:
        if not isinstance(number, int):
            return False
        at = number // 8
        return at < len(self._bits) and bool(self._bits[at] >> number % 8 & 1)


def _changed_at(path: "os.PathLike[str]") -> int:
    """When a file, or what is known of it, was last changed; nobody knows of what is no file."""
    try:
        stat = os.stat(path)
    except OSError:
        return 0
    return max(stat.st_mtime_ns, stat.st_ctime_ns)


def _is_plain(value: Any) -> bool:
    """Is it made of nothing but values that their own words tell from all others?"""
    if type(value) is dict:
        return all(_is_plain(one) for pair in value.items() for one in pair)
    if type(value) in (list, tuple):
        return all(map(_is_plain, value))
    return type(value) in _PLAIN
