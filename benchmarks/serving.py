"""
Does looking at the dashboard hold up a run?

    python benchmarks/serving.py [--pairs 5] [--streams 200] [--rate 100] [RECORDS]

Starts `leopard serve` with articles of about 1 KB on two channels (JSON files and a JSON Feed), and runs it
over and over with all of them changed: in turn with nobody there, and with so many open streams of progress
and so many requests a second, to every page in turn. A run's duration is that from being asked for until the
ledger has its end. The requests come from a process of its own, which is niced; it takes its share of the
machine all the same.
"""

import argparse
import asyncio
import json
import os
import re
import resource
import secrets
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

PROGRAM = [sys.executable, "-c", "from pipeline.cli import main; main()"]
TEXT = "The leopard is the most widespread of the big cats, and the one about which least is known. "
TOKEN = "LEOPARD_BENCHMARK_TOKEN"
CONFIGURATION = f"""\
site: {{title: Leopards, url: "https://example.org"}}
sources: {{articles: {{use: json, path: articles.ndjson, kind: article}}}}
channels:
  files: {{use: json, path: public/files}}
  feed: {{use: jsonfeed, path: public/feed.json}}
schedule:
  - {{sync: all, every: week}}
dashboard:
  users: [{{name: ada, role: editor, token: "env:{TOKEN}"}}]
"""
PAGES = (
    "/", "/matrix", "/matrix?q=part+77", "/plan", "/problems", "/quarantine", "/runs", "/statistics",
    "/schedule", "/audit", "/records/article:a0000077@en", "/healthz", "/metrics",
)  # fmt: skip
NICE = 10
PAUSE = 3.0
"""Seconds for which all is left alone before a run begins."""


def fill(root: Path, count: int, version: int) -> None:
    """Records of which each says which version it is."""
    with (root / "articles.ndjson").open("w", encoding="utf-8") as file:
        for number in range(count):
            record = {
                "key": f"article:a{number:07}",
                "title": f"Leopards, part {number}",
                "summary": f"Version {version}",
                "published_at": f"{1900 + number % 120}-{1 + number % 12:02}-{1 + number % 28:02}T09:00:00Z",
                "body": {"format": "html", "text": f"<p>{TEXT * 5}</p>\n<p>{version} {TEXT * 4}</p>"},
            }
            file.write(json.dumps(record) + "\n")


class Served:
    """A `leopard serve` of a project."""

    def __init__(self, root: Path) -> None:
        self.root, self.token = root, secrets.token_hex(16)
        environment = {**os.environ, TOKEN: self.token}
        words = [*PROGRAM, "-C", str(root), "serve", "--port", "0"]
        self.process = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        found = re.search(r"http://\S+", self.process.stdout.readline())
        assert found
        self.address = found[0]

    def run(self) -> tuple[float, float]:
        """Seconds that one run of all channels takes, and seconds of processor time that its process had."""
        known = self._ended()
        began = datetime.now(UTC)
        ask = Request(f"{self.address}/do/run", b"", {"Authorization": f"Bearer {self.token}"})
        ask.add_header("Content-Type", "application/x-www-form-urlencoded")
        with suppress(OSError), urlopen(ask) as answer:
            assert answer.status == 200
        used = 0.0
        while len(ended := self._ended()) == len(known):
            used = self._used_by_run() or used
            time.sleep(0.1)
            assert self.process.poll() is None
        (run,) = ended.keys() - known.keys()
        finished, outcome = ended[run]
        assert outcome == "clean", outcome
        return (datetime.fromisoformat(finished) - began).total_seconds(), used

    def _used_by_run(self) -> float:
        with closing(sqlite3.connect(f"file:{self.root}/.leopard/ledger.db?mode=ro", uri=True)) as ledger:
            row = ledger.execute("select pid from locks where name = 'run'").fetchone()
        with suppress(OSError):
            return cpu_of(row[0]) if row else 0.0
        return 0.0

    def _ended(self) -> dict[str, tuple[str, str]]:
        with closing(sqlite3.connect(f"file:{self.root}/.leopard/ledger.db?mode=ro", uri=True)) as ledger:
            rows = ledger.execute("select id, finished_at, outcome from runs where finished_at is not null")
            return {run: (finished, outcome) for run, finished, outcome in rows}

    def cpu(self) -> float:
        """Seconds of processor time that the process that answers has taken."""
        return cpu_of(self.process.pid)

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(60)


def cpu_of(pid: int) -> float:
    """Seconds of processor time that a process has taken. On Linux only."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


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
        idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
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
            "median": {path: median(times) for path, times in self.times.items() if times},
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

    async def _ask(self, path: str, idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]) -> None:
        began = time.monotonic()
        for _ in range(3):  # a connection that was idle may be closed at this very moment
            with suppress(OSError, EOFError):
                head = await self._answer(path, idle)
                break
        else:
            head = b"broken 0"
        self.statuses[int(head.split()[1])] += 1
        self.times[path].append(time.monotonic() - began)

    async def _answer(
        self, path: str, idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]
    ) -> bytes:
        reader, writer = idle.pop() if idle else await asyncio.open_connection(self.host, self.port)
        writer.write(f"GET {path} HTTP/1.1\r\n{self.head}\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        await reader.readexactly(int(length[1]) if length else 0)
        if b"connection: close" in head.lower():
            writer.close()
        else:
            idle.append((reader, writer))
        return head


def crowd(served: Served, streams: int, rate: float) -> subprocess.Popen[str]:
    """A crowd in a process of its own; all its streams are open."""
    words = [
        sys.executable,
        __file__,
        "--crowd",
        served.address,
        "--streams",
        str(streams),
        "--rate",
        str(rate),
    ]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    return subprocess.Popen(words, env={**os.environ, TOKEN: served.token}, preexec_fn=_nice, **pipes)


def _nice() -> None:
    os.nice(NICE)


def measure(served: Served, asked: argparse.Namespace) -> None:
    pairs: list[dict[bool, tuple[float, float]]] = []
    for pair in range(asked.pairs):
        took: dict[bool, tuple[float, float]] = {}
        for loaded in (False, True) if pair % 2 == 0 else (True, False):
            fill(served.root, asked.records, 2 * pair + loaded + 1)
            others = crowd(served, asked.streams, asked.rate) if loaded else None
            time.sleep(PAUSE)
            cpu = served.cpu()
            took[loaded] = served.run()
            cpu = served.cpu() - cpu
            if others is not None:
                told = json.loads(others.communicate("")[0])
                pages = ", ".join(f"{path} {1000 * at:.0f}" for path, at in told.pop("median").items())
                print(
                    f"  crowd: {told}, ms: {pages}; web process: {cpu / took[loaded][0]:.2f} CPU", flush=True
                )
        pairs.append(took)
        (alone, used), (beside, more) = took[False], took[True]
        told = f"alone {alone:.2f} s ({used:.2f} s CPU), beside {beside:.2f} s ({more:.2f} s CPU)"
        ratios = f"{beside / alone:.2f}, of CPU {more / used:.2f}"
        print(f"pair {pair + 1}: {told}, ratio {ratios} (load {os.getloadavg()[0]:.1f})", flush=True)
    for at, what in enumerate(("duration", "CPU")):
        ratios = sorted(one[True][at] / one[False][at] for one in pairs)
        alone, beside = (median(one[which][at] for one in pairs) for which in (False, True))
        spread = " ".join(f"{one:.2f}" for one in ratios)
        print(f"{what}: alone {alone:.2f} s, beside {beside:.2f} s, ratio {median(ratios):.2f} ({spread})")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--rate", type=float, default=100)
    parser.add_argument("--crowd", help=argparse.SUPPRESS)
    parser.add_argument("records", type=int, nargs="?", default=5_000)
    asked = parser.parse_args()
    if asked.crowd:
        asyncio.run(Crowd(asked.crowd, os.environ[TOKEN], asked.streams, asked.rate).attend())
        return
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "leopard.yaml").write_text(CONFIGURATION)
        fill(root, asked.records, 0)
        served = Served(root)
        try:
            print(f"first run: {served.run()[0]:.2f} s", flush=True)
            measure(served, asked)
        finally:
            served.end()


if __name__ == "__main__":
    main()
