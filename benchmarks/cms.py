"""
What does Leopard cost on top of the writes themselves?

    LEOPARD_LIVE=~/.cache/leopard-live python benchmarks/cms.py wordpress strapi directus ghost payload

On one server each, in one run: pages are created and then updated through Leopard, and the run after that,
which has nothing to do, is timed as well. The same records are created and updated by the loop of
`plain_loops.py`, with as many threads as the channel has workers. Leopard and the loop take turns, and in
every second round the loop comes first. A small round before all, which is not timed, warms the server.
After each of them the pages on the server are counted by their titles, as the server lists them. Prints
wall times in seconds, and the ratios.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import requests

sys.path[0] = str(Path(__file__).resolve().parents[1])  # this folder has a sources.py of its own

from benchmarks.plain_loops import LOOPS, Body, Plain
from benchmarks.watching import Watch, Wire
from pipeline.trial import Trial
from schemas.errors import LeopardError

SERVERS = Path(__file__).resolve().parents[1] / "tests" / "live" / "servers"
PLACES = {"wordpress": 0, "wordpress-mariadb": 1, "payload": 2, "strapi": 3, "directus": 4, "ghost": 5}
"""Added to the number of the first port."""
SECRETS = {
    "wordpress": ("password", "password"),
    "payload": ("api_key", "api_key"),
    "strapi": ("token", "token"),
    "directus": ("token", "token"),
    "ghost": ("key", "admin_key"),
}
WORDS = "The leopard is the most widespread of the big cats, and the one about which least is known. "
TAGS = (
    "leopards",
    "big cats",
    "Panthera pardus",
    "coats",
    "trade",
    "Asia",
    "Africa",
    "herders",
    "law",
    "bones",
)
WARM = 60


def page(title: str, number: int) -> Body:
    """The content of one page."""
    said = {"type": "quote", "text": f"{title}: we counted {number} of them.", "name": "Ada Spots"}
    blocks = [{"type": "text", "heading": f"{title} heading", "text": WORDS * 10}, said]
    tags = [TAGS[(number + step) % len(TAGS)] for step in (0, 3, 7)]
    names = {"title": f"{title} {number:05}", "slug": f"page-{number:05}", "summary": f"{title}: {WORDS}"}
    return {**names, "tags": tags, "blocks": blocks}


@dataclass
class Target:
    """One server, and how both write to it."""

    name: str
    server: Mapping[str, Any]
    loop: Plain
    channel: Mapping[str, Any]
    workers: int
    bodies: dict[str, list[Body]] = field(default_factory=dict)
    """What Leopard sent for each record, by the word that begins their titles."""
    times: dict[str, list[float]] = field(default_factory=dict)
    others: Counter[str] = field(default_factory=Counter)
    """Titles of pages that are there of old."""

    def titles(self) -> list[str]:
        with self.loop.session() as http:
            return list(self.loop.titles(http))

    def note(self, who: str, what: str, watch: "Watch", wire: Wire, count: int, title: str) -> None:
        self.times.setdefault(f"{who} {what}", []).append(watch.seconds)
        found = sorted((Counter(self.titles()) - self.others).elements())
        expected = sorted(f"{title} {number:05}" for number in range(count))
        kept = "as they should be" if found == expected else "NOT AS THEY SHOULD BE"
        print(
            f"{self.name:18} {who:8} {what:9} {watch.seconds:8.2f} s  "
            f"({watch.cpu:.2f} s of its own), {wire.asked:5} requests, {wire.refused} refused; "
            f"on the server {len(found)} pages, {len(set(found))} different, {kept}",
            flush=True,
        )
        if found != expected:
            raise SystemExit(1)


def channel(name: str, server: Mapping[str, Any]) -> dict[str, Any]:
    """What leopard.yaml says of a server of the tests; secrets go to the environment."""
    if name == "wordpress":
        server = {**server, **server["editor"]}
    option, member = SECRETS[name]
    os.environ["LEOPARD_BENCHMARK_SECRET"] = str(server[member])
    more = {"username": server["username"]} if name == "wordpress" else {}
    secret = "env:LEOPARD_BENCHMARK_SECRET"
    return {"use": name, "url": server["url"], option: secret, "kinds": ["page"], **more}


@contextmanager
def project(target: Target) -> Iterator[Trial]:
    """A new one, which remembers nothing."""
    with tempfile.TemporaryDirectory() as folder:
        trial = Trial(Path(folder), target.channel)
        try:
            yield trial
        finally:
            trial.close()


def through_leopard(target: Target, count: int, *, timed: bool = True) -> None:
    with project(target) as trial:
        for what, title in (("create", "First"), ("update", "Second")):
            for number in range(count):
                trial.write(f"content/pages/p{number:05}.yaml", page(title, number))
            with Wire().listening() as wire, Watch().running() as watch:
                report = trial.run()
            done = sum(sum(one.done.values()) for one in report.applied)
            assert done == count, f"{done} of {count} were written: {report.problems[:3]}"
            assert not report.problems, report.problems[:3]
            if timed:
                target.note("Leopard", what, watch, wire, count, title)
            found = [body for sent in wire.sent for body in target.loop.records(sent)]
            target.bodies[title] = sorted(found, key=lambda body: str(body["title"]))
        if timed:
            with Wire().listening() as wire, Watch().running() as watch:
                assert trial.run().outcome == "nothing"
            target.note("Leopard", "no change", watch, wire, count, title)


def plainly(target: Target, count: int) -> None:
    loop, size, local = target.loop, target.loop.size, threading.local()
    slices = [slice(at, at + size) for at in range(0, count, size)]

    def each(work: Callable[[requests.Session, slice], Any]) -> list[Any]:
        def one(part: slice) -> Any:
            if not hasattr(local, "http"):
                local.http = opened.enter_context(loop.session())
            return work(local.http, part)

        with ThreadPoolExecutor(target.workers) as pool:
            return list(pool.map(one, slices))

    first, second = target.bodies["First"], target.bodies["Second"]
    with ExitStack() as opened:
        with Wire().listening() as wire, Watch().running() as watch:
            with loop.session() as http:
                loop.prepare(http, TAGS)
            parts = each(lambda http, part: loop.create(http, first[part]))
        target.note("plain", "create", watch, wire, count, "First")
        known = [one for part in parts for one in part]
        with Wire().listening() as wire, Watch().running() as watch:
            each(lambda http, part: loop.update(http, known[part], second[part]))
        target.note("plain", "update", watch, wire, count, "Second")


def empty(target: Target) -> None:
    """No page of ours is left, nor what was made for it."""

    def remove(exporter: Any, some: Sequence[Any]) -> None:
        with exporter.session():
            for one in some:
                with suppress(LeopardError):  # a removal may change the pages that named it
                    exporter.delete(one)

    with project(target) as trial:
        exporters = [trial.exporter for _ in range(target.workers)]
        while True:
            with exporters[0].session():
                found = list(exporters[0].read())
            if not found:
                return
            shares: Iterable[Any] = ((one, found[at :: len(exporters)]) for at, one in enumerate(exporters))
            with ThreadPoolExecutor(target.workers) as pool:
                list(pool.map(lambda share: remove(*share), shares))


def running(pid_file: Path) -> bool:
    try:
        os.kill(int(pid_file.read_text()), 0)
    except (OSError, ValueError):
        return False
    return True


@contextmanager
def started(name: str, home: Path, port: int, workers: int | None) -> Iterator[Target]:
    """The server, started if it does not run, and then ended."""
    system, *more = name.split("-")
    work = home / name
    was_there = running(work / "server.pid")
    script = [str(SERVERS / f"{system}.sh"), str(work), str(port + PLACES[name]), *more]
    told = subprocess.run(script, stdout=subprocess.PIPE, text=True, check=True)
    server = json.loads(told.stdout.splitlines()[-1])
    try:
        wanted = channel(system, server) | ({"workers": workers} if workers else {})
        target = Target(name, server, LOOPS[system](server), wanted, workers or 0)
        with project(target) as trial:
            target.workers = trial.exporter.options.workers
        prepare(target)
        yield target
    finally:
        if not was_there:
            subprocess.run([SERVERS / "stop.sh", work], check=True)


def prepare(target: Target) -> None:
    """What `leopard channel setup` does."""
    with project(target) as trial:
        exporter = trial.exporter
        with exporter.session():
            list(exporter.setup(Path(target.server.get("plugins", trial.root))))


def measure(target: Target, count: int, rounds: int) -> None:
    empty(target)
    target.others = Counter(target.titles())
    through_leopard(target, min(WARM, count), timed=False)
    empty(target)
    for number in range(rounds):
        turns: list[Callable[[Target, int], None]] = [through_leopard, plainly]
        for turn in turns if number % 2 == 0 else reversed(turns):
            turn(target, count)
            empty(target)


def conclude(target: Target, count: int) -> None:
    middle = {what: median(times) for what, times in target.times.items()}
    for what in ("create", "update"):
        ours, plain = middle[f"Leopard {what}"], middle[f"plain {what}"]
        each = zip(target.times[f"Leopard {what}"], target.times[f"plain {what}"], strict=True)
        pairs = " ".join(f"{one / other:.2f}" for one, other in each)
        print(
            f"{target.name:18} {what:9} {count:5} records, {target.workers} workers: Leopard {ours:.2f} s, "
            f"plain {plain:.2f} s, ratio {ours / plain:.2f} ({pairs})"
        )
    idle, create = middle["Leopard no change"], middle["Leopard create"]
    print(
        f"{target.name:18} no change {count:5} records: {idle:.2f} s, {idle / create:.3f} of creating",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", default=list(LOOPS), metavar="NAME", help=", ".join(PLACES))
    parser.add_argument("--records", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument(
        "--workers", type=int, help="writes under way at once; by default those of the channel"
    )
    parser.add_argument("--first-port", type=int, default=8101, help="each server has one of its own")
    asked = parser.parse_args()
    home = Path(os.environ["LEOPARD_LIVE"]).expanduser().resolve()
    targets = []
    for name in asked.names:
        with started(name, home, asked.first_port, asked.workers) as target:
            measure(target, asked.records, asked.rounds)
        targets.append(target)
    for target in targets:
        conclude(target, asked.records)


if __name__ == "__main__":
    main()
