"""Who builds the documents of works A, B and C, and by which command."""

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.harness import peers
from benchmarks.harness.ground import Ground
from benchmarks.harness.places import HERE, LEOPARD, PEERS, PYTHON, available

KINDS = {"PYTHONPATH": str(HERE / "kinds")}
"""Environment in which Leopard knows the benchmark's kinds."""
FLOORS = {"PYTHONPATH": str(HERE / "floors")}
SPARE = 3 * 2**30
"""Bytes of memory that are left to everything else."""


@dataclass(frozen=True)
class Command:
    """What is started where; `fresh` is removed before a build from nothing."""

    words: list[str]
    folder: Path
    more: Mapping[str, str] = field(default_factory=dict)
    fresh: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Contestant:
    """One who takes part in some works; `says` is what has to be known of it beside its figures."""

    name: str
    works: str
    command: Callable[[Ground], Command]
    says: str = ""
    version: str = ""
    missing: str | None = None
    first: str = ""
    """Who has to have built before: the name of another contestant, or its own."""
    most: int = 1_000_000
    """Most documents that it is given in works B and C."""
    pages: bool = True
    """Does it write a JSON file for each document?"""
    appetite: int = 0
    """Bytes of memory that a document takes, if that is many."""

    def refuses(self, work: str, size: int) -> str | None:
        """Why it does not take part, in words; None if it does."""
        if self.missing:
            return self.missing
        if work in "BC" and size > self.most:
            return f"not run at this size; see {self.most:,}"
        need = self.appetite * size
        if need and need > available() - SPARE:
            return f"not run: it would take some {need / 2**30:.0f} GiB of memory"
        return None


def contestants() -> list[Contestant]:
    """All of them in the order of a round: Hugo, who needs much memory, before those who leave much in it."""
    peer = partial(_peer, most=10_000)
    return [
        Contestant("floor", "A", _floor, "plain Python on the same libraries; remembers nothing"),
        Contestant("floor, 2 processes", "A", partial(_floor, processes=2)),
        Contestant("git status", "B", _git_status),
        Contestant("scan", "B", _scan, "Python: stat of every file, compared with SQLite"),
        Contestant("libraries", "B", _libraries, "imports of pydantic, requests and PyYAML alone"),
        Contestant("imports", "B", _imports, "what Leopard's run imports, and nothing else", first="leopard"),
        peer("hugo", "ABC", _hugo, "validates nothing, leaves raw HTML out", appetite=130_000),
        Contestant("leopard", "ABC", _leopard, "everything it promises", first="leopard"),
        Contestant("leopard, processes", "A", partial(_leopard, engine="processes"), "engine: processes"),
        peer("scrapy", "A", _scrapy, "all the work of the floor"),
        peer("dlt", "A", _dlt, "compressed JSON lines: no file for each document, no feed", pages=False),
        peer(
            "dlt, incremental", "BC", partial(_dlt, more=("--incremental",)), "appends what is new; no feed"
        ),
        peer("eleventy", "ABC", _eleventy, "validates with zod, sanitises", appetite=125_000),
        peer("astro", "ABC", _astro, "validates with zod, does not sanitise", appetite=370_000),
    ]


def _peer(name: str, works: str, command: Callable[[Ground], Command], says: str, **more: Any) -> Contestant:
    peer = name.partition(",")[0]
    version, missing = peers.version(peer), peers.missing(peer)
    return Contestant(name, works, command, says, version, missing, first=name, **more)


def _floor(ground: Ground, processes: int = 1) -> Command:
    out = ground.out(f"floor-{processes}")
    words = [PYTHON, str(HERE / "floors" / "build.py"), str(ground.content), str(out)]
    return Command([*words, "--processes", str(processes)], ground.root, FLOORS, (out,))


def _git_status(ground: Ground) -> Command:
    return Command([*ground.git(), "status", "--porcelain"], ground.content)


def _scan(ground: Ground) -> Command:
    script = str(HERE / "floors" / "scan.py")
    return Command([PYTHON, "-S", "-E", script, str(ground.content), str(ground.out("scan.db"))], ground.root)


def _libraries(ground: Ground) -> Command:
    return Command([PYTHON, "-c", "import pydantic, requests, yaml"], ground.root)


def _imports(ground: Ground) -> Command:
    words = [PYTHON, str(HERE / "harness" / "imported.py"), "import", str(ground.out("modules.json"))]
    return Command(words, ground.project("leopard"), KINDS)


def recording(ground: Ground) -> Command:
    """An unchanged run that writes down what it imports and opens, for `imports`."""
    words = [PYTHON, str(HERE / "harness" / "imported.py"), "record", str(ground.out("modules.json"))]
    return Command(words, ground.project("leopard"), KINDS)


def settling(ground: Ground) -> Command:
    """Leopard once more as it is measured: what `recording` has settled was settled by other code."""
    return _leopard(ground)


def _leopard(ground: Ground, engine: str | None = None) -> Command:
    folder = ground.project(f"leopard-{engine}" if engine else "leopard", engine)
    return Command([LEOPARD, "sync", "--yes"], folder, KINDS, (folder / ".leopard", folder / "public"))


def _hugo(ground: Ground) -> Command:
    site, out = ground.out("hugo-site"), ground.out("hugo")
    shutil.copytree(HERE / "peers" / "hugo", site, dirs_exist_ok=True)
    words = ["hugo", "--quiet", "--contentDir", str(ground.content), "-d", str(out)]
    return Command(words, site, {}, (out, site / "resources"))


def _scrapy(ground: Ground) -> Command:
    out = ground.out("scrapy")
    words = [str(peers.python_of("scrapy")), str(HERE / "peers" / "scrapy_build.py")]
    return Command([*words, str(ground.content), str(out)], ground.root, FLOORS, (out,))


def _dlt(ground: Ground, more: tuple[str, ...] = ()) -> Command:
    out = ground.out("dlt-incremental" if more else "dlt")
    words = [str(peers.python_of("dlt")), str(HERE / "peers" / "dlt_build.py"), str(ground.content), str(out)]
    return Command([*words, *more, *(["--keep"] if more else [])], ground.root, FLOORS, (out,))


def _eleventy(ground: Ground) -> Command:
    folder, out = PEERS / "eleventy", ground.out("eleventy")
    if not peers.missing("eleventy"):
        peers.set_up("eleventy")
    more = {
        "CONTENT_DIR": os.path.relpath(ground.content, folder),
        "OUT_DIR": os.path.relpath(out, folder),
        "NODE_OPTIONS": "--max-old-space-size=8192",
    }
    script = "node_modules/@11ty/eleventy/cmd.cjs"
    words = [peers.node_of("eleventy"), script, "--config=eleventy.config.mjs", "--quiet"]
    return Command(words, folder, more, (out,))


def _astro(ground: Ground) -> Command:
    folder, out, kept = PEERS / "astro", ground.out("astro"), ground.out("astro-cache")
    if not peers.missing("astro"):
        peers.set_up("astro")
    more = {
        "CONTENT_DIR": str(ground.content),
        "OUT_DIR": str(out),
        "CACHE_DIR": str(kept),
        "ASTRO_TELEMETRY_DISABLED": "1",
        "CI": "1",
        "NODE_OPTIONS": "--max-old-space-size=8192",
    }
    words = [peers.node_of("astro"), "node_modules/astro/bin/astro.mjs", "build", "--silent"]
    return Command(words, folder, more, (out, kept, folder / "node_modules" / ".astro"))
