"""Where things are: the checkout, the peers that were installed, and the folder that is worked in."""

import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "benchmarks"
PYTHON = sys.executable
LEOPARD = str(Path(sys.executable).with_name("leopard"))
CACHE = Path(os.environ.get("LEOPARD_BENCH") or Path.home() / ".cache" / "leopard-bench")
PEERS = CACHE / "peers"
RESULTS = CACHE / "results.jsonl"
MEMORY = Path("/dev/shm")
BYTES = {"documents": 90_000, "small": 16_000}
"""What a record takes of the working folder at most: content, outputs, ledgers, a Git repository."""


def available() -> int:
    """Bytes of memory that are free for use; on Linux only."""
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 0


def scratch(kind: str, size: int) -> Path:
    """A folder to work in: in memory if there is room for it and half as much again, else on disk."""
    need = BYTES[kind] * size * 3 // 2
    chosen = CACHE / "scratch"
    if given := os.environ.get("LEOPARD_BENCH_SCRATCH"):
        chosen = Path(given)
    elif MEMORY.is_dir() and min(shutil.disk_usage(MEMORY).free, available()) > need:
        chosen = MEMORY / f"leopard-bench-{os.getuid()}"
    chosen.mkdir(parents=True, exist_ok=True)
    return chosen


def is_in_memory(folder: Path) -> bool:
    return folder.is_relative_to(MEMORY)
