"""An API over HTTP that answers in JSON: its items by configuration, page by page."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from slugify import slugify

from schemas.problems import Origin, Problem
from sources.base import Raw
from sources.common.harvest import Gathered, HarvestSource
from sources.common.marks import Mark, earlier, instant
from sources.common.remote import printable
from sources.common.state import Draft, Facts, Kept
from sources.dialects.http.auth import Credentials
from sources.dialects.http.options import HttpOptions
from sources.dialects.http.pages import MISSING, Pages, at


class HttpSource(HarvestSource):
    """An API that answers in JSON: a list of items, perhaps in pages. Each item is a record.

    Its name is what `id` says. All pages have to come; if one does not, the last good state is used.
    """

    name = "http"

    class Options(HttpOptions, HarvestSource.Options):
        pass

    options: Options

    def gather(self, draft: Draft, known: Facts | None) -> Gathered:
        options = self.options
        is_due = self.is_due(known, datetime.now(UTC))
        mark = known.mark if known is not None and options.since and not is_due else None
        more = {options.since: earlier(mark, options.lag)} if options.since and mark is not None else {}
        credentials = Credentials(options, self.context.root)
        named = [options.token_url] if options.token_url else []
        fetcher = self.fetcher(*named, credentials=credentials.headers)
        credentials.fetcher = fetcher
        pages, count, total = Pages(options, fetcher, credentials), 0, None
        try:
            for page in pages.walk(more):
                count += 1
                total = page.total
                for number, item in enumerate(page.items, 1):
                    draft.put(self._name(item, count, number, pages), item)
        finally:
            fetcher.close()
        if total is not None and len(draft) != total:
            message = f"it says that there are {total} items, and gave {len(draft)}"
            raise pages.error("api.short", message, "try again; the list may have changed meanwhile")
        if more:
            return Gathered("stay", is_sweep=False)
        return Gathered("go_twice" if count > 1 else "go")

    def latest(self, draft: Draft) -> Mark | None:
        """The latest time of change; None if any item has none, for then nothing less than all will do."""
        if self.options.changed is None:
            return None
        latest: tuple[float, Mark | None] = (float("-inf"), None)
        for item in draft.items():
            mark = at(item, self.options.changed)
            when = instant(mark)
            if when is None:
                return None
            latest = max(latest, (when, mark), key=lambda one: one[0])
        return latest[1]

    def records(self, name: str, item: Any, place: Origin, kept: Kept) -> Iterator[Raw | Problem]:
        yield self._record(name, item, place)

    def _record(self, name: str, item: Any, place: Origin) -> Raw | Problem:
        slug = slugify(name)
        if not slug:
            message = f"the id {printable(name)!r} has no letters or digits"
            hint = "let `id` name another field"
            return Problem(code="api.item", message=message, hint=hint, origin=place)
        if not self.options.fields:
            return Raw(dict(item), place, slug)
        found = {field: at(item, path) for field, path in self.options.fields.items()}
        return Raw({k: v for k, v in found.items() if v is not MISSING and v is not None}, place, slug)

    def _name(self, item: Any, page: int, number: int, pages: Pages) -> str:
        found = at(item, self.options.id) if isinstance(item, dict) else MISSING
        if isinstance(found, bool) or not isinstance(found, str | int) or found == "":
            message = f"item {number} of page {page} has no `{self.options.id}`"
            raise pages.error("api.item", message, "let `id` name what identifies an item")
        return str(found)
