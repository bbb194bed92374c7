"""
Once per incident, with its recovery: lives of incidents, of processes that tell, and of receivers that fail.

The receivers are in memory and may refuse, lose the answer to what they took, or have the process that speaks to
them die, before or after they took it. The ledger is a real one.
"""

import atexit
import shutil
import tempfile
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import delete

from pipeline.alerts.deliver import CLAIM, LONGEST_WAIT, Delivery
from pipeline.alerts.model import Alert
from pipeline.alerts.send import Unsent
from pipeline.config import Project, Written
from pipeline.ledger import Ledger, tables
from pipeline.ledger.incidents import Incidents
from schemas.site import Site

SITE = Site(title="Spots", url="https://spots.example", languages=("en",))
SUBJECTS = ("website", "feed")
RECIPIENTS = ("env:A", "env:B")
FAULTS = ("refused", "lost", "dead before", "dead after")


class Dead(BaseException):
    """The process is dead."""


class Nothing:
    """What a dead process can still do."""

    def change(self, *_):
        raise Dead


@cache
def ledger():
    root = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, root)
    return Ledger("sqlite:///ledger.db", root)


class Alerts(RuleBasedStateMachine):
    """Three processes on one ledger tell two recipients."""

    @initialize()
    def begin(self):
        with ledger().database.writing() as connection:
            connection.execute(delete(tables.facts))
        alerts = tuple(Alert(to=to) for to in RECIPIENTS)
        self.project = Project(Path(), Written(site=SITE, alerts=alerts), {}, (), {})
        self.clock = datetime(2026, 5, 1, tzinfo=UTC)
        self.processes = [self.process(who) for who in range(3)]
        self.incidents = Incidents(ledger().database)
        self.got = {to: [] for to in RECIPIENTS}
        self.faults = {to: [] for to in RECIPIENTS}
        self.doubled = Counter()
        self.open, self.over = {}, []
        self.claims = []

    def process(self, who):
        return Delivery(self.project, ledger(), partial(self.send, who), lambda: self.clock)

    @contextmanager
    def alive(self, who):
        """A process that dies does nothing from then on; another one begins in its place."""
        try:
            yield
        except Dead:
            self.processes[who] = self.process(who)

    def dies(self, who):
        self.processes[who].lines = Nothing()
        raise Dead

    def send(self, who, alert, message, root):
        fault = self.faults[alert.name].pop(0) if self.faults[alert.name] else None
        if fault == "dead before":
            self.dies(who)
        if fault != "refused":
            self.got[alert.name].append(message.id)
        if fault in ("lost", "dead after"):
            self.doubled[alert.name, message.id] += 1
        if fault == "dead after":
            self.dies(who)
        if fault:
            raise Unsent("no")

    @rule(subject=st.sampled_from(SUBJECTS), words=st.sampled_from(["it is down", "it is down, 3 wait"]))
    def goes_wrong(self, subject, words):
        made = self.incidents.open("failed", subject, words)
        assert (made is None) == (subject in self.open)
        if made is not None:
            self.open[subject] = made.id

    @rule(subject=st.sampled_from(SUBJECTS))
    def is_well(self, subject):
        ended = self.incidents.close("failed", subject)
        assert (ended is None) == (subject not in self.open)
        if ended is not None:
            self.over.append(self.open.pop(subject))

    @rule(to=st.sampled_from(RECIPIENTS), fault=st.sampled_from(FAULTS))
    def will_fail(self, to, fault):
        self.faults[to].append(fault)

    @rule(who=st.integers(0, 2))
    def tell(self, who):
        with self.alive(who):
            self.processes[who].deliver()

    @rule(minutes=st.sampled_from([1, 3, 70]))
    def time_passes(self, minutes):
        self.clock += timedelta(minutes=minutes)

    @rule(who=st.integers(0, 2), further=st.integers(1, 2))
    def meanwhile(self, who, further):
        """Another process tells while one is sending."""
        one, as_before = self.processes[who], self.processes[who].send

        def sending(alert, message, root):
            one.send = as_before
            self.tell((who + further) % 3)
            as_before(alert, message, root)

        one.send = sending
        with self.alive(who):
            one.deliver()
        one.send = as_before

    @invariant()
    def nobody_is_told_twice_but_for_lost_answers(self):
        for to, got in getattr(self, "got", {}).items():
            for number, count in Counter(got).items():
                assert count <= 1 + self.doubled[to, number]

    @invariant()
    def the_end_is_not_told_before_the_beginning(self):
        for got in getattr(self, "got", {}).values():
            for number in {one.partition(".")[0] for one in got}:
                said = [one.partition(".")[2] for one in got if one.startswith(f"{number}.")]
                assert "open" not in said or said[0] == "open"
                assert said == sorted(said)  # open comes before over

    def teardown(self):
        """When all is well again with the receivers, everybody knows everything, and the ledger forgets it."""
        if not hasattr(self, "got"):
            return
        self.faults = {to: [] for to in RECIPIENTS}
        self.clock += max(CLAIM, LONGEST_WAIT) + timedelta(minutes=1)
        assert self.processes[0].deliver() == []
        for got in self.got.values():
            assert {one for one in got if one.endswith(".over")} == {f"{number}.over" for number in self.over}
            for number in self.open.values():
                assert f"{number}.open" in got
        self.nobody_is_told_twice_but_for_lost_answers()
        self.the_end_is_not_told_before_the_beginning()
        assert {one.id for one in self.incidents.all()} == set(self.open.values())
        before = {to: list(got) for to, got in self.got.items()}
        self.clock += timedelta(days=1)
        for process in self.processes:
            process.deliver()
        assert self.got == before


Alerts.TestCase.settings = settings(
    max_examples=60, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
test_once_per_incident_with_its_recovery = Alerts.TestCase


def test_a_receiver_that_never_answers_keeps_the_ledger_small():
    """What is over is forgotten after a while though somebody could never be told."""
    machine = Alerts()
    machine.begin()
    machine.faults["env:A"] = ["refused"] * 1000
    machine.goes_wrong("website", "it is down")
    machine.is_well("website")
    machine.processes[0].deliver()
    assert len(machine.incidents.all()) == 1
    machine.clock = datetime.now(UTC) + timedelta(days=31)
    machine.processes[0].deliver()
    assert machine.incidents.all() == []


def test_a_dead_speaker_s_place_is_taken_after_a_while():
    machine = Alerts()
    machine.begin()
    machine.faults["env:A"] = ["dead before"]
    machine.goes_wrong("website", "it is down")
    machine.tell(0)
    machine.tell(1)
    assert machine.got == {"env:A": [], "env:B": [f"{machine.open['website']}.open"]}
    machine.clock += CLAIM
    machine.tell(1)
    assert machine.got["env:A"] == [f"{machine.open['website']}.open"]
