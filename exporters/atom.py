"""Publish records as Atom (RFC 4287), one feed a language."""

from collections.abc import Iterable, Iterator

from pydantic import Field

from exporters.base import Fields
from exporters.feed import Held, XmlFeedExporter, media_content
from exporters.parts import plain_text, urn_of
from exporters.xml_text import DECLARATION, each, element, parent, start

TYPE = "application/atom+xml"
NAMESPACES = {"xmlns": "http://www.w3.org/2005/Atom", "xmlns:media": "http://search.yahoo.com/mrss/"}
UNDATED = "1970-01-01T00:00:00Z"
"""Atom asks for an instant of every entry; this stands for none, and stays the same."""


class AtomExporter(XmlFeedExporter):
    """One feed a language, for feed readers, libraries and aggregators."""

    name = "atom"

    class Options(XmlFeedExporter.Options):
        path: str = Field(
            pattern=r"[^/]\.(xml|atom)$",
            description="The feed in the first language; in others, their tag stands before the suffix",
        )

    options: Options

    def whole(self, locale: str, items: Iterable[bytes]) -> Iterator[bytes]:
        head = "\n  ".join(self._head(locale))
        yield f"{DECLARATION}{start('feed', {**NAMESPACES, 'xml:lang': locale})}\n  {head}\n".encode()
        yield from items
        yield b"</feed>\n"

    def _head(self, locale: str) -> Iterator[str]:
        site, address = self.context.site, self.address(self.document_name(locale))
        yield self.marker.decode()
        yield element("id", urn_of(f"{self.context.name}@{locale}"))
        yield element("title", plain_text(self.title))
        if self.description:
            yield element("subtitle", plain_text(self.description))
        yield element("updated", self.held.get(locale, Held()).newest or UNDATED)
        yield _link("self", address, type=TYPE)
        yield _link("alternate", self.home(locale), type="text/html")
        if self.options.hub:
            yield _link("hub", self.options.hub)
        yield _person({"name": plain_text(site.title), "url": site.url.rstrip("/")}, depth=1)

    def written(self, entry: Fields) -> str:
        return f"  {parent('entry', _entry(entry), depth=1)}"


def _entry(fields: Fields) -> Iterator[str]:
    """The elements of an entry; one without authors has those of the feed (RFC 4287, 4.2.1)."""
    get = fields.get
    yield element("id", fields["id"])
    yield element("title", fields["title"])
    yield from _links(fields)
    yield from each("published", [get("published")])
    yield element("updated", get("updated", UNDATED))
    yield from (_person(author, depth=2) for author in get("authors", ()))
    yield from (element("category", attributes={"term": tag}) for tag in get("tags", ()))
    yield from each("rights", [get("rights")])
    yield from each("summary", [get("summary")])
    if "content_html" in fields:
        yield element("content", fields["content_html"], {"type": "html"})
    if "image" in fields:
        yield media_content(fields["image"], "image")


def _links(fields: Fields) -> Iterator[str]:
    if "url" in fields:
        yield _link("alternate", fields["url"], type="text/html")
    if "external_url" in fields:
        yield _link("related", fields["external_url"])
    for one in fields.get("files", ()):
        more = {"type": one["mime_type"], "length": one.get("size_in_bytes"), "title": one.get("title")}
        yield _link("enclosure", one["url"], **more)


def _link(rel: str, href: str, **more: object) -> str:
    return element("link", attributes={"rel": rel, "href": href, **more})


def _person(author: Fields, depth: int) -> str:
    parts = [element("name", author["name"])]
    if author.get("url"):
        parts.append(element("uri", author["url"]))
    return parent("author", parts, depth=depth)
