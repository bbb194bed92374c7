"""Whoever does the work, the same comes out of it; and whoever dies of it, nothing is lost or doubled."""

import os
import shutil
import signal
import sys
import threading
import time
from functools import partial
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from engines import (
    AT,
    CONFIGURATION,
    PROJECTS,
    let_small_parts_travel,
    opened,
    plugin,
    prepared,
    published,
    rich,
    synced,
    using,
)

from exporters.atom import AtomExporter
from exporters.oaipmh import OaiPmhExporter
from pipeline import decide, run
from pipeline.carry import Apart
from pipeline.config import load
from pipeline.engine.base import LOCAL, Engine, EngineError, Job
from pipeline.engine.choose import engine_of
from pipeline.engine.processes import Processes
from pipeline.engine.versions import difference, versions
from pipeline.prepare import silent
from schemas.errors import ConfigError

PROCESSES = "{use: processes, workers: 2}"


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    """And a clock that stands still: some documents say when something came to be."""
    let_small_parts_travel(monkeypatch)
    for exporter in (AtomExporter, OaiPmhExporter):
        monkeypatch.setattr(exporter, "clock", staticmethod(lambda: AT))


@pytest.fixture(scope="module")
def cluster():
    """A Dask cluster of two processes; its address."""
    distributed = pytest.importorskip("distributed", reason="the extra dask is not installed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0", silence_logs=50
    ) as cluster:
        yield cluster


@pytest.fixture(params=["processes", "dask"])
def engine(request):
    """As it stands in leopard.yaml."""
    if request.param == "processes":
        return PROCESSES
    return f'{{use: dask, scheduler: "{request.getfixturevalue("cluster").scheduler_address}"}}'


@pytest.mark.parametrize("name", PROJECTS)
def test_what_is_prepared_is_the_same(tmp_path, engine, name):
    root = PROJECTS[name](tmp_path)
    local = prepared(load(root))
    project = using(root, engine)
    with opened(project) as opened_engine:
        elsewhere = prepared(project, opened_engine)
    assert elsewhere == local


@pytest.mark.parametrize("name", PROJECTS)
def test_what_is_published_is_the_same_at_first_and_after_a_change(tmp_path, engine, name):
    roots = tmp_path / "local", tmp_path / "elsewhere"
    PROJECTS[name](roots[0])
    shutil.copytree(roots[0], roots[1])
    projects = load(roots[0]), using(roots[1], engine)
    for step in range(3):
        told = [synced(project) for project in projects]
        assert told[0] == told[1]
        assert published(roots[0]) == published(roots[1])
        for root in roots:
            for path in sorted((root / "content").rglob("*.md"))[step::2]:
                path.write_text(path.read_text().replace("title: A", "title: Another a") + "\nMore of it.\n")


class Killing(Engine):
    """Another engine, one of whose workers dies when the parts of some work have been sent so often."""

    def __init__(self, engine, kill, work, number=2):
        self.engine, self.kill, self.work, self.left = engine, kill, work, number
        self.writes, self.died = engine.writes, 0

    @property
    def window(self):
        return self.engine.window

    def submit(self, job, items, *, urgent=False):
        part = self.engine.submit(job, items, urgent=urgent)
        if job.name == self.work:
            self.left -= 1
            if self.left == 0:
                self.kill()
                self.died += 1
        return part

    def close(self):
        self.engine.close()


@pytest.fixture
def killing(monkeypatch, request):
    """Makes an engine that loses a worker while it does some work."""

    def choose(project, work, number=2):
        engine = engine_of(project)

        def kill_process():
            while not engine.processes:
                time.sleep(0.01)
            os.kill(next(iter(list(engine.processes.values()))).pid, signal.SIGKILL)

        def kill_dask():
            cluster = request.getfixturevalue("cluster")
            os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)

        return Killing(engine, kill_process if isinstance(engine, Processes) else kill_dask, work, number)

    return choose


@pytest.mark.parametrize("work", ["read", "make", "render"])
def test_a_worker_that_is_killed_costs_its_part_and_nothing_else(tmp_path, engine, killing, work):
    root = rich(tmp_path)
    local = prepared(load(root))
    project = using(root, engine)
    with killing(project, work) as deadly:
        assert prepared(project, deadly) == local
        assert deadly.died


def test_a_worker_that_is_killed_while_files_are_written_doubles_nothing(tmp_path, killing, monkeypatch):
    roots = tmp_path / "local", tmp_path / "elsewhere"
    rich(roots[0])
    shutil.copytree(roots[0], roots[1])
    project = using(roots[1], PROCESSES)
    deadly = killing(project, "write")
    monkeypatch.setattr(run, "engine_of", lambda project: deadly)
    told = synced(project)
    assert deadly.died
    monkeypatch.undo()
    assert told == synced(load(roots[0]))
    assert published(roots[0]) == published(roots[1])
    assert synced(using(roots[1], "local"))["channels"] == {}


@pytest.mark.parametrize("engine", [PROCESSES, "{use: dask, workers: 2}"])
def test_a_record_that_workers_die_of_is_named_and_the_others_go_on(tmp_path, engine, with_plugin):
    with_plugin(plugin(tmp_path / "package"))
    root = rich(tmp_path / "project")
    (root / "leopard.yaml").write_text((root / "leopard.yaml").read_text() + "steps: [deadly]\n")
    (root / "content/articles/a002.md").write_text("---\ntitle: This one DIES\n---\n\nWords\n")
    before = prepared(load(root))
    project = using(root, engine)
    with opened(project) as opened_engine:
        found = prepared(project, opened_engine)
    assert set(found["held"]) - set(before["held"]) == {"article:a002@en"}
    (told,) = [problem for problem in found["problems"] if "engine.died" in problem]
    assert "content/articles/a002.md" in told
    lost = {one for one in before["public"] if "article:a002" in one}
    assert set(found["public"]) == set(before["public"]) - lost


def test_what_a_plugin_raises_elsewhere_is_raised_here(tmp_path, with_plugin):
    with_plugin(plugin(tmp_path / "package"))
    root = rich(tmp_path / "project")
    (root / "leopard.yaml").write_text((root / "leopard.yaml").read_text() + "steps: [deadly]\n")
    (root / "content/articles/a002.md").write_text("---\ntitle: This one RAISES\n---\n\nWords\n")
    project = using(root, PROCESSES)
    with opened(project) as opened_engine, pytest.raises(ZeroDivisionError, match="divided by it") as raised:
        prepared(project, opened_engine)
    assert "spots_deadly.py" in str(raised.traceback[-1].path)


def test_no_more_is_under_way_than_the_window(tmp_path):
    project = using(rich(tmp_path), PROCESSES)
    begun = []

    def parts():
        for number in range(100):
            begun.append(number)
            yield number, Job("write", ("files", 0.0)), [(None, None)]

    with opened(project) as opened_engine:
        for done, (number, outcomes) in enumerate(opened_engine.map(parts())):
            assert number == done
            assert outcomes == ["here"]
            assert len(begun) - done <= opened_engine.window


def test_a_configuration_that_has_changed_is_refused(tmp_path):
    project = using(rich(tmp_path), PROCESSES)
    (tmp_path / "leopard.yaml").write_text(CONFIGURATION.replace("Spots", "Stripes"))
    with (
        opened(project) as opened_engine,
        pytest.raises(EngineError, match=r"leopard\.yaml is not what it was"),
    ):
        prepared(project, opened_engine)


def test_workers_that_always_end_are_no_workers(tmp_path, monkeypatch):
    project = using(rich(tmp_path), PROCESSES)
    monkeypatch.setattr("pipeline.engine.processes._work", os.abort)
    with opened(project) as opened_engine, pytest.raises(EngineError, match="end again and again"):
        prepared(project, opened_engine)


def test_other_versions_are_told_in_one_sentence(tmp_path, cluster, monkeypatch):
    here = dict(versions())
    assert difference(versions(), versions()) is None
    assert (
        difference(versions(), tuple({**here, "nh3": "0.1"}.items()))
        == f"it has nh3 {here['nh3']}, and the run 0.1"
    )
    monkeypatch.setattr("pipeline.engine.dask.versions", lambda: tuple({**here, "nh3": "0.1"}.items()))
    project = using(rich(tmp_path), f'{{use: dask, scheduler: "{cluster.scheduler_address}"}}')
    with opened(project) as opened_engine, pytest.raises(EngineError) as raised:
        prepared(project, opened_engine)
    assert f"cannot take part: it has nh3 {here['nh3']}, and the run 0.1" in raised.value.message
    assert raised.value.hint == "install the same there as here"


def test_a_scheduler_that_is_not_there_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.engine.dask.ANSWER", 1)
    project = using(rich(tmp_path), '{use: dask, scheduler: "tcp://127.0.0.1:9"}')
    with (
        opened(project) as opened_engine,
        pytest.raises(EngineError, match=r"tcp://127.0.0.1:9 does not answer"),
    ):
        prepared(project, opened_engine)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("{use: processes, scheduler: tcp://here:1}", "the engine processes has no `scheduler`"),
        ("{use: local, workers: 2}", "the engine local has no `workers`"),
        ('{use: dask, scheduler: "tcp://here:1", workers: 2}', "leave `workers` out"),
        ("{use: processes, workers: 0}", "`engine.workers` cannot be less than 1: 0"),
        ("{use: dask, scheduler: here}", "`engine.scheduler` cannot be 'here'"),
        ("{use: proceses}", "`engine.use` cannot be 'proceses'"),
        ("proceses", "`engine` cannot be 'proceses'"),
    ],
)
def test_what_cannot_be_an_engine_is_told(tmp_path, written, words):
    with pytest.raises(ConfigError) as raised:
        using(rich(tmp_path), written)
    assert [problem.message for problem in raised.value.problems if words in problem.message]


def test_an_engine_changes_nothing_that_is_remembered(tmp_path):
    root = rich(tmp_path)
    assert (
        load(root).fingerprint() == using(root, PROCESSES).fingerprint() == using(root, "dask").fingerprint()
    )
    assert engine_of(using(root, "local")) is LOCAL


def test_a_run_that_is_carried_out_apart_has_workers_of_its_own(tmp_path):
    root = rich(tmp_path / "local", 80)
    shutil.copytree(root, tmp_path / "elsewhere")
    project = using(tmp_path / "elsewhere", PROCESSES)
    report = Apart()(project, partial(decide.run_now, names=(), who="ada"), silent, threading.Event())
    told = synced(load(root), at=None)
    assert report.as_json()["channels"] == told["channels"]
    assert published(root) == published(tmp_path / "elsewhere")


def test_an_address_that_somebody_before_claims_now_is_settled_among_what_is_under_way(tmp_path):
    """Of those that were made before, one further on had the address: it is made again, in its turn."""
    roots = tmp_path / "local", tmp_path / "elsewhere"
    rich(roots[0])
    shutil.copytree(roots[0], roots[1])
    projects = load(roots[0]), using(roots[1], PROCESSES)
    assert synced(projects[0]) == synced(projects[1])
    time.sleep(0.1)
    for titles in (
        {0: "Article 8", 2: "Article 20", 6: "x", 9: "y"},
        {0: "Article 0", 2: "Article 2", 9: "z"},
    ):
        for root in roots:
            for number, title in titles.items():
                path = root / f"content/articles/a{number:03}.md"
                text = path.read_text()
                path.write_text(text.replace(text.splitlines()[1], f"title: {title}"))
        told = [synced(project) for project in projects]
        assert told[0] == told[1]
        assert published(roots[0]) == published(roots[1])
