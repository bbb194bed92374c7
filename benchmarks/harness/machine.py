"""What was measured on, and of which code: what every figure has to be given with."""

import hashlib
import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.harness.places import ROOT

CODE = ("pipeline", "sources", "exporters", "transport", "schemas", "pyproject.toml")
LIBRARIES = ("pydantic", "PyYAML", "orjson", "pyromark", "nh3", "SQLAlchemy", "requests")


def campaign() -> str:
    """The commit that last changed the program; of changes that are not committed, a digest beside it."""
    last = _git("log", "-1", "--format=%h", "--", *CODE) or "unknown"
    changed = _git("diff", "HEAD", "--", *CODE)
    return f"{last}+{hashlib.sha256(changed.encode()).hexdigest()[:7]}" if changed else last


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def described() -> dict[str, Any]:
    """Processor, memory, system and versions, in words."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "python": platform.python_version(),
        "libraries": {name: found for name in LIBRARIES if (found := _version(name))},
        "git": _git("version").rpartition(" ")[2],
    }


def _processor() -> str:
    known = Path("/proc/cpuinfo")
    for line in known.read_text().splitlines() if known.exists() else ():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
