"""An adapter for `requests` that asks one server again and again: what is the same each time is done once.

Connections, time limits, certificates and errors are those of `requests` and urllib3.
"""

from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.cookies import extract_cookies_to_jar
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

Proxies = Any
"""As `requests` has them: a mapping of schemes to addresses, or None."""

TOGETHER = 1 << 16
"""Bytes that are few enough to be copied behind the headers of a request."""


class _AtOnce:
    """Sends a short body with its headers: one packet less, and one wait less for the interpreter's lock."""

    _held: list[bytes] | None = None

    def request(self, method: str, url: str, body: Any = None, headers: Any = None, **how: Any) -> None:
        self._held = [] if isinstance(body, bytes) and len(body) <= TOGETHER else None
        super().request(method, url, body, headers, **how)  # type: ignore[misc]
        held, self._held = self._held, None
        if held:
            self.send(b"".join(held))

    def send(self, data: Any) -> None:
        if self._held is None:
            super().send(data)  # type: ignore[misc]
        else:
            self._held.append(data)


class _Plain(_AtOnce, HTTPConnection):
    pass


class _Secure(_AtOnce, HTTPSConnection):
    pass


class DirectAdapter(HTTPAdapter):
    """For one thread at a time."""

    def __init__(self) -> None:
        self._pools: dict[tuple[Any, ...], Any] = {}
        super().__init__()

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **how: Any) -> None:
        super().init_poolmanager(connections, maxsize, block, **how)
        plain = type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": _Plain})
        secure = type("SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": _Secure})
        self.poolmanager.pool_classes_by_scheme = {"http": plain, "https": secure}

    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, verify: Any, proxies: Proxies = None, cert: Any = None
    ) -> Any:
        if proxies:
            return super().get_connection_with_tls_context(request, verify, proxies, cert)
        address = request.url or ""
        known = (address[: address.find("/", len("https://"))], verify, cert)
        if known not in self._pools:
            pool = super().get_connection_with_tls_context(request, verify, proxies, cert)
            super().cert_verify(pool, address, verify, cert)  # type: ignore[no-untyped-call]
            self._pools[known] = pool
        return self._pools[known]

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Done when a pool is made, from the same `verify` and `cert`; those of proxies are not kept."""
        if conn not in self._pools.values():
            super().cert_verify(conn, url, verify, cert)  # type: ignore[no-untyped-call]

    def request_url(self, request: requests.PreparedRequest, proxies: Proxies) -> str:
        return super().request_url(request, proxies) if proxies else request.path_url

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:
        answer = requests.Response()
        answer.status_code, answer.reason, answer.raw = resp.status, resp.reason, resp
        answer.headers = CaseInsensitiveDict(resp.headers)
        answer.encoding = get_encoding_from_headers(answer.headers)
        answer.url, answer.request = req.url or "", req
        answer.connection = self
        if "Set-Cookie" in answer.headers:
            extract_cookies_to_jar(answer.cookies, req, resp)  # type: ignore[no-untyped-call]
        return answer

    def close(self) -> None:
        self._pools.clear()
        super().close()
