"""Pages on the web: those in the configuration, or in a sitemap as far as robots.txt lets us."""

import re
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from schemas.errors import ContentError
from schemas.problems import Origin, Problem
from schemas.record import Path as FieldPath
from sources.base import COMPLETE, Input, Outcome, Reading, SourceContext
from sources.common.page.draft import slug_of
from sources.common.remote import printable, stale
from sources.common.remote_many import Document, Listing, RemoteDocuments
from sources.dialects.html.options import HtmlOptions
from sources.dialects.html.page import Given, PageRecords
from sources.dialects.html.sitemap import Entry, Sitemap, sitemap_of
from transport.addresses import shown, target_of
from transport.fetch import Fetcher, Limits
from transport.kept import Asks, Kept
from transport.robots import Crawler

ONE_PAGE = 120.0
"""Seconds that one page may take."""
MOST_SITEMAPS = 500
ASKED_DAILY = timedelta(hours=24)
"""After this time a page is asked for though its sitemap says that it has not changed."""
_SUFFIX = re.compile(r"\.(?:html?|xhtml|php|aspx?|jsp)$", re.IGNORECASE)


class WebPages(RemoteDocuments):
    """The pages of a source `html` that are on the web."""

    name = "html"
    accept = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"
    wanted = "a web page"
    tells_its_end = False

    options: HtmlOptions

    def __init__(self, options: HtmlOptions, context: SourceContext, default_kind: str) -> None:
        super().__init__(options, context)
        self.pages = PageRecords(options, context, default_kind)

    def fetcher(self) -> Fetcher:
        options = self.options
        limits = Limits(min(options.timeout, ONE_PAGE), int(options.max_size * 1_000_000))
        named = [options.sitemap] if options.sitemap else list(options.urls)
        fetcher = Fetcher(*named, accept=self.accept, limits=limits, rate=options.rate)
        fetcher.hurry(options.timeout)
        return fetcher

    def listing(self, fetcher: Fetcher) -> Listing:
        if self.options.sitemap is None:
            for url in dict.fromkeys(self.options.urls):
                yield Document(url, called(url), fetcher)
            return COMPLETE
        return (yield from self._crawl(self.options.sitemap, fetcher))

    def _crawl(self, start: str, fetcher: Fetcher) -> Listing:
        """Every page that the sitemap, or those below it, list: each address once."""
        crawler = Crawler(fetcher, self.options.rate)
        outcome, waiting, seen = COMPLETE, [start], {start}
        while waiting:
            url = waiting.pop(0)
            listed = self._sitemap(url, fetcher if url == start else crawler)
            while True:
                try:
                    found = next(listed)
                except StopIteration as end:
                    outcome = outcome.worst(end.value)
                    break
                if isinstance(found, Problem):
                    yield found
                    continue
                for entry in found.entries:
                    there = self._there(url, entry)
                    if isinstance(there, Problem):
                        yield there
                        outcome = outcome.worst(Outcome(state="partial", reason=there.message))
                    elif there is not None and there not in seen:
                        seen.add(there)
                        if not found.is_index:
                            yield self._document(there, entry, crawler)
                        elif len(seen) <= MOST_SITEMAPS:
                            waiting.append(there)
        return outcome

    def _sitemap(self, url: str, asks: Asks) -> Generator[Sitemap | Problem, None, Outcome]:
        """One sitemap as it is now, else as it was last, and then partial."""
        shelf, outcome = self.shelf_of(url), COMPLETE
        try:
            kept = shelf.ask(asks)
            found = sitemap_of(shelf.path(kept).read_bytes(), shown(url))
            if kept != shelf.good:
                shelf.approve(kept)
        except ContentError as error:
            yield error.problem
            outcome, good = Outcome(state="partial", reason=error.message), shelf.good
            if good is None:
                return outcome
            yield stale(good)
            found = sitemap_of(shelf.path(good).read_bytes(), shown(url))
        yield found
        return outcome

    def _there(self, sitemap: str, entry: Entry) -> str | Problem | None:
        """The address of an entry; a problem if it leads to a host that nobody named, None if not wanted."""
        try:
            there = urljoin(sitemap, entry.url).partition("#")[0]
            host = target_of(there)[1]
        except (ValueError, ContentError):
            there, host = "", ""
        if host not in (target_of(sitemap)[1], *self.options.hosts):
            message = f"{printable(entry.url)} is on another host, and is not read"
            hint = (
                f"add {printable(host)} to `hosts` of the source if that is right"
                if host
                else "tell its owner"
            )
            origin = Origin(path=shown(sitemap))
            return Problem(code="html.other_host", message=message, hint=hint, origin=origin)
        path = urlsplit(there).path or "/"
        is_wanted = not self.options.under or path.startswith(self.options.under)
        return there if is_wanted or path.endswith((".xml", ".xml.gz")) else None

    def _document(self, url: str, entry: Entry, crawler: Crawler) -> Document:
        good, changed, now = self.shelf_of(url).good, entry.changed_by, datetime.now(UTC)
        is_fresh = (
            good is not None
            and changed is not None
            and good.asked > changed
            and now - good.asked < ASKED_DAILY
        )
        return Document(url, called(url), crawler, is_fresh)

    def _expect(self, path: Path, kept: Kept) -> None:
        """Raises ContentError if what came is no page, or one of somebody else."""
        if kept.media_type and "html" not in kept.media_type and "xml" not in kept.media_type:
            raise _fault(kept, f"it is {printable(kept.media_type)}, and no web page")
        if kept.at is not None and target_of(kept.at)[1] not in self._hosts(kept):
            raise _fault(kept, f"it redirects to another host, {printable(shown(kept.at))}")
        if kept.at is not None and re.search(r"/(?:log-?in|sign-?in|auth)\b", urlsplit(kept.at).path, re.I):
            raise _fault(kept, f"it redirects to a login page, {printable(shown(kept.at))}", "source.login")

    def _hosts(self, kept: Kept) -> tuple[str, ...]:
        return (target_of(kept.url)[1], *self.options.hosts)

    def _given(self, path: Path, name: str, kept: Kept) -> Given:
        address = kept.at or self._urls.get(name, kept.url)
        return Given(
            path.read_bytes(), name, path_name(self._urls.get(name, kept.url)), kept.charset, address
        )

    def records(self, path: Path, part: Input, kept: Kept) -> Reading:
        return (yield from self.pages.read(self._given(path, part.name, kept)))

    def locate(self, origin: Origin, path: FieldPath) -> Origin:
        shelf = self.shelf(origin.path)
        kept = shelf.latest
        if kept is None or not shelf.path(kept).exists():
            return origin
        return self.pages.locate(self._given(shelf.path(kept), origin.path, kept), origin, path)


def called(url: str) -> str:
    """The name of a page as an input: its address; pages of one path differ by their query."""
    query = urlsplit(url).query
    return f"{shown(url)}?{printable(query)}" if query else shown(url)


def path_name(url: str) -> str:
    """What the key of a page is made of: the path of its address, `index` for the first page of a host."""
    parts = urlsplit(url)
    path = _SUFFIX.sub("", parts.path.strip("/"))
    path = path.removesuffix("/index") if path != "index" else path
    names = [slug_of(part) or sha256(part.encode()).hexdigest()[:12] for part in path.split("/") if part]
    if parts.query:
        names.append(slug_of(parts.query) or sha256(parts.query.encode()).hexdigest()[:12])
    return "/".join(names) or "index"


def _fault(kept: Kept, message: str, code: str = "html.not_meant") -> ContentError:
    hint = "correct the address, or take the page out"
    return ContentError(message, code=code, hint=hint, origin=Origin(path=kept.url))
