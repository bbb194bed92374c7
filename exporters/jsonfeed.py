"""Publish records as JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/), one feed a language."""

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from pydantic import Field, model_validator

from exporters.base import Desired, Fields, Listed, Lookup, Remote
from exporters.common.feed import FeedExporter, Held
from exporters.common.html import body
from exporters.common.json_text import MARKER, document, dumps, load, without_empty
from exporters.common.links import Links
from exporters.common.own_kinds import texts
from exporters.common.parts import (
    attachments_of,
    author,
    authors_of,
    banner_url,
    citations_of,
    cleaned,
    elsewhere,
    image_url,
    plain_text,
    published,
    rfc3339,
    species,
    statistic,
    statistics_of,
    tags_of,
    title_of,
    urn_of,
    web_address,
)
from exporters.common.public import shown
from schemas import canonical
from schemas.record import Record
from schemas.report import Report

VERSION = "https://jsonfeed.org/version/1.1"
ABOUT = "docs/channels/jsonfeed.md#the-extension-_leopard"
"""Where Leopard's own documentation describes the extension."""
_BETWEEN = b",\n    {"
"""What parts two items, and can stand nowhere inside one: each is on a line of its own."""


class JsonFeedExporter(FeedExporter):
    """One feed a language. Can be read back, as far as it goes."""

    name = "jsonfeed"
    capabilities = FeedExporter.capabilities.model_copy(update={"lookup": True, "reads": True})

    class Options(FeedExporter.Options):
        path: str = Field(
            pattern=r"[^/]\.json$",
            description="The feed in the site's first language; in others, their tag is put before `.json`",
        )
        page_size: int | None = Field(
            None, ge=1, description="Items in an older page; the feed itself has fewer than twice as many"
        )
        expired: bool = Field(False, description="True for a feed that will never change again")

        @model_validator(mode="after")
        def _all_or_some(self) -> "JsonFeedExporter.Options":
            if self.limit and self.page_size:
                raise ValueError("`limit` leaves older items out, `page_size` keeps them in pages: use one")
            return self

    options: Options

    def describe(self, record: Record, lookup: Lookup) -> Fields:
        return _item(shown(record, lookup), self.links(record, lookup))

    def item(self, fields: Fields, *, first: bool) -> bytes:
        return _on_one_line(canonical.dump(fields), first=first)

    def item_of(self, remote: Listed, *, first: bool) -> bytes:
        return _on_one_line(remote.written.encode(), first=first)

    def piece(self, desired: Desired) -> str | None:
        """Set out for people; in the feed an item stands on one line."""
        return None if desired.kind == "asset" else dumps(desired.fields).decode()

    def whole(self, locale: str, items: Iterable[bytes]) -> Iterator[bytes]:
        return document(self._head(locale), "items", items)

    def pieces(self, locale: str, items: Iterable[bytes]) -> Iterator[tuple[str, Iterable[bytes]]]:
        """The feed, then its older pages, which are numbered from the oldest: news does not move them."""
        size, count = self.options.page_size or 0, self.held.get(locale, Held()).count
        older = max(0, count // size - 1) if size else 0
        if not older:
            yield from super().pieces(locale, items)
            return
        single, length = _split(items), count - older * size
        for page in (None, *range(older, 0, -1)):
            following = older if page is None else page - 1
            head = self._head(locale, page, following)
            yield self._page_name(locale, page), document(head, "items", _joined(islice(single, length)))
            length = size

    def is_ours(self, path: Path, relative: str) -> bool:
        if relative.startswith(f"{self.assets}/"):
            return super().is_ours(path, relative)
        return load(path) is not None

    def remote(self, key: str, locale: str, fields: Fields) -> Remote:
        name = urn_of(f"{key}@{locale}", self.context.site)
        return super().remote(key, locale, fields).model_copy(update={"id": name})

    def read(self) -> Iterator[Remote]:
        for path in self._files():
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

    def _files(self) -> list[Path]:
        ours = re.compile(rf"{re.escape(self.file.stem)}(-\d+)?(\.[a-z]{{2,3}}(-[A-Za-z0-9]+)*)?\.json")
        with self.disk(self.folder, "read"):
            there = sorted(self.folder.iterdir()) if self.folder.exists() else []
            return [path for path in there if ours.fullmatch(path.name) and not path.is_symlink()]

    def _page_name(self, locale: str, page: int | None) -> str:
        """`feed.fr.json`, and of its older pages `feed-7.fr.json`."""
        name = self.document_name(locale)
        return f"{self.file.stem}-{page}{name.removeprefix(self.file.stem)}" if page else name

    def _head(self, locale: str, page: int | None = None, following: int = 0) -> Fields:
        """The members of one page, `following` being the next older; only the feed itself has a hub."""
        site, hub = self.context.site, None if page else self.options.hub
        head = {
            "version": VERSION,
            "title": plain_text(self.title),
            "home_page_url": self.home(locale),
            "feed_url": self.address(self._page_name(locale, page)),
            "next_url": self.address(self._page_name(locale, following)) if following else None,
            "description": plain_text(self.description or ""),
            "language": locale,
            "authors": [{"name": plain_text(site.title), "url": site.url.rstrip("/")}],
            "expired": self.options.expired or None,
            "hubs": [{"type": "WebSub", "url": hub}] if hub else None,
            MARKER: {"about": ABOUT},
        }
        return {name: value for name, value in head.items() if value}


def _on_one_line(written: bytes, *, first: bool) -> bytes:
    return (_BETWEEN[1:] if first else _BETWEEN) + written.removeprefix(b"{")


def _split(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Items one by one, without what parts them, from the bytes that hold them all."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(_BETWEEN)
        yield from whole
    yield rest


def _joined(items: Iterable[bytes]) -> Iterator[bytes]:
    """The items of one page; the very first of all brings its own beginning along."""
    for at, one in enumerate(items):
        yield (_BETWEEN if at else _BETWEEN[1:]) + one.removeprefix(_BETWEEN[1:])


def _item(record: Record, links: Links) -> Fields:
    fields = {
        "id": urn_of(record.ident, links.site),
        "url": web_address(links.site.url_of(record)),
        "external_url": elsewhere(record, links),
        "title": title_of(record),
        "content_html": body(record, links),
        "summary": record.summary,
        "image": web_address(image_url(record, links)),
        "banner_image": web_address(banner_url(record, links)),
        "date_published": rfc3339(published(record, links)),
        "date_modified": rfc3339(record.updated_at),
        "tags": tags_of(record, links),
        "authors": [author(one, links) for one in authors_of(record)],
        "language": record.locale,
        "attachments": attachments_of(record, links),
        MARKER: {
            "about": ABOUT,
            "key": record.key,
            "kind": record.kind,
            "citation": record.citation if isinstance(record, Report) else None,
            "statistics": [statistic(one, links) for one in statistics_of(record)],
            "species": [species(key, links) for key in texts(record, "species")],
            "citations": citations_of(record, links),
        },
    }
    full: Fields = without_empty(cleaned(fields))
    return full if "content_html" in full else {"content_text": full.get("summary", full["title"]), **full}
