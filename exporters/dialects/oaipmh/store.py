"""What an OAI-PMH repository remembers: each record's datestamp, and the records that are gone (SQLite)."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from exporters.dialects.oaipmh.xml import About, Item

NAME = "oaipmh.sqlite"
APPLICATION = 0x4C454F50
"""By this number in its head (SQLite's application_id) the file is known as ours."""
_TABLES = f"""
    BEGIN;
    CREATE TABLE about (settings TEXT NOT NULL);
    CREATE TABLE items (
        ident TEXT PRIMARY KEY,
        digest TEXT NOT NULL,
        datestamp TEXT NOT NULL,
        deleted INTEGER NOT NULL,
        sets TEXT NOT NULL,
        metadata TEXT NOT NULL,
        written TEXT NOT NULL DEFAULT ''
    );
    CREATE INDEX items_by_time ON items (datestamp, ident);
    CREATE TABLE members (spec TEXT, ident TEXT, PRIMARY KEY (spec, ident)) WITHOUT ROWID;
    CREATE INDEX members_by_ident ON members (ident);
    CREATE TABLE sets (spec TEXT PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID;
    PRAGMA application_id = {APPLICATION};
    COMMIT;
"""
_ITEM = "items.ident, datestamp, deleted, sets, metadata"


@dataclass(frozen=True)
class Selection:
    """Which records are meant: datestamps from one to the other, both included, and members of a set."""

    since: str = ""
    until: str = "~"
    spec: str = ""


@dataclass(frozen=True)
class Made:
    """A record as it is to be: `metadata` is made only if the digest is another one."""

    ident: str
    digest: str
    sets: tuple[str, ...]
    metadata: Callable[[], str]


class Store:
    """One connection to the file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    @classmethod
    @contextmanager
    def reading(cls, path: Path) -> Iterator["Store"]:
        """The file as it is. Raises sqlite3.Error if it cannot be read."""
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            yield cls(connection)

    @classmethod
    @contextmanager
    def writing(cls, path: Path) -> Iterator["Store"]:
        """The file, made if it is not there. Raises sqlite3.Error."""
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA secure_delete = ON")  # what is gone is nowhere in the file
            if not connection.execute("PRAGMA application_id").fetchone()[0]:
                connection.executescript(_TABLES)
            yield cls(connection)

    def about(self) -> About | None:
        """None before the first time."""
        row = self.connection.execute("SELECT settings FROM about").fetchone()
        return About(**orjson.loads(row[0])) if row else None

    def get(self, ident: str) -> Item | None:
        """One record, or what is left of it."""
        found = self.connection.execute(f"SELECT {_ITEM} FROM items WHERE ident = ?", (ident,)).fetchone()  # noqa: S608
        return _item(found) if found else None

    def items(self, chosen: Selection, after: tuple[str, str], most: int) -> list[Item]:
        """The oldest `most` of them after a datestamp and ident; who changes meanwhile comes again, later."""
        source, values = _source(chosen)
        rows = self.connection.execute(
            f"SELECT {_ITEM} {source} WHERE (datestamp, items.ident) > (?, ?) AND datestamp <= ? "
            "ORDER BY datestamp, items.ident LIMIT ?",
            (*values, *max(after, (chosen.since, "")), chosen.until, most),
        )
        return [_item(row) for row in rows]

    def count(self, chosen: Selection) -> int:
        """How many they are."""
        source, values = _source(chosen)
        query = f"SELECT count(*) {source} WHERE datestamp >= ? AND datestamp <= ?"
        found: int = self.connection.execute(query, (*values, chosen.since, chosen.until)).fetchone()[0]
        return found

    def sets(self) -> list[tuple[str, str]]:
        """Spec and name of every set that has a member, be it a record that is gone."""
        return self.connection.execute("SELECT spec, name FROM sets ORDER BY spec").fetchall()

    def latest(self) -> str | None:
        """The newest datestamp."""
        found: str | None = self.connection.execute("SELECT max(datestamp) FROM items").fetchone()[0]
        return found

    def replace(self, made: Iterable[Made], now: Callable[[], str]) -> str:
        """Make the records be these, all or none; returns the latest datestamp.

        Only what is not what it was gets a new datestamp, the same for all and right before it can be seen.
        """
        run = self.connection.execute
        run("CREATE TEMP TABLE seen (ident TEXT PRIMARY KEY) WITHOUT ROWID")
        with self._transaction():
            for one in made:
                run("INSERT INTO seen VALUES (?)", (one.ident,))
                if run("SELECT digest FROM items WHERE ident = ?", (one.ident,)).fetchone() != (one.digest,):
                    self._put(one)
            run(
                "UPDATE items SET deleted = 1, digest = '', metadata = '', datestamp = '' "
                "WHERE NOT deleted AND ident NOT IN (SELECT ident FROM seen)"
            )
            at = max(now(), self.latest() or "")
            run("UPDATE items SET datestamp = ? WHERE datestamp = ''", (at,))
        return self.latest() or at

    def _put(self, one: Made) -> None:
        values = (one.ident, one.digest, orjson.dumps(one.sets).decode(), one.metadata())
        self.connection.execute(
            "INSERT INTO items (ident, digest, datestamp, deleted, sets, metadata) "
            "VALUES (?, ?, '', 0, ?, ?) "
            "ON CONFLICT (ident) DO UPDATE SET digest = excluded.digest, datestamp = '', deleted = 0, "
            "sets = excluded.sets, metadata = excluded.metadata",
            values,
        )
        self.connection.execute("DELETE FROM members WHERE ident = ?", (one.ident,))
        specs = {spec for whole in one.sets for spec in up(whole)}
        self.connection.executemany(
            "INSERT INTO members VALUES (?, ?)", [(spec, one.ident) for spec in specs]
        )

    def name_sets(self, names: Mapping[str, str]) -> None:
        """Say what sets are called. One that only records which are gone are left in has its spec for a name.

        Else the title of a topic could be read after its time.
        """
        known, wanted = dict(self.sets()), self.connection.execute("SELECT DISTINCT spec FROM members")
        called = {spec: names.get(spec, spec) for (spec,) in wanted}
        if called == known:
            return
        with self._transaction():
            self.connection.execute("DELETE FROM sets")
            self.connection.executemany("INSERT INTO sets VALUES (?, ?)", called.items())

    def describe(self, about: About) -> None:
        """Say what the repository is."""
        if self.about() != about:
            with self._transaction():
                self.connection.execute("DELETE FROM about")
                settings = orjson.dumps(asdict(about)).decode()
                self.connection.execute("INSERT INTO about VALUES (?)", (settings,))

    def unwritten(self, is_there: Callable[[str], bool]) -> Iterator[tuple[Item, bool]]:
        """Records whose own file is not there or out of date, and whether there was one of ours."""
        query = f"SELECT {_ITEM}, written FROM items ORDER BY items.ident"  # noqa: S608
        for *row, written in self.connection.execute(query):
            item = _item(row)
            if written != item.datestamp or not is_there(item.ident):
                yield item, bool(written)

    def all_written(self) -> None:
        """Remember that every record's own file is as it should be."""
        with self._transaction():
            self.connection.execute("UPDATE items SET written = datestamp WHERE written != datestamp")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")


def up(spec: str) -> list[str]:
    """A set and those that it is part of: `a:b` is part of `a`."""
    parts = spec.split(":")
    return [":".join(parts[:length]) for length in range(1, len(parts) + 1)]


def _source(chosen: Selection) -> tuple[str, tuple[str, ...]]:
    if not chosen.spec:
        return "FROM items", ()
    return "FROM items JOIN members ON members.ident = items.ident AND spec = ?", (chosen.spec,)


def _item(row: Iterable[object]) -> Item:
    ident, datestamp, deleted, sets, metadata = row
    return Item(str(ident), str(datestamp), bool(deleted), tuple(orjson.loads(str(sets))), str(metadata))
