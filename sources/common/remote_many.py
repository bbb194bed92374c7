"""What sources of many documents on the web share: each is kept, and one that fails makes all partial."""

import time
from abc import abstractmethod
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from schemas.errors import ContentError
from schemas.problems import Origin, Problem
from sources.base import COMPLETE, Input, Inputs, Outcome, Reading, SourceContext
from sources.common.remote import KeptSource, stale
from transport.fetch import Fetcher
from transport.kept import Asks, Kept, Shelf

ONE_RUN = 600.0
"""Seconds in which the same documents are not asked for again: a run lists its inputs several times."""


@dataclass(frozen=True)
class Document:
    """A document to be asked for, with its name as an input; `by` is who asks."""

    url: str
    name: str
    by: Asks
    is_fresh: bool = False
    """True where what is kept of it is known to be the present one."""


Listing = Generator[Document | Problem, None, Outcome]


class RemoteDocuments(KeptSource):
    """Documents that are configured or found in a list. A plugin writes `listing` and `records`."""

    def __init__(self, options: Any, context: SourceContext) -> None:
        super().__init__(options, context)
        self._listed: tuple[float, list[Input | Problem], Outcome] = (0.0, [], COMPLETE)
        self._urls: dict[str, str] = {}

    @abstractmethod
    def fetcher(self) -> Fetcher:
        """Who asks, within the limits of the configuration; asked for once a run, and closed at its end."""

    @abstractmethod
    def listing(self, fetcher: Fetcher) -> Listing:
        """Yield every document, lazily, and return how complete the list is. May raise ContentError."""

    def inputs(self) -> Inputs:
        asked, found, outcome = self._listed
        if asked and time.monotonic() - asked <= ONE_RUN:
            yield from found
            return outcome
        fresh: list[Input | Problem] = []
        fetcher = self.fetcher()
        try:
            asking = self._asking(fetcher)
            while True:
                fresh.append(one := next(asking))
                yield one
        except StopIteration as end:
            ended: Outcome = end.value
        finally:
            fetcher.close()
        self._listed = time.monotonic(), fresh, ended
        return ended

    def _asking(self, fetcher: Fetcher) -> Inputs:
        """Each document that there is, with what cannot be had; failed if nothing at all can."""
        outcome, count = COMPLETE, 0
        listing = self.listing(fetcher)
        seen: dict[str, str] = {}
        while True:
            try:
                found = next(listing)
            except StopIteration as end:
                outcome = outcome.worst(end.value)
                break
            except ContentError as broken:
                yield broken.problem
                outcome = outcome.worst(Outcome(state="partial", reason=broken.message))
                break
            if isinstance(found, Problem):
                yield found
                continue
            kept, error = self._asked(found)
            if error is not None:
                yield error.problem
                outcome = outcome.worst(Outcome(state="partial", reason=error.message))
                if kept is not None:
                    yield stale(kept)
            if kept is not None:
                count += 1
                self._urls[found.name] = found.url
                yield from self._twice(kept, found.name, seen)
                yield Input(name=found.name, fingerprint=kept.digest, changed_at=kept.came.timestamp())
        if outcome.state != "complete" and not count:
            return Outcome(state="failed", reason=outcome.reason)
        return outcome

    def _asked(self, found: Document) -> tuple[Kept | None, ContentError | None]:
        """What the address answers now, or the last good answer and why that has to do."""
        shelf = self.shelf_of(found.url)
        latest = shelf.good if found.is_fresh else None
        if latest is not None:
            return latest, None
        try:
            return shelf.ask(found.by), None
        except ContentError as error:
            return shelf.good, error

    def _twice(self, kept: Kept, name: str, seen: dict[str, str]) -> Inputs:
        """The very same answer at two addresses is often a notice, whatever its words are."""
        first = seen.setdefault(kept.digest, name)
        if first != name:
            message = f"it answers with the very same bytes as {first}"
            hint = "it may be a notice or a login page; if it is right, take one of the two out"
            origin = Origin(path=name)
            yield Problem(code="source.same", message=message, hint=hint, origin=origin, severity="warning")
        return COMPLETE

    def shelf_of(self, url: str) -> Shelf:
        """In one of many folders, since looking through a folder of thousands of files takes long."""
        shelf = super().shelf_of(url)
        return Shelf(shelf.folder / shelf.name[:2], url)

    def read(self, part: Input) -> Reading:
        return (yield from self.read_kept(self.shelf(part.name), part))

    def shelf(self, name: str) -> Shelf:
        """What is kept of the document with a name."""
        return self.shelf_of(self._urls.get(name, name))
