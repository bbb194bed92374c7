"""How a job is carried out: a sync of its channels, with everything that can happen put into words."""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from pipeline.alerts.watch import broke_off, watched
from pipeline.carry import Carry, here
from pipeline.config import Project
from pipeline.ledger import Ledger
from pipeline.ledger.lock import Busy, Superseded
from pipeline.prepare import Progress, silent
from pipeline.run import RunReport, Sync
from pipeline.schedule.lease import Lease, fenced
from pipeline.schedule.loop import Work
from pipeline.schedule.timed import Result, Timed, channels_of
from schemas.errors import ConfigError, LedgerError, LeopardError

Told = Callable[[Timed, RunReport], None]
Failed = Callable[[Timed, Exception], None]


def worker(
    load: Callable[[], Project], begun: Project, told: Told, failed: Failed, carry: Carry = here
) -> Work:
    """Does jobs of the project that `load` reads anew each time, and tells what came of it.

    `begun` is the project as it was when the schedule began: its ledger says whose a job is. `carry` says
    where they are done.
    """

    def loaded(timed: Timed) -> Project:
        try:
            project = load()
            if project.written.ledger != begun.written.ledger:
                raise ConfigError("leopard.yaml names another ledger than before", hint="start it again")
        except Exception as error:
            with suppress(LedgerError), Ledger(begun.written.ledger, begun.root) as ledger:
                broke_off(begun, ledger, channels_of(timed, begun), error)
            raise
        return project

    def work(timed: Timed, lease: Lease) -> Result:
        try:
            project = loaded(timed)
            job = partial(_job, names=channels_of(timed, project), name=timed.name, fence=lease.state.fence)
            report = carry(project, job, silent, lease.stop)
        except Busy:
            return Result("busy")
        except Superseded:
            return Result("lost")
        except LeopardError as error:
            failed(timed, error)
            return Result("failed", error=error.message)
        except Exception as error:  # noqa: BLE001  # one failing job must not end the schedule
            failed(timed, error)
            return Result("failed", error=f"something unforeseen happened ({type(error).__name__})")
        told(timed, report)
        return result_of(report)

    return work


def _job(
    project: Project,
    ledger: Ledger,
    progress: Progress,
    stop: threading.Event,
    *,
    names: Sequence[str],
    name: str,
    fence: int,
) -> RunReport:
    """The sync that a job stands for, as long as nobody has taken the job over."""
    ledger.database.guards.append(fenced(name, fence))
    return watched(Sync(project, ledger, progress, stop=stop), names)


def result_of(report: RunReport) -> Result:
    """Are the channels as the content asks? What is wrong with the content itself does not count here."""
    short = [one.channel for one in report.applied if one.down or one.failed or one.left]
    if report.outcome == "stopped":
        return Result("stopped", report.id)
    if short:
        return Result("partial", report.id, f"not all was written to {', '.join(short)}")
    return Result("done", report.id)
