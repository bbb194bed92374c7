"""However a run ends, nobody of those who worked for it is left behind, and the next run makes it good."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from engines import published, rich, synced, using

from pipeline.config import load

PROGRAM = [sys.executable, "-c", "from pipeline.cli import main; main()"]
ENDS = {
    "SIGINT, to all in the terminal": [(os.killpg, signal.SIGINT)],
    "SIGINT twice": [(os.killpg, signal.SIGINT), (os.killpg, signal.SIGINT)],
    "SIGTERM twice": [(os.kill, signal.SIGTERM), (os.kill, signal.SIGTERM)],
    "SIGKILL": [(os.kill, signal.SIGKILL)],
}


def members(session):
    """Processes of a session but for its first, that are not dead."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != session:
            try:
                state, *rest = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(rest[2]) == session and state != "Z":
                found.append(int(folder.name))
    return found


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to find processes")
@pytest.mark.parametrize(("engine", "end"), [*[("processes", end) for end in ENDS], ("dask", "SIGKILL")])
def test_nobody_is_left_behind(tmp_path, engine, end):
    roots = tmp_path / "local", tmp_path / "elsewhere"
    rich(roots[0], 160)
    shutil.copytree(roots[0], roots[1])
    using(roots[1], f"{{use: {engine}, workers: 2}}")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True, "start_new_session": True}
    with subprocess.Popen([*PROGRAM, "-C", str(roots[1]), "sync", "--yes"], **quiet) as process:
        while len(members(process.pid)) < 3 and process.poll() is None:
            time.sleep(0.01)
        assert process.poll() is None
        time.sleep(0.3)
        for send, number in ENDS[end]:
            send(process.pid, number)
            time.sleep(0.2)
        process.communicate()
    ends = time.monotonic() + 20
    while members(process.pid) and time.monotonic() < ends:
        time.sleep(0.05)
    assert members(process.pid) == []

    synced(load(roots[0]))
    synced(using(roots[1], "local"))
    assert published(roots[0]) == published(roots[1])
