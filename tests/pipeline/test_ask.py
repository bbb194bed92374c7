"""A channel that cannot be asked what it holds: asked again, then left alone, and the others go on."""

import json
import socket
import threading

import pytest

from exporters import memory
from exporters.memory import Fault
from pipeline.ask import TRIES
from pipeline.config import load
from pipeline.ledger import Ledger
from pipeline.run import Sync
from schemas.errors import AuthError, Rejected, Transient

CHANNELS = """\
channels:
  far: {use: memory}
  near: {use: json, path: public}
"""


class Patience(threading.Event):
    """Notes how long it is waited for, and does not wait."""

    def __init__(self):
        super().__init__()
        self.waits = []

    def wait(self, timeout=None):
        self.waits.append(round(timeout, 1))
        return self.is_set()


@pytest.fixture
def store(site, monkeypatch):
    monkeypatch.setattr(memory, "STORES", {"default": memory.Store()})
    site.write("leopard.yaml", (site.root / "leopard.yaml").read_text().partition("channels:")[0] + CHANNELS)
    return memory.STORES["default"]


@pytest.fixture
def patience():
    return Patience()


@pytest.fixture
def sync(site, patience):
    def run():
        project = load(site.root)
        with Ledger(project.written.ledger, project.root) as ledger:
            return Sync(project, ledger, stop=patience).run()

    return run


def test_a_channel_that_is_busy_is_asked_again(store, sync, patience):
    store.faults += [Fault("read", error=Transient("503", retry_after=7)) for _ in range(TRIES - 1)]
    report = sync()
    assert (report.outcome, report.problems) == ("clean", [])
    assert patience.waits[: TRIES - 1] == [7.0] * (TRIES - 1)
    assert store.pages


def test_one_that_stays_busy_is_named_and_the_others_go_on(site, store, sync):
    store.faults += [Fault("read", error=Transient("503", retry_after=0)) for _ in range(TRIES)]
    report = sync()
    (problem,) = report.problems
    assert (problem.code, problem.channel) == ("channel.transient", "far")
    assert problem.message == "nothing is planned for far: 503"
    assert report.outcome == "problems"
    assert report.as_json()["channels"]["far"]["down"]
    assert report.as_json()["channels"]["near"]["done"] == {"create": 6}
    assert not store.pages
    assert store.calls == ["read"] * TRIES
    assert site.outputs()

    again = sync()
    assert (again.outcome, again.problems) == ("clean", [])
    assert len(store.pages) == 6


@pytest.mark.parametrize("error", [AuthError("the password is wrong"), Rejected("no such type")])
def test_what_would_say_the_same_again_is_asked_once(store, sync, error):
    store.faults.append(Fault("read", error=error))
    assert [one.code for one in sync().problems] == [error.code]
    assert store.calls == ["read"]


def test_one_that_asks_for_an_hour_is_not_waited_for(store, sync, patience):
    store.faults.append(Fault("read", error=Transient("maintenance", retry_after=3600)))
    (problem,) = sync().problems
    assert "3600 seconds" in problem.message
    assert patience.waits == []


def test_a_doubt_that_cannot_be_cleared_stays_one(site, store, sync):
    sync()
    site.edit("content/pages/other.yaml", "title: Other", "title: Changed")
    store.faults += [Fault("update", "after", KeyboardInterrupt())]
    with pytest.raises(KeyboardInterrupt):
        sync()
    store.faults += [Fault("find", error=Transient("503", retry_after=0)) for _ in range(TRIES)]
    assert [one.code for one in sync().problems] == ["channel.transient"]
    assert sync().problems == []
    assert any(page.fields["title"] == "Changed" for page in store.pages.values())


def test_a_server_that_is_not_there_is_one_sentence_and_the_status_says_so(site, store, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    monkeypatch.setenv("GHOST_KEY", f"{'0' * 24}:{'0' * 64}")
    ghost = f"far: {{use: ghost, url: {address}, key: 'env:GHOST_KEY'}}"
    site.edit("leopard.yaml", "far: {use: memory}", ghost)
    planned = site.run("plan", "--format", "json")
    assert planned.status == 1
    (problem,) = planned.json["problems"]
    assert (
        problem["message"]
        == f"nothing is planned for far: cannot connect to {address.removeprefix('http://')}"
    )
    assert [one["channel"] for one in planned.json["channels"]] == ["near"]
    done = site.run("sync", "--yes")
    assert done.status == 1
    assert "far: nothing was done" in done.out
    assert "near: 6 created" in done.out
    assert json.loads((site.root / "public/index.json").read_text())["records"]
