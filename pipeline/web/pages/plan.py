"""The plan as a reader sees it: what a sync would do now, word by word, and before and after as pages."""

from collections.abc import Iterator, Sequence
from typing import Any

import nh3
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pipeline.change import Change, ChannelPlan
from pipeline.differences import field_changes
from pipeline.web.asked import anew, choice, number
from pipeline.web.dash import Dash
from pipeline.web.sight import Sight
from pipeline.web.view import page

SHOWN = 20
"""Changes of one channel on one page: each may be as long as a page."""


class PlanPage:
    """What a sync would do, for all channels or one."""

    def __init__(self, dash: Dash) -> None:
        self.dash = dash

    def routes(self) -> Iterator[Route]:
        yield Route("/plan", self.show)

    def show(self, request: Request) -> Response:
        look = self.dash.looking.look(anew(request.query_params))
        sight = Sight.of(request.state.visitor, look)
        query, names = request.query_params, list(look.project.channels)
        only, begin = choice(query, "channel", names), number(query, "from")
        channels = look.planned.plan.channels if look.planned else ()
        chosen = [one for one in channels if only in (None, one.channel)]
        down = look.planned.down if look.planned else ()
        problems = look.insight.problems if look.insight else ()
        known = {
            "look": look,
            "since": self.dash.looking.since,
            "down": [one for one in problems if one.channel in down and only in (None, one.channel)],
            "only": only,
            "names": names,
            "begin": begin,
            "channels": [(one, [_shown(change, sight) for change in _some(one, begin)]) for one in chosen],
            "proposals": self.dash.ledger.hands.proposals(),
            "paused": self.dash.ledger.hands.paused(),
        }
        return page(request, "plan.html", 200 if look.error is None else 503, **known)


def _some(planned: ChannelPlan, begin: int) -> Sequence[Change]:
    return planned.changes[begin : begin + SHOWN]


def _shown(change: Change, sight: Sight) -> dict[str, Any]:
    if sight.hides(change.ident, change.before.state if change.before else None):
        return {"change": change, "title": sight.why(change.ident), "fields": [], "pages": []}
    before = change.before.fields if change.before else {}
    after = change.desired.fields if change.desired else {}
    fields = list(field_changes(before, after)) if change.action in ("update", "adopt") else []
    pages = [("before", _html(before)), ("after", _html(after))]
    return {
        "change": change,
        "title": change.title,
        "fields": fields,
        "pages": [(when, html) for when, html in pages if html] if change.action != "forget" else [],
    }


def _html(fields: dict[str, Any]) -> str | None:
    """The longest text of a page that is HTML, to be shown where it can do nothing."""
    texts = [text for text in _texts(fields) if "<" in text and "</" in text]
    longest = max(texts, key=len, default=None)
    return nh3.clean(longest, attribute_filter=_without_media) if longest else None


def _without_media(_tag: str, name: str, value: str) -> str | None:
    """Nothing is fetched from where the page will be; pictures are shown by their words."""
    return None if name in ("src", "srcset") else value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
