"""The application of `leopard preview`: every route there is, to nobody who comes under another name."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from pipeline.page_view import page_of
from pipeline.web.app import LOCAL
from pipeline.web.headers import HEADERS, StrictHeaders
from pipeline.web.preview import views
from pipeline.web.preview.desk import Desk
from pipeline.web.preview.frame import assets_in, framed
from pipeline.web.preview.look import Look
from schemas.errors import ContentError
from schemas.plugins import did_you_mean
from transport.files import inside

HERE = Path(__file__).parents[1]
FILES = {path.name: path for path in (HERE / "static").glob("preview*")}
"""What else is there is not ours."""
HEARTBEAT = 15
"""Seconds after which it is seen that a reader has left."""

PAGE = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}
SHARED = {"Cross-Origin-Resource-Policy": "cross-origin"}
"""For what is shown in a frame, which is of no origin; images have a secret in their address."""


def address_of(ident: str) -> str:
    """The path of a record's page."""
    return f"/records/{quote(ident, safe='/:@')}"


class Preview:
    """Answers from what lies on the desk."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.templates = Environment(
            loader=FileSystemLoader(HERE / "templates" / "preview"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.templates.globals["address_of"] = address_of

    def application(self) -> Starlette:
        """Not to be reached but by the names of this machine."""
        return Starlette(
            routes=[
                Route("/", self.records),
                Route("/records/{ident:path}", self.record),
                Route("/pages/{channel}/{ident:path}", self.page),
                Route("/media/{token}/{ident:path}", self.media),
                Route("/events", self.events),
                Route("/static/{name}", self.static),
            ],
            middleware=[
                Middleware(StrictHeaders),
                Middleware(TrustedHostMiddleware, allowed_hosts=list(LOCAL), www_redirect=False),
            ],
            exception_handlers={Exception: _failed},
        )

    def records(self, request: Request) -> Response:
        """The list."""
        look, asked = self.desk.look, request.query_params.get("q", "").strip()
        entries, more = views.listed(look, asked)
        return self._html("records.html", look, asked=asked, entries=entries, more=more)

    def record(self, request: Request) -> Response:
        """One record, on one channel."""
        look, key = self.desk.look, request.path_params["ident"]
        ident = views.known(look, key)
        if ident is None:
            hint = did_you_mean(key, list(look.entries))
            return self._html("absent.html", look, status=404, key=key, hint=hint)
        then = look.good.get(ident, look)
        channels = views.channels(then, ident)
        wanted = request.query_params.get("channel") or views.first(channels)
        chosen = next((one for one in channels if one.name == wanted), None)
        own = f"{ident.rpartition('@')[0]}@"
        return self._html(
            "record.html",
            look,
            entry=look.entries[ident],
            record=then.shown(ident),
            origin=str(then.place(ident, ()) or ""),
            others=[one for one in look.entries if one.startswith(own) and one != ident],
            channels=channels,
            chosen=chosen,
            frame=f"/pages/{chosen.name}/{quote(ident, safe='/:@')}" if chosen and chosen.page else None,
            picture=self._picture(ident) if views.picture(then, ident) else None,
        )

    def page(self, request: Request) -> Response:
        """What a channel would publish, as a page in a frame that runs nothing and asks for nothing else."""
        look, ident = self.desk.look, request.path_params["ident"]
        then, channel = look.good.get(ident, look), request.path_params["channel"]
        record = then.shown(ident)
        if record is None or channel not in then.project.channels:
            raise HTTPException(404)
        desired, _ = then.desired(ident, channel)
        exporter = then.project.channels[channel]
        page = page_of(desired, exporter.seen(desired)) if desired is not None else None
        if page is None:
            raise HTTPException(404)
        here = str(request.base_url).rstrip("/")
        pictures = {
            name: here + self._picture(asset.ident)
            for name, asset in assets_in(record, then.public, exporter)
            if views.picture(then, asset.ident)
        }
        html = framed(page, pictures, f"{here}/static/preview-page.css")
        return HTMLResponse(html, headers=self._frame_headers(here))

    def _frame_headers(self, here: str) -> dict[str, str]:
        return {
            "Content-Security-Policy": f"default-src 'none'; img-src {here}/media/{self.desk.token}/; "
            f"style-src {here}/static/; style-src-attr 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
            "frame-ancestors 'self'; sandbox",
            "X-Frame-Options": "SAMEORIGIN",
        }

    def media(self, request: Request) -> Response:
        """The bytes of an image that a record names, from its file in the project."""
        look, ident = self.desk.look, request.path_params["ident"]
        looks = (look, *([look.good[ident]] if ident in look.good else []))
        asset = next((found for one in looks if (found := views.picture(one, ident))), None)
        if request.path_params["token"] != self.desk.token or asset is None or not asset.path:
            raise HTTPException(404)
        try:
            path = inside(look.project.root, look.project.root / asset.path)
        except ContentError:
            raise HTTPException(404) from None
        if not path.is_file():
            raise HTTPException(404)
        return FileResponse(
            path,
            media_type=asset.media_type,
            headers={**SHARED, "Content-Security-Policy": "default-src 'none'; sandbox"},
        )

    def _picture(self, ident: str) -> str:
        return f"/media/{self.desk.token}/{quote(ident, safe='/:@')}"

    async def events(self, _request: Request) -> Response:
        """The version of what there is to be seen, at once and whenever there is another."""

        async def stream() -> AsyncIterator[str]:
            bell = self.desk.bell
            with bell.listening() as rung:
                while not bell.silent:
                    rung.clear()
                    yield f"event: look\ndata: {self.desk.version}\n\n"
                    while not rung.is_set() and not bell.silent:
                        try:
                            await asyncio.wait_for(rung.wait(), HEARTBEAT)
                        except TimeoutError:
                            yield ": still here\n\n"

        return StreamingResponse(stream(), media_type="text/event-stream")

    def static(self, request: Request) -> Response:
        """The style and the script of these pages."""
        name = request.path_params["name"]
        if name not in FILES:
            raise HTTPException(404)
        return FileResponse(FILES[name], headers=SHARED)

    def _html(self, template: str, look: Look, status: int = 200, **known: Any) -> Response:
        text = self.templates.get_template(template).render(look=look, title=look.project.site.title, **known)
        return HTMLResponse(text, status, headers=PAGE)


async def _failed(_request: Request, _error: Exception) -> Response:
    return PlainTextResponse("Something unforeseen happened.\n", 500, headers=HEADERS)
