"""Work that is carried out apart: what it does, says and raises is as if it had been done here."""

import logging
import os
import signal
import sys
import threading
import time
from functools import partial
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from pipeline import decide
from pipeline.carry import Apart, Died, here
from pipeline.config import load
from pipeline.ledger import Ledger
from pipeline.ledger.lock import Superseded
from pipeline.observe.metrics import Measured
from pipeline.observe.spans import Observer, observing
from pipeline.run import RunReport
from pipeline.schedule.work import _job
from pipeline.spool import KEPT
from schemas.errors import ConfigError, LeopardError

EVERYTHING = partial(decide.run_now, names=(), who="ada")


@pytest.fixture(scope="module")
def apart():
    return Apart()


@pytest.fixture
def never():
    return threading.Event()


class Noted(Observer):
    """What is observed, as words."""

    def __init__(self):
        self.words = []

    def begin(self, span):
        self.words.append(f"begin {span.name} in {span.parent.name if span.parent else None}")

    def end(self, span):
        self.words.append(f"end {span.name} {span.facts.get('outcome', '')}".strip())

    def done(self, within, ident, action):
        self.words.append(f"{action} {ident} on {within.facts['channel']}")


def observed(carry, project, never):
    noted, measured = Noted(), Measured()
    with observing(noted, measured):
        report = carry(project, EVERYTHING, lambda what, done: None, never)
    return report, noted.words, measured


def of_the_run(words):
    """How many writes there are is a matter of time, and what no run does is done by others meanwhile."""
    return {one for one in words if one == "begin run in None" or not one.endswith("in None")}


def test_a_run_apart_is_like_one_here(site, apart, never):
    project = load(site.root)
    report, words, measured = observed(apart, project, never)
    assert report.outcome == "clean"
    assert (site.root / "public").is_dir()
    with Ledger(project.written.ledger, project.root) as ledger:
        assert ledger.history.get(report.id).outcome == "clean"
        assert [act.who for act in ledger.hands.log()] == ["ada"]
    assert measured.registry.get_sample_value("leopard_runs_total", {"outcome": "clean"}) == 1
    for one in site.root.glob("public/**/*"):
        if one.is_file():
            one.unlink()
    (site.root / ".leopard" / "ledger.db").unlink()
    _, same, _ = observed(here, project, never)
    assert of_the_run(words) == of_the_run(same)
    assert {"begin run in None", "end run clean", "create page:other@en on files"} <= of_the_run(words)


def test_many_problems_travel_as_well(site, apart, never):
    """More than are held in memory."""
    for number in range(KEPT + 10):
        site.write(f"content/articles/bad-{number}.md", "---\ntitel: Wrong\n---\n")
    report = apart(load(site.root), EVERYTHING, lambda what, done: None, never)
    assert len(report.problems) > KEPT
    assert {problem.severity for problem in report.problems} >= {"error"}
    with Ledger(load(site.root).written.ledger, site.root) as ledger:
        assert ledger.history.problems(report.id) == list(report.problems)


def test_progress_is_told(site, apart, never):
    told = []
    apart(load(site.root), EVERYTHING, lambda what, done: told.append(what), never)
    assert told


def _wrong(project, ledger, progress, stop):
    raise ConfigError("it is wrong", hint="mend it")


class Odd(Exception):
    def __init__(self, one, two):
        super().__init__("odd")


class OddLeopard(LeopardError):
    code = "test.odd"

    def __init__(self, one, two):
        super().__init__(f"{one} and {two}", hint="a hint")


def _odd(project, ledger, progress, stop):
    raise Odd(1, 2)


def _odd_leopard(project, ledger, progress, stop):
    raise OddLeopard(1, 2)


def _killed(project, ledger, progress, stop):
    os.kill(os.getpid(), signal.SIGKILL)


def _warns(project, ledger, progress, stop):
    logging.getLogger("leopard").warning("so %s", "it is", extra={"facts": {"run": "x"}})
    return RunReport("x")


def _waits(project, ledger, progress, stop):
    progress("waiting", os.getpid())
    return RunReport("stopped" if stop.wait(60) else "forgotten")


def test_what_is_raised_there_is_raised_here(site, apart, never):
    project, nothing = load(site.root), lambda what, done: None
    with pytest.raises(ConfigError, match="it is wrong") as raised:
        apart(project, _wrong, nothing, never)
    assert raised.value.hint == "mend it"
    with pytest.raises(LeopardError, match=r"something unforeseen happened \(Odd\)"):
        apart(project, _odd, nothing, never)
    with pytest.raises(LeopardError, match="1 and 2") as raised:
        apart(project, _odd_leopard, nothing, never)
    assert (raised.value.code, raised.value.hint) == ("test.odd", "a hint")


def test_a_process_that_dies_is_told(site, apart, never):
    with pytest.raises(Died, match="has died"):
        apart(load(site.root), _killed, lambda what, done: None, never)


def test_what_is_logged_there_is_logged_here(site, apart, never, caplog):
    apart(load(site.root), _warns, lambda what, done: None, never)
    (record,) = [one for one in caplog.records if one.name == "leopard"]
    assert record.getMessage() == "so it is"
    assert record.facts == {"run": "x"}


@pytest.mark.parametrize("by", ["word", "signal"])
def test_it_ends_when_it_is_asked_to(site, apart, by):
    stop = threading.Event()

    def progress(_what, pid):
        if by == "word":
            stop.set()
        else:
            os.kill(pid, signal.SIGINT)  # a terminal sends that to all, and it means nothing there
            os.kill(pid, signal.SIGTERM)

    assert apart(load(site.root), _waits, progress, stop).id == "stopped"


def test_two_go_on_beside_each_other(site, apart):
    project, stop, begun, ended = load(site.root), threading.Event(), [], []

    def work():
        report = apart(project, _waits, lambda _what, pid: begun.append(pid), stop)
        ended.append(report.id)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 60
    while len(set(begun)) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    stop.set()
    for thread in threads:
        thread.join(60)
    assert ended == ["stopped", "stopped"]


def test_a_job_that_was_taken_over_writes_nothing(site, apart, never):
    job = partial(_job, names=("files",), name="nightly", fence=7)
    with pytest.raises(Superseded, match="nightly was taken over"):
        apart(load(site.root), job, lambda what, done: None, never)
    assert not list(site.root.glob("public/**/*.json"))
