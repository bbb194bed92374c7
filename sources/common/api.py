"""What sources that ask an API share: one harvest a run, the last good state, and proof of what is gone."""

import os
import time
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from pydantic import BaseModel, Field, ValidationError

from schemas import canonical
from schemas.errors import ConfigError, ContentError
from schemas.problems import Origin, Problem
from sources.base import COMPLETE, Input, Inputs, Outcome, Reading, Source, SourceContext
from sources.common.marks import Mark
from sources.common.remote import FOLDER, ONE_RUN, RemoteOptions
from transport.addresses import shown
from transport.fetch import Fetcher, Headers, Limits
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


@dataclass(frozen=True)
class Collected:
    """What was asked for once."""

    items: dict[str, Any]
    is_one: bool = True
    """True if it came in one answer, so that nothing can have slipped from one page to another."""
    gone: frozenset[str] = frozenset()
    """Items of which the API said that they are not there any more."""


class ApiOptions(RemoteOptions):
    """What every source that asks an API can be told."""

    sweep_every: float = Field(
        24.0, gt=0, description="Hours after which everything is asked for, so that removals are seen"
    )
    rate: float = Field(5.0, gt=0, description="Most requests a second to this host")


class SinceOptions(ApiOptions):
    """The same where an API is asked for what has changed since a time."""

    lag: float = Field(
        300.0,
        ge=0,
        description="Seconds before the latest change that are asked for again, for clocks differ",
    )


class RemoteApi(Source):
    """An API. All of a harvest has to come; if some of it does not, the last good state is used."""

    accept: ClassVar[str] = "application/json"
    looks_twice: ClassVar[bool] = False
    """Whether what is missing from several pages is looked for again at once, not in the next run."""

    class Options(ApiOptions):
        pass

    options: ApiOptions

    def __init__(self, options: Any, context: SourceContext) -> None:
        super().__init__(options, context)
        self.where = shown(self.options.url)
        self._asked: tuple[float, Harvest | None, Exception | None] = (0.0, None, None)

    @abstractmethod
    def collect(self, fetcher: Fetcher, since: Mark | None) -> Collected:
        """All items, or those that were changed `since` then, by durable names.

        Raises ContentError or ConfigError if anything of it cannot be had; then nothing of it counts.
        """

    @abstractmethod
    def records(self, harvest: Harvest) -> Reading:
        """The records of all items that are known."""

    def latest(self, items: Mapping[str, Any]) -> Mark | None:
        """The latest time of change; None where all is to be asked for each time."""
        return None

    def settled(self, fetcher: Fetcher, items: dict[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
        """The items with what has to be fetched besides; `known` are those of the last good state."""
        return items

    def headers(self) -> Headers | None:
        """Gives the headers that say who asks; None where anybody may."""
        return None

    def named(self) -> tuple[str, ...]:
        """The addresses of the configuration, the one that credentials go to first."""
        return (self.options.url,)

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
        return (yield from self.records(harvest))

    def known(self) -> Mapping[str, Any]:
        """The items of the last good state."""
        harvest = self._load()
        return harvest.items if harvest is not None else {}

    def error(self, code: str, message: str, hint: str | None = None) -> ContentError:
        return ContentError(f"{self.where}: {message}", code=code, hint=hint, origin=Origin(path=self.where))

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
        now = datetime.now(UTC)
        is_due = known is None or now - known.swept >= timedelta(hours=self.options.sweep_every)
        since = known.mark if known is not None and not is_due else None
        fetcher = self.fetcher()
        try:
            found = self.collect(fetcher, since)
            items, missing = self._joined(fetcher, found, known, since)
            items = dict(sorted(self.settled(fetcher, items, known.items if known else {}).items()))
        finally:
            fetcher.close()
        digest = self._digest(items)
        is_same = known is not None and known.digest == digest
        return Harvest(
            items=items,
            digest=digest,
            changed=known.changed if is_same and known is not None else now,
            swept=known.swept if since is not None and known is not None else now,
            asked=now,
            mark=self.latest(items),
            missing=missing,
        )

    def _joined(
        self, fetcher: Fetcher, found: Collected, known: Harvest | None, since: Mark | None
    ) -> tuple[dict[str, Any], list[str]]:
        """All items as far as they are known now, and those that may be gone."""
        if known is None or (since is None and found.is_one):
            return found.items, []
        lost = [name for name in known.items if name not in found.items and name not in found.gone]
        if since is not None:
            return {**{name: known.items[name] for name in lost}, **found.items}, known.missing
        if lost and self.looks_twice:
            again = self.collect(fetcher, None).items
            return {**{name: again[name] for name in lost if name in again}, **found.items}, []
        stay = [name for name in lost if name not in known.missing]
        return {**{name: known.items[name] for name in stay}, **found.items}, lost

    def fetcher(self) -> Fetcher:
        """All that is fetched with it has `timeout` seconds together."""
        options = self.options
        limits = Limits(options.timeout, int(options.max_size * 1_000_000))
        fetcher = Fetcher(
            *self.named(), credentials=self.headers(), limits=limits, rate=options.rate, accept=self.accept
        )
        fetcher.hurry(options.timeout)
        return fetcher

    def _digest(self, items: Mapping[str, Any]) -> str:
        try:
            return canonical.digest(items)
        except (TypeError, ValueError) as error:
            message = f"{self.where} gives a value that cannot be kept: {error}"
            hint, origin = "leave it out, at the API", Origin(path=self.where)
            raise ContentError(message, code="api.item", hint=hint, origin=origin) from None

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
