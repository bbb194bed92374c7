"""What trying an exporter takes: records, odd texts, a picture, and a desk that writes as the core does."""

import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from html import escape, unescape
from pathlib import Path
from struct import pack
from typing import Any
from unicodedata import category, normalize

from exporters.base import REFERENCE, ChannelContext, Desired, Document, Exporter, Lookup, Remote
from schemas import canonical
from schemas.asset import Asset
from schemas.record import Record
from schemas.site import Site

SITE = Site(title="Spots", url="https://spots.example", languages=("en", "fr"))

ODD_TEXTS = {
    "accents, Chinese, emoji": "Ünïcödé 豹 🐆 𐍈",
    "right to left": "نمر עברית 🐆 \u200fنمر\u200e left",
    "combining": "e\u0301 n\u0303 🏴\u200d☠\ufe0f",
    "like HTML": "a & b < c > \"d\" 'e' <b>f</b> &amp; &lt;i&gt; </p>",
    "like a template": "{{ braces }} %s ${x} {% if %} [[x]] $reference",
    "like SQL or a path": "C:\\new ' -- ; \\' \\\\ ../x",
    "spaces around": "  padded  ",
    "nothing": "0",
    "lines": "first\nsecond\r\nthird\u2028fourth\u00a0fifth",
    "control characters": "tab\tbell\x07 escape\x1b delete\x7f end",
}


def context(root: Path) -> ChannelContext:
    """A channel called `trial` of a site in English and French, whose project is in `root`."""
    return ChannelContext("trial", root, SITE)


def plain(text: str) -> str:
    """What people read of a text, however it is spelt: entities, controls and spaces do not count."""
    while (once := unescape(text)) != text:
        text = once
    seen = "".join(sign for sign in normalize("NFC", text) if sign.isspace() or category(sign) != "Cc")
    return " ".join(seen.split())


def html(text: str) -> dict[str, str]:
    """Prose that says `text`."""
    return {"format": "html", "text": f"<p>{escape(text)}</p>"}


def png(shade: int = 0) -> bytes:
    """A picture of one grey point."""
    rows = zlib.compress(bytes([0, shade]))
    chunks = ((b"IHDR", pack(">2I5B", 1, 1, 8, 0, 0, 0, 0)), (b"IDAT", rows), (b"IEND", b""))
    parts = (
        pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def picture(root: Path, shade: int = 0, **more: Any) -> Asset:
    """An asset whose bytes are written to the project."""
    data = png(shade)
    (root / "pictures").mkdir(exist_ok=True)
    (root / "pictures" / "coat.png").write_bytes(data)
    known = {
        "key": "asset:coat",
        "locale": SITE.default_locale,
        "title": "A coat",
        "slug": "coat",
        "file": "pictures/coat.png",
        "path": "pictures/coat.png",
        "media_type": "image/png",
        "width": 1,
        "height": 1,
        "size": len(data),
        "digest": sha256(data).hexdigest(),
        "alt": {"en": "Rosettes & spots", "fr": "Rosettes et taches"},
        "caption": {"en": "A coat in the snow"},
        "credit": "© Ada Spots / Leopards",
        "licence": "CC-BY-4.0",
    }
    return Asset(**{**known, **more})


class Records(Lookup):
    """The public records of a run."""

    def __init__(self, records: Iterable[Record]) -> None:
        self.by_ident = {record.ident: record for record in records}

    def get(self, key: str, locale: str) -> Record | None:
        found = self.by_ident.get(f"{key}@{locale}") or self.by_ident.get(f"{key}@{SITE.default_locale}")
        return found or next((one for one in self.by_ident.values() if one.key == key), None)


@dataclass(frozen=True)
class Foreign:
    """A page that somebody made by hand: its id on the channel, and a way to look at it."""

    id: str
    look: Callable[[], Any]


class Desk:
    """Writes to one channel as the core does, and reads back what it holds."""

    def __init__(self, exporter: Exporter) -> None:
        self.exporter = exporter
        self.remotes: dict[str, Remote] = {}
        self.documents: list[Document] = []

    def desired(self, record: Record, *others: Record, **more: Any) -> Desired:
        """What the channel should hold for `record`; `others` can be looked up."""
        fields = self.resolved(self.exporter.render(record, Records((record, *others))))
        known = {
            "key": record.key,
            "locale": record.locale,
            "kind": record.kind,
            "title": record.title,
            "fields": fields,
            "digest": canonical.digest(fields),
            "file": record.path if isinstance(record, Asset) else None,
        }
        return Desired(**{**known, **more})

    def create(self, record: Record, *others: Record, **more: Any) -> Remote:
        wanted = self.desired(record, *others, **more)
        return self.keep(self.exporter.create(wanted))

    def update(self, record: Record, *others: Record, **more: Any) -> Remote:
        wanted = self.desired(record, *others, **more)
        return self.keep(self.exporter.update(self.remotes[record.ident], wanted))

    def delete(self, remote: Remote) -> None:
        self.exporter.delete(remote)
        self.remotes.pop(remote.ident, None)

    def keep(self, remote: Remote) -> Remote:
        """Remember what a write has answered."""
        self.remotes[remote.ident] = remote
        return remote

    def publish(self) -> list[Document]:
        """The whole documents, where the channel has them."""
        remotes = (self.remotes[ident] for ident in sorted(self.remotes))
        self.documents = list(self.exporter.publish(remotes, self.documents))
        return self.documents

    def held(self) -> dict[str, Remote]:
        """Every page of ours on the channel by ident; what was answered, if it cannot be read back."""
        self.publish()
        reads = self.exporter.capabilities.reads
        pages = list(self.exporter.read()) if reads else list(self.remotes.values())
        found = {page.ident: page for page in pages}
        assert len(found) == len(pages), "two pages carry the same key"
        return found

    def resolved(self, value: Any) -> Any:
        """Ids of the channel in place of references; what has none is left out."""
        if isinstance(value, dict) and set(value) == {REFERENCE}:
            known = self.remotes.get(value[REFERENCE])
            return known.id if known else None
        if isinstance(value, dict):
            return {name: self.resolved(inner) for name, inner in value.items()}
        if isinstance(value, list):
            items = [(inner, self.resolved(inner)) for inner in value]
            return [done for inner, done in items if done is not None or inner is None]
        return value

    @contextmanager
    def open(self) -> Iterator["Desk"]:
        with self.exporter.session():
            yield self


def texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value."""
    if isinstance(value, str):
        yield value
    for inner in _parts(value):
        yield from texts(inner)


def symbols(value: Any) -> Iterator[str]:
    """Idents of the pages that fields refer to by id."""
    if isinstance(value, dict) and set(value) == {REFERENCE}:
        yield value[REFERENCE]
    for inner in _parts(value):
        yield from symbols(inner)


def _parts(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
