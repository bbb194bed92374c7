"""A web server on this machine whose pages a test writes; it knows ETags, and can answer byte for byte."""

import threading
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class Seen(NamedTuple):
    """One request that arrived."""

    method: str
    path: str
    headers: dict[str, str]
    """With names in lower case."""
    body: str


@dataclass
class Page:
    """What is answered at a path."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    """All of the answer, head included; then the connection is closed."""


class Web:
    """`pages` by path with query, then by path alone; or a function of the request."""

    def __init__(self, server):
        self.address = f"http://127.0.0.1:{server.server_port}"
        self.pages: dict[str, Page | Callable[[Seen], Page]] = {}
        self.seen: list[Seen] = []

    def put(self, path, body=b"", status=200, **headers):
        data = body if isinstance(body, bytes) else body.encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = Page(data, status, named)
        return self.address + path

    def raw(self, path, data):
        self.pages[path] = Page(raw=data)
        return self.address + path

    def redirect(self, path, to, status=302):
        return self.put(path, b"", status, Location=to)

    @property
    def paths(self):
        return [one.path for one in self.seen]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _serve(self):
        web = self.server.web
        size = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        seen = Seen(self.command, self.path, headers, self.rfile.read(size).decode())
        web.seen.append(seen)
        page = web.pages.get(self.path) or web.pages.get(self.path.partition("?")[0]) or Page(status=404)
        page = page(seen) if callable(page) else page
        if page.raw is not None:
            self.close_connection = True
            self.wfile.write(page.raw)
            return
        etag = f'"{sha256(page.body).hexdigest()[:16]}"'
        is_same = page.status == 200 and headers.get("if-none-match") == etag
        self.send_response_only(304 if is_same else page.status)
        for name, value in {"ETag": etag, **page.headers}.items():
            self.send_header(name, value)
        if not is_same:
            self.send_header("Content-Length", str(len(page.body)))
        self.end_headers()
        if not is_same:
            self.wfile.write(page.body)

    do_GET = do_POST = _serve

    def handle_one_request(self):
        try:
            super().handle_one_request()
        except OSError:
            self.close_connection = True

    def log_message(self, *args):
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False


@contextmanager
def running():
    """A server for as long as the `with` block lasts."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.web = Web(server)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield server.web
    finally:
        server.shutdown()
        server.server_close()
