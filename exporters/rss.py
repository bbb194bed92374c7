"""Publish records as RSS 2.0 (https://www.rssboard.org/rss-specification), one feed a language."""

from collections.abc import Iterable, Iterator
from html import escape

from pydantic import Field

from exporters.base import Fields
from exporters.common.feed import Held, XmlFeedExporter, media_content
from exporters.common.parts import plain_text, rfc822
from exporters.common.xml_text import DECLARATION, each, element, parent, start

TYPE = "application/rss+xml"
NAMESPACES = {
    "version": "2.0",
    "xmlns:atom": "http://www.w3.org/2005/Atom",
    "xmlns:content": "http://purl.org/rss/1.0/modules/content/",
    "xmlns:dc": "http://purl.org/dc/elements/1.1/",
    "xmlns:media": "http://search.yahoo.com/mrss/",
}
UNKNOWN_SIZE = 0
"""What the RSS Advisory Board's best practices ask for where the size of a file is not known."""


class RssExporter(XmlFeedExporter):
    """One feed a language, for feed readers, newsletters and aggregators."""

    name = "rss"

    class Options(XmlFeedExporter.Options):
        path: str = Field(
            pattern=r"[^/]\.(xml|rss)$",
            description="The feed in the first language; in others, their tag stands before the suffix",
        )

    options: Options

    def whole(self, locale: str, items: Iterable[bytes]) -> Iterator[bytes]:
        head = "\n    ".join(self._head(locale))
        yield f"{DECLARATION}{start('rss', NAMESPACES)}\n  <channel>\n    {head}\n".encode()
        yield from items
        yield b"  </channel>\n</rss>\n"

    def _head(self, locale: str) -> Iterator[str]:
        newest = self.held.get(locale, Held()).newest
        address = self.address(self.document_name(locale))
        yield self.marker.decode()
        yield element("title", plain_text(self.title))
        yield element("link", self.home(locale))
        yield element("description", escape(plain_text(self.description or self.title), quote=False))
        yield element("language", locale)
        yield from each("lastBuildDate", [rfc822(newest)])
        yield element("atom:link", attributes={"rel": "self", "type": TYPE, "href": address})
        if self.options.hub:
            yield element("atom:link", attributes={"rel": "hub", "href": self.options.hub})

    def written(self, entry: Fields) -> str:
        return f"    {parent('item', _item(entry), depth=2)}"


def _item(fields: Fields) -> Iterator[str]:
    """The elements of an item; what is plain text elsewhere is HTML in a description."""
    get = fields.get
    yield element("title", fields["title"])
    yield from each("link", [get("url")])
    yield element("guid", fields["id"], {"isPermaLink": "false"})
    yield from each("pubDate", [rfc822(get("published"))])
    yield from each("dc:creator", [author["name"] for author in get("authors", ())])
    yield from each("dc:rights", [get("rights")])
    yield from each("category", get("tags", ()))
    yield from each("description", [escape(get("summary", ""), quote=False)])
    yield from each("content:encoded", [get("content_html")])
    yield from _media(fields)


def _media(fields: Fields) -> Iterator[str]:
    """An item has one enclosure at most, its first file; the others are media, as the image is."""
    files = fields.get("files", [])
    for one in files[:1]:
        size = one.get("size_in_bytes", UNKNOWN_SIZE)
        yield element("enclosure", attributes={"url": one["url"], "length": size, "type": one["mime_type"]})
    for one in files[1:]:
        yield media_content(one, "document")
    if "image" in fields:
        yield media_content(fields["image"], "image")
