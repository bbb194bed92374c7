"""
A proxy that goes wrong on purpose: put before any server, it shows what a client makes of faults.

    with FaultProxy("http://127.0.0.1:8080") as proxy:
        proxy.faults.append(Fault("lost", method="POST"))
        …  # the client is told `proxy.address`
        assert proxy.requests == [("POST", "/pages")]

For tests. Speaks HTTP/1.1 to clients on this machine only.
"""

import http.client
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

Kind = Literal["refuse", "error_before", "error_after", "html", "lost", "truncate", "slow"]
NOT_FORWARDED: tuple[Kind, ...] = ("refuse", "error_before", "html")

WRITES = "POST|PUT|PATCH|DELETE"
HOP_BY_HOP = {"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "content-length"}
"""Headers that are about one connection (RFC 9110, 7.6.1), and the length, which we count ourselves."""
PATIENCE = 120.0
"""Seconds to wait for the server."""


@dataclass
class Fault:
    """
    What goes wrong with requests that match.

    refuse         the connection is closed, the server has seen nothing
    error_before   `status` is answered, the server has seen nothing
    html           a web page is answered with 200, the server has seen nothing
    error_after    the server has done it, `status` is answered
    lost           the server has done it, the connection is closed without an answer
    truncate       the server has done it, half of its answer comes through
    slow           the server's answer comes `seconds` late
    """

    kind: Kind
    method: str = WRITES
    """Regular expression; `.*` for any."""
    path: str = ""
    """Regular expression, searched in path and query."""
    skip: int = 0
    """Matching requests that are let through first."""
    times: int = 1
    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict)
    """Of the error, such as Retry-After."""
    seconds: float = 0.0
    act: Callable[[], None] | None = None
    """Called at that moment: once the server has done it, or instead of asking it."""

    def strikes(self, method: str, path: str) -> bool:
        """Does it hit this request? Counts."""
        if not self.times or not re.fullmatch(self.method, method) or not re.search(self.path, path):
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.times -= 1
        return True


class Request(NamedTuple):
    """One request that arrived."""

    method: str
    path: str
    """With the query."""


class Answer(NamedTuple):
    """What is sent back."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class FaultProxy:
    """Forwards to `target`; open for as long as the `with` block lasts."""

    def __init__(self, target: str) -> None:
        self.target = urlsplit(target)
        self.faults: list[Fault] = []
        self.requests: list[Request] = []
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._server = _Server(self)

    def __enter__(self) -> "FaultProxy":
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def address(self) -> str:
        """Address of the proxy, with the target's path."""
        return f"http://127.0.0.1:{self._server.server_port}{self.target.path}"

    @property
    def writes(self) -> list[Request]:
        """Requests that could change something."""
        return [request for request in self.requests if re.fullmatch(WRITES, request.method)]

    def arrived(self, request: Request) -> Fault | None:
        """Note a request; the fault that strikes it."""
        with self._lock:
            self.requests.append(request)
            return next((fault for fault in self.faults if fault.strikes(*request)), None)

    def wait(self, seconds: float) -> None:
        """Dawdle, but not beyond the end."""
        self._stop.wait(seconds)

    def forward(self, request: Request, headers: list[tuple[str, str]], body: bytes) -> Answer:
        """What the server answers."""
        kind = http.client.HTTPSConnection if self.target.scheme == "https" else http.client.HTTPConnection
        connection = kind(self.target.netloc, timeout=PATIENCE)
        try:
            connection.putrequest(request.method, request.path, skip_accept_encoding=True)
            for name, value in headers:
                if name.lower() not in HOP_BY_HOP | {"host"}:
                    connection.putheader(name, value)
            connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            kept = [one for one in answer.getheaders() if one[0].lower() not in HOP_BY_HOP]
            return Answer(answer.status, kept, answer.read())
        finally:
            connection.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, proxy: FaultProxy) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.proxy = proxy


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except OSError:
            self.close_connection = True

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = Request(self.command, self.path)
        fault = self.server.proxy.arrived(request)
        answer = None
        if fault is None or fault.kind not in NOT_FORWARDED:
            answer = self.server.proxy.forward(request, self.headers.items(), body)
        if fault is not None:
            answer = self._spoilt(fault, answer)
        if answer is not None:
            self._send(answer, half=fault is not None and fault.kind == "truncate")

    do_GET = do_HEAD = do_OPTIONS = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

    def _spoilt(self, fault: Fault, answer: Answer | None) -> Answer | None:
        """What is sent in place of the answer; nothing if the connection is to be closed."""
        if fault.act:
            fault.act()
        match fault.kind:
            case "refuse" | "lost":
                self.close_connection = True
                return None
            case "error_before" | "error_after":
                return Answer(fault.status, list(fault.headers.items()), b"")
            case "html":
                return Answer(200, [("Content-Type", "text/html")], b"<!doctype html><title>Log in</title>")
            case "slow":
                self.server.proxy.wait(fault.seconds)
        return answer

    def _send(self, answer: Answer, *, half: bool = False) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        if answer.status not in (204, 304) and self.command != "HEAD":
            self.send_header("Content-Length", str(len(answer.body)))
        if half:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body[: len(answer.body) // 2] if half else answer.body)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        pass
