"""Style and scripts: ours, and htmx as its package brings it."""

from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

OURS = files(__package__ or "") / "static"
HTMX = files("django_htmx") / "static" / "django_htmx"
KINDS = {".css": "text/css", ".svg": "image/svg+xml"}


def _ours() -> Iterator[tuple[str, str]]:
    """Names of the dashboard's own files, and what they are."""
    for name in map(Path, (file.name for file in OURS.iterdir())):
        if name.stem == "leopard":
            yield str(name), KINDS[name.suffix]


FILES = {f"/static/{name}": (OURS / name, kind) for name, kind in _ours()} | {
    "/static/htmx.js": (HTMX / "htmx-2.min.js", "text/javascript"),
    "/static/sse.js": (HTMX / "ext" / "hx-sse-2.min.js", "text/javascript"),
}


def routes() -> Iterator[Route]:
    """One route for each file; nothing else of the disk can be asked for."""
    for path, (file, kind) in FILES.items():
        yield Route(path, _answer(file.read_bytes(), kind))


def _answer(content: bytes, kind: str) -> Callable[[Request], Response]:
    def answer(_request: Request) -> Response:
        return Response(content, media_type=kind, headers={"Cache-Control": "max-age=3600"})

    return answer
