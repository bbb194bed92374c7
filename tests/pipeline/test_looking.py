"""Looks at the content go on in the background: nobody waits for a long one, and no failure is lost."""

import sys
import threading
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from web_world import dashboard, furnished, text_of

from pipeline.config import load
from pipeline.ledger import Ledger
from pipeline.ledger.lock import locked
from pipeline.planner import Planner
from pipeline.web import looking
from pipeline.web.looking import Looking
from schemas.errors import LeopardError

PAGES = (
    "/matrix",
    "/plan",
    "/problems",
    "/statistics",
    "/quarantine",
    "/records/page:other@en",
)
MOMENT = 0.05


@pytest.fixture
def project(site, monkeypatch):
    furnished(site, monkeypatch)
    site.write("content/pages/other.yaml", "title: Other\n")
    assert site.run("sync", "--yes").status == 0
    return site


@pytest.fixture
def gate(monkeypatch):
    """Looks go on only while it is open; `.entered` counts them, `.most` how many there were at a time."""
    gate = threading.Event()
    gate.entered = gate.inside = gate.most = 0
    plan = Planner.plan

    def guarded(planner, *args, **options):
        gate.entered += 1
        gate.inside += 1
        gate.most = max(gate.most, gate.inside)
        assert gate.wait(60)
        gate.inside -= 1
        return plan(planner, *args, **options)

    monkeypatch.setattr(Planner, "plan", guarded)
    yield gate
    gate.set()


@pytest.fixture
def eyes(project):
    """A look of its own, without any page."""
    told = []
    with Ledger(load(project.root).written.ledger, project.root) as ledger:
        made = Looking(lambda: load(project.root), ledger, lambda *words: told.append(words), moment=MOMENT)
        made.told = told
        yield made
        made.close()


def settle(eyes):
    """Wait for the look that is under way."""
    thread = eyes._thread
    thread.join(60)
    assert not thread.is_alive()


def test_the_first_look_is_not_waited_for_if_it_takes_long(eyes, gate):
    first = eyes.look()
    assert (first.number, first.planned, first.error) == (0, None, None)
    assert eyes.since is not None
    gate.set()
    settle(eyes)
    assert eyes.since is None
    assert eyes.look().number == 1
    assert eyes.look().planned is not None


def test_one_that_takes_a_moment_is_waited_for(eyes):
    eyes.moment = 60.0
    assert eyes.look().planned is not None


def test_whoever_comes_meanwhile_is_given_the_last_look(eyes, gate):
    eyes.moment = 60.0
    gate.set()
    last = eyes.look()
    gate.clear()
    eyes.moment = MOMENT
    assert eyes.look(after=last.number) is last
    assert eyes.look() is last
    gate.set()
    settle(eyes)
    assert eyes.look().number == 2


def test_there_are_never_two_at_once(eyes, gate):
    threads = [threading.Thread(target=eyes.look, args=(99,)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    gate.set()
    settle(eyes)
    assert (gate.entered, gate.most) == (1, 1)


def test_one_that_was_seen_already_is_not_made_again(eyes):
    eyes.moment = 60.0
    first = eyes.look()
    assert eyes.look(after=first.number).number == 2
    assert eyes.look(after=first.number).number == 2


def test_it_grows_old(eyes, monkeypatch):
    eyes.moment = 60.0
    assert eyes.look().number == 1
    assert eyes.look().number == 1
    monkeypatch.setattr(eyes, "_until", time.monotonic())
    assert eyes.look().number == 2


def test_a_run_makes_it_old_when_it_has_ended(eyes, project):
    eyes.moment = 60.0
    assert eyes.look().number == 1
    with locked(eyes.ledger, "another"):
        eyes.ledger.set_fact("serial", str(eyes.ledger.serial + 1))
        assert eyes.look().number == 1
    assert eyes.look().number == 2


def test_a_failure_is_shown_and_told_and_does_not_end_the_looking(eyes, monkeypatch):
    eyes.moment = 60.0
    assert eyes.look().error is None
    monkeypatch.setattr(Planner, "plan", lambda planner: 1 / 0)
    failed = eyes.look(after=1)
    assert "something unforeseen happened" in failed.error.message
    assert "ZeroDivisionError" in failed.error.message
    ((words, error),) = eyes.told
    assert isinstance(error, ZeroDivisionError)
    assert words == "the content could not be looked at"
    monkeypatch.undo()
    assert eyes.look(after=2).error is None


def test_what_is_wrong_with_the_content_is_no_failure_of_ours(eyes, project):
    eyes.moment = 60.0
    eyes.look()
    (project.root / "leopard.yaml").write_text("site: [\n")
    broken = eyes.look(after=1)
    assert isinstance(broken.error, LeopardError)
    assert broken.project.site.title == "Spots"
    assert not eyes.told


def test_all_ends_though_a_look_goes_on(eyes, gate, monkeypatch):
    monkeypatch.setattr(looking, "FAREWELL", 0.1)
    eyes.look()
    eyes.close()
    assert eyes.since is not None
    gate.set()
    settle(eyes)
    number = eyes.number
    eyes.look(after=number)
    assert eyes.since is None
    assert not eyes.told


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_there_before_the_first_look_has_ended(project, gate, path):
    with dashboard(project.root, moment=MOMENT) as as_user:
        eda = as_user("eda")
        html = eda.page(path)
        if path != "/quarantine":
            assert "The content is being read" in text_of(html)
            assert "Nothing is wrong" not in html
            assert 'hx-get="/look?seen=0"' in html
        assert eda.get("/look?seen=0").status_code == 204
        gate.set()
        settle(as_user.looking)
        answer = eda.get("/look?seen=0")
        assert (answer.status_code, answer.headers["hx-refresh"]) == (286, "true")
        assert "The content is being read" not in eda.get(path).text


def test_a_reader_is_told_of_a_newer_look_and_keeps_the_page(project, gate):
    gate.set()
    with dashboard(project.root, moment=60.0) as as_user:
        eda = as_user("eda")
        assert "page:other@en" in eda.page("/matrix")
        gate.clear()
        as_user.looking.moment = MOMENT
        html = eda.page("/matrix?anew=1")
        assert "being looked at again" in text_of(html)
        assert "page:other@en" in html
        assert eda.get("/look?seen=1").status_code == 204
        gate.set()
        settle(as_user.looking)
        answer = eda.get("/look?seen=1")
        assert answer.status_code == 286
        assert "hx-refresh" not in answer.headers
        assert "There is a newer look" in answer.text
        assert eda.get("/look?seen=2").text == ""


def test_viewers_see_nothing_early_while_nobody_has_looked(project, gate):
    project.write("content/pages/soon.yaml", "title: Soon to come\nembargo_until: 2999-01-01\n")
    with dashboard(project.root, moment=MOMENT) as as_user:
        for path in ("/matrix?q=soon", "/records/page:soon@en", "/problems", "/plan", "/statistics"):
            assert "Soon to come" not in as_user("vic").get(path).text
