"""Asked to stop, a run ends with the writes that are under way: a real process against a real server."""

import json
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from urllib.request import urlopen

import pytest

RECORDS = 24
CONFIGURATION = """\
site: {title: Spots, url: "https://spots.example"}
sources: {pages: {use: yaml, path: content}}
channels: {website: {use: loopback, url: "%s", batch: 1, workers: 2, rate: 20}}
"""
PROGRAM = [sys.executable, "-c", "from pipeline.cli import main; main()"]


@pytest.fixture
def project(tmp_path, loopback_process):
    """A project whose first sync takes two seconds."""
    (tmp_path / "leopard.yaml").write_text(CONFIGURATION % loopback_process)
    (tmp_path / "content").mkdir()
    for number in range(RECORDS):
        (tmp_path / "content" / f"p{number}.yaml").write_text(f"title: Page {number}\n")
    return tmp_path


def written(address):
    with urlopen(f"{address}/log") as answer:
        return sum(method == "POST" for method, _ in json.load(answer))


def held(address):
    with urlopen(f"{address}/pages?limit=1000") as answer:
        return [page["ident"] for page in json.load(answer)["pages"]]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_run_after_the_writes_under_way(
    project, loopback_process, loopback_environment, number
):
    command = [*PROGRAM, "-C", str(project), "sync", "--yes"]
    pipes = {"env": loopback_environment, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as process:
        while written(loopback_process) < 3:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(number)
        out, err = process.communicate()
    pages = held(loopback_process)
    assert process.returncode == 1
    assert "Stopping after the writes that are under way" in err
    assert 3 <= len(pages) < RECORDS
    assert f"{RECORDS - len(pages)} changes are left for the next run." in out
    with closing(sqlite3.connect(project / ".leopard" / "ledger.db")) as ledger:
        assert ledger.execute("select count(*) from entries").fetchone() == (len(pages),)
        assert ledger.execute("select count(*) from journal where status = 'intended'").fetchone() == (0,)
        assert ledger.execute("select count(*) from locks").fetchone() == (0,)
        assert ledger.execute("select outcome from runs").fetchone() == ("stopped",)

    again = subprocess.run(command, capture_output=True, text=True, env=loopback_environment)
    assert again.returncode == 0, again.stderr
    pages = held(loopback_process)
    assert len(pages) == len(set(pages)) == RECORDS


def test_a_second_signal_ends_it_at_once_and_the_next_run_makes_it_good(
    project, loopback_process, loopback_environment
):
    command = [*PROGRAM, "-C", str(project), "sync", "--yes"]
    slow = (project / "leopard.yaml").read_text()
    (project / "leopard.yaml").write_text(slow.replace("rate: 20", "rate: 2"))
    with subprocess.Popen(command, env=loopback_environment, stderr=subprocess.PIPE, text=True) as process:
        while written(loopback_process) < 2:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGTERM)
        process.communicate()
    assert process.returncode in (-signal.SIGTERM, 1)
    (project / "leopard.yaml").write_text(slow.replace(", rate: 20", ""))
    again = subprocess.run(command, capture_output=True, text=True, env=loopback_environment)
    assert again.returncode == 0, again.stderr
    pages = held(loopback_process)
    assert len(pages) == len(set(pages)) == RECORDS
