"""An API over HTTP that answers in JSON: its items by configuration, page by page."""

from collections.abc import Mapping
from typing import Any

from slugify import slugify

from schemas.problems import Origin, Problem
from sources.base import COMPLETE, Outcome, Raw, Reading, SourceContext
from sources.common.api import Collected, Harvest, RemoteApi
from sources.common.marks import Mark, earlier, instant
from sources.common.remote import harmless, printable
from sources.dialects.http.auth import Credentials
from sources.dialects.http.options import HttpOptions
from sources.dialects.http.pages import MISSING, Pages, at
from transport.fetch import Fetcher, Headers


class HttpSource(RemoteApi):
    """An API that answers in JSON: a list of items, perhaps in pages. Each item is a record.

    Its name is what `id` says. All pages have to come; if one does not, the last good state is used.
    """

    name = "http"

    class Options(HttpOptions):
        pass

    options: Options

    def __init__(self, options: Any, context: SourceContext) -> None:
        super().__init__(options, context)
        self._credentials = Credentials(self.options, context.root)

    def headers(self) -> Headers:
        return self._credentials.headers

    def named(self) -> tuple[str, ...]:
        options = self.options
        return (options.url, *([options.token_url] if options.token_url else []))

    def records(self, harvest: Harvest) -> Reading:
        return (yield from harmless(self._records(harvest)))

    def _records(self, harvest: Harvest) -> Reading:
        outcome = COMPLETE
        for name, item in harvest.items.items():
            found = self._record(name, item)
            if isinstance(found, Problem):
                outcome = Outcome(state="partial", reason=f"{self.where}: {found.message}")
            yield found
        return outcome

    def _record(self, name: str, item: Any) -> Raw | Problem:
        origin = Origin(path=self.where, within=f"item {printable(name)}")
        slug = slugify(name)
        if not slug:
            message, hint = (
                f"the id {printable(name)!r} has no letters or digits",
                "let `id` name another field",
            )
            return Problem(code="api.item", message=message, hint=hint, origin=origin)
        if not self.options.fields:
            return Raw(dict(item), origin, slug)
        found = {field: at(item, path) for field, path in self.options.fields.items()}
        return Raw({k: v for k, v in found.items() if v is not MISSING and v is not None}, origin, slug)

    def collect(self, fetcher: Fetcher, since: Mark | None) -> Collected:
        options = self.options
        more = {options.since: earlier(since, options.lag)} if options.since and since is not None else {}
        self._credentials.fetcher = fetcher
        pages, items, count, total = Pages(options, fetcher, self._credentials), dict[str, Any](), 0, None
        for page in pages.walk(more):
            count += 1
            total = page.total
            for number, item in enumerate(page.items, 1):
                items[self._name(item, count, number)] = item
        if total is not None and len(items) != total:
            message = f"it says that there are {total} items, and gave {len(items)}"
            raise self.error("api.short", message, "try again; the list may have changed meanwhile")
        return Collected(items, is_one=count <= 1)

    def _name(self, item: Any, page: int, number: int) -> str:
        found = at(item, self.options.id) if isinstance(item, dict) else MISSING
        if isinstance(found, bool) or not isinstance(found, str | int) or found == "":
            message = f"item {number} of page {page} has no `{self.options.id}`"
            raise self.error("api.item", message, "let `id` name what identifies an item")
        return str(found)

    def latest(self, items: Mapping[str, Any]) -> Mark | None:
        """The latest time of change; None if any item has none, for then nothing less than all will do."""
        if self.options.changed is None or self.options.since is None:
            return None
        marks = [at(item, self.options.changed) for item in items.values()]
        if any(instant(mark) is None for mark in marks):
            return None
        found: Mark | None = max(marks, key=lambda mark: instant(mark) or 0.0, default=None)
        return found
