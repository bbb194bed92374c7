"""`python -m benchmarks profile`: where the time goes of a build, of one with 1 % changed, of none."""

import argparse
import json
import os
import subprocess
from pathlib import Path
from typing import Any

from benchmarks.harness.contestants import KINDS
from benchmarks.harness.ground import Ground
from benchmarks.harness.places import PYTHON, ROOT, apart
from benchmarks.harness.table import in_columns


def profile(asked: argparse.Namespace) -> int:
    """Print stages, then functions, of a full build and of a build with 1 % changed."""
    with apart():
        _profile(Ground("documents", asked.size), asked)
    return 0


def _profile(ground: Ground, asked: argparse.Namespace) -> None:
    ground.prepare()
    folder = ground.project("profiled", asked.engine)
    fresh = (folder / ".leopard", folder / "public")
    ground.clear(fresh)
    stages("A. full build", _run(folder))
    stages("B. nothing changed", _run(folder))
    ground.change()
    stages("C. 1 % changed", _run(folder))
    ground.clear(fresh)
    functions("A. full build", _run(folder, asked.functions))
    ground.change()
    functions("C. 1 % changed", _run(folder, asked.functions))


def _run(folder: Path, count: int = 0) -> dict[str, Any]:
    words = [PYTHON, "-m", "benchmarks.harness.stages", str(folder), "--functions", str(count)]
    done = subprocess.run(
        words, cwd=ROOT, env={**os.environ, **KINDS}, stdout=subprocess.PIPE, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def stages(title: str, found: dict[str, Any]) -> None:
    total = sum(cpu for _, cpu in found["stages"].values())
    body = [
        (name, f"{wall:.2f}", f"{cpu:.2f}", f"{100 * cpu / total:.0f} %")
        for name, (wall, cpu) in found["stages"].items()
    ]
    print(f"\n{title}: {found['changes']:,} changes")
    print(in_columns(("stage", "wall s", "CPU s", "of CPU"), body))
    spans = [
        (one["span"], str(one.get("source") or one.get("channel")), f"{one['wall']:.2f}", f"{one['cpu']:.2f}")
        for one in found["spans"]
    ]
    if spans:
        print(in_columns(("span", "of", "wall s", "CPU s of all threads"), spans), flush=True)


def functions(title: str, found: dict[str, Any]) -> None:
    for key, told in (("own", "in themselves"), ("whole", "with all they call; ours only")):
        body = [
            (f"{one['own']:.2f}", f"{one['whole']:.2f}", f"{one['calls']:,}", one["function"])
            for one in found[key]
        ]
        print(f"\n{title}: functions that took longest {told} (seconds under the profiler)")
        print(in_columns(("own", "whole", "calls", "function"), body), flush=True)
