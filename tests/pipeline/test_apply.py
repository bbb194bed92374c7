"""What applying a plan does when channels are slow, busy, wrong or gone: counted on a channel in memory."""

import sys
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from ledger_place import ON_BOTH

from exporters import memory
from exporters.memory import Fault, MemoryExporter
from pipeline.apply import workers
from pipeline.apply.pace import BREAK_AFTER, Pace
from pipeline.apply.write import TRIES
from pipeline.planned import Wishes
from pipeline.run import Sync
from pipeline.trial import Trial
from schemas.errors import Ambiguous, AuthError, ChannelDown, Rejected, Transient
from transport.fault_proxy import Fault as WireFault
from transport.fault_proxy import FaultProxy

pytestmark = ON_BOTH


class Time(threading.Event):
    """A clock that waiting moves, and an event that stops a run."""

    def __init__(self):
        super().__init__()
        self.now, self.waits = 1000.0, []

    def wait(self, timeout=None):
        self.waits.append(round(timeout, 3))
        self.now += timeout
        return self.is_set()


@pytest.fixture
def time(monkeypatch):
    time = Time()
    monkeypatch.setattr(workers, "Pace", partial(Pace, clock=lambda: time.now))
    return time


class Bench:
    """A project whose pages go to memory, one worker and no batches unless said otherwise."""

    def __init__(self, root, time, address, **options):
        usual = {"use": "memory", "workers": 1, "without": ["batch"]}
        self.trial, self.time = Trial(root, {**usual, **options}, address=address), time
        self.pages = self.trial.page

    @property
    def store(self):
        return memory.STORES["default"]

    def fault(self, verb, error, phase="before", **more):
        self.store.faults.append(Fault(verb, phase, error, **more))

    def run(self, *, retry=True):
        """One sync; its outcome on the channel, and what was called meanwhile."""
        sync = Sync(self.trial.project, self.trial.ledger, wishes=Wishes(retry=retry), stop=self.time)
        del self.store.calls[:]
        report = sync.run(allowed=("pages", "images", "trial"))
        self.codes = [problem.code for problem in report.problems]
        self.report = report
        return report.applied[0] if report.applied else None

    def calls(self):
        """How often each verb was called in the last run."""
        return Counter(call.split()[0] for call in self.store.calls)

    def titles(self):
        return {page.key.partition(":")[2]: page.fields["title"] for page in self.store.pages.values()}


@pytest.fixture
def bench(tmp_path, time, monkeypatch, ledger_address):
    """Makes the bench, with pages and after a first run."""
    monkeypatch.setattr(memory, "STORES", {"default": memory.Store()})
    made = []

    def make(*names, published=True, **options):
        made.append(Bench(tmp_path, time, ledger_address, **options))
        for name in names:
            made[0].pages(name, name.title())
        if published:
            made[0].run()
            assert made[0].codes == []
        return made[0]

    yield make
    made[0].trial.close()


# What it costs


def test_k_changes_take_k_writes_and_nothing_else(bench):
    b = bench("a", "b", "c", "d")
    b.pages("e", "E")
    b.pages("b", "B, changed")
    b.trial.remove("d")

    assert b.run().done == {"create": 1, "update": 1, "delete": 1}
    assert b.calls() == {"create": 1, "update": 1, "delete": 1}
    assert b.titles() == {"a": "A", "b": "B, changed", "c": "C", "e": "E"}


def test_an_unchanged_project_makes_no_call(bench):
    b = bench("a", "b")
    assert b.run() is None
    assert b.store.calls == []


def test_a_picture_is_uploaded_once_for_all_pages_that_show_it(bench):
    b = bench(published=False)
    b.trial.picture()
    b.pages("a", "A", image=True)
    b.pages("b", "B", image=True)
    b.run()
    assert [call for call in b.store.calls if "asset" in call] == ["create asset:coat@en"]
    b.pages("c", "C", image=True)
    b.run()
    assert b.calls() == {"create": 1}


# Pages that name each other


def test_a_circle_is_closed_by_a_second_write(bench):
    b = bench(published=False)
    b.pages("a", "A", links=["b"])
    b.pages("b", "B", links=["a"])

    assert b.run().done == {"create": 2}
    assert b.calls() == {"read": 1, "create": 2, "update": 1}
    held = {page.key: page for page in b.store.pages.values()}
    assert held["page:a"].fields["links"] == [held["page:b"].id]
    assert held["page:b"].fields["links"] == [held["page:a"].id]
    assert b.run() is None


def test_what_others_refer_to_is_written_first(bench):
    b = bench(published=False)
    b.pages("a", "A", links=["b"])
    b.pages("b", "B", links=["c"])
    b.pages("c", "C")
    b.run()
    assert b.store.calls == ["read", "create page:c@en", "create page:b@en", "create page:a@en"]


# A channel that is busy


def test_a_busy_channel_is_left_alone_as_long_as_it_asks_and_tried_again(bench, time):
    b = bench("a")
    b.pages("a", "A, changed")
    b.fault("update", Transient("busy", retry_after=7.0))
    del time.waits[:]

    assert b.run().done == {"update": 1}
    assert b.calls() == {"update": 2}
    assert time.waits == [7.0]
    assert b.codes == []


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_both_forms_of_retry_after_are_honoured_over_http(
    tmp_path, time, loopback, loopback_plugin, ledger_address, form
):
    at = datetime.now(UTC) + timedelta(seconds=90)
    said = {"seconds": "90", "date": format_datetime(at, usegmt=True)}[form]
    with FaultProxy(loopback.address) as proxy:
        trial = Trial(
            tmp_path, {"use": "loopback", "url": proxy.address, "workers": 1}, address=ledger_address
        )
        trial.page("a", "A")
        proxy.faults.append(WireFault("error_before", status=429, headers={"Retry-After": said}))
        report = Sync(trial.project, trial.ledger, stop=time).run()
        trial.close()
    assert report.problems == []
    assert [round(wait, -1) for wait in time.waits] == [90]
    assert len(proxy.writes) == 2


def test_a_batch_that_comes_too_fast_waits_too(bench, time):
    b = bench("a", without=[])
    b.pages("b", "B")
    b.pages("c", "C")
    b.fault("write_many", Transient("busy", retry_after=7.0))
    del time.waits[:]

    assert b.run().done == {"create": 2}
    assert time.waits == [7.0]


def test_a_channel_that_wants_to_rest_too_long_is_left_to_the_next_run(bench, time):
    b = bench("a")
    b.pages("a", "A, changed")
    b.pages("b", "B")
    b.fault("update", Transient("busy", retry_after=3600.0))
    del time.waits[:]

    done = b.run()
    assert done.down
    assert time.waits == []
    assert b.codes == ["channel.down"]
    b.run()
    assert b.titles() == {"a": "A, changed", "b": "B"}


def test_a_write_is_tried_again_as_long_as_it_may_succeed(bench):
    b = bench("a")
    b.pages("a", "A, changed")
    for _ in range(TRIES - 1):
        b.fault("update", Transient("no space left"))
    assert b.run().done == {"update": 1}
    assert b.calls() == {"update": TRIES}
    assert b.trial.ledger.quarantine.all() == []


def test_after_failures_in_a_row_the_channel_is_given_up(bench):
    b = bench("a")
    for name in ("b", "c", "d"):
        b.pages(name, name.title())
    for _ in range(BREAK_AFTER):
        b.fault("create", Transient("bad gateway"))

    done = b.run()
    assert done.down
    assert b.codes == ["channel.down"]
    assert b.calls() == {"create": BREAK_AFTER}
    assert done.left == 2
    b.run()
    assert b.titles() == {"a": "A", "b": "B", "c": "C", "d": "D"}
    assert b.run() is None


def test_a_success_in_between_begins_the_row_anew(bench):
    b = bench("a")
    for name in ("b", "c"):
        b.pages(name, name.title())
    for skip in (0, 0, 0, 1, 1, 1):  # three failures, a success, three failures
        b.fault("create", Transient("bad gateway"), skip=skip)

    assert b.run().done == {"create": 2}
    assert b.calls() == {"create": 8}
    assert b.codes == []


# A channel that is down


@pytest.mark.parametrize("error", [ChannelDown("maintenance"), AuthError("wrong password")])
def test_a_channel_that_is_down_is_left_to_the_next_run(bench, error):
    b = bench("a")
    for name in ("b", "c", "d"):
        b.pages(name, name.title())
    b.fault("create", error, skip=1)

    done = b.run()
    assert (done.done, done.left, done.down) == ({"create": 1}, 1, True)
    assert b.codes == [error.code]
    assert b.run().done == {"create": 2}
    assert len(b.store.pages) == 4


def test_a_stopped_run_ends_after_the_write_under_way(bench, time):
    b = bench("a")
    for name in ("b", "c", "d"):
        b.pages(name, name.title())
    b.store.on_call = lambda verb, phase: time.set()

    done = b.run()
    assert (done.done, done.left) == ({"create": 1}, 2)
    assert b.report.outcome == "stopped"
    b.store.on_call = None
    time.clear()
    assert b.run().done == {"create": 2}
    assert b.run() is None


# A record that the channel does not take


def test_a_refused_record_is_quarantined_and_those_that_refer_to_it_wait(bench):
    b = bench("a")
    b.pages("bad", "Bad")
    b.pages("c", "C", links=["bad"])
    b.pages("d", "D")
    b.fault("create", Rejected("the title is too odd"))

    done = b.run()
    assert done.failed == {"page:bad@en", "page:c@en"}
    assert sorted(b.codes) == ["channel.rejected", "channel.transient"]
    assert b.titles() == {"a": "A", "d": "D"}
    (held,) = b.trial.ledger.quarantine.all()
    assert (held.ident, held.channel, held.attempts) == ("page:bad@en", "trial", 1)
    assert held.next_try > held.since

    assert b.run(retry=False) is None
    assert b.store.calls == []
    assert b.run().done == {"create": 2}
    assert b.trial.ledger.quarantine.all() == []


def test_a_refused_record_that_was_changed_is_tried_at_once(bench):
    b = bench("a")
    b.pages("bad", "Bad")
    b.fault("create", Rejected("the title is too odd"))
    b.run()
    b.pages("bad", "Good")
    assert b.run(retry=False).done == {"create": 1}


def test_a_record_that_is_refused_again_and_again_waits_longer(bench):
    b = bench("a")
    b.pages("bad", "Bad")
    waits = []
    for _ in range(3):
        b.fault("create", Rejected("the title is too odd"))
        b.run()
        (held,) = b.trial.ledger.quarantine.all()
        waits.append(held.next_try - datetime.now(UTC))
    assert held.attempts == 3
    assert waits == sorted(waits)


def test_what_the_channel_did_not_keep_is_told(bench):
    b = bench("a")
    b.store.normaliser = lambda fields: fields
    write = MemoryExporter._keep

    def cut(self, page):
        return write(
            self, page.model_copy(update={"fields": {**page.fields, "title": page.fields["title"][:3]}})
        )

    b.pages("b", "Beautiful")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MemoryExporter, "_keep", cut)
        b.run()
    assert b.codes == ["channel.altered"]


# A lost answer


@pytest.mark.parametrize("phase", ["before", "after"])
def test_a_create_in_doubt_takes_one_look_and_no_second_page(bench, phase):
    b = bench("a")
    b.pages("b", "B")
    b.fault("create", Ambiguous("lost"), phase)

    assert b.run().done == {"create": 1}
    assert b.calls() == {"create": 2 if phase == "before" else 1, "find": 1}
    assert len(b.store.pages) == 2
    assert b.run() is None


@pytest.mark.parametrize("verb", ["update", "delete", "unpublish"])
def test_any_other_write_in_doubt_is_repeated(bench, verb):
    b = bench("a", "b", on_missing="unpublish" if verb == "unpublish" else "delete")
    if verb == "update":
        b.pages("b", "B, changed")
    else:
        b.trial.remove("b")
    b.fault(verb, Ambiguous("lost"), "after")

    assert b.run().done == {verb: 1}
    assert b.codes == []
    assert b.run() is None


def test_where_nobody_can_look_a_doubt_is_kept_for_the_next_run(bench):
    b = bench("a", without=["batch", "lookup"])
    b.pages("b", "B")
    b.fault("create", Ambiguous("lost"), "after")

    b.run()
    assert b.codes == ["channel.ambiguous"]
    assert [doubt.ident for doubt in b.trial.ledger.journal.in_doubt("trial")] == ["page:b@en"]
    b.run()
    assert len(b.store.pages) == 2
    assert b.run() is None


def test_a_repeated_write_that_comes_too_late_is_a_doubt_where_nobody_can_look(bench):
    b = bench("a", without=["batch", "lookup"])
    b.pages("a", "A, changed")
    b.fault("update", Transient("lost"), "after")

    b.run()
    assert b.codes == ["channel.ambiguous"]
    assert b.run().done == {"update": 1}
    assert b.run() is None


# Batches


def test_a_batch_takes_many_writes_in_one_call(bench):
    b = bench("a", without=[])
    for at in range(12):
        b.pages(f"n-{at}", f"N {at}")
    assert b.run().done == {"create": 12}
    assert b.calls() == {"write_many": 2}


def test_what_fails_of_a_batch_is_tried_alone_and_the_rest_is_done(bench):
    b = bench("a", without=[])
    for name in ("b", "c", "d"):
        b.pages(name, name.title())
    b.fault("create", Rejected("too odd"))
    b.fault("create", Transient("busy"))

    done = b.run()
    assert done.done == {"create": 2}
    assert len(done.failed) == 1
    assert b.calls()["write_many"] == 1
    assert b.calls()["create"] == 1
    assert b.run().done == {"create": 1}
    assert b.titles() == {"a": "A", "b": "B", "c": "C", "d": "D"}


@pytest.mark.parametrize("phase", ["before", "after"])
def test_a_batch_in_doubt_takes_one_look_and_makes_nothing_twice(bench, phase):
    b = bench("a", "old", without=[])
    b.pages("old", "Changed")
    for name in ("b", "c"):
        b.pages(name, name.title())
    b.fault("write_many", Ambiguous("lost"), phase)

    assert b.run().done == {"create": 2, "update": 1}
    assert b.calls()["find"] == 1
    assert b.titles() == {"a": "A", "b": "B", "c": "C", "old": "Changed"}
    assert len(b.store.pages) == 4
    assert b.run() is None


def test_an_answer_that_leaves_out_a_part_of_the_batch_is_a_doubt(bench, monkeypatch):
    b = bench("a", without=[])
    b.pages("b", "B")
    b.pages("c", "C")
    whole = MemoryExporter.write_many
    monkeypatch.setattr(
        MemoryExporter, "write_many", lambda self, writes: dict([*whole(self, writes).items()][1:])
    )
    assert b.run().done == {"create": 2}
    assert len(b.store.pages) == 3


def test_a_batch_that_a_busy_channel_refused_in_part_needs_no_look(bench):
    b = bench("a", without=["lookup"])
    b.pages("b", "B")
    b.pages("c", "C")
    b.fault("create", Transient("busy"))
    assert b.run().done == {"create": 2}
    assert b.codes == []


# Somebody else's edits


@pytest.mark.parametrize(
    ("policy", "title"), [("ask", "By hand"), ("overwrite", "Ours"), ("keep", "By hand")]
)
def test_a_page_that_changed_since_we_looked(bench, policy, title):
    b = bench("a", hand_edits=policy)
    b.store.hand_edit("page:a@en", {"title": "By hand"})
    b.pages("a", "Ours")
    b.run()
    assert b.titles() == {"a": title}
    assert b.codes == (["channel.conflict"] if policy == "ask" else [])


# How much at once, and how fast


@pytest.mark.parametrize("most", [1, 3])
def test_no_more_writes_are_under_way_than_there_are_workers(bench, most):
    b = bench("a", workers=most)
    for at in range(9):
        b.pages(f"n-{at}", f"N {at}")
    lock, busy, seen = threading.Lock(), [0], []
    together = threading.Barrier(most)

    def watch(verb, phase):
        with lock:
            busy[0] += 1 if phase == "before" else -1
            seen.append(busy[0])
        if phase == "before":
            together.wait(5)  # all workers are here at once, or the test fails

    b.store.on_call = watch
    b.run()
    assert max(seen) == most


def test_each_worker_has_a_session_of_its_own_that_is_closed(bench, monkeypatch):
    from contextlib import contextmanager

    opened, closed = [], []

    @contextmanager
    def session(self):
        opened.append(self)
        yield
        closed.append(self)

    monkeypatch.setattr(MemoryExporter, "session", session)
    b = bench("a", workers=2)
    del opened[:], closed[:]
    for at in range(6):
        b.pages(f"n-{at}", f"N {at}")
    together = threading.Barrier(2)
    b.store.on_call = lambda verb, phase: together.wait(5) if phase == "before" else None
    b.run()
    assert len(opened) == len(set(map(id, opened))) == 2
    assert set(map(id, closed)) == set(map(id, opened))


def test_the_rate_of_a_channel_is_honoured(bench, time):
    b = bench("a", rate=4.0)
    for at in range(5):
        b.pages(f"n-{at}", f"N {at}")
    del time.waits[:]
    began = time.now
    b.run()
    assert time.waits == [0.25] * 4
    assert time.now - began == 1.0


def test_look_ups_count_towards_the_rate(bench, time):
    b = bench("a", rate=4.0, without=[])
    b.pages("b", "B")
    b.pages("c", "C")
    b.fault("write_many", Ambiguous("lost"), "after")
    del time.waits[:]
    b.run()
    assert b.calls() == {"write_many": 1, "find": 1}
    assert time.waits == [0.25]
