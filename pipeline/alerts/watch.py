"""A run that is watched: what it says about incidents is noted, and told to whoever wants to know."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from click.exceptions import Abort

from pipeline.alerts.approvals import check_approvals
from pipeline.alerts.credentials import check_credentials
from pipeline.alerts.deliver import Delivery
from pipeline.alerts.outcome import Outcome
from pipeline.alerts.schedule import check_schedule
from pipeline.config import Project
from pipeline.ledger import Ledger
from pipeline.ledger import now as clock
from pipeline.ledger.incidents import Incidents
from pipeline.ledger.lock import Busy, Superseded
from pipeline.observe.embargo import Lags
from pipeline.observe.spans import observing
from pipeline.observe.success import succeeded
from pipeline.planned import Planned
from pipeline.run import RunReport, Sync
from pipeline.schedule.turn import turn_of
from schemas.errors import ConfigError, LedgerError
from schemas.problems import Problem

NO_FAILURE = (Busy, Superseded, Abort)
"""Somebody else is at work, or somebody at the terminal has ended it."""


def watched(sync: Sync, names: Sequence[str] | None = None, **asked: Any) -> RunReport:
    """What `sync.run` does and returns. An alert that cannot be sent is a problem in the report."""
    project, ledger, lags = sync.project, sync.ledger, Lags(sync.ledger, turn_of(sync.ledger))
    chosen = tuple(names or project.channels)
    review: Callable[[Planned], bool] = asked.pop("review", lambda planned: True)

    def seen(planned: Planned) -> bool:
        lags.expect(planned)
        return review(planned)

    try:
        with observing(lags):
            report = sync.run(chosen, review=seen, **asked)
    except NO_FAILURE:
        raise
    except Exception as error:
        broke_off(project, ledger, chosen, error)
        raise
    outcome = Outcome(ledger, tuple(project.channels), chosen)
    try:
        lags.remember()
        succeeded(ledger, outcome.came_through(report, sync.planned), project.channels, clock())
        unsent = look_and_tell(project, ledger)
        if unsent:
            report.problems = [*report.problems, *unsent]
            ledger.history.add(report.id, report.as_kept(), unsent)
    except LedgerError as error:  # the run is over, and is not to fail for what comes after it
        told = f"what came of the run could not be noted for alerts: {error.message}"
        problem = Problem(code="alert.unnoted", severity="warning", message=told, hint=error.hint)
        report.problems = [*report.problems, problem]
    return report


def broke_off(project: Project, ledger: Ledger, names: Sequence[str], error: Exception) -> None:
    """Note and tell that a run ended with an error; raises nothing for a ledger that cannot be used."""
    if isinstance(error, ConfigError) and not set(names) <= set(project.channels):
        return  # a slip of the hand on the command line
    with suppress(LedgerError):
        Outcome(ledger, tuple(project.channels), names).broke_off(error)
        look_and_tell(project, ledger)


def look_and_tell(project: Project, ledger: Ledger) -> list[Problem]:
    """Look for what is wrong beside any run, then tell what is to be told. Raises LedgerError."""
    look(project, ledger)
    return Delivery(project, ledger).deliver()


def look(project: Project, ledger: Ledger) -> None:
    """What is overdue, what expires, and what waits for approval. Raises LedgerError."""
    incidents, now = Incidents(ledger.database), clock()
    check_schedule(project, ledger, incidents, now)
    check_credentials(project, incidents, now)
    check_approvals(ledger, incidents)
