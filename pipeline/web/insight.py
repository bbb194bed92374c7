"""What a look tells of single records: what a run would do to them, who quotes whom, which ones differ."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from heapq import merge
from itertools import groupby

from pipeline.change import Change
from pipeline.findings import Findings
from pipeline.planned import Planned
from pipeline.steps.marks import cited
from pipeline.web import figures
from pipeline.web.words import Words
from schemas.problems import Problem
from schemas.record import Record, references
from schemas.statistic import Statistic

NOTHING: Mapping[str, Change] = {}


@dataclass(frozen=True)
class Insight:
    """One plan and its content, by ident. Each part is worked out when it is first asked for."""

    planned: Planned

    @property
    def records(self) -> Mapping[str, Record]:
        """Valid records as they were read, public or not."""
        return self.planned.prepared.content.records

    @property
    def findings(self) -> Findings:
        return self.planned.prepared.findings

    @cached_property
    def finished(self) -> Mapping[str, Record]:
        """Records after the last step, public or not."""
        done = self.planned.prepared.transformed
        return {record.ident: record for records in (done.hidden, done.public) for record in records}

    @cached_property
    def problems(self) -> list[Problem]:
        """What is wrong, in memory: every page that tells of it looks through all."""
        return list(self.findings.problems)

    @cached_property
    def held(self) -> frozenset[str]:
        """Records that are held back by what is wrong with them."""
        return frozenset(self.findings.held)

    @cached_property
    def idents(self) -> list[str]:
        """All that the content has, broken or not, in order."""
        return sorted(self.records.keys() | self.held)

    def has(self, ident: str) -> bool:
        """Is it one of those?"""
        return ident in self.held or ident in self.records

    @cached_property
    def _changes(self) -> dict[str, dict[str, Change]]:
        found: dict[str, dict[str, Change]] = {}
        for channel in self.planned.plan.channels:
            for change in channel.changes:
                found.setdefault(change.ident, {})[channel.channel] = change
        return found

    def changes(self, ident: str) -> Mapping[str, Change]:
        """What a run would do to one record, by channel."""
        return self._changes.get(ident, NOTHING)

    @cached_property
    def waiting(self) -> Mapping[str, frozenset[str]]:
        """Per channel, what it refused before and is not to be asked about again yet."""
        return {name: frozenset(idents) for name, idents in self.planned.waiting.items()}

    @cached_property
    def differing(self) -> list[str]:
        """Records that some channel does not have as the content has them, in order."""
        return sorted(self._changes.keys() | self.held.union(*self.waiting.values()))

    def differs(self, ident: str) -> bool:
        """Is it one of those?"""
        refused = any(ident in idents for idents in self.waiting.values())
        return refused or ident in self._changes or ident in self.held

    @cached_property
    def words(self) -> Words:
        """What each record says of itself, also one that is gone and of which a channel is still to hear."""
        idents = groupby(merge(self.idents, self.differing))
        return Words((ident, self._text(ident)) for ident, _ in idents)

    def _text(self, ident: str) -> str:
        record = self.records.get(ident)
        if record is None:
            return figures.even("\n".join(change.title for change in self.changes(ident).values()))
        return figures.text(record) if isinstance(record, Statistic) else figures.even(record.title)

    @cached_property
    def quotes(self) -> Mapping[str, list[str]]:
        """Per statistic, the idents of the records that show it, in order."""
        found: dict[str, set[str]] = {}
        for ident, record in self.records.items():
            for key in _statistics(record):
                found.setdefault(key, set()).add(ident)
        return {key: sorted(idents) for key, idents in found.items()}


def _statistics(record: Record) -> Iterator[str]:
    named = (key for _, _, key in references(record))
    yield from (key for key in (*named, *cited(record)) if key.startswith("statistic:"))
