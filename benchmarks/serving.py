"""
Does looking at the dashboard hold up a run?

    python benchmarks/serving.py [--pairs 15] [--streams 200] [--rate 100] [--busy 0] [--patience 60]
        [RECORDS]

Starts `leopard serve` with articles of about 1 KB on two channels (JSON files and a JSON Feed), and runs it
over and over, all of them changed just before: in pairs, once with nobody there and once with so many open
streams of progress and so many requests a second, to every page in turn; which comes first alternates. A
run's duration is that from being asked for until the ledger has its end. The requests come from a process of
its own, which is niced; it takes its share of the machine all the same, and so do as many processes as
`--busy` says that do nothing but take it. Before each run it is waited until others leave the machine alone,
for `--patience` seconds at most; what others did not disturb is told apart. The interval of the median ratio
is that of a bootstrap.
"""

import argparse
import json
import os
import random
import re
import secrets
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any
from urllib.request import Request, urlopen

sys.path[0] = str(Path(__file__).resolve().parents[1])  # this folder has a sources.py of its own

from benchmarks.crowd import TOKEN

PROGRAM = [sys.executable, "-c", "from pipeline.cli import main; main()"]
CROWD = [sys.executable, str(Path(__file__).with_name("crowd.py"))]
TEXT = "The leopard is the most widespread of the big cats, and the one about which least is known. "
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
NICE = 10
PAUSE = 3.0
"""Seconds for which all is left alone before a run begins."""
CALM = 0.25
"""Seconds of processor time that others may take for each second without counting as a disturbance."""
PARTS = {"half": 0.5, "95 %": 0.95, "99 %": 0.99, "all": 1.0}
"""Of the answers, so many came within a time that is told."""
DRAWS = 10_000
"""Series of pairs that are drawn from those measured, to tell how sure their median is."""


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
        self.known = {"Authorization": f"Bearer {self.token}"}
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
        ask = Request(f"{self.address}/do/run", b"", self.known)
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

    def look(self) -> None:
        """Have it look at the content, and wait for the end of that: each run finds the same before it."""
        self._get("/plan?anew=999999999")
        while self._get("/look?seen=1") == 204:
            time.sleep(0.1)

    def _get(self, path: str) -> int:
        with urlopen(Request(f"{self.address}{path}", headers=self.known)) as answer:
            return int(answer.status)

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(60)


def cpu_of(pid: int) -> float:
    """Seconds of processor time that a process has taken. On Linux only."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def crowd(served: Served, streams: int, rate: float) -> subprocess.Popen[str]:
    """A crowd in a process of its own."""
    words = [*CROWD, served.address, str(streams), str(rate)]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    return subprocess.Popen(words, env={**os.environ, TOKEN: served.token}, preexec_fn=_nice, **pipes)


def _nice() -> None:
    os.nice(NICE)


@dataclass(frozen=True)
class One:
    """One run that was measured, all in seconds."""

    took: float
    cpu: float
    """Processor time of the run."""
    web: float
    """Processor time of the process that answers, for each second."""
    others: float
    """Processor time that neither these two nor the crowd took, for each second."""
    told: dict[str, Any]
    """What the crowd tells."""


def machine() -> float:
    """Seconds of processor time that all of this machine has been busy. On Linux only."""
    user, nice, system, _, _, *rest = map(int, Path("/proc/stat").read_text().split("\n")[0].split()[1:9])
    return (user + nice + system + sum(rest)) / os.sysconf("SC_CLK_TCK")


def calm(busy: int, patience: float) -> None:
    """Wait until others leave this machine alone, or until patience ends, in seconds."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        began, before = time.monotonic(), machine()
        time.sleep(1)
        if (machine() - before) / (time.monotonic() - began) < busy + CALM:
            return


def one(served: Served, asked: argparse.Namespace, version: int, *, loaded: bool) -> One:
    """All records changed, and a run of them."""
    calm(asked.busy, asked.patience)
    others = crowd(served, asked.streams, asked.rate) if loaded else None
    time.sleep(PAUSE)
    served.look()
    fill(served.root, asked.records, version)
    began, busy, web = time.monotonic(), machine(), served.cpu()
    took, cpu = served.run()
    seconds = time.monotonic() - began
    busy, web = machine() - busy, served.cpu() - web
    told = json.loads(others.communicate("")[0]) if others else {"cpu": 0.0}
    return One(took, cpu, web / seconds, max(0.0, busy - web - cpu) / seconds - told["cpu"], told)


def measure(served: Served, asked: argparse.Namespace) -> list[tuple[One, One]]:
    """Pairs of a run alone and one beside all who look."""
    pairs = []
    for pair in range(asked.pairs):
        made = {
            loaded: one(served, asked, 2 * pair + loaded + 1, loaded=loaded)
            for loaded in ((False, True) if pair % 2 == 0 else (True, False))
        }
        alone, beside = made[False], made[True]
        pairs.append((alone, beside))
        told = (
            f"alone {alone.took:.2f} s ({alone.cpu:.2f} CPU), beside {beside.took:.2f} s ({beside.cpu:.2f})"
        )
        more = f"web {beside.web:.2f}, others {alone.others:.2f} and {beside.others:.2f}"
        ratios = f"{beside.took / alone.took:.2f}, of CPU {beside.cpu / alone.cpu:.2f}"
        print(f"pair {pair + 1}: {told}, ratio {ratios}; {more}", flush=True)
    return pairs


def tell(pairs: Sequence[tuple[One, One]]) -> None:
    """The medians, and how sure they are."""
    parts: dict[str, Callable[[One], float]] = {"duration": lambda it: it.took, "CPU": lambda it: it.cpu}
    for what, of in parts.items():
        ratios = [of(beside) / of(alone) for alone, beside in pairs]
        low, high = interval(ratios)
        sums = sum(of(beside) for _, beside in pairs) / sum(of(alone) for alone, _ in pairs)
        alone, beside = (median(of(pair[at]) for pair in pairs) for at in (0, 1))
        spread = " ".join(f"{ratio:.2f}" for ratio in sorted(ratios))
        print(
            f"{what}: alone {alone:.2f} s, beside {beside:.2f} s, ratio {median(ratios):.3f} "
            f"({low:.3f} to {high:.3f} in 95 of 100), of the sums {sums:.3f} ({spread})"
        )
    tell_answers([beside for _, beside in pairs])


def tell_answers(runs: Sequence[One]) -> None:
    """How those who looked were answered."""
    told = [one.told for one in runs]
    times = sorted(1000 * at for one in told for some in one["times"].values() for at in some)
    shares = ", ".join(f"{name} {times[int(share * (len(times) - 1))]:.1f}" for name, share in PARTS.items())
    print(f"answers in ms: {shares}")
    for name in ("asked", "unanswered", "late"):
        print(f"{name}: {sum(one[name] for one in told)}")
    statuses = {code for one in told for code in one["statuses"]}
    print("statuses:", {code: sum(one["statuses"].get(code, 0) for one in told) for code in sorted(statuses)})
    print("streams at least:", min(one["streams"] for one in told))
    cores = {name: median(getattr(one, name) for one in runs) for name in ("web", "others")}
    print("cores:", {**cores, "crowd": median(one["cpu"] for one in told)})


def interval(ratios: Sequence[float]) -> tuple[float, float]:
    """Between which two lie 95 of 100 medians of as many ratios, drawn from these."""
    draw = random.Random(1)  # the same each time
    medians = sorted(median(draw.choices(ratios, k=len(ratios))) for _ in range(DRAWS))
    return medians[int(0.025 * DRAWS)], medians[int(0.975 * DRAWS)]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--rate", type=float, default=100)
    parser.add_argument("--busy", type=int, default=0)
    parser.add_argument("--patience", type=float, default=60)
    parser.add_argument("records", type=int, nargs="?", default=1_500)
    asked = parser.parse_args()
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(asked.busy)]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "leopard.yaml").write_text(CONFIGURATION)
        fill(root, asked.records, 0)
        served = Served(root)
        try:
            print(f"first run: {served.run()[0]:.2f} s", flush=True)
            pairs = measure(served, asked)
            most = asked.busy + CALM
            quiet = [pair for pair in pairs if max(one.others for one in pair) < most]
            for words, some in (("all pairs", pairs), (f"undisturbed pairs (others below {most})", quiet)):
                print(f"-- {len(some)} {words}")
                if some:
                    tell(some)
        finally:
            served.end()
            for process in busy:
                process.kill()


if __name__ == "__main__":
    main()
