"""What a run sends, and how long it takes."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests

from benchmarks.plain_loops import Sent


@dataclass
class Wire:
    """What `requests` sends and is told, from here on."""

    sent: list[Sent] = field(default_factory=list)
    asked: int = 0
    refused: int = 0

    @contextmanager
    def listening(self) -> Iterator["Wire"]:
        real, lock = requests.Session.send, threading.Lock()

        def send(http: requests.Session, request: requests.PreparedRequest, **how: Any) -> requests.Response:
            with lock:
                self.asked += 1
                if request.method not in ("GET", "HEAD"):
                    body = request.body or b""
                    raw = body if isinstance(body, bytes) else str(body).encode()
                    self.sent.append((str(request.method), str(request.url), raw))
            answer = real(http, request, **how)
            if answer.status_code >= 400:
                with lock:
                    self.refused += 1
            return answer

        requests.Session.send = send  # type: ignore[assignment, method-assign]
        try:
            yield self
        finally:
            requests.Session.send = real  # type: ignore[method-assign]


@dataclass
class Watch:
    """Seconds: by the clock on the wall, and those that this process has computed."""

    seconds: float = 0.0
    cpu: float = 0.0

    @contextmanager
    def running(self) -> Iterator["Watch"]:
        began, computed = time.perf_counter(), time.process_time()
        yield self
        self.seconds = time.perf_counter() - began
        self.cpu = time.process_time() - computed
