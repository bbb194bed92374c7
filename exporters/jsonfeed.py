"""Publish records as JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/), one feed a language."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import Field

from exporters.base import Fields, Lookup, Remote
from exporters.documents import DocumentExporter
from exporters.html import body
from exporters.json_text import MARKER, document, item, load, without_empty
from exporters.links import Links
from exporters.parts import (
    attachment,
    author,
    authors_of,
    image_url,
    plain_text,
    rfc3339,
    species,
    statistics_of,
    urn_of,
)
from exporters.public import shown
from schemas.record import Record
from schemas.report import Report

VERSION = "https://jsonfeed.org/version/1.1"
ABOUT = "urn:leopard:jsonfeed:1"


class JsonFeedExporter(DocumentExporter):
    """One feed a language. Can be read back, as far as it goes."""

    name = "jsonfeed"
    capabilities = DocumentExporter.capabilities.model_copy(update={"lookup": True})

    class Options(DocumentExporter.Options):
        path: str = Field(
            pattern=r"[^/]\.json$",
            description="The feed in the site's first language; in others, their tag is put before `.json`",
        )
        kinds: tuple[str, ...] | None = Field(("article", "page", "report"), description="Kinds in the feed")
        title: str | None = Field(None, min_length=1, description="By default the site's title")
        description: str | None = Field(None, description="By default the site's description")

    options: Options

    def describe(self, record: Record, lookup: Lookup) -> Fields:
        return _item(shown(record, lookup), self.links(record, lookup))

    def item(self, fields: Fields, *, first: bool) -> bytes:
        return item(fields, first=first)

    def whole(self, locale: str, items: Iterable[bytes]) -> Iterator[bytes]:
        return document(self._head(locale), "items", items)

    def is_ours(self, path: Path, relative: str) -> bool:
        if relative.startswith(f"{self.assets}/"):
            return super().is_ours(path, relative)
        return load(path) is not None

    def remote(self, key: str, locale: str, fields: Fields) -> Remote:
        return super().remote(key, locale, fields).model_copy(update={"id": urn_of(f"{key}@{locale}")})

    def read(self) -> Iterator[Remote]:
        for path in self._feeds():
            with self.disk(path, "read"):
                feed = load(path) or {}
            for fields in feed.get("items", ()):
                if MARKER in fields:
                    yield self.remote(fields[MARKER]["key"], fields["language"], fields)
        for path, relative in self.below(self.folder / self.assets):
            with self.disk(path, "read"):
                found = self.key_of_asset(path, relative)
            if found:
                key, locale, digest = found
                held = {"file": relative, "digest": digest, "url": self.address(relative)}
                yield self.remote(key, locale, held)

    def find(self, idents: Iterable[str]) -> Iterator[Remote]:
        wanted = frozenset(idents)
        return (remote for remote in self.read() if remote.ident in wanted)

    def _feeds(self) -> list[Path]:
        ours = re.compile(rf"{re.escape(self.file.stem)}(\.[a-z]{{2,3}}(-[A-Za-z0-9]+)*)?\.json")
        with self.disk(self.folder, "read"):
            there = sorted(self.folder.iterdir()) if self.folder.exists() else []
            return [path for path in there if ours.fullmatch(path.name) and not path.is_symlink()]

    def _head(self, locale: str) -> Fields:
        site = self.context.site
        home = site.url.rstrip("/")
        head = {
            "version": VERSION,
            "title": self.options.title or site.title,
            "home_page_url": home if locale == site.default_locale else f"{home}/{locale}",
            "feed_url": self.address(self.document_name(locale)),
            "description": self.options.description or site.description,
            "language": locale,
            "authors": [{"name": site.title, "url": home}],
            MARKER: {"about": ABOUT},
        }
        return {name: value for name, value in head.items() if value}


def _item(record: Record, links: Links) -> Fields:
    html = plain_text(body(record, links))
    elsewhere = record.url if isinstance(record, Report) else None
    fields = {
        "id": urn_of(record.ident),
        "url": links.site.url_of(record),
        "external_url": links.absolute(elsewhere) if elsewhere else None,
        "title": plain_text(record.title),
        "content_html": html,
        "summary": plain_text(record.summary),
        "image": image_url(record, links),
        "date_published": rfc3339(record.published_at or record.embargo_until),
        "date_modified": rfc3339(record.updated_at),
        "tags": [tag for tag in map(plain_text, record.tags) if tag],
        "authors": [author(one, links) for one in authors_of(record)],
        "language": record.locale,
        "attachments": [attachment(one, links) for one in getattr(record, "files", ()) if one.url],
        MARKER: {
            "about": ABOUT,
            "key": record.key,
            "kind": record.kind,
            "statistics": [one.model_dump(mode="json") for one in statistics_of(record)],
            "species": [species(key, links) for key in getattr(record, "species", ())],
        },
    }
    full: Fields = without_empty(fields)
    return full if html else {**full, "content_text": plain_text(record.summary) or plain_text(record.title)}
