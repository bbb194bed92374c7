"""One run: read → validate → transform → plan → apply → report."""

import secrets
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from pipeline import guards
from pipeline.apply import Applied, apply
from pipeline.approval import withhold
from pipeline.change import ChannelPlan, Plan
from pipeline.config import Project, configuration_of
from pipeline.engine.base import Engine
from pipeline.engine.choose import engine_of
from pipeline.forecast import learn
from pipeline.ledger import Ledger, RunOutcome
from pipeline.ledger import now as clock
from pipeline.ledger.lock import locked
from pipeline.observe.spans import carried, span
from pipeline.plan import Rules
from pipeline.plan_file import SavedPlan, agreed
from pipeline.planned import Planned, Wishes
from pipeline.planner import Planner
from pipeline.prepare import Progress, silent
from pipeline.rollback import plan_rollback
from pipeline.schedule.freeze import left_alone
from pipeline.schedule.turn import remember_turn
from pipeline.settled import is_settled, settle
from pipeline.spool import Joined
from pipeline.target import lacking_at_first
from schemas.problems import Problem


@dataclass
class RunReport:
    """What a run did, what it did not, and why."""

    id: str
    outcome: RunOutcome = "nothing"
    applied: list[Applied] = field(default_factory=list)
    problems: Sequence[Problem] = ()
    held: int = 0
    awaited: tuple[str, ...] = ()
    """Channels whose changes wait for a person's approval."""

    def as_json(self) -> dict[str, Any]:
        """The report as documented in docs/json.md."""
        problems = [problem.model_dump(mode="json", exclude_none=True) for problem in self.problems]
        return {**self.as_kept(), "problems": problems}

    def as_kept(self) -> dict[str, Any]:
        """The same without the problems, which the ledger keeps apart."""
        return {
            "run": self.id,
            "outcome": self.outcome,
            "held_back": self.held,
            "awaiting_approval": list(self.awaited),
            "channels": {
                one.channel: {
                    "done": dict(one.done),
                    "failed": sorted(one.failed),
                    "left": one.left,
                    "down": one.down,
                }
                for one in self.applied
            },
        }


def new_run_id(at: datetime) -> str:
    """A run's name: its instant in UTC, and eight digits that tell two of one second apart."""
    return f"{at:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"


Review = Callable[[Planned], bool]
"""Is shown the plan and says whether to go on."""


class Sync:
    """Brings channels to the state that the content asks for."""

    def __init__(
        self,
        project: Project,
        ledger: Ledger,
        progress: Progress = silent,
        wishes: Wishes | None = None,
        stop: threading.Event | None = None,
    ) -> None:
        self.project, self.ledger, self.progress = project, ledger, progress
        self.wishes, self.stop = wishes or Wishes(), stop or threading.Event()
        self.planned: Planned | None = None
        """What the latest run has planned, as soon as it has; None if it could tell that there is no need."""

    def run(
        self,
        names: Iterable[str] | None = None,
        *,
        review: Review = lambda planned: True,
        allowed: Iterable[str] = (),
        now: datetime | None = None,
        saved: SavedPlan | None = None,
        approved: bool = False,
    ) -> RunReport:
        """Plan, let the plan be reviewed, apply. Raises GuardStop where a guard says stop.

        Of a `saved` plan, what would be planned just so again is done, and nothing else. Unless a person has
        `approved` or reviews the plan, what needs that is proposed and waits.
        """
        at = now or clock()
        report = RunReport(new_run_id(at))
        with span("run", run=report.id) as told:
            chosen = tuple(names or self.project.channels)
            self._run(report, at, chosen, review, allowed, saved, approved)
            told.facts["outcome"] = report.outcome
        return report

    def _run(
        self,
        report: RunReport,
        at: datetime,
        names: Sequence[str],
        review: Review,
        allowed: Iterable[str],
        saved: SavedPlan | None,
        approved: bool,
    ) -> None:
        began = time.time()
        chosen, report.problems = left_alone(self.project, self.ledger, names, at)
        frozen = report.problems
        if frozen and not chosen:
            return
        if self.wishes == Wishes() and is_settled(self.project, self.ledger, chosen, at) is not None:
            return
        with locked(self.ledger, report.id), engine_of(self.project) as engine:
            planner = Planner(self.project, self.ledger, self.progress, self.wishes, self.stop, engine)
            planned = self.planned = planner.plan(chosen, at)
            findings = planned.prepared.findings
            report.problems, report.held = Joined(frozen, findings.problems), len(findings.held)
            remember_turn(self.ledger, planned.prepared)
            if saved is not None:
                planned.plan, stale = agreed(saved, planned.plan, self.project, self.ledger)
                report.problems = Joined(report.problems, stale)
            if not approved:
                withheld = withhold(planned, self.project, self.ledger)
                report.problems = Joined(report.problems, withheld)
                report.awaited = tuple(one.channel or "" for one in withheld if one.code == "plan.approval")
            for stop in guards.stops(self.ledger, planned.plan, planned.prepared.content, allowed):
                raise stop
            if not planned.plan.is_empty and not review(planned):
                report.outcome = "refused"
                return
            self._carry_out(report, planned, engine)
            planner.remember(planned)
            partial = saved is not None or len(planned.plan.channels) < len(chosen)
            self._settle(report, planned, chosen, began, partial=partial)
            for name in chosen if approved else ():
                self.ledger.hands.withdraw(name)

    def _carry_out(self, report: RunReport, planned: Planned, engine: Engine) -> None:
        self._remember(planned)
        if planned.plan.is_empty and not report.problems:
            return
        self.ledger.trust()
        self.ledger.set_fact("settled", None)  # before the first write: a run that dies has settled nothing
        self.ledger.history.begin(report.id)
        busy = [channel for channel in planned.plan.channels if channel.changes or channel.rewrite]
        with ThreadPoolExecutor(max(1, len(busy)), thread_name_prefix="channel") as pool:
            report.applied = list(pool.map(carried(partial(self._apply, report.id, planned, engine)), busy))
        report.applied += [Applied(name, down=True) for name in planned.down]
        report.problems = Joined(report.problems, *(one.problems for one in report.applied))
        report.outcome = _outcome(report)
        self.ledger.history.end(report.id, report.outcome, report.as_kept(), report.problems)

    def _apply(self, run: str, planned: Planned, engine: Engine, channel: ChannelPlan) -> Applied:
        exporter, rules = self.project.channels[channel.channel], planned.rules[channel.channel]
        began = time.monotonic()
        lacks = lacking_at_first(exporter, self.ledger)
        if any(one.severity == "error" for one in lacks):
            return Applied(channel.channel, problems=lacks, left=len(channel.changes), down=True)
        applied = apply(exporter, self.ledger, run, channel, rules, self.progress, self.stop, engine)
        if exporter.capabilities.document and not applied.down:
            self.ledger.set_fact(f"configuration:{channel.channel}", configuration_of(exporter))
        applied.problems.extend(lacks)
        learn(self.ledger, channel.channel, sum(applied.done.values()), time.monotonic() - began)
        return applied

    def _settle(
        self, report: RunReport, planned: Planned, names: Iterable[str], began: float, *, partial: bool
    ) -> None:
        """Remember that nothing is left to do, or that something is."""
        prepared = planned.prepared
        moved = any(one.moved for one in report.applied)
        if report.outcome in ("clean", "nothing") and not (planned.waiting or partial or moved):
            settle(self.project, self.ledger, prepared.content, names, prepared.at, began)
        else:
            self.ledger.set_fact("settled", None)

    def _remember(self, planned: Planned) -> None:
        content = planned.prepared.content
        self.ledger.quarantine.hold(content.findings.held)
        guards.remember(self.ledger, content)


class Rollback:
    """Takes back what one run did."""

    def __init__(
        self,
        project: Project,
        ledger: Ledger,
        progress: Progress = silent,
        stop: threading.Event | None = None,
    ) -> None:
        self.project, self.ledger, self.progress = project, ledger, progress
        self.stop = stop or threading.Event()

    def run(self, undone: str, review: Callable[[Plan], bool] = lambda plan: True) -> RunReport:
        """Plan the way back, let it be reviewed, apply it. Raises ConfigError for an unknown run."""
        report = RunReport(new_run_id(clock()))
        with span("run", run=report.id) as told:
            self._run(report, undone, review)
            told.facts["outcome"] = report.outcome
        return report

    def _run(self, report: RunReport, undone: str, review: Callable[[Plan], bool]) -> None:
        with locked(self.ledger, report.id):
            plan, report.problems = plan_rollback(self.project, self.ledger, undone)
            if plan.is_empty:
                report.outcome = _outcome(report)
                return
            if not review(plan):
                report.outcome = "refused"
                return
            self.ledger.trust()
            self.ledger.set_fact("settled", None)
            self.ledger.history.begin(report.id)
            for planned in plan.channels:
                exporter = self.project.channels[planned.channel]
                rules = Rules.of(planned.channel, exporter.options)
                report.applied.append(
                    apply(exporter, self.ledger, report.id, planned, rules, self.progress, self.stop)
                )
            report.problems = Joined(report.problems, *(one.problems for one in report.applied))
            report.outcome = _outcome(report)
            self.ledger.history.end(report.id, report.outcome, report.as_kept(), report.problems)


def _outcome(report: RunReport) -> RunOutcome:
    if any(one.left for one in report.applied) and not any(one.down for one in report.applied):
        return "stopped"
    if any(problem.severity == "error" for problem in report.problems):
        return "problems"
    return "clean" if report.applied else "nothing"
