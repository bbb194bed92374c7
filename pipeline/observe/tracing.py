"""Spans as OpenTelemetry traces, sent by OTLP over HTTP where the environment asks for it (OTEL_*)."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pipeline.observe.spans import Observer, Span, observing

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

log = logging.getLogger("leopard")
ASKED_BY = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


class Traced(Observer):
    """Makes an OpenTelemetry span of each of ours."""

    def __init__(self, tracer: "Tracer") -> None:
        self.tracer = tracer

    def begin(self, span: Span) -> None:
        from opentelemetry.trace import set_span_in_context

        around = span.parent.kept.get(id(self)) if span.parent else None
        context = set_span_in_context(around) if around is not None else None
        span.kept[id(self)] = self.tracer.start_span(span.name, context)

    def end(self, span: Span) -> None:
        from opentelemetry.trace import StatusCode

        ours = span.kept.pop(id(self), None)
        if ours is None:  # it began before we were there
            return
        for name, value in span.facts.items():
            ours.set_attribute(f"leopard.{name}", value)
        if span.error is not None:  # its words may quote what is no business of whoever collects traces
            ours.set_status(StatusCode.ERROR, getattr(span.error, "code", type(span.error).__name__))
        ours.end()


def is_asked_for(environment: "os._Environ[str] | dict[str, str]") -> bool:
    """Do the standard variables ask for traces?"""
    if environment.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    exporter = environment.get("OTEL_TRACES_EXPORTER", "")
    return exporter == "otlp" or (not exporter and any(environment.get(name) for name in ASKED_BY))


@contextmanager
def traced() -> Iterator[None]:
    """Traces until the end of the `with` block. Nothing is imported where nobody asks for them."""
    provider = _provider() if is_asked_for(os.environ) else None
    if provider is None:
        yield
        return
    try:
        with observing(Traced(provider.get_tracer("leopard"))):
            yield
    finally:
        provider.shutdown()


def _provider() -> Any:
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        log.warning("traces are asked for and cannot be sent; say: pip install 'leopard-pipeline[otel]'")
        return None
    resource = Resource.create()
    if str(resource.attributes[SERVICE_NAME]).startswith("unknown_service"):
        resource = resource.merge(Resource({SERVICE_NAME: "leopard"}))
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider
