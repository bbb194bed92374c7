"""What the web answered, kept in a folder: asked for again only if it may have changed, and never lost."""

import os
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel, ValidationError

from schemas.errors import ContentError
from transport.addresses import shown
from transport.fetch import Answer, Take
from transport.files import file_digest, write_atomic

LONGEST_FRESH = 3600.0
"""Seconds that a server can ask us not to come again."""
STALE_DRAFT = 86_400.0
"""Seconds after which the draft of a killed process is removed."""


class Asks(Protocol):
    """Who fetches: a Fetcher, or a Crawler that asks robots.txt before."""

    def get(
        self, url: str, take: Take[tuple[str, int]], headers: Mapping[str, str] | None = None
    ) -> Answer[tuple[str, int]]: ...


class Kept(BaseModel):
    """One answer, whose body is in the file `body`."""

    url: str
    """As it may be shown."""
    at: str | None = None
    """Where it came from in the end, if it was redirected."""
    body: str
    digest: str
    size: int
    etag: str | None = None
    last_modified: str | None = None
    media_type: str = ""
    charset: str | None = None
    is_whole: bool = True
    """False where nothing would have told if its end were missing."""
    came: datetime
    """When this very body came for the first time."""
    asked: datetime
    """When it was last known to be the present one."""
    fresh: float = 0.0
    """Seconds after `asked` in which the server need not be asked."""


class _Shelf(BaseModel):
    latest: Kept | None = None
    good: Kept | None = None


class Shelf:
    """The latest answer of one address, and the last one that could be understood."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url
        self.name = sha256(url.encode()).hexdigest()[:24]

    @property
    def latest(self) -> Kept | None:
        return self._load().latest

    @property
    def good(self) -> Kept | None:
        """The last answer that was approved, if it is still there as it was."""
        good = self._load().good
        return good if good is not None and self._is_sound(good) else None

    def path(self, kept: Kept) -> Path:
        return self.folder / kept.body

    def ask(self, fetcher: Asks) -> Kept:
        """What the address answers now. Raises ContentError; then all stays as it was."""
        known, now = self._load(), datetime.now(UTC)
        latest = known.latest if known.latest is not None and self._is_sound(known.latest) else None
        if latest is not None and 0 <= (now - latest.asked).total_seconds() < latest.fresh:
            return latest
        draft = self.folder / f"{self.name}-{os.getpid()}.new"
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            answer = fetcher.get(self.url, lambda pieces: write_atomic(draft, pieces), _conditions(latest))
            found = self._found(answer, latest, now, draft)
            self._save(_Shelf(latest=found, good=known.good))
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            message = f"what {shown(self.url)} answers cannot be kept in {self.folder.name}: {why}"
            raise ContentError(
                message, code="file.unwritable", hint="make room, or mend its rights"
            ) from None
        finally:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
        return found

    def approve(self, kept: Kept) -> None:
        """This answer was understood to its end: it is what counts when later ones are not."""
        self._save(self._load().model_copy(update={"good": kept}))

    def _found(
        self, answer: Answer[tuple[str, int]], latest: Kept | None, now: datetime, draft: Path
    ) -> Kept:
        fresh = min(_max_age(answer.headers.get("Cache-Control", "")), LONGEST_FRESH)
        if answer.taken is None and latest is not None:
            return latest.model_copy(update={"asked": now, "fresh": fresh})
        digest, size = answer.taken or ("", 0)
        kind, _, more = answer.headers.get("Content-Type", "").partition(";")
        charset = re.search(r"charset\s*=\s*\"?([\w.:-]+)", more, re.IGNORECASE)
        body = f"{self.name}-{digest[:24]}.body"
        os.replace(draft, self.folder / body)
        is_same = latest is not None and latest.digest == digest
        return Kept(
            url=shown(self.url),
            at=answer.url if answer.url != self.url else None,
            body=body,
            digest=digest,
            size=size,
            etag=answer.headers.get("ETag"),
            last_modified=answer.headers.get("Last-Modified"),
            media_type=kind.strip().lower(),
            charset=charset[1] if charset else None,
            is_whole=answer.is_whole,
            came=latest.came if is_same and latest is not None else now,
            asked=now,
            fresh=fresh,
        )

    def _is_sound(self, kept: Kept) -> bool:
        try:
            return file_digest(self.path(kept)) == (kept.digest, kept.size)
        except OSError:
            return False

    def _load(self) -> _Shelf:
        try:
            return _Shelf.model_validate_json((self.folder / f"{self.name}.json").read_bytes())
        except (OSError, ValidationError):
            return _Shelf()

    def _save(self, shelf: _Shelf) -> None:
        text = shelf.model_dump_json().encode()
        write_atomic(self.folder / f"{self.name}.json", [text], owner=str(os.getpid()))
        kept = {one.body for one in (shelf.latest, shelf.good) if one is not None}
        for path in self.folder.glob(f"{self.name}-*.body"):
            if path.name not in kept:
                path.unlink(missing_ok=True)
        for path in (*self.folder.glob("*.new"), *self.folder.glob(".*.part")):
            if _age(path) > STALE_DRAFT:
                path.unlink(missing_ok=True)


def _conditions(latest: Kept | None) -> dict[str, str]:
    if latest is None:
        return {}
    said = {"If-None-Match": latest.etag, "If-Modified-Since": latest.last_modified}
    return {name: value for name, value in said.items() if value is not None}


def _max_age(cache_control: str) -> float:
    """Seconds for which an answer may be used without asking (RFC 9111, 5.2.2)."""
    said = {part.strip().lower() for part in cache_control.split(",")}
    ages = [part.removeprefix("max-age=") for part in said if part.startswith("max-age=")]
    if said & {"no-cache", "no-store"} or not ages or not ages[0].isdecimal():
        return 0.0
    return float(ages[0])


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return 0.0
