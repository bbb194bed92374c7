"""One API over HTTP, with manners: address, credentials, time limits, and answers sorted into our errors."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import orjson
import requests

from schemas.errors import (
    Ambiguous,
    AuthError,
    ChannelDown,
    LeopardError,
    NotFound,
    Rejected,
    StaleWrite,
    Transient,
)
from transport.direct import DirectAdapter

CONNECT, READ = 10.0, 60.0
"""Seconds to wait for a connection, and for the next bytes of an answer."""
SAFE_TO_REPEAT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
"""Methods that mean the same however often they arrive (RFC 9110, 9.2.2)."""
SIMPLE = frozenset({"json", "data", "headers"})
"""What most requests are made of."""
LONGEST_REASON = 300
HINTS = {
    413: "it is larger than the server takes; make it smaller, or raise the limit there",
    415: "the server does not take files of this type",
    429: "the server asks us to be slower; a `rate` for the channel keeps below its limit",
}
Refusal = Callable[[requests.Response, str], LeopardError | None]
"""What an answer of 300 and more means in one API, given what was asked; None where HTTP says enough."""


class ApiSession:
    """Requests to one API. For one thread at a time: every worker has its own."""

    def __init__(
        self, address: str, headers: Mapping[str, str] | None = None, *, refusal: Refusal | None = None
    ) -> None:
        self.address, self.refusal = address.rstrip("/"), refusal
        self.http = requests.Session()
        self.http.trust_env = False  # neither proxies nor passwords from the environment
        for scheme in ("http://", "https://"):
            self.http.mount(scheme, DirectAdapter())
        self.http.headers.update({"Accept": "application/json", "User-Agent": "leopard"})
        self.http.headers.update(headers or {})

    def close(self) -> None:
        self.http.close()

    def __enter__(self) -> "ApiSession":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def call(self, method: str, path: str, **sent: Any) -> Any:
        """The JSON values of an answer; None if it has no body. `sent` is what `requests` takes.

        Raises Transient, Ambiguous, Rejected (NotFound, StaleWrite), ChannelDown (AuthError). No message
        holds a header or a query, where secrets are.
        """
        return self.ask(method, path, **sent)[0]

    def ask(self, method: str, path: str, **sent: Any) -> tuple[Any, Mapping[str, str]]:
        """The JSON values of an answer, and its headers. Raises what `call` does."""
        what = f"{method} {self.address}{path}"
        try:
            answer = self.send(method, self.address + path, **sent)
        except requests.RequestException as error:
            raise _unanswered(error, method, what) from None
        if answer.status_code >= 300:
            known = self.refusal(answer, what) if self.refusal else None
            raise known or _refusal(answer, method, what)
        if answer.status_code == 204 or not answer.content:
            return None, answer.headers
        try:
            return answer.json(), answer.headers
        except requests.JSONDecodeError:
            raise ChannelDown(
                f"{what} answered {answer.status_code} with {kind_of(answer.headers)} instead of JSON",
                hint="check the address; a login page or a proxy may stand in between",
            ) from None

    def send(self, method: str, url: str, *, stream: bool = False, **sent: Any) -> requests.Response:
        """The answer to a request, whatever it is; redirects are not followed.

        With `stream`, its body is still to be read. Raises requests.RequestException.
        """
        request = self._prepared(method, url, **sent)
        return self.http.send(request, timeout=(CONNECT, READ), allow_redirects=False, stream=stream)

    def _prepared(self, method: str, url: str, **sent: Any) -> requests.PreparedRequest:
        """What `requests` would prepare; most of it is the same from one request to the next."""
        if sent.keys() - SIMPLE or not isinstance(sent.get("data", b""), bytes) or "@" in url:
            return self.http.prepare_request(requests.Request(method, url, **sent))
        request = requests.PreparedRequest()
        request.method, request.url = method, _address(url)
        headers = {**self.http.headers, **(sent.get("headers") or {})}
        request.prepare_headers({name: value for name, value in headers.items() if value is not None})
        request.prepare_cookies(self.http.cookies)
        _put_body(request, sent.get("data"), sent.get("json"))
        if self.http.auth:
            request.prepare_auth(self.http.auth, url)
        return request


@lru_cache(maxsize=64)
def _address(url: str) -> str:
    """As it is sent."""
    request = requests.PreparedRequest()
    request.prepare_url(url, None)
    return request.url or url


def _put_body(request: requests.PreparedRequest, data: bytes | None, json: Any) -> None:
    if not data and json is not None:
        try:
            data = orjson.dumps(json)
        except TypeError:  # numbers beyond 64 bits, half characters
            request.prepare_body(None, None, json)
            return
        request.headers.setdefault("Content-Type", "application/json")
    request.body = data
    request.prepare_content_length(data)


def _unanswered(error: requests.RequestException, method: str, what: str) -> LeopardError:
    host = urlsplit(what.split(" ", 1)[1]).netloc
    if isinstance(error, requests.exceptions.SSLError):
        return ChannelDown(
            f"the certificate of {host} cannot be trusted",
            hint="mend the certificate; Leopard does not go on without",
        )
    if isinstance(error, requests.ConnectTimeout) or _never_sent(error):
        return Transient(f"cannot connect to {host}", hint="check the address, and that the server runs")
    if isinstance(
        error, requests.Timeout | requests.ConnectionError | requests.exceptions.ChunkedEncodingError
    ):
        if method in SAFE_TO_REPEAT:
            return Transient(f"{what}: the answer was lost")
        return Ambiguous(f"{what}: the answer was lost, so nobody knows whether it was done")
    return ChannelDown(f"{what} cannot be sent: {type(error).__name__}", hint="check the address")


def _never_sent(error: requests.RequestException) -> bool:
    """Did it fail before a byte was sent?"""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return type(reason).__name__ in ("NewConnectionError", "NameResolutionError")


def _refusal(answer: requests.Response, method: str, what: str) -> LeopardError:
    status, told = answer.status_code, f"{what} answered {answer.status_code}{reason(answer)}"
    hint = HINTS.get(status)
    match status:
        case 401 | 403 | 407:
            return AuthError(told, hint="check the credentials and the rights of the user they belong to")
        case 404 | 410:
            return NotFound(told)
        case 412:
            return StaleWrite(told)
        case _ if status == 429 or (status == 503 and "Retry-After" in answer.headers):
            return Transient(told, retry_after=retry_after(answer.headers.get("Retry-After")), hint=hint)
        case _ if status >= 500 and method not in SAFE_TO_REPEAT:
            return Ambiguous(f"{told}, so nobody knows whether it was done")
        case _ if status >= 500 or status == 408:
            return Transient(told)
        case _ if status < 400:
            where = urlsplit(answer.headers.get("Location", ""))
            to = f"{where.scheme}://{where.netloc}{where.path}"
            leads = f"correct the address; it points to {to}" if where.netloc else "check the address"
            return ChannelDown(told, hint=leads)
    return Rejected(told, hint=hint)


def reason(answer: requests.Response) -> str:
    """What the server says of it, in short."""
    try:
        body = answer.json()
    except requests.JSONDecodeError:
        return f" with {kind_of(answer.headers)}" if answer.content else ""
    return f": {said(body)}"


def said(body: Any) -> str:
    """The sentence in the JSON values of a refusal, as APIs usually write it, in short."""
    for name in ("message", "error", "errors", "detail"):
        if isinstance(body, dict) and body.get(name):
            inner = body[name]
            text = inner.get("message") if isinstance(inner, dict) and inner.get("message") else inner
            return str(text)[:LONGEST_REASON]
    return str(body)[:LONGEST_REASON]


def kind_of(headers: Mapping[str, str]) -> str:
    """What an answer is, in words."""
    kind = headers.get("Content-Type", "").partition(";")[0]
    return "a web page" if kind == "text/html" else (kind or "an unknown type")


def retry_after(header: str | None, now: datetime | None = None) -> float | None:
    """Seconds to wait, from a number or an HTTP date (RFC 9110, 10.2.3); None if nothing is said."""
    if not header:
        return None
    if re.fullmatch(r"[0-9]+", header.strip()):
        return float(header)
    try:
        at = parsedate_to_datetime(header)
    except ValueError:
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return max(0.0, (at - (now or datetime.now(UTC))).total_seconds())
