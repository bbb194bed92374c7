"""What this process has done since it began, as counters and histograms: each process has its own."""

from prometheus_client import CollectorRegistry, Counter, Histogram, PlatformCollector, ProcessCollector

from pipeline.ledger.lock import Busy
from pipeline.observe.spans import Observer, Span

RUN_SECONDS = (0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600)
WRITE_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
LAG_SECONDS = (0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600, 21600, 86400)


class Measured(Observer):
    """Counts and times what it observes; `registry` holds it for whoever asks."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        self.runs = Counter("leopard_runs", "Runs of this process", ["outcome"], registry=registry)
        self.run_seconds = Histogram(
            "leopard_run_duration_seconds",
            "How long runs of this process took",
            ["outcome"],
            registry=registry,
            buckets=RUN_SECONDS,
        )
        self.changes = Counter(
            "leopard_changes", "Changes that this process made", ["channel", "action"], registry=registry
        )
        self.write_seconds = Histogram(
            "leopard_write_duration_seconds",
            "How long a write took, with all its tries and waits",
            ["channel", "action"],
            registry=registry,
            buckets=WRITE_SECONDS,
        )
        self.lag_seconds = Histogram(
            "leopard_embargo_lag_seconds",
            "How long after its instant a record was published or withdrawn",
            ["channel"],
            registry=registry,
            buckets=LAG_SECONDS,
        )

    def end(self, span: Span) -> None:
        if span.name == "run":
            outcome = str(span.facts.get("outcome") or ("busy" if isinstance(span.error, Busy) else "failed"))
            self.runs.labels(outcome).inc()
            self.run_seconds.labels(outcome).observe(span.seconds)
        elif span.name == "write":
            where = (str(span.facts.get("channel")), str(span.facts["action"]))
            self.write_seconds.labels(*where).observe(span.seconds)

    def done(self, within: Span, ident: str, action: str) -> None:
        self.changes.labels(str(within.facts.get("channel")), action).inc()

    def came_due(self, channel: str, seconds: float) -> None:
        self.lag_seconds.labels(channel).observe(max(0.0, seconds))
