"""What a run may cost a channel: calls are counted."""

import os
import sys
import time
from collections import Counter

import pytest

from exporters import memory
from exporters.memory import Fault
from pipeline.config import load
from pipeline.ledger import Ledger
from pipeline.run import Sync
from schemas.errors import Ambiguous

RECORDS = 24
CONFIGURATION = """\
site: {title: Spots, url: "https://spots.example"}
sources: {pages: {use: yaml, path: content}}
channels: {site: {use: memory, workers: 3, without: [%s]}}
"""
opened = []
sys.addaudithook(lambda event, found: opened.append(str(found[0])) if event == "open" else None)


@pytest.fixture
def store(monkeypatch):
    """The pages of the channel, and every call."""
    monkeypatch.setattr(memory, "STORES", {"default": memory.Store()})
    return memory.STORES["default"]


@pytest.fixture
def project(tmp_path):
    """Makes a project of independent pages."""

    def make(without="batch"):
        (tmp_path / "content").mkdir(exist_ok=True)
        (tmp_path / "leopard.yaml").write_text(CONFIGURATION % without)
        for number in range(RECORDS):
            write(tmp_path, number, f"Page {number}")
        time.sleep(0.06)  # not so young that they might change again unseen
        return tmp_path

    return make


def write(root, number, title):
    path = root / "content" / f"p{number}.yaml"
    path.write_text(f"title: {title}\n")
    os.utime(path, (1_700_000_000, 1_700_000_000 + len(title)))


def sync(root, store):
    """The calls of one sync, and its report."""
    before = len(store.calls)
    loaded = load(root)
    with Ledger(loaded.written.ledger, root) as ledger:
        report = Sync(loaded, ledger).run()
    return Counter(call.split()[0] for call in store.calls[before:]), report


def test_a_first_run_looks_once_and_writes_each_record_once(project, store):
    calls, _ = sync(project(), store)
    assert calls == {"read": 1, "create": RECORDS}


def test_an_unchanged_run_calls_nobody_and_opens_no_content(project, store):
    root = project()
    sync(root, store)
    opened.clear()
    calls, report = sync(root, store)
    assert (calls, report.outcome) == ({}, "nothing")
    assert str(root / "leopard.yaml") in opened
    assert not [name for name in opened if name.startswith(str(root / "content"))]


def test_an_unchanged_run_that_must_read_all_calls_nobody_either(project, store):
    root = project()
    sync(root, store)
    for number in range(RECORDS):
        os.utime(root / "content" / f"p{number}.yaml")
    assert sync(root, store)[0] == {}


@pytest.mark.parametrize("changed", [1, 7])
def test_so_many_changes_so_many_writes_and_no_look(project, store, changed):
    root = project()
    sync(root, store)
    for number in range(changed):
        write(root, number, f"Another page {number}")
    assert sync(root, store)[0] == {"update": changed}


def test_removals_cost_a_call_each(project, store):
    root = project()
    sync(root, store)
    for number in range(3):
        (root / "content" / f"p{number}.yaml").unlink()
    assert sync(root, store)[0] == {"delete": 3}


def test_batches_are_fewer_calls(project, store):
    root = project(without="")
    calls, _ = sync(root, store)
    assert calls == {"read": 1, "write_many": 3}
    for number in range(11):
        write(root, number, f"Another page {number}")
    assert sync(root, store)[0] == {"write_many": 1, "update": 1}


def test_each_lost_answer_costs_one_look(project, store):
    store.faults = [Fault("create", "after", Ambiguous("lost"), skip=at) for at in (0, 5)]
    calls, report = sync(project(), store)
    assert calls == {"read": 1, "create": RECORDS, "find": 2}
    assert len(store.pages) == RECORDS
    assert report.outcome == "clean"


def test_lost_answers_of_a_batch_cost_one_look_together(project, store):
    store.faults = [Fault("write_many", "after", Ambiguous("lost"))]
    calls, _ = sync(project(without=""), store)
    assert calls == {"read": 1, "write_many": 3, "find": 1}
    assert len(store.pages) == RECORDS


def test_what_a_run_left_in_doubt_costs_the_next_one_look_together(project, store):
    phases = ("before", "after", "after")
    store.faults = [Fault("create", phase, Ambiguous("lost"), skip=4 * n) for n, phase in enumerate(phases)]
    store.faults += [Fault("find", "before", Ambiguous("lost")) for _ in phases]
    root = project()
    sync(root, store)
    store.faults.clear()
    assert len(store.pages) == RECORDS - 1
    calls, _ = sync(root, store)
    assert (calls["find"], calls["create"], calls["read"]) == (1, 1, 0)
    assert len(store.pages) == RECORDS
