"""Jobs that should have begun a while ago."""

from datetime import datetime

from pipeline.alerts.words import shown
from pipeline.config import Project
from pipeline.ledger import Ledger
from pipeline.ledger.incidents import Incidents
from pipeline.schedule.outlook import fare


def check_schedule(project: Project, ledger: Ledger, incidents: Incidents, now: datetime) -> None:
    """Open and close the incidents about jobs that are overdue."""
    jobs = {job.job: job for job in fare(project, ledger, now)}
    for name, job in jobs.items():
        if job.overdue and job.due is not None:
            incidents.open(
                "overdue",
                name,
                f"{name} was due at {shown(job.due)} and has not begun",
                hint="See that `leopard serve` is running, and what is due: leopard schedule next",
                channels=() if job.channels == "all" else job.channels,
                since=job.due,
            )
        elif job.at_it is None:  # of one that is at work nothing is known yet
            incidents.close("overdue", name)
    for one in incidents.lasting():
        if one.kind == "overdue" and one.subject not in jobs:
            incidents.close(one.kind, one.subject)
