"""Incidents in the ledger: one about one thing at a time, for all processes."""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from ledger_place import ON_BOTH

from pipeline.ledger import Ledger
from pipeline.ledger.incidents import Incidents

pytestmark = ON_BOTH
WORDS = "website could not be brought up to date"


@pytest.fixture
def address(ledger_address):
    return ledger_address or "sqlite:///ledger.db"


@pytest.fixture
def incidents(tmp_path, address):
    with Ledger(address, tmp_path) as ledger:
        yield Incidents(ledger.database)


def test_it_is_opened_once_and_closed_once(incidents):
    first = incidents.open("failed", "website", WORDS, channels=["website"])
    assert first is not None
    assert incidents.open("failed", "website", WORDS, channels=["website"]) is None
    assert [one.id for one in incidents.lasting()] == [first.id]
    assert incidents.close("failed", "website").id == first.id
    assert incidents.close("failed", "website") is None
    assert incidents.lasting() == []


def test_the_next_one_about_the_same_is_another(incidents):
    first = incidents.open("failed", "website", WORDS)
    incidents.close("failed", "website")
    second = incidents.open("failed", "website", WORDS)
    assert second is not None
    assert second.id != first.id
    assert [one.until is None for one in incidents.all()] == [False, True]


def test_kinds_and_subjects_do_not_mix(incidents):
    incidents.open("failed", "website", WORDS)
    assert incidents.open("partial", "website", WORDS) is not None
    assert incidents.open("failed", "feed", WORDS) is not None
    assert incidents.close("overdue", "website") is None
    assert len(incidents.lasting()) == 3


def test_what_is_said_of_it_follows_what_is_known(incidents):
    began = datetime(2026, 5, 1, tzinfo=UTC)
    first = incidents.open("partial", "website", "3 records wait", since=began)
    assert incidents.open("partial", "website", "4 records wait", hint="look", since=began) is None
    (known,) = incidents.lasting()
    assert (known.id, known.sentence, known.hint, known.since) == (first.id, "4 records wait", "look", began)


def test_it_is_over_when_nothing_of_it_is_left(incidents):
    made = incidents.open("drift", "website", WORDS, about=["b", "a"])
    assert made.about == ("a", "b")
    assert incidents.lessen(made, {"c"}) is None
    assert incidents.lessen(made, {"a", "c"}).about == ("b",)
    assert incidents.lasting()[0].until is None
    assert incidents.lessen(incidents.lasting()[0], {"b"}).until is not None
    assert incidents.lasting() == []


def test_what_is_forgotten_is_gone(incidents):
    made = incidents.open("failed", "website", WORDS)
    incidents.forget([made.id])
    assert incidents.all() == []
    assert incidents.change(made.id, lambda known: known) is None


def test_of_many_that_see_it_one_opens_it(tmp_path, address):
    ready = threading.Barrier(6)
    with Ledger(address, tmp_path):
        pass

    def see(_):
        with Ledger(address, tmp_path) as ledger:
            ready.wait()
            return Incidents(ledger.database).open("failed", "website", WORDS)

    with ThreadPoolExecutor(6) as pool:
        made = [one for one in pool.map(see, range(6)) if one is not None]
    assert len(made) == 1
