"""OAI-PMH, live: `/oai/NAME` for each channel that writes a set for harvesters."""

from collections.abc import Iterator
from typing import Any

from a2wsgi import WSGIMiddleware
from starlette.routing import Route

from exporters.dialects.oaipmh.protocol import application
from exporters.oaipmh import OaiPmhExporter
from pipeline.config import Project

AT_ONCE = 4
"""So many requests are answered at a time."""


def endpoints(project: Project) -> Iterator[Route]:
    """One route for each such channel. An answer is made from what the channel has written."""
    for name, exporter in project.channels.items():
        if isinstance(exporter, OaiPmhExporter):
            live: Any = application(exporter.folder)  # a2wsgi has types of its own for what WSGI is
            yield Route(f"/oai/{name}", WSGIMiddleware(live, workers=AT_ONCE))
