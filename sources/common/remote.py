"""What all sources on the web share: fetching, the last good state, and what the web may not say."""

import time
from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field

from schemas import canonical
from schemas.errors import ContentError
from schemas.problems import Origin, Problem
from sources.base import Input, Inputs, Outcome, Raw, Reading, Source, SourceContext, SourceOptions
from transport.addresses import target_of
from transport.fetch import Fetcher, Limits
from transport.kept import Kept, Shelf

FOLDER = ".leopard/sources"
ONE_RUN = 60.0
"""Seconds in which one source does not ask again: a run lists its inputs several times."""
LOGIN = (b'type="password"', b"type='password'", b"type=password")


def _web_address(url: str) -> str:
    try:
        target_of(url)
    except ContentError as error:
        raise ValueError(error.message) from None
    if "@" in url.partition("://")[2].partition("/")[0]:
        raise ValueError("credentials do not stand in an address")
    return url


WebAddress = Annotated[str, AfterValidator(_web_address)]
"""An address that can be fetched, without credentials in it."""


class RemoteOptions(SourceOptions):
    """What every source on the web can be told."""

    url: WebAddress = Field(description="Address that is read; it may be in a private network")
    timeout: float = Field(120.0, gt=0, description="Seconds that reading may take, with all attempts")
    max_size: float = Field(50.0, gt=0, description="Most megabytes of an answer, unpacked")


class KeptSource(Source):
    """Reads documents of the web that are kept. Where one cannot be understood, the last good one is used."""

    accept: ClassVar[str] = "*/*"
    wanted: ClassVar[str]
    """What should be at the address, in words: `a feed`."""
    tells_its_end: ClassVar[bool] = True
    """Whether a document whose end is missing cannot be taken for a whole one."""

    def shelf_of(self, url: str) -> Shelf:
        """What is kept of an address, for this very configuration."""
        configured = canonical.digest({"uses": self.name, **self.options.model_dump(mode="json")})
        return Shelf(self.context.root / FOLDER / configured[:24], url)

    def read_kept(self, shelf: Shelf, part: Input) -> Reading:
        """The records of the body that was listed; those of the last good one where it gives none."""
        latest, good = shelf.latest, shelf.good
        listed = next((one for one in (latest, good) if one and one.digest == part.fingerprint), None)
        outcome: Outcome = Outcome(state="partial", reason=f"{part.name} is not kept any more")
        if listed is None or not shelf.path(listed).exists():
            hint = "run again"
            yield Problem(
                code="source.gone",
                message=outcome.reason or "",
                hint=hint,
                origin=Origin(path=part.name),
            )
            return outcome
        count = 0
        reading = self._checked(shelf.path(listed), part, listed)
        try:
            while True:
                found = next(reading)
                count += isinstance(found, Raw)
                yield found
        except StopIteration as end:
            outcome = end.value
        if outcome.state == "complete":
            if listed != good:
                shelf.approve(listed)
        elif not count and good is not None and good.digest != listed.digest:
            yield stale(good)
            yield from self._checked(shelf.path(good), part, good)
        return outcome

    def _checked(self, path: Path, part: Input, kept: Kept) -> Reading:
        """The records of one body; partial where its end may be missing, or where it cannot be read on."""
        try:
            self._expect(path, kept)
            outcome: Outcome = yield from harmless(self.records(path, part, kept))
        except ContentError as error:
            yield error.problem.model_copy(update={"origin": error.origin or Origin(path=part.name)})
            return Outcome(state="partial", reason=f"{part.name}: {error.message}")
        if not kept.is_whole and not self.tells_its_end:
            reason = f"{part.name} does not say how long it is, so nobody knows whether its end is missing"
            hint = "let the server send the length (Content-Length, or in chunks)"
            yield Problem(
                code="source.open_end",
                message=reason,
                hint=hint,
                origin=Origin(path=part.name),
                severity="warning",
            )
            return outcome.worst(Outcome(state="partial", reason=reason))
        return outcome

    def _expect(self, path: Path, kept: Kept) -> None:
        """Raises ContentError if what came is a page for people."""
        with path.open("rb") as file:
            start = file.read(100_000)
        if kept.media_type == "text/html" or looks_like_page(start):
            raise wrong_page(kept.url, start, self.wanted)

    @abstractmethod
    def records(self, path: Path, part: Input, kept: Kept) -> Reading:
        """Yield the raw records of the body at `path`. May raise ContentError where it cannot go on."""


class RemoteSource(KeptSource):
    """One document on the web. What could be understood of it last is kept, and used where it now fails."""

    class Options(RemoteOptions):
        pass

    options: Options

    def __init__(self, options: Any, context: SourceContext) -> None:
        super().__init__(options, context)
        self._asked: tuple[float, Kept | None, ContentError | None] = (0.0, None, None)

    def inputs(self) -> Inputs:
        kept, error = self._ask()
        outcome = Outcome()
        if error is not None:
            yield error.problem
            outcome = Outcome(state="failed" if kept is None else "partial", reason=error.message)
        if error is not None and kept is not None:
            yield stale(kept)
        if kept is not None:
            yield Input(name=kept.url, fingerprint=kept.digest, changed_at=kept.came.timestamp())
        return outcome

    def _ask(self) -> tuple[Kept | None, ContentError | None]:
        """The present answer, or the last good one and why that has to do."""
        asked, kept, error = self._asked
        if not asked or time.monotonic() - asked > ONE_RUN:
            shelf, limits = (
                self._shelf(),
                Limits(self.options.timeout, int(self.options.max_size * 1_000_000)),
            )
            fetcher = Fetcher(self.options.url, limits=limits, accept=self.accept)
            try:
                kept, error = shelf.ask(fetcher), None
            except ContentError as failed:
                kept, error = shelf.good, failed
            finally:
                fetcher.close()
            self._asked = time.monotonic(), kept, error
        return kept, error

    def _shelf(self) -> Shelf:
        return self.shelf_of(self.options.url)

    def read(self, part: Input) -> Reading:
        return (yield from self.read_kept(self._shelf(), part))


def harmless(reading: Reading) -> Reading:
    """The same records, none of which names a file of this project."""
    while True:
        try:
            found = next(reading)
        except StopIteration as end:
            outcome: Outcome = end.value
            return outcome
        if isinstance(found, Raw) and _names_files(found.data):
            yield Problem(
                code="source.names_files",
                message="what comes from the web cannot name a file of this project",
                hint="write an address (`url`) instead of `file`",
                origin=found.origin,
            )
            found = Raw(without_files(found.data), found.origin, found.name, found.locale, found.implied)
        yield found


def printable(text: str, longest: int = 80) -> str:
    """A word of the web as a place may show it: on one line, with nothing that steers a terminal."""
    plain = "".join(mark if mark.isprintable() else "\ufffd" for mark in text)
    return plain if len(plain) <= longest else f"{plain[: longest - 1]}…"


def looks_like_page(start: bytes) -> bool:
    """Whether this is how a web page begins."""
    head = start.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    return head.startswith((b"<!doctype html", b"<html"))


def wrong_page(where: str, start: bytes, wanted: str) -> ContentError:
    """The error where a web page is instead of data: a login page, or another one."""
    if any(mark in start.lower() for mark in LOGIN):
        message, hint = (
            f"{where} answers with a login page instead of {wanted}",
            "check the credentials and rights",
        )
        return ContentError(message, code="source.login", hint=hint, origin=Origin(path=where))
    message = f"{where} answers with a web page instead of {wanted}"
    hint = "check the address; a notice or an error page may stand in between"
    return ContentError(message, code="source.page", hint=hint, origin=Origin(path=where))


def stale(kept: Kept) -> Problem:
    """What to say where the last good state is used."""
    return Problem(
        code="source.stale",
        message=f"what {kept.url} gave on {kept.asked:%Y-%m-%d at %H:%M} UTC is used in its place",
        hint="nothing is removed because of it; the next run asks again",
        severity="warning",
        origin=Origin(path=kept.url),
    )


def _names_files(data: Mapping[str, Any]) -> bool:
    return data != without_files(data)


def without_files(data: Mapping[str, Any]) -> dict[str, Any]:
    """Without `file` of an asset and of the files of a report, also in translations."""
    kept = {name: value for name, value in data.items() if name != "file"}
    for name, value in kept.items():
        if name == "files" and isinstance(value, list):
            kept[name] = [without_files(one) if isinstance(one, dict) else one for one in value]
        elif name == "translations" and isinstance(value, dict):
            kept[name] = {k: without_files(one) if isinstance(one, dict) else one for k, one in value.items()}
    return kept
