"""Two `leopard serve` on one PostgreSQL ledger: one is killed in a run, the other ends it, each page once."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from urllib.request import urlopen

import pytest

from pipeline.ledger import Ledger
from pipeline.ledger.jobs import Jobs

PROGRAM = [sys.executable, "-c", "from pipeline.cli import main; main()"]
RECORDS = 40
WITHIN = 30.0
"""Seconds after which another one has taken over."""
CONFIGURATION = """\
site: {title: Spots, url: "https://spots.example"}
ledger: "%s"
sources: {pages: {use: yaml, path: content}}
channels: {website: {use: loopback, url: "%s", batch: 1, workers: 2, rate: 5}}
schedule: [{sync: all, every: day, at: "04:00"}]
"""


@pytest.fixture
def address(postgres_server):
    return postgres_server.schema()


@contextmanager
def serving(root, environment):
    words = [*PROGRAM, "-C", str(root), "serve", "--port", "0"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen(words, env=environment, **pipes) as process:
        try:
            assert re.search(r"http://\S+", process.stdout.readline())
            yield process
        finally:
            process.kill()


def until(condition):
    deadline = time.monotonic() + 120
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def test_the_other_one_takes_over_and_ends_the_run(tmp_path, address, loopback_process, loopback_environment):
    (tmp_path / "leopard.yaml").write_text(CONFIGURATION % (address, loopback_process))
    (tmp_path / "content").mkdir()
    instant = datetime.now(UTC) + timedelta(seconds=40)
    for number in range(RECORDS):
        text = f"title: Page {number}\nembargo_until: {instant.isoformat()}\n"
        (tmp_path / "content" / f"p{number}.yaml").write_text(text)
    sync = [*PROGRAM, "-C", str(tmp_path), "sync", "--yes"]
    subprocess.run(sync, env=loopback_environment, check=True, capture_output=True)

    def held():
        with urlopen(f"{loopback_process}/pages?limit=1000") as found:
            return [page["ident"] for page in json.load(found)["pages"]]

    assert held() == []
    with (
        serving(tmp_path, loopback_environment) as one,
        serving(tmp_path, loopback_environment) as two,
        Ledger(address, tmp_path) as ledger,
    ):
        jobs = Jobs(ledger.database)

        def owner():
            return next((state.owner for state in jobs.all().values() if state.owner), None)

        first = until(lambda: len(held()) >= 3 and owner())
        dead, alive = (one, two) if f":{one.pid}:" in first else (two, one)
        os.kill(dead.pid, signal.SIGKILL)
        died = time.monotonic()
        second = until(lambda: (found := owner()) != first and found)
        took = time.monotonic() - died
        print(f"taken over after {took:.1f} s")
        assert f":{alive.pid}:" in second
        assert took < WITHIN
        until(lambda: len(held()) == RECORDS)
        until(lambda: owner() is None)
        alive.terminate()
        assert alive.wait(60) == 0
    assert len(set(held())) == RECORDS
