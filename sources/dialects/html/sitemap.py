"""Sitemaps (sitemaps.org, 0.9): the addresses in one, or in those that an index lists."""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from xml.parsers import expat

from schemas.errors import ContentError
from schemas.problems import Origin

LARGEST = 50_000_000
"""Bytes of a sitemap, unpacked (the protocol's own limit)."""
MOST = 50_000
"""Addresses in one sitemap, and sitemaps in an index."""
GZIP = b"\x1f\x8b"


@dataclass
class Entry:
    """An address in a sitemap, and when what is there was changed."""

    url: str = ""
    changed: str = ""

    @property
    def changed_by(self) -> datetime | None:
        """An instant by which the change was made; None if that is not said."""
        said = self.changed.strip()
        try:
            if re.fullmatch(r"\d{4}-\d\d-\d\d", said):
                return datetime.combine(date.fromisoformat(said), time(), UTC) + timedelta(days=2)
            at = datetime.fromisoformat(said)
        except (ValueError, OverflowError):
            return None
        return at if at.tzinfo else at.replace(tzinfo=UTC) + timedelta(days=1)


@dataclass(frozen=True)
class Sitemap:
    """What a sitemap lists: pages, or other sitemaps if it is an index."""

    entries: list[Entry]
    is_index: bool


def unpacked(data: bytes, shown: str) -> bytes:
    """The bytes of a sitemap that may be packed as .gz. Raises ContentError."""
    if not data.startswith(GZIP):
        return data
    unpack = zlib.decompressobj(31)
    try:
        found = unpack.decompress(data, LARGEST + 1)
    except zlib.error:
        raise _fault(shown, "it is packed, and damaged") from None
    if len(found) > LARGEST:
        raise _fault(shown, f"it has more than {LARGEST / 1e6:g} MB unpacked")
    if not unpack.eof:
        raise _fault(shown, "it is packed, and its end is missing")
    return found


def sitemap_of(data: bytes, shown: str) -> Sitemap:
    """All that a sitemap lists. Raises ContentError if it is none, or not whole."""
    reader = _Reader(shown)
    try:
        reader.parser.Parse(unpacked(data, shown), True)
    except expat.ExpatError as error:
        raise _fault(
            shown, f"it is not XML to its end: {expat.ErrorString(error.code)}", error.lineno
        ) from None
    return Sitemap(list(reader.found()), reader.root == "sitemapindex")


class _Reader:
    def __init__(self, shown: str) -> None:
        self.shown, self.root = shown, ""
        self.entries: list[Entry] = []
        self.path: list[str] = []
        self.parser = expat.ParserCreate()
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler, self.parser.EndElementHandler = self._start, self._end
        self.parser.CharacterDataHandler = self._text

    def found(self) -> Iterator[Entry]:
        for entry in self.entries:
            entry.url = entry.url.strip()
            if entry.url:
                yield entry

    def _doctype(self, *_: object) -> None:
        raise _fault(self.shown, "it declares a document type, as XML bombs do")

    def _start(self, name: str, _: object) -> None:
        bare = name.rpartition(":")[2]
        if not self.path:
            self.root = bare
            if bare not in ("urlset", "sitemapindex"):
                raise _fault(self.shown, f"it is no sitemap, but begins with <{bare[:40]}>")
        self.path.append(name)
        if len(self.path) > 20:
            raise _fault(self.shown, "it is nested deeper than a sitemap is")
        if len(self.path) == 2 and bare in ("url", "sitemap"):
            if len(self.entries) >= MOST:
                raise _fault(self.shown, f"it lists more than {MOST:,} addresses")
            self.entries.append(Entry())

    def _end(self, _: str) -> None:
        self.path.pop()

    def _text(self, text: str) -> None:
        if len(self.path) != 3 or not self.entries:
            return
        match self.path[2].rpartition(":")[2]:
            case "loc" if len(self.entries[-1].url) <= 4_000:
                self.entries[-1].url += text
            case "lastmod" if len(self.entries[-1].changed) <= 100:
                self.entries[-1].changed += text


def _fault(shown: str, message: str, line: int | None = None) -> ContentError:
    hint, origin = "tell its owner; or list the pages under `urls`", Origin(path=shown, line=line)
    return ContentError(message, code="html.sitemap", hint=hint, origin=origin)
