"""Pages that many look at: each is made once for a moment, however often it is asked for."""

import asyncio
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.web.gate import SAFE, form_token, is_below

MOMENT = 1.0
"""Seconds for which a page is given again."""
PATIENCE = 10
"""Where that is longer, it is given again for so many times as long as it took to make."""
MOST = 200
"""Pages that are kept at most."""
PLACE = secrets.token_hex(24)
"""Stands in a kept page where each visitor's own form token belongs."""
FRESH = ("anew", "steps")
"""Who asks for one of these wants no kept page."""

Key = tuple[object, ...]
"""Who looks where, and what else tells a page from others."""


@dataclass(frozen=True)
class Page:
    """An answer that may be given again; a text has PLACE in it."""

    body: str | bytes
    headers: dict[str, str]
    until: float = 0.0

    def answer(self, request: Request) -> Response:
        """For one visitor, with a form token of their own."""
        if isinstance(self.body, bytes):
            return Response(self.body, headers=self.headers)
        body = self.body.replace(PLACE, form_token(request)) if PLACE in self.body else self.body
        return HTMLResponse(body, headers=self.headers)


@dataclass
class Kept:
    """Gives a page again to whoever may see the same; what somebody did just now they see at once.

    Whoever asks for a page that is being made gets that one. `edition` changes when all pages do. `passing`
    are paths, or their beginnings, that are no pages.
    """

    app: ASGIApp
    moment: float = MOMENT
    edition: Callable[[], int] = lambda: 0
    passing: Iterable[str] = ()
    clock: Callable[[], float] = time.monotonic
    pages: dict[Key, Page] = field(default_factory=dict)
    making: dict[Key, asyncio.Event] = field(default_factory=dict)
    acts: int = 0
    """How often something was done here: what was made before is not given after."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in SAFE:
            await self._act(scope, receive, send)
        elif (key := self._key(scope)) is None:
            await self.app(scope, receive, send)
        else:
            if self._known(key) is None and (under_way := self.making.get(key)) is not None:
                await under_way.wait()
            if (known := self._known(key)) is not None:
                await known.answer(Request(scope))(scope, receive, send)
            else:
                await self._make(key, scope, receive, send)

    def _key(self, scope: Scope) -> Key | None:
        """What tells a page from others; None if it is to be made for this request alone."""
        path, visitor = scope["path"], scope["state"]["visitor"]
        if scope["method"] != "GET" or visitor is None or not self.moment or is_below(path, self.passing):
            return None
        request = Request(scope)
        if "note" in request.session or not request.query_params.keys().isdisjoint(FRESH):
            return None
        accepted = request.headers.get("accept", "")
        return visitor, path, scope["query_string"], accepted, self.edition()

    def _known(self, key: Key) -> Page | None:
        known = self.pages.get(key)
        return known if known is not None and self.clock() < known.until else None

    async def _act(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forget all before the answer: where it leads to is asked for at once."""

        async def sent(message: Message) -> None:
            self.acts += 1
            self.pages.clear()
            await send(message)

        await self.app(scope, receive, sent)

    async def _make(self, key: Key, scope: Scope, receive: Receive, send: Send) -> None:
        began, acts, made = self.clock(), self.acts, asyncio.Event()
        self.making.setdefault(key, made)

        def end() -> None:
            made.set()
            if self.making.get(key) is made:
                del self.making[key]

        async def sent(message: Message) -> None:
            """As soon as it is there: whoever waits for it does not wait for this visitor's connection."""
            page = scope["state"].pop("page", None)
            if page is not None and acts == self.acts:
                self._keep(key, page, began)
            end()
            await send(message)

        try:
            await self.app(scope, receive, sent)
        finally:
            end()

    def _keep(self, key: Key, page: Page, began: float) -> None:
        took = self.clock() - began
        self.pages.pop(key, None)
        while len(self.pages) >= MOST:
            self.pages.pop(next(iter(self.pages)))
        self.pages[key] = Page(page.body, page.headers, began + max(self.moment, PATIENCE * took))
