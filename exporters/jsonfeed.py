"""Publish records as JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/), one feed a language."""

import mimetypes
import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO
from uuid import UUID, uuid5

from pydantic import Field

from exporters.base import Capabilities, Desired, Document, Fields, Lookup, Remote
from exporters.folder import FolderExporter, asset_file
from exporters.html import body
from exporters.json_text import MARKER, document, item, load, without_empty
from exporters.links import Links
from exporters.public import shown
from schemas.agents import Contributor, Organisation, Person
from schemas.asset import Asset
from schemas.page import Hero, Page, Statistics
from schemas.record import Record
from schemas.report import Report, ReportFile
from schemas.species import Species
from schemas.statistic import Quoted

VERSION = "https://jsonfeed.org/version/1.1"
NAMESPACE = UUID("6f1d2f0e-5b0c-5a52-9d5c-3c0a7f2b8e41")
"""Never to be changed: every item's id is made from it and from the record's ident."""
ABOUT = "urn:leopard:jsonfeed:1"
_CONTROLS = {code: None for code in (*range(0x20), *range(0x7F, 0xA0)) if code not in (0x09, 0x0A)}


class JsonFeedExporter(FolderExporter):
    """Items are made one by one; the feeds are written when all are known."""

    name = "jsonfeed"
    capabilities = Capabilities(delete=True, assets=True, locales=True, lookup=True, document=True)

    class Options(FolderExporter.Options):
        path: str = Field(
            pattern=r"[^/]\.json$",
            description="The feed in the site's first language; in others, their tag is put before `.json`",
        )
        kinds: tuple[str, ...] | None = Field(("article", "page", "report"), description="Kinds in the feed")
        title: str | None = Field(None, min_length=1, description="By default the site's title")
        description: str | None = Field(None, description="By default the site's description")
        limit: int | None = Field(None, ge=1, description="Items in a feed, the newest; by default all")

    options: Options

    @property
    def file(self) -> Path:
        return self.context.root / self.options.path

    @property
    def folder(self) -> Path:
        return self.file.parent

    @property
    def assets(self) -> str:
        return f"{self.file.stem}-assets"

    def files_of(self, remote: Remote) -> tuple[str, ...]:
        held = asset_file(remote.key, remote.fields)
        return (held[0],) if held else ()

    def is_ours(self, path: Path, relative: str) -> bool:
        if relative.startswith(f"{self.assets}/"):
            return self.key_of_asset(path, relative) is not None
        return load(path) is not None

    def render(self, record: Record, lookup: Lookup) -> Fields:
        if isinstance(record, Asset):
            return _asset_fields(self.asset_path(record), record.digest, self.asset_url(record))
        return _item(shown(record, lookup), self.links(record, lookup))

    def read(self) -> Iterator[Remote]:
        for path in self._feeds():
            with self.disk(path, "read"):
                feed = load(path) or {}
            for fields in feed.get("items", ()):
                if MARKER in fields:
                    yield _remote(fields[MARKER]["key"], fields["language"], fields)
        for path, relative in self.below(self.folder / self.assets):
            with self.disk(path, "read"):
                found = self.key_of_asset(path, relative)
            if found:
                key, locale, digest = found
                yield _remote(key, locale, _asset_fields(relative, digest, self.address(relative)))

    def find(self, idents: Iterable[str]) -> Iterator[Remote]:
        wanted = frozenset(idents)
        return (remote for remote in self.read() if remote.ident in wanted)

    def _feeds(self) -> list[Path]:
        ours = re.compile(rf"{re.escape(self.file.stem)}(\.[a-z]{{2,3}}(-[A-Za-z0-9]+)*)?\.json")
        with self.disk(self.folder, "read"):
            there = sorted(self.folder.iterdir()) if self.folder.exists() else []
            return [path for path in there if ours.fullmatch(path.name) and not path.is_symlink()]

    def create(self, desired: Desired) -> Remote:
        return self._write(desired, ())

    def update(self, remote: Remote, desired: Desired) -> Remote:
        before = self.files_of(remote)
        for relative in before:
            self.require(relative)
        return self._write(desired, before)

    def _write(self, desired: Desired, before: tuple[str, ...]) -> Remote:
        if held := asset_file(desired.key, desired.fields):
            self.copy(*held, desired.file, remembered=held[0] in before)
        now = _remote(desired.key, desired.locale, desired.fields)
        self.discard(set(before) - set(self.files_of(now)))
        return now

    def delete(self, remote: Remote) -> None:
        for relative in self.files_of(remote):
            self.remove(relative)

    def publish(self, remotes: Iterable[Remote], documents: Iterable[Document]) -> Iterator[Document]:
        last, written = tuple(documents), set()
        with ExitStack() as stack:
            drafts = self._drafts(remotes, stack)
            for locale, draft in drafts.items():
                draft.seek(0)
                feed = document(self._head(locale), "items", iter(partial(draft.read, 1 << 20), b""))
                written.add(self._name(locale))
                yield self.publish_document(self._name(locale), feed, last)
        self.discard(before.path for before in last if before.path not in written)

    def _drafts(self, remotes: Iterable[Remote], stack: ExitStack) -> dict[str, IO[bytes]]:
        """Per language, the items as they stand in the feed; large ones on disk."""
        drafts: dict[str, IO[bytes]] = {}
        count: dict[str, int] = {}
        with self.disk(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            for locale in self.options.locales or self.context.site.languages:
                self._draft(locale, drafts, stack)
            for remote in remotes:
                at = count.get(remote.locale, 0)
                if remote.key.startswith("asset:") or at == self.options.limit:
                    continue
                self._draft(remote.locale, drafts, stack).write(item(remote.fields, first=at == 0))
                count[remote.locale] = at + 1
        return drafts

    def _draft(self, locale: str, drafts: dict[str, IO[bytes]], stack: ExitStack) -> IO[bytes]:
        if locale not in drafts:
            draft = SpooledTemporaryFile(1 << 23, dir=str(self.folder))  # noqa: SIM115 - the stack closes it
            drafts[locale] = stack.enter_context(draft)
        return drafts[locale]

    def _name(self, locale: str) -> str:
        first = locale == self.context.site.default_locale
        return self.file.name if first else f"{self.file.stem}.{locale}.json"

    def _head(self, locale: str) -> Fields:
        site = self.context.site
        home = site.url.rstrip("/")
        head = {
            "version": VERSION,
            "title": self.options.title or site.title,
            "home_page_url": home if locale == site.default_locale else f"{home}/{locale}",
            "feed_url": self.address(self._name(locale)),
            "description": self.options.description or site.description,
            "language": locale,
            "authors": [{"name": site.title, "url": home}],
            MARKER: {"about": ABOUT},
        }
        return {name: value for name, value in head.items() if value}


def _remote(key: str, locale: str, fields: Fields) -> Remote:
    ident = f"{key}@{locale}"
    return Remote(id=_id(ident), key=key, locale=locale, fields=fields, url=fields.get("url"))


def _id(ident: str) -> str:
    return uuid5(NAMESPACE, ident).urn


def _asset_fields(path: str | None, digest: str | None, url: str | None) -> Fields:
    return {"file": path, "digest": digest, "url": url} if path else {"url": url}


def _item(record: Record, links: Links) -> Fields:
    html = _text(body(record, links))
    elsewhere = record.url if isinstance(record, Report) else None
    fields = {
        "id": _id(record.ident),
        "url": links.site.url_of(record),
        "external_url": links.absolute(elsewhere) if elsewhere else None,
        "title": _text(record.title),
        "content_html": html,
        "summary": _text(record.summary),
        "image": _image(record, links),
        "date_published": _date(record.published_at or record.embargo_until),
        "date_modified": _date(record.updated_at),
        "tags": [tag for tag in map(_text, record.tags) if tag],
        "authors": [_author(one, links) for one in _contributors(record)],
        "language": record.locale,
        "attachments": [_attachment(one, links) for one in getattr(record, "files", ()) if one.url],
        MARKER: {
            "about": ABOUT,
            "key": record.key,
            "kind": record.kind,
            "statistics": [one.model_dump(mode="json") for one in _statistics(record)],
            "species": [_species(key, links) for key in getattr(record, "species", ())],
        },
    }
    full: Fields = without_empty(fields)
    return full if html else {**full, "content_text": _text(record.summary) or _text(record.title)}


def _text(text: str) -> str:
    """Without control characters, which mean nothing to readers and break some."""
    return text.translate(_CONTROLS).strip()


def _date(at: datetime | None) -> str | None:
    """An instant as RFC 3339 writes it, whose offsets have no seconds."""
    if at is None:
        return None
    offset = at.utcoffset()
    if offset is None or offset.seconds % 60 or not offset:
        return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return at.isoformat()


def _image(record: Record, links: Links) -> str | None:
    blocks = record.blocks if isinstance(record, Page) else ()
    heroes = (block.image for block in blocks if isinstance(block, Hero))
    asset = links.asset(next(filter(None, (record.image, *heroes)), None))
    return links.asset_url(asset) if asset else None


def _contributors(record: Record) -> list[Contributor]:
    named: tuple[Contributor, ...] = getattr(record, "authors", ())
    return [one for one in named if one.role == "author" and one.display]


def _author(one: Contributor, links: Links) -> Fields:
    key = one.person or one.organisation
    named = links.record(key) if key else None
    own = named.url if isinstance(named, Person | Organisation) else None
    identifier = f"https://orcid.org/{one.orcid}" if one.orcid else one.ror
    return {"name": _text(one.display), "url": identifier or (links.absolute(own) if own else None)}


def _attachment(one: ReportFile, links: Links) -> Fields:
    url = links.absolute(one.url or "")
    guessed = mimetypes.guess_type(url)[0] or "application/octet-stream"
    return {
        "url": url,
        "mime_type": one.media_type or guessed,
        "title": one.label,
        "size_in_bytes": one.size,
    }


def _statistics(record: Record) -> Iterator[Quoted]:
    blocks = record.blocks if isinstance(record, Page) else ()
    lists = [block.items for block in blocks if isinstance(block, Statistics)]
    for items in (*lists, getattr(record, "statistics", ())):
        yield from (one for one in items if isinstance(one, Quoted))


def _species(key: str, links: Links) -> Fields:
    found = links.record(key)
    named = {"scientific_name": found.scientific_name} if isinstance(found, Species) else {}
    return {"key": key, "title": found.title if found else None, **named}
