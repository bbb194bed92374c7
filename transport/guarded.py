"""Connections for `requests` that go only where a guard allows, and end when their time is over."""

import socket
import ssl
import time
from collections.abc import Callable
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.ssl_ import create_urllib3_context

from transport.addresses import Guard

CONNECT, READ = 10.0, 30.0
"""Seconds to wait for a connection, and for the next bytes of an answer."""


class Clock:
    """How long one fetch may still take. Every read of its connections asks."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.now, self.until = now, 0.0

    def left(self, longest: float) -> float:
        """Seconds until the end, at most `longest`. Raises TimeoutError if it is over."""
        left = self.until - self.now()
        if left <= 0:
            raise TimeoutError("the time is over")
        return min(left, longest)


def guarded_session(guard: Guard, clock: Clock) -> requests.Session:
    """A session without proxies, cookies and redirects of its own, for http and https."""
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.adapters.clear()
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter(guard, clock))
    return session


class _Adapter(HTTPAdapter):
    def __init__(self, guard: Guard, clock: Clock) -> None:
        self.guard, self.clock = guard, clock
        super().__init__()

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **how: Any) -> None:
        context = create_urllib3_context()
        context.sslsocket_class = type("TimedTls", (_TimedTls,), {"clock": self.clock})
        own = {"guard": self.guard, "clock": self.clock}
        plain = type("Plain", (_Plain,), own)
        secure = type("Secure", (_Secure,), own)
        self.poolmanager = PoolManager(
            num_pools=connections, maxsize=maxsize, block=block, ssl_context=context, **how
        )
        self.poolmanager.pool_classes_by_scheme = {
            "http": type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
        }


class _Reached:
    """Connects to an address that the guard has looked at, and not to a name, which could change."""

    guard: Guard
    clock: Clock
    host: str
    port: int
    socket_options: Any

    def _new_conn(self) -> socket.socket:
        try:
            places = self.guard.find(self.host, self.port)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error  # type: ignore[arg-type]
        failed: OSError = OSError("no address")
        for family, kind, protocol, _, place in places:
            try:
                return self._connected(family, kind, protocol, place)
            except OSError as error:
                failed = error
        told = f"cannot connect to {self.host}"
        if isinstance(failed, TimeoutError):
            raise ConnectTimeoutError(self, told) from failed
        raise NewConnectionError(self, told) from failed  # type: ignore[arg-type]

    def _connected(self, family: int, kind: int, protocol: int, place: Any) -> socket.socket:
        made = _Timed(family, kind, protocol)
        made.clock = self.clock
        try:
            made.settimeout(self.clock.left(CONNECT))
            for option in self.socket_options or ():
                made.setsockopt(*option)
            made.connect(place)
        except BaseException:
            made.close()
            raise
        return made


class _Plain(_Reached, HTTPConnection):
    pass


class _Secure(_Reached, HTTPSConnection):
    pass


class _Timed(socket.socket):
    clock: Clock

    def recv_into(self, *args: Any, **how: Any) -> int:
        self.settimeout(self.clock.left(READ))
        return super().recv_into(*args, **how)

    def sendall(self, *args: Any, **how: Any) -> None:
        self.settimeout(self.clock.left(READ))
        super().sendall(*args, **how)


class _TimedTls(ssl.SSLSocket):
    clock: Clock

    def recv_into(self, *args: Any, **how: Any) -> int:
        self.settimeout(self.clock.left(READ))
        return super().recv_into(*args, **how)

    def sendall(self, *args: Any, **how: Any) -> None:
        self.settimeout(self.clock.left(READ))
        super().sendall(*args, **how)

    def do_handshake(self, block: bool = False) -> None:
        self.settimeout(self.clock.left(CONNECT))
        super().do_handshake(block)
