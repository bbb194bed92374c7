"""Which entry of a feed is which, though guids are missing or change; and those it does not list any more."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from pydantic import BaseModel, ValidationError

from sources.dialects.feed.entries import Entry
from transport.files import write_atomic

FOLLOWING = ("utm_", "fbclid", "gclid", "mc_")
"""How parameters begin that only say where a reader came from."""


class Known(BaseModel):
    """An entry that was seen: the name in its key, what it was recognised by, and what it said."""

    name: str
    guid: str | None = None
    link: str | None = None
    words: str
    data: dict[str, Any]
    language: str | None = None


class Memory(BaseModel):
    """All entries that were seen, the latest first."""

    known: list[Known] = []

    @classmethod
    def load(cls, path: Path) -> "Memory":
        try:
            return cls.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):
            return cls()

    def save(self, path: Path) -> None:
        """Raises OSError."""
        write_atomic(path, [self.model_dump_json().encode()], owner=str(os.getpid()))

    def recognise(self, entries: Sequence[Entry]) -> tuple[list[tuple[Entry, Known]], list[Known]]:
        """Each entry with its name, and the known ones that are not among them.

        An entry is the one that had its guid; else its address; else its title and date. A guid or an
        address that several entries of a feed share says nothing. Entries that are alike in all of this
        are one.
        """
        marks = [_marks(entry) for entry in entries]
        often = [Counter(mark[at] for mark in marks if mark[at]) for at in range(3)]
        rest = list(self.known)
        named: dict[int, str] = {}
        for at in range(3):
            shared = Counter(_marks_of(one)[at] for one in self.known)
            by_mark = {own: one for one in rest if (own := _marks_of(one)[at]) and shared[own] == 1}
            for number, mark in enumerate(marks):
                one = (
                    by_mark.get(mark[at] or "") if number not in named and often[at][mark[at]] == 1 else None
                )
                if one is not None and one in rest:
                    named[number] = one.name
                    rest.remove(one)
        found: dict[str, tuple[Entry, Known]] = {}
        for number, (entry, mark) in enumerate(zip(entries, marks, strict=True)):
            name = named.get(number) or _new_name(mark, often)
            known = Known(
                name=name,
                guid=mark[0],
                link=mark[1],
                words=mark[2],
                data=dict(entry.data),
                language=entry.language,
            )
            found.setdefault(name, (entry, known))
        return list(found.values()), [one for one in rest if one.name not in found]


Marks = tuple[str | None, str | None, str]
"""Guid, address, and a digest of title and date."""


def _marks(entry: Entry) -> Marks:
    words = f"{entry.data.get('title', '')}\0{entry.data.get('published_at', '')}"
    return entry.guid, _address(entry.link), sha256(words.encode("utf-8", "replace")).hexdigest()[:32]


def _marks_of(one: Known) -> Marks:
    return one.guid, one.link, one.words


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
