"""Items of a source on the web, kept on disk: they come one by one, and are joined with what is known."""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from json import dumps, loads
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import quote

from pydantic import BaseModel, ValidationError

from schemas.errors import ContentError
from schemas.problems import Origin

STALE_DRAFT = 86_400.0
"""Seconds after which the draft of a killed process is removed."""
_TABLES = """
CREATE TABLE items (name TEXT PRIMARY KEY, item TEXT NOT NULL, missing INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE gone (name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE facts (json TEXT NOT NULL);
"""
_TAKE_OVER = "INSERT OR IGNORE INTO items SELECT ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM gone WHERE name = ?)"
Unlisted = Literal["stay", "go", "go_twice"]
"""What becomes of items that a harvest did not list: they stay, they go, or the second time only."""


class Facts(BaseModel):
    """What is known of all items together."""

    digest: str
    changed: datetime
    """When the items became what they are."""
    swept: datetime
    """When everything was asked for."""
    asked: datetime
    mark: str | int | float | None = None
    """Up to when all changes have been seen, as the source writes it."""


@dataclass(frozen=True)
class Kept:
    """The last good state: one file of SQLite, in which the items lie by name. Nothing is held in memory."""

    path: Path
    facts: Facts

    @classmethod
    def load(cls, path: Path) -> "Kept | None":
        """The state at `path`; None if there is none, or if it is not as it was written."""
        try:
            with _opened(path) as held:
                (text,) = held.execute("SELECT json FROM facts").fetchone() or ("",)
                facts = Facts.model_validate_json(text)
                return cls(path, facts) if _digest(held) == facts.digest else None
        except (OSError, sqlite3.Error, ValidationError):
            return None

    def items(self) -> Iterator[tuple[str, Any]]:
        """Every item in the order of the names. Raises ContentError if the file is gone or damaged."""
        try:
            with _opened(self.path) as held:
                for name, text in held.execute("SELECT name, item FROM items ORDER BY name"):
                    yield name, loads(text)
        except (OSError, sqlite3.Error, ValueError) as error:
            raise ContentError(
                f"what was kept cannot be read: {error}", code="source.gone", hint="run again"
            ) from None

    def has(self, name: str) -> bool:
        """Whether there is an item of this name."""
        with suppress(OSError, sqlite3.Error), _opened(self.path) as held:
            return held.execute("SELECT 1 FROM items WHERE name = ?", (name,)).fetchone() is not None
        return False


class Draft:
    """A harvest that is coming in. It takes the place of the last good state when it is whole."""

    def __init__(self, path: Path, where: str) -> None:
        self.path, self.where = path, where
        self._draft = path.with_name(f"{path.name}-{os.getpid()}.new")
        self.count = 0

    def __enter__(self) -> Self:
        with self._writing():
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _tidy(self.path)
            self._draft.unlink(missing_ok=True)
            self._held = sqlite3.connect(self._draft, isolation_level=None)
            self._held.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN; {_TABLES}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.close()
        with suppress(OSError):
            self._draft.unlink(missing_ok=True)

    def put(self, name: str, item: Any) -> None:
        """One item; a later one of the same name takes its place. Raises ContentError if it cannot be."""
        try:
            text = dumps(item, ensure_ascii=False, allow_nan=False)
            text.encode(), name.encode()
        except (TypeError, ValueError, RecursionError) as error:
            message = f"{self.where} gives a value that cannot be kept: {error}"
            origin = Origin(path=self.where)
            raise ContentError(
                message, code="api.item", hint="leave it out, at the API", origin=origin
            ) from None
        with self._writing():
            self._held.execute("INSERT OR REPLACE INTO items VALUES (?, ?, 0)", (name, text))
            self._held.execute("DELETE FROM gone WHERE name = ?", (name,))
        self.count += 1

    def drop(self, name: str) -> None:
        """Somebody says that this item is gone."""
        with self._writing():
            self._held.execute("INSERT OR REPLACE INTO gone VALUES (?)", (name,))
            self._held.execute("DELETE FROM items WHERE name = ?", (name,))

    def clear(self) -> None:
        """Begin again: what has come so far does not count."""
        with self._writing():
            self._held.execute("DELETE FROM items")
            self._held.execute("DELETE FROM gone")

    def __len__(self) -> int:
        return int(self._held.execute("SELECT count(*) FROM items").fetchone()[0])

    def items(self) -> Iterator[Any]:
        for (text,) in self._held.execute("SELECT item FROM items ORDER BY name"):
            yield loads(text)

    def join(self, known: Kept | None, unlisted: Unlisted) -> None:
        """Take over what is known and was not listed. Whoever has said that an item is gone is believed."""
        if known is None or unlisted == "go":
            return
        with self._writing(), _opened(known.path) as before:
            for name, text, missing in before.execute("SELECT name, item, missing FROM items"):
                if unlisted == "stay" or not missing:
                    is_missing = missing if unlisted == "stay" else 1
                    self._held.execute(_TAKE_OVER, (name, text, is_missing, name))

    def finish(self, known: Kept | None, now: datetime, *, swept: datetime, mark: Any) -> Kept:
        """Put the draft in the place of the last good state."""
        with self._writing():
            digest = _digest(self._held)
            is_same = known is not None and known.facts.digest == digest
            changed = known.facts.changed if is_same and known is not None else now
            facts = Facts(digest=digest, changed=changed, swept=swept, asked=now, mark=mark)
            self._held.execute("DELETE FROM gone")
            self._held.execute("INSERT INTO facts VALUES (?)", (facts.model_dump_json(),))
            self._held.execute("COMMIT")
            self._held.close()
            with self._draft.open("rb") as file:
                os.fsync(file.fileno())
            os.replace(self._draft, self.path)
        return Kept(self.path, facts)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Where the disk fails, that is said in plain words."""
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            why = ((error.strerror if isinstance(error, OSError) else None) or str(error)).lower()
            message, hint = (
                f"what {self.where} answers cannot be kept: {why}",
                "make room, or mend its rights",
            )
            raise ContentError(message, code="file.unwritable", hint=hint) from None


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A database that is only read. Raises OSError, sqlite3.Error."""
    path = path.resolve(strict=True)
    held = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, check_same_thread=False)
    try:
        yield held
    finally:
        held.close()


def _digest(held: sqlite3.Connection) -> str:
    """SHA-256 over names and items in their order."""
    whole = sha256()
    for name, text in held.execute("SELECT name, item FROM items ORDER BY name"):
        whole.update(f"{len(name)}:{name}{len(text)}:{text}".encode())
    return whole.hexdigest()


def _tidy(path: Path) -> None:
    """Remove the drafts of processes that were killed."""
    for left in path.parent.glob(f"{path.name}-*.new"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > STALE_DRAFT:
                left.unlink()
