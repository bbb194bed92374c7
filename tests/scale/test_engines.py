"""Thousands of records on a Dask cluster whose workers are killed all the time: just what `local` gives."""

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress

import pytest
from engines import published, rich, synced, using

from pipeline.config import load
from pipeline.engine.base import EngineError
from pipeline.engine.choose import engine_of
from pipeline.engine.dask import Dask

COUNT = 1_200
"""Of articles; there are about as many notes, and of pages in two languages."""


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    """The project, and what one process makes of it."""
    root = rich(tmp_path_factory.mktemp("local"), COUNT)
    told = synced(load(root))
    return root, told, published(root)


@pytest.fixture(params=["sqlite", "postgresql"])
def project(request, tmp_path, local):
    """A copy of it from before it was published."""
    root, _, _ = local
    shutil.copytree(root / "content", tmp_path / "content")
    text = (root / "leopard.yaml").read_text()
    if request.param == "postgresql":
        text += f'ledger: "{request.getfixturevalue("postgres_server").schema()}"\n'
    (tmp_path / "leopard.yaml").write_text(text)
    (tmp_path / ".leopard").mkdir()
    return tmp_path


@contextmanager
def killed(workers, most=5):
    """Kill one of `workers`, which is asked for those that have been at work for a while; over and over."""
    end, dead = threading.Event(), []

    def kill():
        while len(dead) < most and not end.wait(0.5):
            if living := workers():
                dead.append(random.choice(living))
                with suppress(ProcessLookupError):
                    os.kill(dead[-1], signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield dead
    finally:
        end.set()
        killer.join()


class Settled:
    """Processes, once none of them has come or gone for so many seconds: Dask gives up one that dies at birth."""

    def __init__(self, pids, seconds):
        self.pids, self.seconds = pids, seconds
        self.seen, self.since = None, 0.0

    def __call__(self):
        pids = self.pids()
        if pids != self.seen:
            self.seen, self.since = pids, time.monotonic()
        return pids if time.monotonic() - self.since > self.seconds else []


@pytest.fixture
def cluster():
    distributed = pytest.importorskip("distributed", reason="the extra dask is not installed")
    with distributed.LocalCluster(
        n_workers=3, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0", silence_logs=50
    ) as cluster:
        yield cluster


def test_dask_with_workers_that_are_killed_gives_what_local_gives(project, local, cluster):
    _, told, files = local
    chosen = using(project, f'{{use: dask, scheduler: "{cluster.scheduler_address}"}}')

    def pids():
        told = cluster.scheduler.identity()["workers"].values()
        return sorted(
            (one["name"], worker.pid) for one in told if (worker := cluster.workers.get(one["name"]))
        )

    settled = Settled(pids, 2.0)
    with killed(lambda: [pid for _, pid in settled()]) as dead:
        assert synced(chosen) == told
    assert len(dead) > 1
    assert published(project) == files
    assert synced(using(project, "local"))["channels"] == {}


def test_processes_that_are_killed_give_what_local_gives(project, local, monkeypatch):
    _, told, files = local
    chosen = using(project, "{use: processes, workers: 3}")
    engine = engine_of(chosen)
    monkeypatch.setattr("pipeline.run.engine_of", lambda project: engine)
    settled = Settled(lambda: [process.pid for process in list(engine.processes.values())], 0.2)
    with killed(settled, most=12) as dead:
        assert synced(chosen) == told
    monkeypatch.undo()
    assert len(dead) > 1
    assert published(project) == files
    assert synced(using(project, "local"))["channels"] == {}


def test_a_scheduler_that_is_lost_ends_the_run_and_the_next_one_converges(project, local, monkeypatch):
    pytest.importorskip("distributed", reason="the extra dask is not installed")
    _, _, files = local
    with scheduler() as (process, address, workers):
        chosen = using(project, f'{{use: dask, scheduler: "{address}"}}')
        send, sent = Dask.send, []

        def counted(self, data, *, urgent):
            sent.append(len(data))
            if len(sent) == 20:
                process.kill()
            return send(self, data, urgent=urgent)

        monkeypatch.setattr(Dask, "send", counted)
        with pytest.raises(EngineError, match="is lost") as raised:
            synced(chosen)
        assert "the next run goes on" in raised.value.hint
        assert workers
    synced(using(project, "local"))
    assert published(project) == files
    assert synced(load(project))["channels"] == {}


@contextmanager
def scheduler():
    """One in a process of its own, with two workers: the process, its address, and the workers."""
    program = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    words = ["--host", "127.0.0.1", "--port", "0", "--dashboard-address", "127.0.0.1:0"]
    quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen([*program, *words], **quiet) as process:
        address = next(line.split()[-1] for line in process.stdout if "Scheduler at:" in line)
        threading.Thread(target=process.stdout.read, daemon=True).start()
        work = [
            sys.executable,
            "-m",
            "distributed.cli.dask_worker",
            address,
            "--nthreads",
            "1",
            "--no-dashboard",
        ]
        workers = [subprocess.Popen(work, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in "ab"]
        try:
            yield process, address, workers
        finally:
            for one in (*workers, process):
                one.kill()
                one.wait()
