"""What every page of the dashboard has at hand."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pipeline.config import Project
from pipeline.ledger import Ledger
from pipeline.ledger import now as clock
from pipeline.schedule.loop import Scheduler
from pipeline.schedule.outlook import Fared, fared
from pipeline.web.desk import Desk
from pipeline.web.looking import Looking

if TYPE_CHECKING:
    from pipeline.web.users import Users


@dataclass(frozen=True)
class Dash:
    """The project, its memory, its schedule, and the desk where actions are carried out."""

    load: Callable[[], Project]
    ledger: Ledger
    scheduler: Scheduler
    desk: Desk
    looking: Looking
    users: "Users"

    @property
    def project(self) -> Project:
        """As it is now, or, while leopard.yaml is broken, as it was."""
        return self.looking.project()

    def close(self) -> None:
        """End after the writes under way."""
        self.desk.close()
        self.looking.close()

    def jobs(self, now: datetime | None = None) -> list[Fared]:
        """Every job and how it has fared."""
        scheduler = self.scheduler
        return fared(scheduler.entries, scheduler.jobs.all(), scheduler.thaw, now or clock())


def said(request: Request, words: str, to: str) -> Response:
    """Go on at a page of ours, which shows these words once."""
    request.session["note"] = words
    return RedirectResponse(to, 303)
