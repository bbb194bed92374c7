"""Fetch from the web with care: guarded addresses, limits of size and time, credentials for one host only."""

import json
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urljoin

import requests
from urllib3.exceptions import HTTPError

from schemas.errors import ContentError
from transport.addresses import Guard, refused, target_of
from transport.guarded import READ, Clock, guarded_session
from transport.manners import EVERYBODY, HostPace
from transport.session import HINTS, kind_of, retry_after, said

CHUNK = 65_536
REDIRECTS, ATTEMPTS = 5, 3
BACKOFF = 0.5
"""Seconds before the second attempt; twice as long before each further one."""
CONDITIONS = ("If-None-Match", "If-Modified-Since")
FOLLOWED = (301, 302, 303, 307, 308)
AGAIN = (408, 425, 429)
"""Statuses below 500 that may be others a little later."""
_REASON = 10_000
"""Bytes of a refusal that are looked at."""

T = TypeVar("T")
Headers = Callable[[], Mapping[str, str]]


@dataclass(frozen=True)
class Limits:
    """What one fetch may cost: seconds with all redirects and attempts, and bytes after decompression."""

    total: float = 120.0
    size: int = 50_000_000


@dataclass(frozen=True)
class Answer(Generic[T]):
    """What was answered, without the body; `taken` is what was made of that."""

    url: str
    """Where it came from in the end, after redirects."""
    status: int
    headers: Mapping[str, str]
    is_whole: bool
    """False where nothing would tell if the end of the body were missing."""
    taken: T | None


Take = Callable[[Iterator[bytes]], T]
"""Makes something of a body; called again from its beginning where an attempt breaks off."""


class _Again(Exception):
    """An attempt that may succeed a little later."""

    def __init__(self, error: ContentError, wait: float | None = None) -> None:
        self.error, self.wait = error, wait


class Fetcher:
    """Fetches for one source. For one thread at a time.

    `named`: addresses of the configuration, which may be private. `credentials` are asked for headers that
    go only to scheme, host and port of `named[0]`, wherever a redirect leads.
    """

    def __init__(
        self,
        *named: str,
        credentials: Headers | None = None,
        accept: str = "*/*",
        limits: Limits = Limits(),
        rate: float | None = None,
        guard: Guard | None = None,
        pace: HostPace = EVERYBODY,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.home = target_of(named[0]) if named else None
        self.credentials, self.limits, self.rate = credentials, limits, rate
        self.pace, self.sleep = pace, sleep
        self.clock = Clock()
        self.until = float("inf")
        self.http = guarded_session(guard or Guard(named), self.clock)
        self.http.headers.clear()
        self.http.headers.update({"User-Agent": "leopard", "Accept": accept, "Accept-Encoding": "gzip"})

    def close(self) -> None:
        self.http.close()

    def hurry(self, seconds: float) -> None:
        """From now on, all that is fetched has so many seconds together."""
        self.until = self.clock.now() + seconds

    def get(self, url: str, take: Take[T], headers: Mapping[str, str] | None = None) -> Answer[T]:
        """What an address answers; nothing is taken from 304. Raises ContentError (`fetch.…`)."""
        return self._fetch(url, take, headers or {}, None)

    def post(self, url: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None) -> bytes:
        """The answer to a form that may be sent twice, such as one that asks for a token."""
        return self._fetch(url, b"".join, headers or {}, form).taken or b""

    def _fetch(
        self, url: str, take: Take[T], headers: Mapping[str, str], form: Mapping[str, str] | None
    ) -> Answer[T]:
        self.clock.until = min(self.clock.now() + self.limits.total, self.until)
        attempt = 0
        while True:
            attempt += 1
            try:
                return self._follow(url, take, headers, form)
            except _Again as again:
                wait = BACKOFF * 2 ** (attempt - 1) if again.wait is None else again.wait
                if attempt == ATTEMPTS or wait > self.clock.until - self.clock.now():
                    raise again.error from None
            self.sleep(wait)

    def _follow(
        self, url: str, take: Take[T], headers: Mapping[str, str], form: Mapping[str, str] | None
    ) -> Answer[T]:
        here = url
        for _ in range(REDIRECTS + 1):
            answer = self._ask(here, headers, form)
            with answer:
                to = self.http.get_redirect_target(answer) if answer.status_code in FOLLOWED else None
                if to is None or form is not None:
                    return self._answered(here, answer, take, headers)
            here = _next(here, to)
        raise refused(url, f"redirects more than {REDIRECTS} times", "fetch.redirect", "correct the address")

    def _ask(self, url: str, headers: Mapping[str, str], form: Mapping[str, str] | None) -> requests.Response:
        target = target_of(url)
        sent = dict(headers)
        if form is None and self.credentials is not None and target == self.home:
            sent |= self.credentials()
        self.pace.wait(target, self.rate, self.clock, self.sleep)
        method = "GET" if form is None else "POST"
        try:
            request = requests.Request(method, url, data=form, headers=sent, auth=_no_more)
            prepared = self.http.prepare_request(request)
            adapter = self.http.get_adapter(url)
            return adapter.send(prepared, stream=True, timeout=READ, verify=self.http.verify or True)
        except (requests.RequestException, OSError) as error:
            raise self._lost(url, error) from None

    def _answered(
        self, url: str, answer: requests.Response, take: Take[T], headers: Mapping[str, str]
    ) -> Answer[T]:
        status = answer.status_code
        if status == 304 and not headers.keys().isdisjoint(CONDITIONS):
            return Answer(url, status, answer.headers, True, None)
        if not 200 <= status < 300 or status == 206:
            raise self._refusal(url, answer)
        is_packed = _packing(url, answer.headers) == "gzip"
        declared = answer.headers.get("Content-Length", "")
        if declared.isdecimal() and int(declared) > self.limits.size:
            raise self._too_large(url)
        has_end = bool(declared) or bool(getattr(answer.raw, "chunked", False)) or status == 204
        pieces = self._pieces(url, answer)
        taken = take(self._limited(url, _unpacked(url, pieces, has_end) if is_packed else pieces))
        return Answer(url, status, answer.headers, has_end or is_packed, taken)

    def _limited(self, url: str, pieces: Iterator[bytes]) -> Iterator[bytes]:
        size = 0
        for piece in pieces:
            size += len(piece)
            if size > self.limits.size:
                raise self._too_large(url)
            yield piece

    def _pieces(self, url: str, answer: requests.Response) -> Iterator[bytes]:
        stream = answer.raw.stream(CHUNK, decode_content=False)
        while True:
            try:
                piece = next(stream, None)
            except (HTTPError, OSError) as error:
                raise self._lost(url, error) from None
            if piece is None:
                return
            yield piece

    def _too_large(self, url: str) -> ContentError:
        hint = "raise `max_size` of the source if that is right"
        return refused(
            url, f"answers with more than {self.limits.size / 1_000_000:g} MB", "fetch.too_large", hint
        )

    def _lost(self, url: str, error: Exception) -> Exception:
        """What a failure without an answer, or within it, is to the caller."""
        if isinstance(error, requests.exceptions.SSLError):
            hint = "mend the certificate; Leopard does not go on without"
            return refused(url, "has a certificate that cannot be trusted", "fetch.certificate", hint)
        if self.clock.now() >= self.clock.until:
            return refused(
                url, "takes too long", "fetch.too_slow", "try again later, or raise `timeout` of the source"
            )
        if isinstance(
            error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema | UnicodeError
        ):
            return refused(url, "is no web address", "fetch.address", "write https://host/path")
        if isinstance(error, requests.ConnectTimeout) or _never_sent(error):
            hint = "check the address, and that the server runs"
            return _Again(refused(url, "cannot be reached", "fetch.unreachable", hint))
        return _Again(refused(url, "broke off within its answer", "fetch.cut_short", "try again later"))

    def _refusal(self, url: str, answer: requests.Response) -> Exception:
        status = answer.status_code
        told = f"answers {status}{_reason(answer)}"
        match status:
            case 401 | 403 | 407:
                hint = "check the credentials of the source, and what they may read"
                return refused(url, told, "fetch.auth", hint)
            case 404 | 410:
                return refused(url, told, "fetch.missing", "correct the address, or take the source out")
            case _ if status >= 500 or status in AGAIN:
                wait = retry_after(answer.headers.get("Retry-After"))
                hint = "try again later"
                if wait is not None and wait > self.clock.until - self.clock.now():
                    hint = f"it asks to be left alone for {wait:.0f} seconds; run again after that"
                return _Again(refused(url, told, "fetch.unavailable", hint), wait)
        return refused(url, told, "fetch.refused", HINTS.get(status))


def _next(here: str, to: str) -> str:
    """Where a redirect leads. Raises ContentError if it leads nowhere, or out of safety."""
    try:
        there = urljoin(here, to)
    except ValueError:
        raise refused(here, "redirects to what is no web address", "fetch.address") from None
    if target_of(here)[0] == "https" and target_of(there)[0] == "http":
        raise refused(here, "redirects from https to http", "fetch.redirect")
    return there


def _no_more(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """In place of the credentials that `requests` finds in an address."""
    return request


def _never_sent(error: Exception) -> bool:
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return type(reason).__name__ in ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError")


def _packing(url: str, headers: Mapping[str, str]) -> str:
    packing = headers.get("Content-Encoding", "").strip().lower().removeprefix("x-")
    if packing not in ("", "identity", "gzip"):
        raise refused(url, f"is packed as {packing[:40]!r}, which nobody asked for", "fetch.packing")
    return packing


def _unpacked(url: str, pieces: Iterator[bytes], may_be_empty: bool) -> Iterator[bytes]:
    """gzip in small pieces, however large one of them becomes (RFC 1952; a body may have several members)."""
    unpack, has_begun = zlib.decompressobj(31), False
    try:
        for piece in pieces:
            rest = piece
            while rest:
                if unpack.eof:
                    unpack = zlib.decompressobj(31)
                has_begun = True
                yield unpack.decompress(rest, CHUNK)
                rest = unpack.unused_data if unpack.eof else unpack.unconsumed_tail
        yield unpack.flush()
    except zlib.error:
        raise refused(url, "is said to be gzip, and is not, or is damaged", "fetch.packing") from None
    if not unpack.eof and (has_begun or not may_be_empty):
        raise _Again(refused(url, "broke off within its answer", "fetch.cut_short", "try again later"))


def _reason(answer: requests.Response) -> str:
    """What the server says of its refusal, from the first bytes."""
    try:
        start = answer.raw.read(_REASON, decode_content=False)
        return f": {said(json.loads(start))}"
    except (ValueError, HTTPError, OSError, RecursionError):
        return f" with {kind_of(answer.headers)}" if answer.headers.get("Content-Type") else ""
