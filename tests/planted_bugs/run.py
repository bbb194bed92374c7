"""
Put each known mistake into a copy of the code, and demand that the tests notice.

    python tests/planted_bugs/run.py [part of a name]

Prints each bug with what the tests said; leaves with 1 if one is not caught, or cannot be planted any more.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bugs import BUGS, Bug
from found import FOUND
from stamped import STAMPED

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "*_cache", "__pycache__", ".hypothesis", "demo", "build")
PATIENCE = 300
"""Seconds that the tests may take for one bug; tests that hang have noticed."""


def caught(bug, folder):
    """Do the tests fail with this bug in the code? None if its text does not stand there."""
    path = folder / bug.file
    good = path.read_text(encoding="utf-8")
    if good.count(bug.old) < 1:
        return None
    path.write_text(good.replace(bug.old, bug.new, 1), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    words = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", bug.tests]
    try:
        done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, timeout=PATIENCE)
        return done.returncode == 1
    except subprocess.TimeoutExpired:
        return True
    finally:
        path.write_text(good, encoding="utf-8")


def main():
    wanted = next((word for word in sys.argv[1:] if word != "--all"), "")
    table = (*BUGS, *map(Bug._make, (*FOUND, *STAMPED))) if "--all" in sys.argv else BUGS
    chosen = [bug for bug in table if wanted in bug.name]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "copy"
        shutil.copytree(ROOT, folder, ignore=LEFT_OUT)
        results = []
        for bug in chosen:
            results.append(caught(bug, folder))
            told = {True: "caught", False: "NOT CAUGHT", None: "CANNOT BE PLANTED"}[results[-1]]
            print(f"{told:18} {bug.name} ({bug.file})", flush=True)
    print(f"{results.count(True)} of {len(chosen)} planted bugs caught")
    return int(not all(results))


if __name__ == "__main__":
    sys.exit(main())
