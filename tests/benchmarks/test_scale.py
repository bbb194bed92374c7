"""The simulation of planner and ledger: what it makes up is taken for what a run would have left."""

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "scale.py"


def test_copies_are_taken_for_what_was_published(tmp_path):
    words = [
        "--records",
        "1500",
        "--folder",
        tmp_path / "project",
        "--steps",
        "fill,cold,calm,many,rollback,trust",
    ]
    done = subprocess.run(
        [sys.executable, SCRIPT, *words], capture_output=True, text=True, check=True, timeout=600
    )
    said = {line["step"]: line for line in map(json.loads, done.stdout.splitlines())}
    assert not any("failed" in line for line in said.values()), done.stderr
    changes = {step.partition(":")[0]: line["changes"] for step, line in said.items() if "plan" in step}
    assert changes == {"first": 1100, "cold": 0, "calm": 0, "many": 15, "rollback": 15}
    assert not (tmp_path / "project").exists()
