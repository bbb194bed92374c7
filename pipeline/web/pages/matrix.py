"""The content matrix: record × channel × language, what each channel has of what the content says."""

from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pipeline.web.asked import anew, choice, text_of
from pipeline.web.dash import Dash
from pipeline.web.search import Filter, Search
from pipeline.web.sight import Sight
from pipeline.web.view import page
from schemas import plugins


class Matrix:
    """All records, or those that are looked for."""

    def __init__(self, dash: Dash) -> None:
        self.dash = dash

    def routes(self) -> Iterator[Route]:
        yield Route("/matrix", self.show)

    def show(self, request: Request) -> Response:
        query = request.query_params
        look = self.dash.looking.look(anew(query))
        channels, languages = list(look.project.channels), look.project.site.languages
        kinds = sorted(plugins.names("kinds"))
        sought = Filter(
            text=text_of(query, "q"),
            kind=choice(query, "kind", kinds),
            locale=choice(query, "language", languages),
            channel=choice(query, "channel", channels),
            differs="differs" in query and look.insight is not None,
            after=text_of(query, "after"),
        )
        search = Search(look, self.dash.ledger, Sight.of(request.state.visitor, look), sought)
        lines, more = search.lines()
        known = {
            "look": look,
            "since": self.dash.looking.since,
            "sought": sought,
            "lines": lines,
            "more": sought.address(after=lines[-1].ident) if more else None,
            "channels": channels,
            "columns": search.channels,
            "languages": languages,
            "kinds": kinds,
        }
        return page(request, "matrix.html", **known)
