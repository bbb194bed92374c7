"""Runs: the list, and one run with what it did, when, and its problems."""

from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pipeline.web.dash import Dash
from pipeline.web.sight import Sight
from pipeline.web.view import page

SHOWN = 50
WRITES = 200
"""Writes of a run on one page."""


class Runs:
    """Everything that was done, the newest first."""

    def __init__(self, dash: Dash) -> None:
        self.dash = dash

    def routes(self) -> Iterator[Route]:
        yield Route("/runs", self.all)
        yield Route("/runs/{run}", self.one)

    def all(self, request: Request) -> Response:
        return page(request, "runs.html", runs=self.dash.ledger.history.latest(SHOWN))

    def one(self, request: Request) -> Response:
        ledger, name = self.dash.ledger, request.path_params["run"]
        run = ledger.history.get(name)
        if run is None:
            return page(request, "missing.html", 404, what=f"There is no run {name}.")
        after = _number(request.query_params.get("after"))
        timeline = ledger.journal.timeline(run.id, WRITES + 1, after)
        sight = Sight.of(request.state.visitor, self.dash.looking.look())
        known = {
            "run": run,
            "hidden": {one.ident for one in timeline if one.error and sight.hides(one.ident)},
            "problems": sight.problems(ledger.history.problems(run.id)),
            "counts": ledger.journal.counts(run.id),
            "timeline": timeline[:WRITES],
            "more": timeline[WRITES - 1].id if len(timeline) > WRITES else None,
        }
        return page(request, "run.html", **known)


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 16 else 0
