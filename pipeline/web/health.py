"""`/healthz`: is it alive? `/readyz`: can it do its work?"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pipeline.ledger import Ledger
from pipeline.schedule.loop import Scheduler
from schemas.errors import LedgerError

LONGEST_SILENCE = 60.0
"""Seconds without a look at the schedule after which something is wrong; a job may take its time."""


@dataclass
class Health:
    """What can be said of this process. An answer never says more than that, to whoever asks."""

    scheduler: Scheduler
    ledger: Ledger
    stopping: bool = False

    def routes(self) -> Iterator[Route]:
        yield Route("/healthz", self.alive)
        yield Route("/readyz", self.ready)

    @property
    def _looks(self) -> bool:
        silent = time.monotonic() - self.scheduler.looked
        return self.scheduler.lease is not None or silent < LONGEST_SILENCE

    def alive(self, _request: Request) -> Response:
        """200, or 503 if it has to be started again."""
        return _said(None if self._looks else "the schedule is not looked at any more")

    def ready(self, _request: Request) -> Response:
        """200, or 503 while it cannot do its work."""
        if self.stopping:
            return _said("it is stopping")
        if not self._looks:
            return _said("the schedule is not looked at any more")
        try:
            known = self.ledger.fact("version")
        except LedgerError:
            known = None
        return _said(None if known else "the ledger cannot be used")


def _said(wrong: str | None) -> Response:
    return JSONResponse({"status": wrong or "ok"}, 503 if wrong else 200)
