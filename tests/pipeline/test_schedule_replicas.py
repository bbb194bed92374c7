"""Several processes on one ledger, SQLite's and PostgreSQL's: each run is one process's, dead ones are replaced."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipeline.ledger import Ledger
from pipeline.ledger.jobs import Jobs, JobState
from pipeline.ledger.lock import BEAT, PATIENCE
from pipeline.schedule.loop import TICK

REPLICA = Path(__file__).with_name("replica.py")
SLOW = bool(os.environ.get("LEOPARD_SLOW"))
"""With the times that users have; by default all is so much quicker."""
TIMES = ("10", str(BEAT), str(PATIENCE), "4") if SLOW else ("30", "0.2", "1.5", "0.5")
DEADLINE = 120.0


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request):
    if request.param == "sqlite":
        return "sqlite:///ledger.db"
    return request.getfixturevalue("postgres_server").schema()


@pytest.fixture
def begin(address, tmp_path):
    processes = []

    def one():
        words = [sys.executable, str(REPLICA), address, str(tmp_path / "log"), *TIMES]
        process = subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, text=True)
        processes.append(process)
        assert process.stdout.readline() == "ready\n"
        return process

    yield one
    for process in processes:
        process.kill()
        process.communicate()


def lines(tmp_path):
    log = tmp_path / "log"
    return [line.split() for line in log.read_text().splitlines()] if log.exists() else []


def until(condition):
    deadline = time.monotonic() + DEADLINE
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def test_each_run_is_one_process_s_and_dead_ones_are_replaced(begin, tmp_path, address):
    processes = {process.pid: process for process in [begin(), begin(), begin()]}
    until(lambda: len(lines(tmp_path)) >= 8)

    def at_work():
        found = lines(tmp_path)
        return found[-1] if found[-1][0] == "begin" else None

    def begun_again(slot, died):
        return next((x for x in lines(tmp_path) if x[:2] == ["begin", slot] and float(x[3]) > died), None)

    killed = []
    for _ in range(2):
        _, slot, pid, _ = until(at_work)
        os.kill(int(pid), signal.SIGKILL)
        died = time.time()
        processes.pop(int(pid)).wait()
        if ["end", slot, pid] in [line[:3] for line in lines(tmp_path)]:
            continue  # it was quicker than we are
        again = until(lambda s=slot, t=died: begun_again(s, t))
        killed.append((slot, pid))
        print(f"taken over after {float(again[3]) - died:.1f} s")
        assert float(again[3]) - died < 30.0
        processes |= {(process := begin()).pid: process}
    until(lambda: len(lines(tmp_path)) >= 24)
    for process in processes.values():
        process.send_signal(signal.SIGTERM)
    assert [process.wait(DEADLINE) for process in processes.values()] == [0] * 3
    found = lines(tmp_path)
    ended = Counter(slot for what, slot, *_ in found if what == "end")
    begun = Counter(slot for what, slot, *_ in found if what == "begin")
    assert set(ended.values()) == {1}
    assert {slot for slot, count in begun.items() if count > 1} <= {slot for slot, _ in killed} | {
        found[-1][1]
    }
    with Ledger(address, tmp_path) as ledger:
        states = Jobs(ledger.database).all()
    assert sum(state.runs for state in states.values()) == sum(ended.values())
    assert all(state.owner is None for state in states.values())


def test_a_dead_process_is_replaced_within_half_a_minute():
    """A look notices the last beat; as long as we are patient later, the next look takes over."""
    assert PATIENCE + 2 * TICK < 30 - 5
    assert BEAT * 3 < PATIENCE


def test_of_many_that_claim_one_succeeds(address, tmp_path):
    with Ledger(address, tmp_path) as ledger:
        Jobs(ledger.database).change("news", lambda known: JobState(name="news"))

    def claim(number):
        def taken(known):
            return (
                None
                if known.owner
                else known.model_copy(update={"owner": str(number), "fence": known.fence + 1})
            )

        with Ledger(address, tmp_path) as ledger:
            ready.wait()
            return Jobs(ledger.database).change("news", taken)

    ready = threading.Barrier(8)
    with ThreadPoolExecutor(8) as pool:
        won = [state for state in pool.map(claim, range(8)) if state is not None]
    assert len(won) == 1
    assert won[0].fence == 1


def test_many_that_open_a_new_ledger_at_once(address, tmp_path):
    ready = threading.Barrier(6)

    def lineage(_):
        ready.wait()
        with Ledger(address, tmp_path) as ledger:
            return ledger.lineage

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(lineage, range(6)))) == 1
