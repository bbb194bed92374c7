"""What feeds share: one document a language with the newest first, and a hub that is told of its changes."""

import re
from abc import abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from html import unescape

from pydantic import Field

from exporters.base import ChannelContext, Desired, Document, Fields, Listed, Lookup
from exporters.common import websub
from exporters.common.documents import DocumentExporter
from exporters.common.html import body
from exporters.common.json_text import without_empty
from exporters.common.links import Links
from exporters.common.parts import (
    attachments_of,
    author,
    authors_of,
    cleaned,
    elsewhere,
    image_of,
    media,
    published,
    rfc3339,
    rights_of,
    tags_of,
    title_of,
    urn_of,
    web_address,
)
from exporters.common.public import shown
from exporters.common.xml_text import element, start
from schemas.record import Record

_TEXT = re.compile(r"<(content:encoded|content|description|summary)(?: [^>]*)?>([^<]*)</")
_TEXTS = ("content:encoded", "content", "description", "summary")
"""Elements that hold the text of an item, the whole one first."""


@dataclass(frozen=True)
class Held:
    """What must be known of a feed's items before its first line is written."""

    count: int = 0
    newest: str | None = None
    """The latest of their members `updated` (RFC 3339)."""


@dataclass(frozen=True)
class FeedLinks(Links):
    """Links as they are followed away from the record's own page."""

    page: str

    def absolute(self, address: str) -> str:
        return f"{self.page}{address}" if address.startswith("#") else super().absolute(address)


class FeedExporter(DocumentExporter):
    """A feed a language. Nothing in it comes from the clock: the same items give the same bytes."""

    class Options(DocumentExporter.Options):
        kinds: tuple[str, ...] | None = Field(("article", "page", "report"), description="Kinds in the feed")
        title: str | None = Field(None, min_length=1, description="By default the site's title")
        description: str | None = Field(None, description="By default the site's description")
        hub: str | None = Field(
            None, pattern=websub.HUB, description="WebSub hub that is named in the feed and told of changes"
        )

    options: Options

    def __init__(self, options: Options, context: ChannelContext) -> None:
        super().__init__(options, context)
        self.held: dict[str, Held] = {}

    def links(self, record: Record, lookup: Lookup) -> Links:
        site = self.context.site
        return FeedLinks(site, lookup, record.locale, self.asset_url, site.url_of(record))

    def publish(self, remotes: Iterable[Listed], documents: Iterable[Document]) -> Iterator[Document]:
        """As every document; then the hub is told which feeds are not what they were."""
        last = tuple(documents)
        before = {document.path: document.digest for document in last}
        changed = set()
        self.held = {}
        for document in super().publish(self._noted(remotes), last):
            if document.digest != before.get(document.path):
                changed.add(document.path)
            yield document
        if self.options.hub and (
            topics := [self.address(name) for name in self._topics() if name in changed]
        ):
            self.problems += websub.ping(self.options.hub, topics)

    def _noted(self, remotes: Iterable[Listed]) -> Iterator[Listed]:
        for remote in remotes:
            held = self.held.get(remote.locale, Held())
            if not remote.key.startswith("asset:") and held.count != self.options.limit:
                newest = later(held.newest, self.updated(remote))
                self.held[remote.locale] = Held(held.count + 1, newest)
            yield remote

    def updated(self, remote: Listed) -> str | None:
        """When an item was last changed (RFC 3339), for feeds that say so of themselves."""
        return None

    def _topics(self) -> list[str]:
        """Names of the documents that people subscribe to."""
        locales = dict.fromkeys((*(self.options.locales or self.context.site.languages), *self.held))
        return [self.document_name(locale) for locale in locales]

    @property
    def title(self) -> str:
        return self.options.title or self.context.site.title

    @property
    def description(self) -> str | None:
        return self.options.description or self.context.site.description

    def home(self, locale: str) -> str:
        """The address of the site in a language."""
        site = self.context.site
        home = site.url.rstrip("/")
        return home if locale == site.default_locale else f"{home}/{locale}"


class XmlFeedExporter(FeedExporter):
    """What RSS and Atom share: the same items in other words."""

    marker = b"<generator>Leopard</generator>"

    @property
    def assets(self) -> str:
        return f"{self.file.name.replace('.', '-')}-assets"

    @abstractmethod
    def written(self, entry: Fields) -> str:
        """An item in XML, from what `_entry` gives."""

    def describe(self, record: Record, lookup: Lookup) -> Fields:
        entry = _entry(shown(record, lookup), self.links(record, lookup))
        known: Fields = {name: entry[name] for name in ("title", "url", "updated") if name in entry}
        return {**known, "xml": self.written(entry)}

    def updated(self, remote: Listed) -> str | None:
        found: str | None = remote.fields.get("updated")
        return found

    def item(self, fields: Fields, *, first: bool) -> bytes:
        return f"{fields['xml']}\n".encode()

    def seen(self, desired: Desired) -> Fields:
        """The text of an item as a feed reader takes it out of the XML; where it has none, its summary."""
        texts = {name: unescape(text) for name, text in _TEXT.findall(desired.fields.get("xml", ""))}
        found = next((texts[name] for name in _TEXTS if texts.get(name)), None)
        return desired.fields if found is None else {"text": found}


def _entry(record: Record, links: Links) -> Fields:
    """A record as an item of any feed, without what is empty."""
    image = image_of(record, links)
    at = published(record, links)
    entry = {
        "id": urn_of(record.ident, links.site),
        "url": web_address(links.site.url_of(record)),
        "external_url": elsewhere(record, links),
        "title": title_of(record),
        "summary": record.summary,
        "content_html": body(record, links),
        "published": rfc3339(at),
        "updated": rfc3339(max((one for one in (at, record.updated_at) if one), default=None)),
        "tags": tags_of(record, links),
        "authors": [one for one in (author(by, links) for by in authors_of(record)) if one["name"]],
        "rights": rights_of(record),
        "files": attachments_of(record, links),
        "image": media(image, links) if image and links.asset_url(image) else None,
    }
    full: Fields = without_empty(cleaned(entry))
    return full


def media_content(one: Fields, medium: str) -> str:
    """A file as Media RSS 1.5.1 describes it, on one line."""
    known = {
        "url": one["url"],
        "fileSize": one.get("size_in_bytes"),
        "type": one.get("mime_type"),
        "medium": medium,
        "width": one.get("width"),
        "height": one.get("height"),
    }
    words = {
        "media:title": one.get("title"),
        "media:description": one.get("alt"),
        "media:credit": one.get("credit"),
    }
    inner = "".join(element(name, text) for name, text in words.items() if text)
    return f"{start('media:content', known)}{inner}</media:content>"


def later(one: str | None, other: str | None) -> str | None:
    """The later of two instants, whatever their offsets."""
    if one is None or other is None:
        return one or other
    return max(one, other, key=datetime.fromisoformat)
