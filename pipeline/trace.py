"""Follow one record from its source through each step to each channel."""

from dataclasses import dataclass, field
from typing import Any

from pipeline.config import Project
from pipeline.desire import desires
from pipeline.ledger import Ledger
from pipeline.ledger import now as clock
from pipeline.prepare import Preparation, Prepared
from schemas import canonical
from schemas.problems import Problem
from schemas.record import Record, is_public


@dataclass
class Trace:
    """One record's way: its value as it was read, then after each step, then what each channel has of it."""

    ident: str
    origin: str
    source: str
    values: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    channels: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """As documented in docs/json.md."""
        return {
            "ident": self.ident,
            "origin": self.origin,
            "source": self.source,
            "values": [{"after": step, "record": value} for step, value in self.values],
            "problems": [problem.model_dump(mode="json", exclude_none=True) for problem in self.problems],
            "channels": self.channels,
        }


def trace_of(project: Project, ledger: Ledger, key: str) -> tuple[list[Trace], list[str]]:
    """The traces of `key` (or of `key@locale`) in every language, and all keys there are."""
    steps: dict[str, list[tuple[str, dict[str, Any]]]] = {}

    def watch(step: str, record: Record) -> None:
        if key in (record.key, record.ident):
            steps.setdefault(record.ident, []).append((step, canonical.plain(record)))

    preparation = Preparation(project)
    prepared = preparation.prepare(clock(), watch)
    found = []
    for ident in sorted({*prepared.content.cards, *prepared.content.held}):
        stands = prepared.content.origin(ident)
        if stands is None or key not in (ident, ident.rpartition("@")[0]):
            continue
        source, origin = stands
        one = Trace(ident, str(origin), source, problems=prepared.findings.about([ident]))
        record = prepared.content.records.get(ident)
        if record is not None:
            one.values = [("source", canonical.plain(record)), *steps.get(ident, [])]
            one.channels = _channels(project, ledger, prepared, preparation, record)
        found.append(one)
    return found, sorted({card.key for card in prepared.content.cards.values()})


def _channels(
    project: Project, ledger: Ledger, prepared: Prepared, preparation: Preparation, record: Record
) -> dict[str, str]:
    states = {}
    public = prepared.transformed.public
    for name, exporter in project.channels.items():
        entry = ledger.pages.get(name, record.ident)
        wanted = next(
            (
                desired
                for desired in desires(exporter, public, prepared.findings, preparation.place)
                if desired.ident == record.ident
            ),
            None,
        )
        if wanted is None:
            shown = is_public(record, prepared.at)
            states[name] = "not published here" if shown else "not public, so not published"
        elif entry is None:
            states[name] = "will be created by the next sync"
        elif entry.digest != wanted.digest:
            states[name] = f"will be updated by the next sync; now {entry.url or entry.remote_id}"
        else:
            states[name] = f"up to date: {entry.url or entry.remote_id}"
    return states
