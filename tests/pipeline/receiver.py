"""A receiver of messages over HTTP, in this process: what it was sent, and how it answers."""

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Receiver:
    """`status` is what it answers; None loses the answer of what it has taken."""

    port: int
    status: int | None = 200
    got: list = field(default_factory=list)
    """Per message, its path, headers and body."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def apprise(self):
        return f"json://127.0.0.1:{self.port}/"

    @property
    def taken(self):
        return [json.loads(body) for _, _, body in self.got]

    @property
    def titles(self):
        """Of messages that came by Apprise."""
        return [one["title"] for one in self.taken]


@contextmanager
def receiving(status=200):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with receiver.lock:
                status = receiver.status
                if status is None or status < 300:
                    receiver.got.append((self.path, dict(self.headers), body))
            if status is None:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver = Receiver(server.server_address[1], status)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()
