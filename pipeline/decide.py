"""What a person decides, carried out and noted in the audit log: on the command line and the dashboard."""

import threading
from collections.abc import Iterable

from pipeline import plan_file
from pipeline.alerts.undone import taken_back
from pipeline.alerts.watch import watched
from pipeline.config import Project
from pipeline.ledger import Ledger
from pipeline.ledger.hands import Proposal
from pipeline.planned import Wishes
from pipeline.prepare import Progress, silent
from pipeline.run import Rollback, RunReport, Sync


def approve(
    project: Project,
    ledger: Ledger,
    progress: Progress = silent,
    stop: threading.Event | None = None,
    *,
    proposal: Proposal,
    who: str,
) -> RunReport:
    """Carry out what was proposed for a channel, each item only if it would still be planned just so.

    Whoever approves has seen how much the plan removes, so no guard asks again. Raises what a run raises.
    """
    kept = plan_file.SavedPlan.model_validate_json(proposal.plan)
    told = ", ".join(f"{number} to {action}" for action, number in proposal.counts.items())
    ledger.hands.note(who, "approve", proposal.channel, told)
    sync = Sync(project, ledger, progress, stop=stop)
    channel = proposal.channel
    return watched(sync, (channel,), saved=kept, approved=True, allowed=(channel,))


def run_now(
    project: Project,
    ledger: Ledger,
    progress: Progress = silent,
    stop: threading.Event | None = None,
    *,
    names: Iterable[str],
    who: str,
    retry: bool = False,
) -> RunReport:
    """Bring channels up to date (all, if none is named); with `retry`, what was refused is tried again."""
    chosen = tuple(names)
    ledger.hands.note(who, "retry" if retry else "run", ", ".join(chosen) or "all channels")
    return watched(Sync(project, ledger, progress, Wishes(retry=retry), stop), chosen or None)


def roll_back(
    project: Project,
    ledger: Ledger,
    progress: Progress = silent,
    stop: threading.Event | None = None,
    *,
    run: str,
    who: str,
) -> RunReport:
    """Take back what a run did."""
    ledger.hands.note(who, "roll back", run)
    return taken_back(Rollback(project, ledger, progress, stop), run)
