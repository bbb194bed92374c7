"""List the addresses of records for search engines (https://www.sitemaps.org/protocol.html, version 0.9)."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar
from urllib.parse import quote, urlsplit

from pydantic import Field

from exporters.base import Capabilities, Fields, Lookup
from exporters.common.documents import DocumentExporter
from exporters.common.json_text import without_empty
from exporters.common.parts import plain_text
from exporters.common.public import shown
from exporters.common.xml_text import DECLARATION, allowed, element, start
from schemas.asset import Asset, Attachment
from schemas.base import RichText
from schemas.errors import Unsupported
from schemas.record import Record, references
from schemas.walk import find

NAMESPACES = {
    "xmlns": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "xmlns:xhtml": "http://www.w3.org/1999/xhtml",
    "xmlns:image": "http://www.google.com/schemas/sitemap-image/1.1",
    "xmlns:news": "http://www.google.com/schemas/sitemap-news/0.9",
}
MARK = "<!-- leopard:sitemap -->\n"
MOST_IMAGES = 1_000
LONGEST_ADDRESS = 2_047
"""Characters."""
_SHOWN = re.compile(r'\bsrc="(asset:[^"]+)"')
_LASTMOD = re.compile(rb"<lastmod>([^<]+)</lastmod>")


class SitemapExporter(DocumentExporter):
    """An index and its parts, `sitemap-1.xml` and so on. An empty sitemap is not valid, so there is none."""

    name = "sitemap"
    capabilities = Capabilities(reads=False, delete=True, locales=True, document=True)
    marker = MARK.encode()
    each_language = False
    most: ClassVar[int] = 50_000
    """Addresses in one document."""
    most_news: ClassVar[int] = 1_000
    largest: ClassVar[int] = 52_428_800
    """Bytes of one document."""

    class Options(DocumentExporter.Options):
        path: str = Field(
            pattern=r"[^/]\.xml$", description="The index; its parts stand beside it as `…-1.xml`, `…-2.xml`"
        )
        kinds: tuple[str, ...] | None = Field(
            ("page", "article", "report", "species", "topic"),
            description="Kinds that have a page of their own",
        )
        images: str | None = Field(
            None,
            pattern=r"^https?://[^\s/]+(/[^\s]*)?$",
            description="Address of the folder where another channel puts images; without it, only those"
            " that have an address of their own are listed",
        )
        news: bool = Field(
            False, description="Say of articles what news search needs; for a sitemap of the last two days"
        )

    options: Options

    def describe(self, record: Record, lookup: Lookup) -> Fields:
        seen = shown(record, lookup)
        fields = {
            "url": self._address(seen),
            "lastmod": _instant(seen.published_at, seen.embargo_until, seen.updated_at),
            "alternates": self._alternates(seen, lookup),
            "images": list(self._images(seen, lookup)),
            "news": self._news(seen) if self.options.news and seen.kind == "article" else None,
        }
        full: Fields = without_empty(fields)
        return full

    def item(self, fields: Fields, *, first: bool) -> bytes:
        """One `url` element on one line, so that a part can be filled line by line."""
        parts = [element("loc", fields["url"])]
        parts += [element("lastmod", fields["lastmod"])] if "lastmod" in fields else []
        for tag, url in fields.get("alternates", ()):
            parts.append(element("xhtml:link", "", {"rel": "alternate", "hreflang": tag, "href": url}))
        parts += [
            f"<image:image>{element('image:loc', url)}</image:image>" for url in fields.get("images", ())
        ]
        if news := fields.get("news"):
            parts.append(_news_element(news, self.context.site.title))
        return f"<url>{''.join(parts)}</url>\n".encode()

    def whole(self, locale: str, items: Iterable[bytes]) -> Iterator[bytes]:
        """One part."""
        yield _head("urlset", NAMESPACES)
        yield from items
        yield b"</urlset>\n"

    def pieces(self, locale: str, items: Iterable[bytes]) -> Iterator[tuple[str, Iterable[bytes]]]:
        listed: list[bytes] = []
        lines = _Lines(items)
        most = self.most_news if self.options.news else self.most
        while not lines.at_end:
            part = _Part(lines, most, self.largest - len(b"".join(self.whole(locale, ()))))
            name = f"{self.file.stem}-{len(listed) + 1}{self.file.suffix}"
            yield name, self.whole(locale, part)
            when = element("lastmod", part.lastmod) if part.lastmod else ""
            listed.append(f"<sitemap>{element('loc', _uri(self.address(name)))}{when}</sitemap>\n".encode())
        if listed:
            head = _head("sitemapindex", {"xmlns": NAMESPACES["xmlns"]})
            yield self.document_name(locale), [head, *listed, b"</sitemapindex>\n"]

    def _address(self, record: Record) -> str:
        if not record.slug:
            raise Unsupported(f"{record.key} has no slug, and so no address")
        url = _uri(self.context.site.url_of(record))
        if len(url) > LONGEST_ADDRESS:
            raise Unsupported(f"the address of {record.key} is longer than {LONGEST_ADDRESS} characters")
        return url

    def _alternates(self, record: Record, lookup: Lookup) -> list[list[str]]:
        """Each language with its address, this one too; then the address for all other readers."""
        site, known = self.context.site, {record.locale: record}
        for tag in record.alternates:
            other = lookup.get(record.key, tag)
            if other is not None and other.locale == tag and other.slug:
                known[tag] = other
        published = self.options.locales or site.languages
        found = [[tag, self._address(known[tag])] for tag in published if tag in known]
        if len(found) < 2:
            return []
        default = dict(found).get(site.default_locale, found[0][1])
        return [*found, ["x-default", default]]

    def _images(self, record: Record, lookup: Lookup) -> Iterator[str]:
        keys = [key for _, mark, key in references(record) if mark.kinds == ("asset",)]
        keys += [key for _, rich in find(record, RichText) for key in _SHOWN.findall(rich.text)]
        assets = (lookup.get(key, record.locale) for key in dict.fromkeys(keys))
        urls = (self.asset_url(asset) for asset in assets if isinstance(asset, Asset) and _is_image(asset))
        yield from list(dict.fromkeys(_uri(url) for url in urls if url))[:MOST_IMAGES]

    def asset_url(self, asset: Asset) -> str | None:
        return self.asset_elsewhere(asset, self.options.images)

    def _news(self, record: Record) -> Fields | None:
        at = record.published_at or record.embargo_until
        when, title = _instant(at), allowed(" ".join(plain_text(record.title).split()))
        return (
            {"language": _language(record.locale), "date": when, "title": title} if when and title else None
        )


def _is_image(asset: Asset) -> bool:
    """Is it seen on a page? What is only to be downloaded is not."""
    return not isinstance(asset, Attachment) and (asset.media_type or "image/").startswith("image/")


@dataclass
class _Lines:
    """Pieces of a text, line by line."""

    pieces: Iterable[bytes]

    def __post_init__(self) -> None:
        self._lines = self._read()
        self.next = next(self._lines, None)

    @property
    def at_end(self) -> bool:
        return self.next is None

    def take(self) -> bytes:
        line, self.next = self.next, next(self._lines, None)
        return line or b""

    def _read(self) -> Iterator[bytes]:
        rest = b""
        for piece in self.pieces:
            *lines, rest = (rest + piece).split(b"\n")
            yield from (line + b"\n" for line in lines)


class _Part:
    """The lines of one document: as many as it may have. `lastmod` is known when all are taken."""

    def __init__(self, lines: _Lines, most: int, size: int) -> None:
        self.lines, self.most, self.size = lines, most, size
        self.lastmod: str | None = None

    def __iter__(self) -> Iterator[bytes]:
        count, left = 0, self.size
        while self.lines.next is not None and count < self.most:
            if count and len(self.lines.next) > left:
                return
            line = self.lines.take()
            count, left = count + 1, left - len(line)
            found = _LASTMOD.search(line)
            self.lastmod = max(filter(None, (self.lastmod, found and found[1].decode())), default=None)
            yield line


def _head(name: str, namespaces: dict[str, str]) -> bytes:
    return f"{DECLARATION}{MARK}{start(name, namespaces)}\n".encode()


def _news_element(news: Fields, publication: str) -> str:
    named = element("news:name", plain_text(publication)) + element("news:language", news["language"])
    dated = element("news:publication_date", news["date"]) + element("news:title", news["title"])
    return f"<news:news><news:publication>{named}</news:publication>{dated}</news:news>"


def _instant(*instants: datetime | None) -> str | None:
    """The latest instant in UTC (W3C date and time format), so that text order is time order."""
    known = [at.astimezone(UTC) for at in instants if at is not None]
    return max(known).isoformat(timespec="seconds").replace("+00:00", "Z") if known else None


def _language(tag: str) -> str:
    """A language as news search wants it: ISO 639, but Chinese by its script."""
    parts = tag.split("-")
    if parts[0] != "zh":
        return parts[0]
    return "zh-tw" if {"Hant", "TW", "HK", "MO"} & set(parts) else "zh-cn"


def _uri(address: str) -> str:
    """An address in ASCII (RFC 3986): international host names and paths are encoded."""
    parts = urlsplit(allowed(address))
    try:
        host = parts.netloc.encode("idna").decode()
    except UnicodeError:
        host = quote(parts.netloc, safe=":@[]%")
    rest = {name: quote(getattr(parts, name), safe="/:@!$&'()*+,;=~?%") for name in ("path", "query")}
    return parts._replace(netloc=host, fragment="", **rest).geturl()
