"""The web application: every route there is, behind one gate."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute

from pipeline.config import Project
from pipeline.web.headers import HEADERS, StrictHeaders
from pipeline.web.health import Health
from pipeline.web.oai import endpoints

LOCAL = ("localhost", "127.0.0.1", "[::1]")


def application(project: Project, health: Health) -> Starlette:
    """All that is answered for a project. A request under a name that is not ours is refused."""
    return Starlette(
        routes=list(_routes(project, health)),
        middleware=[
            Middleware(StrictHeaders),
            Middleware(TrustedHostMiddleware, allowed_hosts=sorted(hosts(project)), www_redirect=False),
        ],
        exception_handlers={Exception: _failed},
    )


def _routes(project: Project, health: Health) -> Iterator[BaseRoute]:
    yield from health.routes()
    yield from endpoints(project)


def hosts(project: Project) -> set[str]:
    """Names under which requests are answered: this machine's, the site's, and those of live endpoints.

    A page of a stranger that has its own name point to this machine (DNS rebinding) reaches nothing.
    """
    addresses = [project.site.url]
    addresses += [
        endpoint for one in project.channels.values() if (endpoint := getattr(one.options, "endpoint", None))
    ]
    return {*LOCAL, *(name for one in addresses if (name := urlsplit(one).hostname))}


async def _failed(_request: Request, _error: Exception) -> Response:
    return PlainTextResponse("Something unforeseen happened.\n", 500, headers=HEADERS)
