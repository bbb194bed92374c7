"""Whether there is a newer look than the one on somebody's screen: asked by pages that wait for one."""

from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from pipeline.web.asked import number
from pipeline.web.dash import Dash

ENOUGH = 286
"""With this status htmx asks no more."""
NEWER = '<p>There is a newer look. <a href="">Show it</a></p>'


class Look:
    """Answers in a few words, and without a question to the ledger."""

    def __init__(self, dash: Dash) -> None:
        self.dash = dash

    def routes(self) -> Iterator[Route]:
        yield Route("/look", self.show)

    def show(self, request: Request) -> Response:
        """Nothing yet, then the word to load the page anew or, where somebody reads, a link that does so."""
        seen, looking = number(request.query_params, "seen"), self.dash.looking
        if looking.since is not None:
            return Response(status_code=204)
        if seen == 0 and looking.number:
            return Response(status_code=ENOUGH, headers={"HX-Refresh": "true"})
        return HTMLResponse(NEWER if seen < looking.number else "", ENOUGH)
