"""Records on disk: a file that may be lost at any time, or one that nobody else ever sees."""

import sqlite3
import weakref
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from pipeline.cache.body import BrokenCache, decoded, encoded
from pipeline.cache.card import Card
from schemas.record import Record, is_open

FILE = "cache.db"
AT_HAND = 128
"""Records that were looked at and are kept in memory."""

TABLES = """
CREATE TABLE about (code TEXT NOT NULL);
CREATE TABLE bodies (id INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE inputs (
  id INTEGER PRIMARY KEY, source TEXT NOT NULL, name TEXT NOT NULL, fingerprint TEXT, way TEXT NOT NULL,
  count INTEGER NOT NULL, whole INTEGER NOT NULL, kinds TEXT, locales TEXT, files INTEGER NOT NULL DEFAULT 0,
  UNIQUE (source, name)
);
CREATE TABLE rows (
  id INTEGER PRIMARY KEY, input INTEGER NOT NULL, raw BLOB NOT NULL, number INTEGER NOT NULL,
  ident TEXT NOT NULL, digest BLOB NOT NULL, body INTEGER NOT NULL, status TEXT NOT NULL, times TEXT,
  opens TEXT, closes TEXT, refs TEXT, cites TEXT, files TEXT, stats TEXT,
  path TEXT, line INTEGER, col INTEGER, within TEXT, implied INTEGER NOT NULL,
  UNIQUE (input, raw)
);
CREATE INDEX in_order ON rows (input, number);
CREATE INDEX by_ident ON rows (ident);
CREATE INDEX opening ON rows (opens) WHERE opens IS NOT NULL;
CREATE INDEX closing ON rows (closes) WHERE closes IS NOT NULL;
CREATE INDEX referring ON rows (ident) WHERE refs IS NOT NULL OR cites IS NOT NULL;
CREATE INDEX naming_files ON rows (ident) WHERE files IS NOT NULL;
CREATE TABLE ways (scope TEXT PRIMARY KEY, way TEXT NOT NULL);
CREATE TABLE made (
  id INTEGER PRIMARY KEY, scope TEXT NOT NULL, ident TEXT NOT NULL, source BLOB NOT NULL, alternates TEXT,
  asked TEXT, answers BLOB, claims TEXT, notes TEXT, noted TEXT,
  digest BLOB NOT NULL, body INTEGER NOT NULL, status TEXT NOT NULL, times TEXT, assets TEXT,
  UNIQUE (scope, ident)
);
CREATE TABLE claims (
  scope TEXT, step INTEGER, claim TEXT, ident TEXT, PRIMARY KEY (scope, step, claim, ident)
) WITHOUT ROWID;
CREATE TABLE standing (
  channel TEXT, ident TEXT, digest BLOB, asked TEXT, answers BLOB, PRIMARY KEY (channel, ident)
) WITHOUT ROWID;
CREATE TABLE standing_of (channel TEXT PRIMARY KEY, seen TEXT NOT NULL);
"""


def _broken(error: sqlite3.DatabaseError) -> BrokenCache:
    hint = None
    if "full" in str(error):
        hint = f"free some space for it and in {gettempdir()}, or name another folder there in TMPDIR"
    return BrokenCache(f"the cache cannot be used: {error}", hint=hint)


class Store:
    """One file, or with no path one that ends with this object. All of a run is kept, or nothing."""

    def __init__(self, path: Path | None, code: str) -> None:
        self.path = path
        database = sqlite3.connect(path or "", isolation_level=None, check_same_thread=False, timeout=0)
        self.close = weakref.finalize(self, database.close)
        self.database = database
        database.create_function("is_open", 4, is_open, deterministic=True)
        try:
            self._open(code)
        except BaseException:
            self.close()
            raise
        self.latest = b""
        """The JSON of the record that was put last."""
        self._unreadable: dict[int, Record] = {}
        self._passing = self._tables = 0
        self._at_hand: OrderedDict[int, Record] = OrderedDict()

    def _open(self, code: str) -> None:
        run = self.database.execute
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-4096", "temp_store=FILE"):
            run(f"PRAGMA {pragma}").fetchall()
        run("CREATE TEMP TABLE passing (id INTEGER PRIMARY KEY, body BLOB NOT NULL)")
        run("BEGIN IMMEDIATE")
        known = run("SELECT name FROM sqlite_master WHERE name = 'about'").fetchone()
        if known and run("SELECT code FROM about").fetchall() == [(code,)]:
            return
        for (name,) in run("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            run(f'DROP TABLE "{name}"')
        for statement in TABLES.split(";")[:-1]:
            run(statement)
        run("INSERT INTO about VALUES (?)", (code,))

    def run(self, statement: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        """One statement. Raises BrokenCache."""
        try:
            return self.database.execute(statement, values)
        except sqlite3.DatabaseError as error:
            raise _broken(error) from error

    def run_all(self, statement: str, values: Iterable[Sequence[Any]]) -> None:
        """One statement for each of many rows. Raises BrokenCache."""
        try:
            self.database.executemany(statement, values)
        except sqlite3.DatabaseError as error:
            raise _broken(error) from error

    def table(self, columns: str) -> str:
        """A new table that ends with this object; its name."""
        self._tables += 1
        self.run(f"CREATE TEMP TABLE of_run_{self._tables} {columns}")
        return f"of_run_{self._tables}"

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        """All that a question gives. Raises BrokenCache."""
        try:
            return self.database.execute(statement, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise _broken(error) from error

    def commit(self) -> None:
        """Keep what was put in so far, and go on seeing exactly that."""
        self.run("COMMIT")
        self._look()

    def _look(self) -> None:
        """See from now on just what is kept now."""
        self.run("BEGIN")
        self.rows("SELECT code FROM about")
        ((self._version,),) = self.rows("PRAGMA data_version")

    @contextmanager
    def anew(self) -> Iterator[bool]:
        """A second piece of work on what was kept: False if another run has changed it since."""
        self.run("COMMIT")
        try:
            self.database.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:  # in use
            yield False
        else:
            try:
                yield self.rows("PRAGMA data_version") == [(self._version,)]
            except BaseException:
                self.run("ROLLBACK")
                raise
            self.run("COMMIT")
        self._look()

    def put(self, record: Record, *, sure: bool = False) -> tuple[bytes, int]:
        """Keep a record; its digest, and its place, as `encoded` and `keep` have them."""
        self.latest, digest, readable = encoded(record, sure=sure)
        return digest, self.keep(self.latest) if readable else self.hold(record)

    def keep(self, data: bytes) -> int:
        """Keep what `encoded` has made of a record; its place."""
        return self.run("INSERT INTO bodies (body) VALUES (?)", (data,)).lastrowid or 0

    def hold(self, record: Record) -> int:
        """Keep for this run a record that cannot be read back as it is; its place, which is negative."""
        self._passing -= 1
        self._unreadable[self._passing] = record
        return self._passing

    def let_pass(self, card: Card) -> None:
        """Keep the record of a card until the end of this run and no longer."""
        if card.body > 0:
            self._passing -= 1
            values = (self._passing, card.body)
            self.run("INSERT INTO passing SELECT ?, body FROM bodies WHERE id = ?", values)
            self.drop(card.body)
            card.body = self._passing

    def load(self, card: Card, *, once: bool = False) -> Record:
        """The record of a card; `once` says that it will not be asked for soon again. Raises BrokenCache."""
        if card.body in self._unreadable:
            return self._unreadable[card.body]
        found = self._at_hand.get(card.body)
        if found is None:
            found = self._loaded(card)
            if once:
                return found
            self._at_hand[card.body] = found
            if len(self._at_hand) > AT_HAND:
                self._at_hand.popitem(last=False)
        else:
            self._at_hand.move_to_end(card.body)
        return found

    def _loaded(self, card: Card) -> Record:
        return decoded(card.ident, card.digest, self.body(card))

    def body(self, card: Card) -> bytes:
        """What `encoded` has made of the record of a card. Raises BrokenCache."""
        table = "bodies" if card.body > 0 else "passing"
        found = self.rows(f"SELECT body FROM {table} WHERE id = ?", (card.body,))
        if not found or not isinstance(found[0][0], bytes):
            raise BrokenCache(f"{card.ident} is not in the cache as it was")
        return found[0][0]

    def has_body(self, card: Card) -> bool:
        """Can it be read back as it is?"""
        return card.body not in self._unreadable

    def drop(self, body: int) -> None:
        """Forget a record."""
        self._at_hand.pop(body, None)
        self.run("DELETE FROM bodies WHERE id = ?", (body,))


def opened(path: Path | None, code: str) -> Store:
    """The store in a file; one that is thrown away if there is no folder for it, or another run uses it."""
    if path is None or not path.parent.is_dir():
        return Store(None, code)
    try:
        return Store(path, code)
    except sqlite3.OperationalError:  # in use, or read only
        return Store(None, code)
    except sqlite3.DatabaseError:
        discard(path)
    try:
        return Store(path, code)
    except sqlite3.DatabaseError:
        return Store(None, code)


def discard(path: Path) -> None:
    """Throw the file away."""
    for end in ("", "-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
