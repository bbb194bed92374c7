"""Inputs that were read before: what they gave, as long as they would certainly give the same again."""

import os
from collections.abc import Container, Iterator, Sequence
from typing import Any, NamedTuple

from pipeline.cache.ahead import PAGE, ROW, Ahead
from pipeline.cache.card import Card, Where, listed
from pipeline.cache.cards import card_from
from pipeline.cache.numbers import Numbers
from pipeline.cache.store import Store
from pipeline.config import Project
from schemas import canonical
from sources.base import Input, Source
from transport.files import fingerprint

RACY = 50_000_000
"""Nanoseconds: a file changed this shortly before it was read may change again unseen (as git has it)."""
_COLUMNS = (
    "input, raw, number, ident, digest, body, status, times, opens, closes, refs, cites, files, stats,"
    " path, line, col, within, implied"
)
_KEEP = f"INSERT OR IGNORE INTO rows ({_COLUMNS}) VALUES ({', '.join('?' * 19)})"


class Known(NamedTuple):
    """What is remembered of one input."""

    name: str
    id: int
    fingerprint: str | None
    way: str
    records: int
    whole: int
    kinds: str
    locales: str
    files: int
    """How many of its records name files."""


class ReadMemory:
    """What the inputs of one project gave."""

    def __init__(self, project: Project, store: Store, began: int) -> None:
        self.project, self.store, self.root = project, store, os.fspath(project.root)
        self.began = began
        """When the run began, in nanoseconds since 1970."""
        self._listed, self._count = Numbers(), 0
        self._ways: dict[str, str] = {}

    def way(self, name: str, source: Source) -> str:
        """Changes when a source is configured otherwise, or the site."""
        if name not in self._ways:
            configured = [source.options.model_dump(mode="json"), self.project.site.model_dump(mode="json")]
            self._ways[name] = canonical.digest([str(self.project.root), source.name, *configured])
        return self._ways[name]

    def inputs(self, name: str, source: Source, parts: Sequence[Input]) -> "Iterator[InputMemory]":
        """What is remembered of some inputs of the source `name`."""
        marks = ", ".join("?" * len(parts))
        query = (
            "SELECT name, id, fingerprint, way, count, whole, kinds, locales, files FROM inputs"
            f" WHERE source = ? AND name IN ({marks})"
        )
        rows = self.store.rows(query, (name, *(part.name for part in parts)))
        known = {row[0]: Known._make(row) for row in rows}
        return (InputMemory(self, name, source, part, known.get(part.name)) for part in parts)

    def tidy(self) -> None:
        """Forget the inputs that are no longer there."""
        last = 0
        if self.store.rows("SELECT COUNT(*) FROM inputs")[0][0] == self._count:
            return
        while numbers := self.store.rows(
            "SELECT id FROM inputs WHERE id > ? ORDER BY id LIMIT ?", (last, PAGE)
        ):
            last = numbers[-1][0]
            for number in (one for (one,) in numbers if one not in self._listed):
                self.note(number)
                self.forget_rows(number)
                self.store.run("DELETE FROM inputs WHERE id = ?", (number,))

    def note(self, number: int) -> None:
        """This input is there."""
        if number not in self._listed:
            self._listed.add(number)
            self._count += 1

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

    def __init__(
        self, memory: ReadMemory, name: str, source: Source, part: Input, known: Known | None
    ) -> None:
        self.memory, self.name, self.part, self.last = memory, name, part, known
        self._way = memory.way(name, source)
        self.number = known.id if known else 0
        self._same_way = known is None or known.way == self._way
        self.is_new = known is None
        self.seen, self._ahead = Numbers(), Ahead(memory.store, self.number)
        self.raws = self._files = 0
        self.kinds, self.locales = set[str](), set[str]()
        self.some_unlooked = False
        """Are there records that counted as found without a look at what they are?"""
        self._all_kept = True
        if self.number:
            memory.note(self.number)

    def is_same(self) -> bool:
        """Would reading it again give what it gave the last time? Then its rows stand as they are."""
        last = self.last
        if last is None or not (self._same_way and last.whole and last.fingerprint):
            return False
        if last.fingerprint != self.part.fingerprint:
            return False
        query = f"SELECT {ROW} FROM rows WHERE input = ? AND stats IS NOT NULL"
        rows = self.memory.store.rows(query, (self.number,)) if last.files else ()
        return all(map(self._files_are_same, rows))

    def begin(self) -> None:
        """It is read: what it gave when it was configured otherwise counts no more."""
        if not self._same_way:
            self._forget_all()

    def known(self, digest: bytes | None, where: Where, *, implied: bool) -> Card | None:
        """The card of a raw record that was met before, now at another place perhaps."""
        if digest is None or self.is_new:
            return None
        row = self._ahead.row(digest)
        if row is None or row[16] in self.seen or (row[15] and not self._files_are_same(row)):
            return None
        self.seen.add(row[16])
        if (row[17], *row[10:15]) != (self.raws, self._path(where), *where[2:], implied):
            self.memory.store.run(
                "UPDATE rows SET number = ?, path = ?, line = ?, col = ?, within = ?, implied = ?"
                " WHERE id = ?",
                (self.raws, self._path(where), *where[2:], implied, row[16]),
            )
        self.raws += 1
        card = card_from(row)
        card.where = where
        self._noted(card, named=bool(row[15]))
        return card

    def _noted(self, card: Card, *, named: bool) -> None:
        self.kinds.add(card.kind)
        self.locales.add(card.locale)
        self._files += named

    def keep(self, digest: bytes | None, card: Card | None = None, *, implied: bool = False) -> bool:
        """Remember what became of a raw record; tells whether it is. None, or what cannot be read back, is
        made each time.
        """
        stats = self._stats(listed(card.files)) if card and card.files else None
        if digest is None or card is None or card.body < 0 or card.where is None or stats == "":
            self._all_kept = False
            if card is not None:
                self.memory.store.let_pass(card)
            return False
        store = self.memory.store
        self._number()
        if not self.is_new:
            query = "SELECT id, body FROM rows WHERE input = ? AND raw = ?"
            for row, body in store.rows(query, (self.number, digest)):
                if row not in self.seen:
                    self.memory.forget(row, body)
        values = (
            *(self.number, digest, self.raws, card.ident, card.digest, card.body, card.status, card.times),
            *(card.opens, card.closes, card.refs, card.cites, card.files, stats),
            *(self._path(card.where), *card.where[2:], implied),
        )
        added = store.run(_KEEP, values)
        if not added.rowcount:  # it stands there twice
            self._all_kept = False
            store.let_pass(card)
            return False
        self.seen.add(added.lastrowid or 0)
        self.raws += 1
        self._noted(card, named=stats is not None)
        return True

    def _number(self) -> None:
        """See that it has a number."""
        if not self.number:
            new = (self.name, self.part.name, self._way)
            statement = "INSERT INTO inputs (source, name, way, count, whole) VALUES (?, ?, ?, 0, 0)"
            self.number = self.memory.store.run(statement, new).lastrowid or 0
            self.memory.note(self.number)

    def end(self, *, count: int, whole: bool) -> None:
        """All was read. It need not be again if it was `whole`, without a problem, and all of it is kept."""
        if not self.number and not (whole and self._all_kept and count == 0):
            return
        self._number()
        if not self.is_new:
            self.memory.forget_rows(self.number, but=self.seen)
        if self.some_unlooked:
            self._look()
        certain = whole and self._all_kept and not self._is_racy()
        kinds, locales = (" ".join(sorted(words)) for words in (self.kinds, self.locales))
        self.memory.store.run(
            "UPDATE inputs SET fingerprint = ?, way = ?, count = ?, whole = ?, kinds = ?, locales = ?,"
            " files = ? WHERE id = ?",
            (self.part.fingerprint, self._way, count, certain, kinds, locales, self._files, self.number),
        )

    def _look(self) -> None:
        """Which kinds there are, and which languages."""
        query = (
            "SELECT DISTINCT substr(ident, 1, instr(ident, ':') - 1), substr(ident, instr(ident, '@') + 1)"
            " FROM rows WHERE input = ?"
        )
        for kind, locale in self.memory.store.rows(query, (self.number,)):
            self.kinds.add(kind)
            self.locales.add(locale)

    def _is_racy(self) -> bool:
        """May it have changed since it was listed, or change again, and look the same?"""
        return _changed_at(os.path.join(self.memory.root, self.part.name)) > self.memory.began - RACY

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
        return bool(row[15] == self._stats(listed(row[8])))


def _changed_at(path: "str | os.PathLike[str]") -> int:
    """When a file, or what is known of it, was last changed; nobody knows of what is no file."""
    try:
        stat = os.stat(path)
    except OSError:
        return 0
    return max(stat.st_mtime_ns, stat.st_ctime_ns)
