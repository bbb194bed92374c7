"""The quarantine: what is held back, since when, why, and when it is tried again."""

from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pipeline.ledger import Held
from pipeline.web.asked import choice, text_of
from pipeline.web.dash import Dash
from pipeline.web.sight import Sight
from pipeline.web.view import page

SHOWN = 200
"""Records on one page."""


class Quarantine:
    """Records that are held back, by channels or by what is wrong with them."""

    def __init__(self, dash: Dash) -> None:
        self.dash = dash

    def routes(self) -> Iterator[Route]:
        yield Route("/quarantine", self.show)

    def show(self, request: Request) -> Response:
        query = request.query_params
        look = self.dash.looking.look()
        sight = Sight.of(request.state.visitor, look)
        every = [_seen(one, sight) for one in self.dash.ledger.quarantine.all()]
        channels = sorted({one.channel for one in every if one.channel})
        text, channel = text_of(query, "q"), choice(query, "channel", channels)
        found = [one for one in every if (channel in (None, one.channel)) and _says(one, text.casefold())]
        known = {
            "text": text,
            "channel": channel,
            "channels": channels,
            "every": len(every),
            "found": len(found),
            "held": found[:SHOWN],
            "refusing": [name for name in channels if name in look.project.channels],
        }
        return page(request, "quarantine.html", **known)


def _seen(one: Held, sight: Sight) -> Held:
    return one.model_copy(update={"problems": tuple(sight.problems(one.problems))})


def _says(one: Held, text: str) -> bool:
    words = (one.ident, *(problem.message for problem in one.problems))
    return not text or any(text in word.casefold() for word in words)
