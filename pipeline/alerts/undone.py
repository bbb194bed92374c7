"""A rollback that is watched: one that fails, or takes back only a part, is an incident until all is well."""

from collections.abc import Callable
from contextlib import suppress

from click.exceptions import Abort

from pipeline.alerts.watch import look_and_tell
from pipeline.alerts.words import listed, why
from pipeline.change import Plan
from pipeline.ledger.incidents import Incidents
from pipeline.run import Rollback, RunReport
from schemas.errors import ConfigError, GuardStop, LedgerError
from schemas.problems import Problem

NO_FAILURE = (GuardStop, ConfigError, Abort)
"""Somebody else is at work, there is no such run, or whoever was asked did not say yes."""


def taken_back(rollback: Rollback, run: str, review: Callable[[Plan], bool] = lambda plan: True) -> RunReport:
    """What `rollback.run` does and returns. An alert that cannot be sent is a problem in the report."""
    try:
        report = rollback.run(run, review)
    except NO_FAILURE:
        raise
    except Exception as error:
        with suppress(LedgerError):
            _open(rollback, run, f"the run {run} could not be taken back: {why(error)}")
            look_and_tell(rollback.project, rollback.ledger)
        raise
    try:
        _note(rollback, run, report)
        unsent = look_and_tell(rollback.project, rollback.ledger)
        report.problems = [*report.problems, *unsent]
    except LedgerError as error:  # the rollback is over, and is not to fail for what comes after it
        told = f"what came of the rollback could not be noted for alerts: {error.message}"
        problem = Problem(code="alert.unnoted", severity="warning", message=told, hint=error.hint)
        report.problems = [*report.problems, problem]
    return report


def _note(rollback: Rollback, run: str, report: RunReport) -> None:
    if report.outcome == "refused":
        return
    left = {one.ident for one in report.problems if one.ident and one.severity == "error"}
    left = left.union(*(one.failed for one in report.applied))
    untouched = sum(one.left for one in report.applied)
    if not left and not untouched and not any(one.down for one in report.applied):
        Incidents(rollback.ledger.database).close("rollback", run)
        return
    parts = [listed(left)] if left else []
    parts += [f"{untouched} changes were not begun"] if untouched else []
    told = "; ".join(parts) or "a channel could not be used"
    _open(rollback, run, f"only a part of the run {run} was taken back: {told}")


def _open(rollback: Rollback, run: str, sentence: str) -> None:
    channels = {channel for channel, _ in rollback.ledger.journal.of_run(run)}
    Incidents(rollback.ledger.database).open(
        "rollback",
        run,
        sentence,
        hint=f"Take the rest back: leopard rollback {run}; or sync, which follows the content again",
        channels=channels,
        about=channels,
    )
