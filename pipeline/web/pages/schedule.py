"""The schedule: what comes, how every job has fared, and the audit log."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pipeline.ledger import now as clock
from pipeline.schedule.outlook import coming
from pipeline.web.dash import Dash
from pipeline.web.view import page

NEXT = 20
LINES = 200


class Schedule:
    """What comes next, and who did what before."""

    def __init__(self, dash: Dash) -> None:
        self.dash = dash

    def routes(self) -> Iterator[Route]:
        yield Route("/schedule", self.show)
        yield Route("/audit", self.log)

    def show(self, request: Request) -> Response:
        scheduler, now = self.dash.scheduler, clock()
        known = coming(scheduler.entries, scheduler.jobs.all(), now, NEXT)
        freezes = self.dash.project.written.freeze
        zone = ZoneInfo(self.dash.project.site.timezone)
        jobs = self.dash.jobs(now)
        return page(request, "schedule.html", jobs=jobs, coming=known, freezes=freezes, zone=zone)

    def log(self, request: Request) -> Response:
        return page(request, "audit.html", acts=self.dash.ledger.hands.log(LINES))
