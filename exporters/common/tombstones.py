"""Entries that an Atom feed had and has no more (RFC 6721); the feed as it lies there remembers."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from exporters.common.xml_text import element

NAMESPACE = "http://purl.org/atompub/tombstones/1.0"
_URN = rb"urn:uuid:[0-9a-f-]{36}"
_HELD = re.compile(rb"    <id>(%b)</id>\n" % _URN)
_GONE = re.compile(rb'  <at:deleted-entry [^<>]*\bref="(%b)" when="([0-9TZ:-]{20})"/>\n' % _URN)
_OWN_ID = re.compile(rb"  <id>(%b)</id>\n" % _URN)
_TABLES = """
    CREATE TABLE live (id TEXT PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE gone (id TEXT PRIMARY KEY, at TEXT NOT NULL) WITHOUT ROWID;
"""


class Tombstones:
    """Ids of what is published now, on disk: memory does not grow with their number."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    @classmethod
    @contextmanager
    def open(cls) -> Iterator["Tombstones"]:
        with closing(sqlite3.connect("")) as connection:  # a temporary file
            connection.executescript(_TABLES)
            yield cls(connection)

    def keep(self, name: str) -> None:
        """The entry of that id is published, in whichever language, be it in the feed or too old for it."""
        self.connection.execute("INSERT OR IGNORE INTO live VALUES (?)", (name,))

    def look(self, feed: Path, at: str) -> str | None:
        """Note what a feed of ours held and what is gone, since `at` or earlier; returns the feed's id."""
        run, own = self.connection.execute, None
        run("DELETE FROM gone")
        with feed.open("rb") as lines:
            for line in lines:
                if found := _HELD.fullmatch(line):
                    run("INSERT OR IGNORE INTO gone VALUES (?, ?)", (found[1].decode(), at))
                elif found := _GONE.fullmatch(line):
                    run("INSERT OR REPLACE INTO gone VALUES (?, ?)", (found[1].decode(), found[2].decode()))
                elif own is None and (found := _OWN_ID.fullmatch(line)):
                    own = found[1].decode()
        run("DELETE FROM gone WHERE id IN (SELECT id FROM live)")
        return own

    def forget(self) -> None:
        """Nothing is known of a feed."""
        self.connection.execute("DELETE FROM gone")

    def latest(self) -> str | None:
        """When something went last (RFC 3339, UTC)."""
        found: str | None = self.connection.execute("SELECT max(at) FROM gone").fetchone()[0]
        return found

    def written(self, most: int | None) -> Iterator[bytes]:
        """The elements, the newest first."""
        rows = self.connection.execute("SELECT id, at FROM gone ORDER BY at DESC, id LIMIT ?", (most or -1,))
        for name, at in rows:
            told = {"xmlns:at": NAMESPACE, "ref": name, "when": at}
            yield f"  {element('at:deleted-entry', attributes=told)}\n".encode()
