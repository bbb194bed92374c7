"""OAI-PMH 2.0 as a harvester speaks it (https://www.openarchives.org/OAI/openarchivesprotocol.html)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from schemas.errors import ContentError
from schemas.problems import Origin
from sources.common.json_answers import with_query
from sources.common.remote import looks_like_page, printable, wrong_page
from sources.common.xml_tree import Element, parse
from transport.fetch import Fetcher

MAX_PAGES = 100_000
EXPIRED, EMPTY = "oaipmh.expired", "oaipmh.empty"
CODES = {"badResumptionToken": EXPIRED, "noRecordsMatch": EMPTY}
SECONDS, DAY = "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d"


@dataclass(frozen=True)
class About:
    """What a repository says of itself."""

    is_by_second: bool
    """Whether its datestamps are instants; else they are days."""
    remembers: bool
    """Whether it says for ever which records are gone (`persistent`)."""
    now: str
    """Its own clock, when it answered."""


@dataclass(frozen=True)
class Item:
    """One record of an answer; one that is gone has no metadata."""

    identifier: str
    is_gone: bool
    metadata: Element | None


class Repository:
    """Asks one repository. Each failure is a ContentError."""

    def __init__(self, url: str, where: str, fetcher: Fetcher) -> None:
        self.url, self.where, self.fetcher = url, where, fetcher

    def identify(self) -> About:
        answer = self._ask({"verb": "Identify"})
        found = answer.first("Identify")
        if found is None:
            raise self.error("oaipmh.shape", "it answers without saying who it is", "check `url`")
        return About(
            is_by_second="T" in found.text("granularity"),
            remembers=found.text("deletedRecord") == "persistent",
            now=answer.text("responseDate"),
        )

    def records(self, asked: dict[str, str], restart: Callable[[], None]) -> Iterator[Item]:
        """Every record of a list, part by part.

        A token that has expired begins the list once more, after `restart`. One that was there before is an
        error: the list turns in a circle.
        """
        try:
            yield from self._list(asked)
        except ContentError as error:
            if error.code != EXPIRED:
                raise
            restart()
            yield from self._list(asked)

    def _list(self, asked: dict[str, str]) -> Iterator[Item]:
        parameters: dict[str, str] | None = asked
        seen: set[str] = set()
        while parameters is not None:
            try:
                found = self._ask({"verb": "ListRecords", **parameters}).first("ListRecords")
            except ContentError as error:
                if error.code == EMPTY and not seen:
                    return
                raise
            if found is None:
                raise self.error("oaipmh.shape", "it answers without a list of records")
            for one in found.each("record"):
                yield self._item(one)
            token = found.text("resumptionToken")
            if token in seen or len(seen) > MAX_PAGES:
                raise self.error("api.cycle", "its list does not come to an end; a part of it came again")
            seen.add(token)
            parameters = {"resumptionToken": token} if token else None

    def _item(self, record: Element) -> Item:
        header = record.first("header")
        identifier = header.text("identifier") if header else ""
        if header is None or not identifier:
            raise self.error("oaipmh.shape", "a record has no identifier")
        metadata = record.first("metadata")
        inner = metadata.children[0] if metadata and metadata.children else None
        return Item(identifier, header.attributes.get("status") == "deleted", inner)

    def _ask(self, parameters: dict[str, str]) -> Element:
        body = self.fetcher.get(with_query(self.url, parameters), b"".join).taken or b""
        if looks_like_page(body[:1000]):
            raise wrong_page(self.where, body[:100_000], "an OAI-PMH repository")
        root = parse(body, self.where)
        if root.name != "OAI-PMH":
            raise self.error("oaipmh.shape", f"it answers with <{root.name[:40]}>", "check `url`")
        wrong = root.first("error")
        if wrong is not None:
            code = wrong.attributes.get("code", "")
            told = f": {wrong.words}" if wrong.words else ""
            message = f"it answers with the error {printable(code + told, 200)}"
            raise self.error(CODES.get(code, "oaipmh.refused"), message, _HINTS.get(code))
        return root

    def error(self, code: str, message: str, hint: str | None = None) -> ContentError:
        return ContentError(f"{self.where}: {message}", code=code, hint=hint, origin=Origin(path=self.where))


_HINTS = {
    "cannotDisseminateFormat": "choose a `format` that it has",
    "noSetHierarchy": "take `set` out",
    "badResumptionToken": "try again later",
    "badArgument": "check `url`, `set` and `format`",
}


def since(mark: str, lag: float, *, is_by_second: bool) -> str | None:
    """The value of `from` a little before an instant of the repository's clock; None if it is no instant."""
    try:
        at = datetime.strptime(mark, SECONDS).replace(tzinfo=UTC) - timedelta(seconds=lag)
    except (ValueError, OverflowError):
        return None
    return at.strftime(SECONDS if is_by_second else DAY)
