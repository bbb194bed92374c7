"""Publish records as Atom (RFC 4287), one feed a language."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

from pydantic import Field

from exporters.base import Document, Fields, Listed
from exporters.common.feed import Held, XmlFeedExporter, later, media_content
from exporters.common.parts import plain_text, urn_of
from exporters.common.tombstones import Tombstones
from exporters.common.xml_text import DECLARATION, each, element, parent, start

TYPE = "application/atom+xml"
NAMESPACES = {"xmlns": "http://www.w3.org/2005/Atom", "xmlns:media": "http://search.yahoo.com/mrss/"}
UNDATED = "1970-01-01T00:00:00Z"
"""Atom asks for an instant of every entry; this stands for none, and stays the same."""


class AtomExporter(XmlFeedExporter):
    """One feed a language, for feed readers, libraries and aggregators."""

    name = "atom"
    clock: Callable[[], datetime] = staticmethod(lambda: datetime.now(UTC))
    """When an entry is seen to be gone."""

    class Options(XmlFeedExporter.Options):
        path: str = Field(
            pattern=r"[^/]\.(xml|atom)$",
            description="The feed in the first language; in others, their tag stands before the suffix",
        )

    options: Options
    gone: Tombstones

    def publish(self, remotes: Iterable[Listed], documents: Iterable[Document]) -> Iterator[Document]:
        """As every feed; entries that the last one had and that are gone leave a tombstone (RFC 6721)."""
        with Tombstones.open() as self.gone:
            yield from super().publish(self._kept(remotes), documents)

    def _kept(self, remotes: Iterable[Listed]) -> Iterator[Listed]:
        for remote in remotes:
            self.gone.keep(urn_of(remote.ident, self.context.site))
            yield remote

    def whole(self, locale: str, items: Iterable[bytes]) -> Iterator[bytes]:
        head = "\n  ".join(self._head(locale, self._before(locale)))
        yield f"{DECLARATION}{start('feed', {**NAMESPACES, 'xml:lang': locale})}\n  {head}\n".encode()
        yield from items
        yield from self.gone.written(self.options.limit)
        yield b"</feed>\n"

    def _before(self, locale: str) -> str | None:
        """Look at the feed that will be replaced, if it is ours; returns its id, which stays."""
        name = self.document_name(locale)
        path = self.place(name)
        with self.disk(path, "read"):
            if path.is_symlink() or not path.is_file() or not self.is_ours(path, name):
                self.gone.forget()
                return None
            return self.gone.look(path, self.clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))

    def _head(self, locale: str, name: str | None) -> Iterator[str]:
        site, address = self.context.site, self.address(self.document_name(locale))
        yield self.marker.decode()
        yield element("id", name or urn_of(f"{self.context.name}@{locale}", site))
        yield element("title", plain_text(self.title))
        if self.description:
            yield element("subtitle", plain_text(self.description))
        newest = later(self.held.get(locale, Held()).newest, self.gone.latest())
        yield element("updated", newest or UNDATED)
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
