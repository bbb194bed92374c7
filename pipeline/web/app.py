"""The web application: every route there is, behind one gate."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute

from pipeline.config import Project
from pipeline.web import assets
from pipeline.web.dash import Dash
from pipeline.web.gate import Gate
from pipeline.web.headers import HEADERS, StrictHeaders
from pipeline.web.health import Health
from pipeline.web.kept import MOMENT, Kept
from pipeline.web.live import Live
from pipeline.web.metrics import Metrics
from pipeline.web.oai import endpoints
from pipeline.web.pages.actions import Actions
from pipeline.web.pages.login import Login
from pipeline.web.pages.look import Look
from pipeline.web.pages.matrix import Matrix
from pipeline.web.pages.overview import Overview
from pipeline.web.pages.plan import PlanPage
from pipeline.web.pages.problems import Problems
from pipeline.web.pages.quarantine import Quarantine
from pipeline.web.pages.records import Records
from pipeline.web.pages.runs import Runs
from pipeline.web.pages.schedule import Schedule
from pipeline.web.pages.statistics import Statistics
from schemas.errors import LeopardError
from transport.secrets import reveal

LOCAL = ("localhost", "127.0.0.1", "[::1]")
OPEN_TO_ALL = ("/healthz", "/readyz", "/oai/", "/static/")
NO_PAGES = (*OPEN_TO_ALL, "/live")
PAGES = (
    Overview,
    Matrix,
    Records,
    PlanPage,
    Problems,
    Quarantine,
    Runs,
    Statistics,
    Schedule,
    Actions,
    Login,
    Look,
)
SESSION = 12 * 3600
"""Seconds for which somebody stays known."""


@dataclass(frozen=True)
class Web:
    """The application, and what has to be told when it ends."""

    app: Starlette
    live: Live


def application(
    project: Project, health: Health, dash: Dash, *, secure: bool = False, kept: float = MOMENT
) -> Web:
    """All that is answered for a project. A request under a name that is not ours is refused.

    With `secure`, browsers send sessions through TLS only. A page is given again for `kept` seconds at least.
    """
    live = Live(dash)
    app = Starlette(
        routes=[*_routes(project, health, dash), *live.routes()],
        middleware=[
            Middleware(StrictHeaders),
            Middleware(TrustedHostMiddleware, allowed_hosts=sorted(hosts(project)), www_redirect=False),
            Middleware(
                SessionMiddleware,
                secret_key=_session_key(project),
                session_cookie="leopard",
                max_age=SESSION,
                same_site="lax",
                https_only=secure,
            ),
            Middleware(Gate, users=dash.users, open_to_all=OPEN_TO_ALL),
            Middleware(Kept, moment=kept, edition=lambda: dash.looking.number, passing=NO_PAGES),
        ],
        exception_handlers={LeopardError: _told, Exception: _failed},
    )
    return Web(app, live)


def _routes(project: Project, health: Health, dash: Dash) -> Iterator[BaseRoute]:
    yield from health.routes()
    yield from Metrics(project, health.ledger).routes()
    yield from endpoints(project)
    yield from assets.routes()
    for room in PAGES:
        yield from room(dash).routes()


def _session_key(project: Project) -> str:
    key = project.written.dashboard.session_key
    return reveal(key.get_secret_value(), project.root) if key else secrets.token_hex(32)


def hosts(project: Project) -> set[str]:
    """Names under which requests are answered: this machine's, the site's, and those that are configured.

    A page of a stranger that has its own name point to this machine (DNS rebinding) reaches nothing.
    """
    addresses = [project.site.url]
    addresses += [
        endpoint for one in project.channels.values() if (endpoint := getattr(one.options, "endpoint", None))
    ]
    named = {name for one in addresses if (name := urlsplit(one).hostname)}
    return {*LOCAL, *named, *project.written.dashboard.hosts}


async def _told(_request: Request, error: Exception) -> Response:
    """What cannot be shown now, in one sentence: a ledger or a configuration that cannot be read."""
    assert isinstance(error, LeopardError)
    hint = f"\n{error.hint}" if error.hint else ""
    return PlainTextResponse(f"{error.message}{hint}\n", 503, headers=HEADERS)


async def _failed(_request: Request, _error: Exception) -> Response:
    return PlainTextResponse("Something unforeseen happened.\n", 500, headers=HEADERS)
