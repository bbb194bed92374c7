"""Pages that many look at: each is made once for a moment, however often it is asked for."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from pipeline.web.gate import form_token

MOMENT = 1.0
"""Seconds for which a page is given again."""
MOST = 200
"""Pages that are kept at most."""
PLACE = secrets.token_hex(24)
"""Stands in a kept page where each visitor's own form token belongs."""
FRESH = ("anew", "steps")
"""Who asks for one of these wants no kept page."""


@dataclass(frozen=True)
class Made:
    """A page, with PLACE in it."""

    html: str
    status: int
    headers: dict[str, str]
    at: float


@dataclass
class Kept:
    """Gives a page again to whoever may see the same; what somebody did just now they see at once."""

    app: ASGIApp
    moment: float = MOMENT
    clock: Callable[[], float] = time.monotonic
    pages: dict[tuple[object, ...], Made] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        visitor = scope["state"]["visitor"]
        words = request.query_params.keys()
        if (
            scope["method"] != "GET"
            or visitor is None
            or "note" in request.session
            or not words.isdisjoint(FRESH)
        ):
            await self.app(scope, receive, send)
            return
        key = (visitor, scope["path"], scope["query_string"])
        known = self.pages.get(key)
        if known is not None and self.clock() - known.at < self.moment:
            html = known.html.replace(PLACE, form_token(request))
            await HTMLResponse(html, known.status, known.headers)(scope, receive, send)
            return
        began = self.clock()
        await self.app(scope, receive, send)
        made = scope["state"].get("made")
        if made is not None and self.moment:
            self.pages.pop(key, None)
            while len(self.pages) >= MOST:
                self.pages.pop(next(iter(self.pages)))
            html, status, headers = made
            self.pages[key] = Made(html, status, headers, began)
