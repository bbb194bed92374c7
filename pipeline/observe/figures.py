"""What the ledger knows, as gauges: the same for all processes on it, and after every restart."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from pipeline.alerts.model import KINDS
from pipeline.config import Project
from pipeline.ledger import Ledger
from pipeline.ledger import now as clock
from pipeline.ledger.incidents import Incidents
from pipeline.observe import embargo
from pipeline.observe.success import last_successes
from pipeline.schedule.outlook import fare
from schemas.errors import LedgerError, LeopardError
from transport.files import write_atomic

log = logging.getLogger("leopard")
Values = Mapping[Any, float | datetime | None]
"""Numbers and instants by their labels, in a tuple; None is left out."""


class Figures(Collector):
    """Asks the ledger anew each time."""

    def __init__(self, project: Project, ledger: Ledger, now: Callable[[], datetime] = clock) -> None:
        self.project, self.ledger, self.now = project, ledger, now

    def describe(self) -> list[Metric]:
        """Nothing: to be registered, it is not to be asked."""
        return []

    def collect(self) -> Iterator[Metric]:
        found: list[Metric] = []
        try:
            for part in (
                self._channels,
                self._quarantine,
                self._jobs,
                self._runs,
                self._embargo,
                self._incidents,
            ):
                found.extend(part())
        except LedgerError:
            yield _gauge("leopard_ledger_up", "Can the ledger be used?", {(): 0})
            return
        yield _gauge("leopard_ledger_up", "Can the ledger be used?", {(): 1})
        yield from found

    def _channels(self) -> Iterator[Metric]:
        counts, last = self.ledger.pages.counts(), last_successes(self.ledger)
        records = {(name,): counts.get(name, 0) for name in self.project.channels}
        yield _gauge("leopard_records", "Records that a channel holds", records, "channel")
        times = {(name,): last.get(name) for name in self.project.channels}
        name = "leopard_channel_last_success_timestamp_seconds"
        yield _gauge(name, "When a channel was last as the content asks", times, "channel")

    def _quarantine(self) -> Iterator[Metric]:
        held = {("",): 0.0} | {(name,): 0.0 for name in self.project.channels}
        for one in self.ledger.quarantine.all():
            held[(one.channel,)] = held.get((one.channel,), 0) + 1
        words = "Records that are held back: by a channel, or, with none, by what is wrong with them"
        yield _gauge("leopard_quarantine_records", words, held, "channel")

    def _jobs(self) -> Iterator[Metric]:
        jobs = fare(self.project, self.ledger, self.now())
        told: dict[str, tuple[str, Values]] = {
            "overdue": ("Should it have begun a while ago?", {(one.job,): one.overdue for one in jobs}),
            "due_timestamp_seconds": ("When it begins next", {(one.job,): one.due for one in jobs}),
            "last_success_timestamp_seconds": (
                "When it last succeeded",
                {(one.job,): one.last_success for one in jobs},
            ),
            "failures": ("How often in a row it has failed", {(one.job,): one.failures for one in jobs}),
            "misses": ("Due times that passed without a run", {(one.job,): one.misses for one in jobs}),
        }
        for name, (words, values) in told.items():
            yield _gauge(f"leopard_job_{name}", words, values, "job")

    def _runs(self) -> Iterator[Metric]:
        counts = CounterMetricFamily(
            "leopard_ledger_runs", "Runs that the ledger remembers", labels=["outcome"]
        )
        for outcome, count in sorted(self.ledger.history.counts().items()):
            counts.add_metric([outcome], count)
        yield counts
        for run in self.ledger.history.latest(limit=1):
            end = run.finished_at
            yield _gauge(
                "leopard_last_run_timestamp_seconds",
                "When it began",
                {(run.outcome,): run.started_at},
                "outcome",
            )
            seconds = (end - run.started_at).total_seconds() if end else None
            yield _gauge(
                "leopard_last_run_duration_seconds", "How long it took", {(run.outcome,): seconds}, "outcome"
            )
            changes = {
                (name, action): count
                for name, one in run.report.get("channels", {}).items()
                for action, count in one["done"].items()
            }
            yield _gauge("leopard_last_run_changes", "What it changed", changes, "channel", "action")

    def _embargo(self) -> Iterator[Metric]:
        known, now = embargo.known(self.ledger), self.now()
        last = {(name,): one.lag for name, one in known.items()}
        words = "How long after its instant the last record that came due was published or withdrawn"
        yield _gauge("leopard_embargo_last_lag_seconds", words, last, "channel")
        waits = {
            (name,): max(0.0, (now - min(one.waiting.values())).total_seconds()) if one.waiting else 0.0
            for name, one in known.items()
        }
        words = "For how long a record has been due that is not published or withdrawn yet"
        yield _gauge("leopard_embargo_waiting_seconds", words, waits, "channel")

    def _incidents(self) -> Iterator[Metric]:
        lasting = Incidents(self.ledger.database).lasting()
        counts = {(kind,): sum(one.kind == kind for one in lasting) for kind in KINDS}
        yield _gauge("leopard_incidents", "What is wrong now", counts, "kind")


def _gauge(name: str, words: str, values: Values, *labels: str) -> GaugeMetricFamily:
    made = GaugeMetricFamily(name, words, labels=labels)
    for label, value in sorted(values.items()):
        if value is not None:
            made.add_metric(label, value.timestamp() if isinstance(value, datetime) else float(value))
    return made


@contextmanager
def written_to(path: Path, project: Project, ledger: Ledger) -> Iterator[None]:
    """At the end of the `with` block, however it ends, a file for the textfile collector of node_exporter."""
    try:
        yield
    finally:
        registry = CollectorRegistry()
        registry.register(Figures(project, ledger))
        _write(path, generate_latest(registry))


def _write(path: Path, text: bytes) -> None:
    """A file that cannot be written fails no run."""
    try:
        write_atomic(path, [text])
    except (OSError, LeopardError) as error:
        words = error.strerror if isinstance(error, OSError) else str(error)
        log.warning("the metrics cannot be written to %s: %s", path, words)
