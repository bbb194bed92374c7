"""robots.txt (RFC 9309): what a host lets us crawl. What the configuration names by itself is no crawling."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar
from urllib.parse import urljoin

from protego import Protego

from schemas.errors import ContentError
from transport.addresses import Target, refused, target_of
from transport.fetch import Answer, Fetcher

AGENT = "leopard"
LARGEST = 512_000
"""Bytes of a robots.txt that count (RFC 9309, 2.5 asks for at least 500 KiB)."""
SLOWEST = 30.0
"""Seconds between two pages at most, whatever a robots.txt asks for."""

T = TypeVar("T")


class Crawler:
    """Fetches pages that were found, and not written down by anybody here."""

    def __init__(self, fetcher: Fetcher, rate: float = 1.0) -> None:
        self.fetcher, self.rate = fetcher, rate
        self._rules: dict[Target, Protego | None] = {}

    def get(
        self, url: str, take: Callable[[Iterator[bytes]], T], headers: Mapping[str, str] | None = None
    ) -> Answer[T]:
        """A page, where its host lets us. Raises ContentError (`fetch.robots`, and what `Fetcher.get` does).

        Waits between two pages of a host as long as that asks for. Looks at the rules again where a redirect
        leads to.
        """
        self.fetcher.rate = self._rate(url)
        answer = self.fetcher.get(url, take, headers)
        if answer.url != url:
            self._rate(answer.url)
        return answer

    def _rate(self, url: str) -> float:
        """How many pages a second are allowed. Raises ContentError if this one is not."""
        rules = self._rules_of(url)
        if rules is None:
            hint = "its robots.txt cannot be read, and then nothing of it may be crawled; try again later"
            raise refused(url, "is not crawled", "fetch.robots", hint)
        if not rules.can_fetch(url, AGENT):
            hint = "its robots.txt asks not to; ask its owner"
            raise refused(url, "is not crawled", "fetch.robots", hint)
        delay = min(rules.crawl_delay(AGENT) or 0.0, SLOWEST)
        return min(self.rate, 1.0 / delay) if delay else self.rate

    def _rules_of(self, url: str) -> Protego | None:
        """The rules of a host; None if they cannot be had, which forbids everything (RFC 9309, 2.3.1.4)."""
        target = target_of(url)
        if target not in self._rules:
            self._rules[target] = self._fetched(urljoin(url, "/robots.txt"))
        return self._rules[target]

    def _fetched(self, url: str) -> Protego | None:
        try:
            text = self.fetcher.get(url, _start).taken or b""
        except ContentError as error:
            return (
                Protego.parse("") if error.code in ("fetch.missing", "fetch.auth", "fetch.refused") else None
            )
        return Protego.parse(text.decode("utf-8", "replace"))


def _start(pieces: Iterator[bytes]) -> bytes:
    data = b""
    for piece in pieces:
        data += piece
        if len(data) >= LARGEST:
            break
    return data[:LARGEST]
