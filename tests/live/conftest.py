"""
Real servers, started by the scripts of `servers/`. Collected only where LEOPARD_LIVE names the folder they live in.

    make test-live                                               # all of them, one after another
    LEOPARD_LIVE=~/.cache/leopard-live python -m pytest tests/live/test_ghost.py

A server that was running before is used and left running; one that the tests start is ended by them.
"""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

SERVERS = Path(__file__).resolve().parent / "servers"
PORTS = {
    ("wordpress",): 8101,
    ("wordpress", "mariadb"): 8102,
    ("payload",): 8103,
    ("strapi",): 8104,
    ("directus",): 8105,
    ("ghost",): 8106,
}

if "LEOPARD_LIVE" not in os.environ:
    collect_ignore_glob = ["test_*.py"]


def running(pid_file):
    try:
        os.kill(int(pid_file.read_text().split()[0]), 0)
    except (OSError, ValueError, IndexError):
        return False
    return True


@pytest.fixture(scope="session")
def home():
    """Where servers are installed, and what they write."""
    folder = Path(os.environ["LEOPARD_LIVE"]).expanduser().resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def start(home):
    """`start("ghost")` starts a server, if it is not running, and says what its script says of it."""
    database, ours = home / "postgres" / "data" / "postmaster.pid", []
    database_was_there = running(database)

    def begin(*words):
        work = home / "-".join(words)
        was_there = running(work / "server.pid")
        script = [SERVERS / f"{words[0]}.sh", work, str(PORTS[words]), *words[1:]]
        done = subprocess.run(script, stdout=subprocess.PIPE, text=True)
        if not was_there:
            ours.append(work)
        assert done.returncode == 0, f"{words[0]} does not start; what it said stands above"
        return json.loads(done.stdout.splitlines()[-1])

    yield begin
    for work in ours:
        subprocess.run([SERVERS / "stop.sh", work], check=True)
    if running(database) and not database_was_there:
        os.kill(int(database.read_text().split()[0]), signal.SIGINT)
