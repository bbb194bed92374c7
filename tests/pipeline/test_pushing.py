"""Many writes at once: how many the channel bears, what the ledger knows when, and what it costs it."""

import sqlite3
import threading
import time
from collections import Counter
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from statistics import median

import pytest
from sqlalchemy import event

from exporters import memory
from exporters.memory import Fault
from pipeline.apply.limit import Limit
from pipeline.apply.line import Line
from pipeline.ledger import Deed
from pipeline.observe.spans import Observer, observing
from pipeline.run import Sync
from pipeline.trial import CHANNEL, Trial
from schemas.errors import Ambiguous

VARIABLE = "LEOPARD_TEST_CROWD"
MOST = 32


class Crowd(ThreadingHTTPServer):
    """Takes deliveries; the more there are at once, the longer it takes, or it refuses what is too much."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, bears, seconds, *, refuses):
        super().__init__(("127.0.0.1", 0), Handler)
        self.bears, self.seconds, self.refuses = bears, seconds, refuses
        self.here, self.seen, self.answers, self.lock = 0, [], Counter(), threading.Lock()

    def serve(self):
        with self.lock:
            self.here += 1
            self.seen.append(self.here)
            crowd = self.here
        slower = 1 if self.refuses else max(1.0, crowd / self.bears)
        time.sleep(self.seconds * slower)
        with self.lock:
            self.here -= 1
            status = 429 if self.refuses and crowd > self.bears else 204
            self.answers[status] += 1
        return status


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.server.serve())
        self.send_header("Retry-After", "0")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@contextmanager
def crowd(bears, seconds, *, refuses=False):
    server = Crowd(bears, seconds, refuses=refuses)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def pushed(root, server, count):
    """The report of a first run that delivers so many pages."""
    address = f"http://127.0.0.1:{server.server_port}/"
    trial = Trial(root, {"use": "webhook", "url": address, "secret": f"env:{VARIABLE}", "workers": MOST})
    for number in range(count):
        trial.page(f"n-{number}", f"N {number}")
    with closing(trial):
        return trial.run()


def test_a_channel_that_gets_slower_with_more_is_not_asked_more_than_it_bears(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, "secret")
    with crowd(bears=4, seconds=0.03) as server:
        report = pushed(tmp_path, server, 250)
    assert report.applied[0].done == {"create": 250}
    assert server.answers == {204: 250}
    assert max(server.seen) > 4
    assert median(server.seen[len(server.seen) // 2 :]) < MOST / 2


def test_a_channel_that_keeps_up_is_asked_as_much_as_is_allowed(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, "secret")
    with crowd(bears=MOST, seconds=0.1) as server:
        report = pushed(tmp_path, server, 250)
    assert report.applied[0].done == {"create": 250}
    assert max(server.seen[:4]) <= 4
    assert MOST - 4 <= max(server.seen) <= MOST


def test_a_channel_that_says_too_many_is_asked_less_and_is_not_given_up(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, "secret")
    with crowd(bears=6, seconds=0.02, refuses=True) as server:
        report = pushed(tmp_path, server, 250)
    assert report.problems == []
    assert report.applied[0].done == {"create": 250}
    assert server.answers[204] == 250
    assert 0 < server.answers[429] < 125


# What the ledger knows when


class World:
    """A project that publishes to memory, and its ledger as another program sees it."""

    def __init__(self, root, **options):
        self.trial = Trial(root, {"use": "memory", "workers": 8, "without": ["batch"], **options})
        self.store, self.stop = memory.STORES["default"], threading.Event()

    def pages(self, count):
        for number in range(count):
            self.trial.page(f"n-{number:02}", f"N {number}")

    def run(self):
        (applied,) = Sync(self.trial.project, self.trial.ledger, stop=self.stop).run().applied
        return applied

    def known(self, query):
        with closing(sqlite3.connect(self.trial.root / ".leopard/ledger.db")) as ledger:
            return {row[0] for row in ledger.execute(query)}


@pytest.fixture
def world(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "STORES", {"default": memory.Store()})
    made = []

    def make(**options):
        made.append(World(tmp_path, **options))
        return made[0]

    yield make
    made[0].trial.close()


@pytest.mark.parametrize("without", [["batch"], []])
def test_no_write_is_sent_before_its_intent_is_in_the_ledger(world, without):
    w, early = world(without=without), []
    w.pages(60)
    intended = "select ident from journal where status = 'intended'"
    write = memory.MemoryExporter._keep

    def keep(exporter, page):
        if page.ident not in w.known(intended):
            early.append(page.ident)
        return write(exporter, page)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory.MemoryExporter, "_keep", keep)
        assert w.run().done == {"create": 60}
    assert early == []


def test_no_write_counts_as_done_before_its_receipt_is_in_the_ledger(world):
    w, early = world(), []
    w.pages(60)

    class Watcher(Observer):
        def done(self, within, ident, action):
            if ident not in w.known("select ident from entries"):
                early.append(ident)

    with observing(Watcher()):
        assert w.run().done == {"create": 60}
    assert early == []
    assert w.known("select status from journal") == {"done"}


def test_a_transaction_takes_what_many_workers_have_done(world):
    w = world()
    w.pages(80)
    w.store.on_call = lambda verb, phase: time.sleep(0.005)
    commits = []
    event.listen(w.trial.ledger.database.engine, "commit", commits.append)
    assert w.run().done == {"create": 80}
    assert len(commits) < 80


def test_a_run_that_is_stopped_leaves_no_intent_of_what_it_never_sent(world):
    w = world(workers=2)
    w.pages(20)
    w.store.on_call = lambda verb, phase: w.stop.set() if verb == "create" else None
    done = w.run()
    assert done.left == 20 - done.done["create"] > 0
    assert w.known("select status from journal") == {"done"}
    assert len(w.known("select ident from journal")) == done.done["create"] == len(w.store.pages)


def test_a_doubt_that_nobody_looked_into_again_stays(world):
    w = world(workers=1)
    w.pages(1)
    w.run()
    w.trial.page("n-01", "In doubt")
    w.trial.page("n-00", "Another")
    ident = "page:n-01@en"
    w.trial.ledger.journal.intend("died", CHANNEL, [Deed(ident, "create", None)])
    w.store.on_call = lambda verb, phase: w.stop.set() if verb == "update" else None
    assert w.run().left == 1
    assert ident in {doubt.ident for doubt in w.trial.ledger.journal.in_doubt(CHANNEL)}


def test_a_lost_answer_leaves_its_intent_open_and_no_other(world):
    w = world(without=["batch", "lookup"])
    w.pages(30)
    w.store.faults.append(Fault("create", "after", Ambiguous("lost"), skip=7))
    assert w.run().done == {"create": 29}
    assert len(w.trial.ledger.journal.in_doubt(CHANNEL)) == 1


# The threads


def test_units_come_back_as_they_end_and_none_is_lost():
    limit = Limit(4)
    with Line("test", lambda unit: unit * 2, limit) as line:
        got, left = [], list(range(100))
        while left or not line.is_empty:
            room = line.room
            line.put(left[:room])
            del left[:room]
            got += line.take()
    assert sorted(got) == [2 * number for number in range(100)]


def test_what_nobody_expects_of_the_work_is_raised_where_its_results_are_taken():
    def broken(unit):
        raise ZeroDivisionError(unit)

    with Line("test", broken, Limit(2)) as line:
        line.put([1])
        with pytest.raises(ZeroDivisionError):
            line.take()
