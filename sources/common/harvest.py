"""What sources share that gather items from the web, page by page, and remember them."""

import time
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import Field

from schemas import canonical
from schemas.errors import ConfigError, ContentError
from schemas.problems import Origin, Problem
from sources.base import COMPLETE, Input, Inputs, Outcome, Raw, Reading, Source, SourceContext
from sources.common.remote import FOLDER, ONE_RUN, RemoteOptions, harmless, printable
from sources.common.state import Draft, Facts, Kept, Unlisted
from transport.addresses import shown
from transport.fetch import Fetcher, Headers, Limits


class HarvestOptions(RemoteOptions):
    """What every source can be told that gathers items page by page."""

    sweep_every: float = Field(
        24.0, gt=0, description="Hours after which everything is asked for, so that removals are seen"
    )
    rate: float = Field(5.0, gt=0, description="Most requests a second to this host")


@dataclass(frozen=True)
class Gathered:
    """What a harvest was: whether it asked for everything, and what of that is sure."""

    unlisted: Unlisted
    is_sweep: bool = True
    mark: str | int | float | None = None


class HarvestSource(Source):
    """Items on the web, by their names. All pages have to come; if one does not, the last good state is used.

    They are kept in `.leopard/sources/`, one by one as they come, and never all of them in memory.
    """

    accept = "application/json"

    class Options(HarvestOptions):
        pass

    options: Options

    def __init__(self, options: Any, context: SourceContext) -> None:
        super().__init__(options, context)
        self.where = shown(self.options.url)
        self._asked: tuple[float, Kept | None, Exception | None] = (0.0, None, None)

    @abstractmethod
    def gather(self, draft: Draft, known: Facts | None) -> Gathered:
        """Put every item into the draft. Raises ContentError; then nothing of this harvest counts."""

    @abstractmethod
    def records(self, name: str, item: Any, place: Origin, kept: Kept) -> Iterator[Raw | Problem]:
        """The records of one item. `kept` knows which others there are."""

    def place(self, name: str) -> Origin:
        return Origin(path=self.where, within=f"item {printable(name)}")

    def inputs(self) -> Inputs:
        kept, error = self._ask()
        outcome = COMPLETE
        if isinstance(error, ContentError | ConfigError):
            yield error.problem.model_copy(update={"origin": error.origin or Origin(path=self.where)})
            outcome = Outcome(state="failed" if kept is None else "partial", reason=error.message)
        if error is not None and kept is not None:
            yield self._stale(kept.facts)
        if kept is not None:
            facts = kept.facts
            yield Input(name=self.where, fingerprint=facts.digest, changed_at=facts.changed.timestamp())
        return outcome

    def read(self, part: Input) -> Reading:
        kept = Kept.load(self._path)
        if kept is None or kept.facts.digest != part.fingerprint:
            message = f"{part.name} is not kept any more"
            origin = Origin(path=part.name)
            yield Problem(code="source.gone", message=message, hint="run again", origin=origin)
            return Outcome(state="partial", reason=message)
        return (yield from harmless(self._reading(kept)))

    def _reading(self, kept: Kept) -> Reading:
        outcome = COMPLETE
        for name, item in kept.items():
            for found in self.records(name, item, self.place(name), kept):
                if isinstance(found, Problem) and found.severity == "error":
                    outcome = Outcome(state="partial", reason=f"{self.where}: {found.message}")
                yield found
        return outcome

    def is_due(self, known: Facts | None, now: datetime) -> bool:
        """Whether everything has to be asked for."""
        return known is None or now - known.swept >= timedelta(hours=self.options.sweep_every)

    def fetcher(self, *named: str, credentials: Headers | None = None) -> Fetcher:
        """For one harvest, all of which has `timeout` seconds."""
        options = self.options
        limits = Limits(options.timeout, int(options.max_size * 1_000_000))
        fetcher = Fetcher(
            options.url, *named, credentials=credentials, limits=limits, rate=options.rate, accept=self.accept
        )
        fetcher.hurry(options.timeout)
        return fetcher

    def error(self, code: str, message: str, hint: str | None = None) -> ContentError:
        """What is wrong with the answers of this source."""
        return ContentError(f"{self.where}: {message}", code=code, hint=hint, origin=Origin(path=self.where))

    def _ask(self) -> tuple[Kept | None, Exception | None]:
        """The present state, or the last good one and why that has to do."""
        asked, kept, error = self._asked
        if not asked or time.monotonic() - asked > ONE_RUN:
            known = Kept.load(self._path)
            try:
                kept, error = self._harvested(known), None
            except (ContentError, ConfigError) as failed:
                kept, error = known, failed
            self._asked = time.monotonic(), kept, error
        return kept, error

    def _harvested(self, known: Kept | None) -> Kept:
        """What there is now, joined with what is known. Raises ContentError, ConfigError."""
        now = datetime.now(UTC)
        with Draft(self._path, self.where) as draft:
            found = self.gather(draft, known.facts if known else None)
            draft.join(known, found.unlisted)
            swept = now if found.is_sweep or known is None else known.facts.swept
            mark = found.mark if found.mark is not None else self.latest(draft)
            return draft.finish(known, now, swept=swept, mark=mark)

    def latest(self, draft: Draft) -> str | int | float | None:
        """Up to when all changes have been seen, where the items themselves tell."""
        return None

    def _stale(self, facts: Facts) -> Problem:
        return Problem(
            code="source.stale",
            message=f"what {self.where} gave on {facts.asked:%Y-%m-%d at %H:%M} UTC is used in its place",
            hint="nothing is removed because of it; the next run asks again",
            severity="warning",
            origin=Origin(path=self.where),
        )

    @property
    def _path(self) -> Path:
        configured = canonical.digest({"uses": self.name, **self.options.model_dump(mode="json")})
        return self.context.root / FOLDER / f"{configured[:24]}.items.db"
