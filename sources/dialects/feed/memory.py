"""Which entry of a feed is which, though guids are missing or change; and those it does not list any more."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from json import dumps, loads
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from schemas.errors import ContentError
from sources.dialects.feed.entries import Entry

FOLLOWING = ("utm_", "fbclid", "gclid", "mc_")
"""How parameters begin that only say where a reader came from."""


_TABLE = """
CREATE TABLE IF NOT EXISTS entries (
  name TEXT PRIMARY KEY, guid TEXT, link TEXT, words TEXT NOT NULL,
  data TEXT NOT NULL, language TEXT, reading INTEGER NOT NULL, place INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS by_guid ON entries (guid);
CREATE INDEX IF NOT EXISTS by_link ON entries (link);
CREATE INDEX IF NOT EXISTS by_words ON entries (words);
"""
_MARKS = ("guid", "link", "words")


@dataclass(frozen=True)
class Known:
    """An entry that was seen: the name in its key, what it was recognised by, and what it said."""

    name: str
    guid: str | None
    link: str | None
    words: str
    data: Mapping[str, Any]
    language: str | None


class Memory:
    """All entries that were seen, in a file of SQLite: none of them is held in memory."""

    def __init__(self, path: Path) -> None:
        """Raises ContentError if nothing can be remembered there. A damaged file is begun again."""
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                self._held = self._opened()
            except sqlite3.DatabaseError:
                path.unlink()
                self._held = self._opened()
        except (OSError, sqlite3.Error) as error:
            raise _unwritable(error) from None

    def _opened(self) -> sqlite3.Connection:
        held = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        try:
            held.executescript(_TABLE)
        except sqlite3.Error:
            held.close()
            raise
        return held

    def close(self) -> None:
        self._held.close()

    def recognise(self, entries: Sequence[Entry]) -> list[tuple[Entry, Known]]:
        """Each entry with its name.

        An entry is the one that had its guid; else its address; else its title and date. A guid or an
        address that several entries of a feed share says nothing. Entries that are alike in all of this
        are one.
        """
        marks = [_marks(entry) for entry in entries]
        often = [Counter(mark[at] for mark in marks if mark[at]) for at in range(3)]
        named: dict[int, str] = {}
        taken: set[str] = set()
        for at in range(3):
            for number, mark in enumerate(marks):
                if number not in named and mark[at] and often[at][mark[at]] == 1:
                    name = self._only(at, mark[at] or "")
                    if name is not None and name not in taken:
                        named[number] = name
                        taken.add(name)
        found: dict[str, tuple[Entry, Known]] = {}
        for number, (entry, mark) in enumerate(zip(entries, marks, strict=True)):
            name = named.get(number) or _new_name(mark, often)
            found.setdefault(name, (entry, Known(name, *mark, entry.data, entry.language)))
        return list(found.values())

    def _only(self, at: int, mark: str) -> str | None:
        """The one known entry that has this mark; None if there is none, or several."""
        asked = f"SELECT name FROM entries WHERE {_MARKS[at]} = ? LIMIT 2"  # noqa: S608 - of our own words
        found = self._held.execute(asked, (mark,)).fetchall()
        return found[0][0] if len(found) == 1 else None

    def others(self, named: Iterable[str]) -> Iterator[Known]:
        """The known entries that are not among these, the latest first."""
        listed = set(named)
        columns = "name, guid, link, words, data, language"
        for row in self._held.execute(f"SELECT {columns} FROM entries ORDER BY reading DESC, place"):  # noqa: S608
            if row[0] not in listed:
                yield Known(row[0], row[1], row[2], row[3], loads(row[4]), row[5])

    def remember(self, listed: Iterable[Known]) -> None:
        """These were seen now. Raises ContentError if that cannot be kept."""
        try:
            self._held.execute("BEGIN")
            latest = self._held.execute("SELECT coalesce(max(reading), 0) FROM entries").fetchone()[0]
            for place, one in enumerate(listed):
                text = dumps(dict(one.data))
                row = (one.name, one.guid, one.link, one.words, text, one.language, latest + 1, place)
                self._held.execute("INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
            self._held.execute("COMMIT")
        except (OSError, sqlite3.Error, ValueError) as error:
            raise _unwritable(error) from None


def _unwritable(error: Exception) -> ContentError:
    why = ((error.strerror if isinstance(error, OSError) else None) or str(error)).lower()
    message, hint = f"the entries of the feed cannot be remembered: {why}", "make room, or mend its rights"
    return ContentError(message, code="file.unwritable", hint=hint)


Marks = tuple[str | None, str | None, str]
"""Guid, address, and a digest of title and date."""


def _marks(entry: Entry) -> Marks:
    words = f"{entry.data.get('title', '')}\0{entry.data.get('published_at', '')}"
    guid = entry.guid and entry.guid.encode("utf-8", "replace").decode()
    return guid, _address(entry.link), sha256(words.encode("utf-8", "replace")).hexdigest()[:32]


def _new_name(marks: Marks, often: Sequence[Mapping[Any, int]]) -> str:
    """A name from the first mark that no other entry has."""
    own = next(
        (mark for at, mark in enumerate(marks) if mark and often[at][mark] == 1), "\0".join(map(str, marks))
    )
    return sha256(own.encode("utf-8", "replace")).hexdigest()[:16]


def _address(link: str | None) -> str | None:
    """An address without scheme, fragment and what only follows readers about."""
    if not link:
        return None
    try:
        parts = urlsplit(link)
        query = [pair for pair in parse_qsl(parts.query, True) if not pair[0].lower().startswith(FOLLOWING)]
    except ValueError:
        return link
    return urlunsplit(("", parts.netloc.lower(), parts.path.rstrip("/"), urlencode(query), "")) or link
