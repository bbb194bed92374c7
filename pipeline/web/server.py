"""Listen on this machine, and answer until told to stop."""

import ipaddress
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import uvicorn
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from pipeline.web.headers import HEADERS
from schemas.errors import ConfigError

YIELDING = 10
"""How much nicer than the rest of this machine answers are given (`nice`), so that runs go first."""
PATIENCE = 5
"""Seconds that requests under way are given to end."""
BACKLOG = 128
AT_ONCE = 700
"""Requests at a time; whoever comes then is told to come later."""
LATER = 5
"""Seconds after which they may."""
PROBES = ("/healthz", "/readyz")
"""Who asks there is answered however many there are: a process that is busy is not to be started again."""
OPEN = 900
"""Connections at a time, before files can be opened no more."""


def listen(host: str, port: int, *, let_in: bool = False) -> socket.socket:
    """A socket that listens. Raises ConfigError for one that is taken, and, unless `let_in` says that whoever
    comes is asked who they are, for an address that others can reach.
    """
    if not (let_in or is_ours(host)):
        raise ConfigError(
            f"leopard serve does not answer at {host}: others could reach it there, and nobody is asked who "
            "they are",
            hint="add `dashboard: users: …` to leopard.yaml, or leave --host out",
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Whose protocol is not said is not told to send small answers at once (`TCP_NODELAY`), which takes 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise ConfigError(
            f"cannot answer at {host}, port {port}: {(error.strerror or str(error)).lower()}",
            hint="is it running already? Else choose another port: --port 0 takes a free one",
        ) from None
    return listener


def is_ours(host: str) -> bool:
    """Is this an address that only this machine reaches?"""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Door:
    """Lets in no more requests at a time than can be answered."""

    def __init__(self, app: ASGIApp, most: int = AT_ONCE) -> None:
        self.app, self.most, self.inside = app, most, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.inside >= self.most and scope["path"] not in PROBES:
            headers = {**HEADERS, "Retry-After": str(LATER), "Connection": "close"}
            await PlainTextResponse("Too many are here. Come again.\n", 503, headers)(scope, receive, send)
            return
        self.inside += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self.inside -= 1


@contextmanager
def serving(app: ASGIApp, listener: socket.socket) -> Iterator[None]:
    """Answer in a thread of its own for as long as the `with` block lasts."""
    settings = uvicorn.Config(
        Door(app),
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        proxy_headers=False,
        limit_concurrency=OPEN,
        timeout_graceful_shutdown=PATIENCE,
    )
    server = uvicorn.Server(settings)

    def answer() -> None:
        thread = threading.get_native_id()
        with suppress(OSError, AttributeError):  # where single threads have no priority of their own
            priority = os.getpriority(os.PRIO_PROCESS, thread) + YIELDING
            os.setpriority(os.PRIO_PROCESS, thread, priority)
        server.run([listener])

    thread = threading.Thread(target=answer, name="leopard-web")
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
