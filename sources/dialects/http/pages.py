"""The pages of an API, one after the other, until there is none; what turns in circles is stopped."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from requests.utils import parse_header_links

from schemas.errors import ContentError
from schemas.problems import Origin
from sources.common.json_answers import same_host, understood, with_query
from sources.dialects.http.auth import Credentials
from sources.dialects.http.options import HttpOptions
from transport.addresses import shown
from transport.fetch import Fetcher
from transport.session import said

MAX_PAGES = 10_000
MISSING = object()


@dataclass(frozen=True)
class Page:
    """The items of one page, how many there are in all as far as is said, and where the next one is."""

    items: list[Any]
    total: int | None
    next: str | None


def at(value: Any, path: str | None) -> Any:
    """What is at a path inside JSON values; MISSING if there is nothing."""
    for name in path.split(".") if path else ():
        if isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        elif isinstance(value, dict) and name in value:
            value = value[name]
        else:
            return MISSING
    return value


class Pages:
    """All pages of one harvest. Each failure is a ContentError, and then nothing of the harvest counts."""

    def __init__(self, options: HttpOptions, fetcher: Fetcher, credentials: Credentials) -> None:
        self.options, self.fetcher, self.credentials = options, fetcher, credentials
        self.where = shown(options.url)

    def walk(self, more: Mapping[str, str]) -> Iterator[Page]:
        """Every page; `more` are parameters for this harvest."""
        options, number, count = self.options, self.options.first_page, 0
        start = {**options.parameters, **more}
        if options.paging in ("page", "offset"):
            start[self._parameter] = str(number if options.paging == "page" else 0)
        url: str | None = with_query(options.url, start)
        seen: set[str] = set()
        before: list[Any] | None = None
        while url is not None:
            if url in seen or len(seen) >= MAX_PAGES:
                raise self.error(
                    "api.cycle", f"its pages do not come to an end; page {len(seen) + 1} was there before"
                )
            seen.add(url)
            page = self._page(url)
            if page.items and page.items == before:
                message = f"page {len(seen)} is the same as the one before"
                raise self.error("api.cycle", message, "check `paging` and `page_parameter`")
            before, count, number = page.items, count + len(page.items), number + 1
            yield page
            is_end = not page.items or (page.total is not None and count >= page.total)
            match options.paging:
                case "page" | "offset":
                    step = number if options.paging == "page" else count
                    url = None if is_end else with_query(url, {self._parameter: str(step)})
                case _:
                    url = page.next

    @property
    def _parameter(self) -> str:
        return self.options.page_parameter or self.options.paging

    def _page(self, url: str) -> Page:
        try:
            answer = self.fetcher.get(url, b"".join)
        except ContentError as error:
            if error.code != "fetch.auth" or not self.credentials.forget():
                raise
            answer = self.fetcher.get(url, b"".join)
        found = understood(answer, self.where)
        items = at(found, self.options.items)
        if not isinstance(items, list):
            raise self._shapeless(found)
        return Page(items, self._total(found, answer.headers), self._next(url, found, answer.headers))

    def _shapeless(self, found: Any) -> ContentError:
        place = f"no list at `{self.options.items}`" if self.options.items else "no list"
        told = f": {said(found)}" if isinstance(found, dict) and found.get("message") else ""
        names = (
            f"; it has {', '.join(sorted(map(str, found))[:8])}" if isinstance(found, dict) and found else ""
        )
        hint = f"correct `items`{names}"
        return self.error("api.shape", f"there is {place} in its answer{told}", hint)

    def _total(self, found: Any, headers: Mapping[str, str]) -> int | None:
        """How many there are in all. Raises ContentError if that should be said and is not."""
        name = self.options.total
        if name is None:
            return None
        value = headers.get(name, at(found, name))
        try:
            return int(value)
        except (TypeError, ValueError):
            raise self.error("api.shape", f"its answer does not say `{name}`", "correct `total`") from None

    def _next(self, url: str, found: Any, headers: Mapping[str, str]) -> str | None:
        if self.options.paging == "link":
            links = parse_header_links(headers.get("Link", ""))
            to = next((one["url"] for one in links if "next" in one.get("rel", "").lower().split()), None)
            return same_host(url, to) if to is not None else None
        if self.options.paging != "cursor":
            return None
        cursor = at(found, self.options.next)
        if cursor is MISSING or cursor is None or cursor is False or cursor == "":
            return None
        if not isinstance(cursor, str | int):
            raise self.error("api.shape", f"`{self.options.next}` is no cursor", "correct `next`")
        if isinstance(cursor, str) and cursor.startswith(("http://", "https://", "/", "?")):
            return same_host(url, cursor)
        return with_query(url, {self._parameter: str(cursor)})

    def error(self, code: str, message: str, hint: str = "check `paging`") -> ContentError:
        return ContentError(f"{self.where}: {message}", code=code, hint=hint, origin=Origin(path=self.where))
