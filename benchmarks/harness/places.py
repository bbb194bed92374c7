"""Where things are: the checkout, the peers that were installed, and the folder that is worked in."""

import fcntl
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "benchmarks"
PYTHON = sys.executable
LEOPARD = str(Path(sys.executable).with_name("leopard"))
CACHE = Path(os.environ.get("LEOPARD_BENCH") or Path.home() / ".cache" / "leopard-bench")
PEERS = CACHE / "peers"
RESULTS = CACHE / "results.jsonl"
MEMORY = Path("/dev/shm")
BYTES = {"documents": 120_000, "small": 10_000}
"""What a record takes of the working folder at most: content, outputs, ledgers, a Git repository."""


LITTLE = 3 * 2**30
"""Bytes that a quick bench needs at most."""


def available() -> int:
    """Bytes of memory that are free for use; 0 where nobody says so, as only Linux does."""
    known = Path("/proc/meminfo")
    lines = known.read_text().splitlines() if known.exists() else []
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), 0)


def scratch(kind: str, size: int) -> Path:
    """A folder to work in: in memory if there is room for it and a third as much again, else on disk."""
    need = BYTES[kind] * size * 4 // 3
    chosen = CACHE / "scratch"
    if given := os.environ.get("LEOPARD_BENCH_SCRATCH"):
        chosen = Path(given)
    elif MEMORY.is_dir() and min(shutil.disk_usage(MEMORY).free, available()) > need:
        chosen = MEMORY / f"leopard-bench-{os.getuid()}"
    chosen.mkdir(parents=True, exist_ok=True)
    return chosen


@contextmanager
def apart() -> Iterator[None]:
    """A folder to work in that nobody else has and that is thrown away."""
    where = MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > LITTLE else None
    with TemporaryDirectory(prefix="leopard-bench-", dir=where) as folder:
        before = os.environ.get("LEOPARD_BENCH_SCRATCH")
        os.environ["LEOPARD_BENCH_SCRATCH"] = folder
        try:
            yield
        finally:
            os.environ.pop("LEOPARD_BENCH_SCRATCH")
            if before is not None:
                os.environ["LEOPARD_BENCH_SCRATCH"] = before


@contextmanager
def alone() -> Iterator[None]:
    """Only one bench at a time works in the cache and its folders. Leaves with a word if there is another."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit(f"another bench is at work in {CACHE}; wait for its end, or say LEOPARD_BENCH=FOLDER")
        yield


def without_places(text: str) -> str:
    """Words of a program without the folders of this machine."""
    for known in (MEMORY, CACHE, ROOT, Path.home()):
        text = text.replace(str(known), "…")
    return text


def is_in_memory(folder: Path) -> bool:
    return folder.is_relative_to(MEMORY)
