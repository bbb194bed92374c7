"""What is wrong with the content as it is now, in plain words, the worst first."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import get_args

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pipeline.web.asked import anew, choice, text_of
from pipeline.web.dash import Dash
from pipeline.web.looking import Look
from pipeline.web.sight import Sight
from pipeline.web.view import page
from schemas.problems import Problem, Severity

SHOWN = 200
"""Problems on one page."""
SEVERITIES: tuple[Severity, ...] = get_args(Severity)


class Problems:
    """All problems of the latest look, by severity and code."""

    def __init__(self, dash: Dash) -> None:
        self.dash = dash

    def routes(self) -> Iterator[Route]:
        yield Route("/problems", self.show)

    def show(self, request: Request) -> Response:
        query = request.query_params
        look = self.dash.looking.look(anew(query))
        sight, channels = Sight.of(request.state.visitor, look), list(look.project.channels)
        severity, channel = choice(query, "severity", SEVERITIES), choice(query, "channel", channels)
        text = text_of(query, "q")
        every = sight.problems(_problems(look))
        found = [one for one in every if _fits(one, severity, channel, text.casefold())]
        known = {
            "look": look,
            "since": self.dash.looking.since,
            "text": text,
            "severity": severity,
            "channel": channel,
            "severities": SEVERITIES,
            "channels": channels,
            "every": len(every),
            "found": len(found),
            "groups": list(_groups(found)),
            "limit": SHOWN,
            "latest": next(iter(self.dash.ledger.history.latest(1)), None),
        }
        return page(request, "problems.html", **known)


def _problems(look: Look) -> Sequence[Problem]:
    """What was found, or why nothing could be."""
    if look.insight is not None:
        return look.insight.problems
    error = look.error
    return getattr(error, "problems", ()) or ((error.problem,) if error else ())


def _fits(one: Problem, severity: str | None, channel: str | None, text: str) -> bool:
    if (severity and one.severity != severity) or (channel and one.channel != channel):
        return False
    words = (one.message, one.code, one.ident, one.hint, one.excerpt, str(one.origin or ""))
    return not text or any(text in word.casefold() for word in words if word)


def _groups(found: list[Problem]) -> Iterator[tuple[Severity, str, int, list[Problem]]]:
    """Severity, code, how many there are, and those of them that still find place on the page."""
    left = SHOWN

    def order(one: Problem) -> tuple[int, str]:
        return SEVERITIES.index(one.severity), one.code

    for (rank, code), group in groupby(sorted(found, key=order), key=order):
        members = list(group)
        yield SEVERITIES[rank], code, len(members), members[: max(left, 0)]
        left -= len(members)
