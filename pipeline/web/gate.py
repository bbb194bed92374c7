"""The gate: strangers are refused, looking is for visitors, acting for editors with a form of ours."""

import hmac
import secrets
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from pipeline.web.users import LOCAL, Users, Visitor

SAFE = ("GET", "HEAD")
FORM = "csrf"
"""The field of each form, and of the session, that shows that the form came from us."""
LARGEST = 65_536
"""Bytes of a request's body."""


class Gate:
    """Lets each request through as somebody, or refuses it. `open_to_all` are paths, or their beginnings."""

    def __init__(self, app: ASGIApp, users: Users, open_to_all: Iterable[str]) -> None:
        self.app, self.users, self.open_to_all = app, users, tuple(open_to_all)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        connection = HTTPConnection(scope)
        visitor, by_token = self._visitor(connection)
        scope.setdefault("state", {})["visitor"] = visitor
        answer = self._refusal(scope, connection.headers, visitor, by_token=by_token)
        if answer is not None:
            await answer(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _visitor(self, connection: HTTPConnection) -> tuple[Visitor | None, bool]:
        """Who is there, and whether a token says so: that no other website can send."""
        if self.users.dashboard.is_open:
            return LOCAL, False
        kind, _, token = connection.headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            return self.users.with_token(token.strip()), True
        address = connection.client.host if connection.client else ""
        visitor = self.users.by_proxy(address, connection.headers.get)
        if visitor is None and (name := connection.session.get("name")):
            visitor = self.users.visitor(str(name))
        return visitor, False

    def _refusal(
        self, scope: Scope, headers: Headers, visitor: Visitor | None, *, by_token: bool
    ) -> Response | None:
        path, method = scope["path"], scope["method"]
        if is_below(path, self.open_to_all):
            return None
        if method not in SAFE and not by_token and _is_from_elsewhere(headers):
            return _said(403, "this was sent by a page that is not ours")
        if path == "/login":
            return None
        if visitor is None:
            if method in SAFE and "text/html" in headers.get("accept", ""):
                return RedirectResponse("/login", 303)
            return _said(401, "say who you are", {"WWW-Authenticate": "Bearer"})
        if method not in SAFE and not visitor.may_act and path != "/logout":
            return _said(403, f"{visitor.name} may look, and not act")
        return None


def is_below(path: str, places: Iterable[str]) -> bool:
    """Is it one of these, or, where one ends with a slash, below it?"""
    return any(path == one or (one.endswith("/") and path.startswith(one)) for one in places)


def _is_from_elsewhere(headers: Headers) -> bool:
    """By what browsers say of where a request comes from (Fetch Metadata; RFC 6454)."""
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = headers.get("origin")
    try:
        return origin is not None and urlsplit(origin).netloc != headers.get("host")
    except ValueError:  # it is none at all
        return True


def _said(status: int, words: str, headers: dict[str, str] | None = None) -> Response:
    return PlainTextResponse(f"{words[0].upper()}{words[1:]}.\n", status, headers)


def form_token(request: Request) -> str:
    """What each form of this visitor must carry."""
    if FORM not in request.session:
        request.session[FORM] = secrets.token_urlsafe(24)
    return str(request.session[FORM])


async def form_of(request: Request) -> dict[str, str] | None:
    """The fields of a form of ours; None if it is not ours, or too large. A token needs no form of ours."""
    length = request.headers.get("content-length", "")
    if not (length.isascii() and length.isdecimal() and len(length) < 16 and int(length) <= LARGEST):
        return None
    async with request.form(max_files=0, max_fields=50) as sent:
        fields = {name: value for name, value in sent.items() if isinstance(value, str)}
    if request.headers.get("authorization", "").lower().startswith("bearer "):
        return fields
    known = str(request.session.get(FORM, ""))
    given = fields.pop(FORM, "")
    return fields if known and hmac.compare_digest(known.encode(), given.encode()) else None
