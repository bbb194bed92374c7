"""Many who look at a dashboard at once, for serving.py: `python benchmarks/crowd.py ADDRESS STREAMS RATE`."""

import asyncio
import json
import os
import re
import resource
import sys
import time
from collections import Counter
from contextlib import suppress
from urllib.parse import urlsplit

TOKEN = "LEOPARD_BENCHMARK_TOKEN"
"""The variable of the environment that has the token they come with."""
PAGES = (
    "/", "/matrix", "/matrix?q=part+77", "/plan", "/problems", "/quarantine", "/runs", "/statistics",
    "/schedule", "/audit", "/records/article:a0000077@en", "/healthz", "/metrics",
)  # fmt: skip
IDLE = 3.0
"""Seconds after which a connection is not used again: soon after, it is closed at the other end."""

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Crowd:
    """Everybody who looks: streams that stay open, and requests at a steady rate whoever answers how fast."""

    def __init__(self, address: str, token: str, streams: int, rate: float) -> None:
        where = urlsplit(address)
        self.host, self.port = where.hostname or "", where.port or 80
        self.head = f"Host: {self.host}\r\nAuthorization: Bearer {token}\r\nAccept: text/html\r\n"
        self.streams, self.rate = streams, rate
        self.statuses: Counter[int] = Counter()
        self.times: dict[str, list[float]] = {path: [] for path in PAGES}
        self.events = self.late = self.open = 0

    async def attend(self) -> None:
        """Until standard input ends."""
        end = asyncio.Event()
        asyncio.get_running_loop().add_reader(sys.stdin, end.set)
        watchers = [asyncio.create_task(self._watch()) for _ in range(self.streams)]
        began, number, asking = time.monotonic(), 0, set()
        idle: list[tuple[float, Connection]] = []
        while not end.is_set():
            due = began + number / self.rate
            if (wait := due - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            elif wait < -0.1:
                self.late += 1
            task = asyncio.create_task(self._ask(PAGES[number % len(PAGES)], idle))
            asking.add(task)
            task.add_done_callback(asking.discard)
            number += 1
        seconds = time.monotonic() - began
        unanswered = len(asking)
        for one in (*watchers, *asking):
            one.cancel()
        used = resource.getrusage(resource.RUSAGE_SELF)
        told = {
            "asked": number,
            "rate": number / seconds,
            "answered": sum(self.statuses.values()) / seconds,
            "unanswered": unanswered,
            "statuses": dict(self.statuses),
            "late": self.late,
            "streams": self.open,
            "events": self.events,
            "cpu": (used.ru_utime + used.ru_stime) / seconds,
            "times": self.times,
        }
        print(json.dumps(told), flush=True)

    async def _watch(self) -> None:
        reader, writer = await asyncio.open_connection(self.host, self.port)
        writer.write(f"GET /live HTTP/1.1\r\n{self.head}\r\n".encode())
        assert b" 200 " in await reader.readline()
        self.open += 1
        while line := await reader.readline():
            self.events += line.startswith(b"event:")
        self.open -= 1

    async def _ask(self, path: str, idle: list[tuple[float, Connection]]) -> None:
        began = time.monotonic()
        for _ in range(3):  # a connection that was idle may be closed at this very moment
            with suppress(OSError, EOFError):
                head = await self._answer(path, idle)
                break
        else:
            head = b"broken 0"
        self.statuses[int(head.split()[1])] += 1
        self.times[path].append(time.monotonic() - began)

    async def _answer(self, path: str, idle: list[tuple[float, Connection]]) -> bytes:
        reader, writer = await self._connection(idle)
        writer.write(f"GET {path} HTTP/1.1\r\n{self.head}\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        await reader.readexactly(int(length[1]) if length else 0)
        if b"connection: close" in head.lower():
            writer.close()
        else:
            idle.append((time.monotonic(), (reader, writer)))
        return head

    async def _connection(self, idle: list[tuple[float, Connection]]) -> Connection:
        while idle:
            since, known = idle.pop()
            if time.monotonic() - since < IDLE:
                return known
            known[1].close()
        return await asyncio.open_connection(self.host, self.port)


if __name__ == "__main__":
    asyncio.run(Crowd(sys.argv[1], os.environ[TOKEN], int(sys.argv[2]), float(sys.argv[3])).attend())
