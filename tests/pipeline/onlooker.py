"""Somebody who looks at a project through `leopard preview`, as a real server on loopback answers it."""

import re
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from html import unescape
from http.client import HTTPConnection

from pipeline.web.preview import desk as desk_room
from pipeline.web.preview import look as look_room
from pipeline.web.preview.allowed import Allowed
from pipeline.web.preview.app import Preview
from pipeline.web.preview.desk import Desk
from pipeline.web.server import listen, serving

PATIENCE = 60
IDENT = "article:first@en"
BARRIER = "---\ntitle: First\n---\n\nOne.\n\n#### Deep\n\nSee [click here](https://a.example/) and ![](asset:coat).\n"


class Answer:
    def __init__(self, found):
        self.status, self.headers = found.status, {name.lower(): value for name, value in found.getheaders()}
        self.bytes = found.read()

    @property
    def text(self):
        return self.bytes.decode()

    @property
    def words(self):
        """What is read of it: without tags, on one line."""
        return " ".join(unescape(re.sub("<[^>]*>", " ", self.text)).split())


class Reader:
    """Asks a preview of a project, and hears of what is new."""

    def __init__(self, desk, port):
        self.desk, self.port = desk, port

    def ask(self, path, method="GET", **headers):
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, headers=headers)
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def record(self, ident=IDENT, channel="feed"):
        return self.ask(f"/records/{ident}?channel={channel}")

    def page(self, ident=IDENT, channel="feed"):
        return self.ask(f"/pages/{channel}/{ident}")

    @contextmanager
    def events(self):
        """Yields a function that waits for the next event and gives its version."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request("GET", "/events")
        answer = connection.getresponse()
        assert answer.headers["content-type"].startswith("text/event-stream")

        def heard():
            while True:
                line = answer.readline().decode()
                assert line, "the stream has ended"
                if line.startswith("data: "):
                    return line.removeprefix("data: ").strip()

        try:
            yield heard
        finally:
            connection.close()


@contextmanager
def previewing(root, allowed=Allowed(), *, watched=False):  # noqa: B008
    desk, stop = Desk(root, allowed), threading.Event()
    thread = threading.Thread(target=desk.watch, args=(stop,))
    with listen("127.0.0.1", 0) as listener, serving(Preview(desk).application(), listener):
        if watched:
            thread.start()
        try:
            yield Reader(desk, listener.getsockname()[1])
        finally:
            stop.set()
            desk.bell.end()
            if watched:
                thread.join()


def until(heard, condition):
    """Hear of news until something holds."""
    while not condition():
        heard()


def soon(**since):
    return (datetime.now(UTC) + timedelta(**since)).isoformat()


def put_forward(monkeypatch, **by):
    """The clock of the preview."""
    for room in (desk_room, look_room):
        monkeypatch.setattr(room, "clock", lambda: datetime.now(UTC) + timedelta(**by))
