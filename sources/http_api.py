"""An API over HTTP that answers in JSON: its items by configuration, page by page."""

import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from slugify import slugify

from schemas import canonical
from schemas.errors import ConfigError, ContentError
from schemas.problems import Origin, Problem
from sources.base import COMPLETE, Input, Inputs, Outcome, Raw, Reading, Source, SourceContext
from sources.common.remote import FOLDER, ONE_RUN, harmless, printable
from sources.dialects.http.auth import Credentials
from sources.dialects.http.marks import Mark, earlier, instant
from sources.dialects.http.options import HttpOptions
from sources.dialects.http.pages import MISSING, Pages, at
from transport.addresses import shown
from transport.fetch import Fetcher, Limits
from transport.files import write_atomic


class Harvest(BaseModel):
    """All items that the API gave, as they are known now; the last good state."""

    items: dict[str, Any] = {}
    digest: str = ""
    changed: datetime
    """When `items` became what it is."""
    swept: datetime
    """When everything was asked for."""
    asked: datetime
    mark: Mark | None = None
    """The latest change that was seen."""
    missing: list[str] = []
    """Items that the latest sweep of several pages did not list; if the next does neither, they are gone."""


class HttpSource(Source):
    """An API that answers in JSON: a list of items, perhaps in pages. Each item is a record.

    Its name is what `id` says. All pages have to come; if one does not, the last good state is used.
    """

    name = "http"

    class Options(HttpOptions):
        pass

    options: Options

    def __init__(self, options: Any, context: SourceContext) -> None:
        super().__init__(options, context)
        self.where = shown(self.options.url)
        self._asked: tuple[float, Harvest | None, Exception | None] = (0.0, None, None)

    def inputs(self) -> Inputs:
        harvest, error = self._ask()
        outcome = COMPLETE
        if isinstance(error, ContentError | ConfigError):
            yield error.problem.model_copy(update={"origin": error.origin or Origin(path=self.where)})
            outcome = Outcome(state="failed" if harvest is None else "partial", reason=error.message)
        if error is not None and harvest is not None:
            yield self._stale(harvest)
        if harvest is not None:
            changed_at = harvest.changed.timestamp()
            yield Input(name=self.where, fingerprint=harvest.digest, changed_at=changed_at)
        return outcome

    def read(self, part: Input) -> Reading:
        harvest = self._load()
        if harvest is None or harvest.digest != part.fingerprint:
            message = f"{part.name} is not kept any more"
            origin = Origin(path=part.name)
            yield Problem(code="source.gone", message=message, hint="run again", origin=origin)
            return Outcome(state="partial", reason=message)
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

    def _ask(self) -> tuple[Harvest | None, Exception | None]:
        """The present state, or the last good one and why that has to do."""
        asked, harvest, error = self._asked
        if not asked or time.monotonic() - asked > ONE_RUN:
            known = self._load()
            try:
                harvest, error = self._harvested(known), None
                self._save(harvest)
            except (ContentError, ConfigError) as failed:
                harvest, error = known, failed
            self._asked = time.monotonic(), harvest, error
        return harvest, error

    def _harvested(self, known: Harvest | None) -> Harvest:
        """What the API gives now, joined with what is known. Raises ContentError, ConfigError."""
        options, now = self.options, datetime.now(UTC)
        is_due = known is None or now - known.swept >= timedelta(hours=options.sweep_every)
        mark = known.mark if known is not None and options.since and not is_due else None
        more = {options.since: earlier(mark, options.lag)} if options.since and mark is not None else {}
        items, count = self._collected(more)
        missing: list[str] = []
        if known is not None and (more or count > 1):
            lost = [name for name in known.items if name not in items]
            missing = known.missing if more else lost
            stay = lost if more else [name for name in lost if name not in known.missing]
            items = {**{name: known.items[name] for name in stay}, **items}
        items = dict(sorted(items.items()))
        digest = self._digest(items)
        is_same = known is not None and known.digest == digest
        return Harvest(
            items=items,
            digest=digest,
            changed=known.changed if is_same and known is not None else now,
            swept=known.swept if more and known is not None else now,
            asked=now,
            mark=self._latest(items),
            missing=missing,
        )

    def _digest(self, items: Mapping[str, Any]) -> str:
        try:
            return canonical.digest(items)
        except (TypeError, ValueError) as error:
            message = f"{self.where} gives a value that cannot be kept: {error}"
            hint, origin = "leave it out, at the API", Origin(path=self.where)
            raise ContentError(message, code="api.item", hint=hint, origin=origin) from None

    def _collected(self, more: Mapping[str, str]) -> tuple[dict[str, Any], int]:
        """All items of one harvest by their names, and the number of pages."""
        options = self.options
        limits = Limits(options.timeout, int(options.max_size * 1_000_000))
        credentials = Credentials(options, self.context.root)
        named = [options.url, *([options.token_url] if options.token_url else [])]
        fetcher = Fetcher(
            *named,
            credentials=credentials.headers,
            limits=limits,
            rate=options.rate,
            accept="application/json",
        )
        credentials.fetcher = fetcher
        fetcher.hurry(options.timeout)
        pages, items, count, total = Pages(options, fetcher, credentials), {}, 0, None
        try:
            for page in pages.walk(more):
                count += 1
                total = page.total
                for number, item in enumerate(page.items, 1):
                    items[self._name(item, count, number, pages)] = item
        finally:
            fetcher.close()
        if total is not None and len(items) != total:
            message = f"it says that there are {total} items, and gave {len(items)}"
            raise pages.error("api.short", message, "try again; the list may have changed meanwhile")
        return items, count

    def _name(self, item: Any, page: int, number: int, pages: Pages) -> str:
        found = at(item, self.options.id) if isinstance(item, dict) else MISSING
        if isinstance(found, bool) or not isinstance(found, str | int) or found == "":
            message = f"item {number} of page {page} has no `{self.options.id}`"
            raise pages.error("api.item", message, "let `id` name what identifies an item")
        return str(found)

    def _latest(self, items: Mapping[str, Any]) -> Mark | None:
        """The latest time of change; None if any item has none, for then nothing less than all will do."""
        if self.options.changed is None:
            return None
        marks = [at(item, self.options.changed) for item in items.values()]
        if any(instant(mark) is None for mark in marks):
            return None
        latest: Mark | None = max(marks, key=lambda mark: instant(mark) or 0.0, default=None)
        return latest

    def _stale(self, harvest: Harvest) -> Problem:
        return Problem(
            code="source.stale",
            message=f"what {self.where} gave on {harvest.asked:%Y-%m-%d at %H:%M} UTC is used in its place",
            hint="nothing is removed because of it; the next run asks again",
            severity="warning",
            origin=Origin(path=self.where),
        )

    @property
    def _path(self) -> Path:
        configured = canonical.digest({"uses": self.name, **self.options.model_dump(mode="json")})
        return self.context.root / FOLDER / f"{configured[:24]}.items.json"

    def _load(self) -> Harvest | None:
        try:
            harvest = Harvest.model_validate_json(self._path.read_bytes())
        except (OSError, ValidationError):
            return None
        return harvest if canonical.digest(harvest.items) == harvest.digest else None

    def _save(self, harvest: Harvest) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_atomic(self._path, [harvest.model_dump_json().encode()], owner=str(os.getpid()))
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            message = f"what {self.where} answers cannot be kept: {why}"
            raise ContentError(
                message, code="file.unwritable", hint="make room, or mend its rights"
            ) from None
