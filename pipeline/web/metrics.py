"""`/metrics`: what the ledger knows and what this process has done, for Prometheus."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pipeline.config import Project
from pipeline.ledger import Ledger
from pipeline.observe.figures import Figures
from pipeline.observe.metrics import Measured
from pipeline.observe.spans import OBSERVERS
from pipeline.web.kept import Page


class Metrics:
    """Asks anew each time it is asked. It names channels, jobs and numbers, and no record."""

    def __init__(self, project: Project, ledger: Ledger) -> None:
        self.known = CollectorRegistry()
        self.known.register(Figures(project, ledger))

    def routes(self) -> Iterator[Route]:
        yield Route("/metrics", self.answer)

    def answer(self, request: Request) -> Response:
        encode, kind = choose_encoder(request.headers.get("accept", ""))
        measured = [one.registry for one in OBSERVERS if isinstance(one, Measured)][:1]
        body = encode(_Both(self.known, *measured))
        request.state.page = made = Page(body, {"Content-Type": kind})
        return made.answer(request)


class _Both(CollectorRegistry):
    """Several registries as one."""

    def __init__(self, *parts: CollectorRegistry) -> None:
        super().__init__()
        for part in parts:
            self.register(part)
