"""Follow one record from its source through each step to each channel."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pipeline.config import Project
from pipeline.desire import desires
from pipeline.differences import field_changes
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

    def steps(self) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
        """Each step with what it changed: path, old and new text of each value."""
        for (_, before), (step, after) in zip(self.values, self.values[1:], strict=False):
            yield step, list(field_changes(before, after))

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


@dataclass
class Followed:
    """The whole content, read and transformed once, and the traces of some of it, without channels."""

    preparation: Preparation
    prepared: Prepared
    traces: list[Trace]


def follow(project: Project, key: str) -> Followed:
    """What the steps make of `key` (or of `key@locale`), in every language."""
    steps: dict[str, list[tuple[str, dict[str, Any]]]] = {}

    def watch(step: str, record: Record) -> None:
        if key in (record.key, record.ident):
            steps.setdefault(record.ident, []).append((step, canonical.plain(record)))

    preparation = Preparation(project)
    followed = Followed(preparation, preparation.prepare(clock(), watch), [])
    content = followed.prepared.content
    for ident in sorted({*content.records, *content.held}):
        stands = content.origin(ident)
        if stands is None or key not in (ident, ident.rpartition("@")[0]):
            continue
        source, origin = stands
        one = Trace(ident, str(origin), source, problems=content.findings.about([ident]))
        record = content.records.get(ident)
        if record is not None:
            one.values = [("source", canonical.plain(record)), *steps.get(ident, [])]
        followed.traces.append(one)
    return followed


def trace_of(project: Project, ledger: Ledger, key: str) -> tuple[list[Trace], list[str]]:
    """The traces of `key` (or of `key@locale`) in every language, and all keys there are."""
    followed = follow(project, key)
    content = followed.prepared.content
    for one in followed.traces:
        record = content.records.get(one.ident)
        if record is not None:
            one.channels = _channels(project, ledger, followed.prepared, followed.preparation, record)
    return followed.traces, sorted({card.key for card in content.cards})


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
