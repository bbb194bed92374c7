"""One look at a project's content: what every record's state is, and what may be said of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

from exporters.base import Desired
from pipeline.cache.records import RecordIndex
from pipeline.config import Project
from pipeline.desire import desires
from pipeline.findings import Findings
from pipeline.ledger import now as clock
from pipeline.prepare import Preparation, Prepared
from pipeline.references import Place
from pipeline.web.preview.allowed import Allowed, told
from schemas.errors import ContentError
from schemas.problems import Problem
from schemas.record import Record, Timed, Times, next_turn
from transport.files import inside, read_text

State = Literal["shown", "waiting", "withheld", "broken"]
"""Broken records have errors; one that waits needs a record that is not public."""
EMBARGO = "embargo"
"""The lines of a file that holds this word are not quoted: nobody knows what of it may be shown."""


@dataclass(frozen=True)
class Entry:
    """A record in the list. What is withheld has no title."""

    ident: str
    state: State
    title: str = ""
    told: str | None = None
    """When it becomes public, if it is not."""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Look:
    """What was read, and as of when. `good` are earlier looks, by idents of what is broken since."""

    project: Project
    allowed: Allowed
    prepared: Prepared
    place: Place
    version: str = ""
    """Names this look; no other one of this or of another process has it."""
    refused: tuple[Problem, ...] = ()
    """What is wrong with leopard.yaml as it is now; all else is as it was before."""
    good: Mapping[str, "Look"] = field(default_factory=dict)

    @property
    def public(self) -> RecordIndex:
        """What may be shown, which is what every channel would publish."""
        return self.prepared.transformed.public

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.project.site.timezone)

    @cached_property
    def until(self) -> datetime | None:
        """The next instant at which something may be shown, or may not be shown any more."""
        at, cards = self.prepared.at, self.prepared.content.cards.timed()
        turns = [next_turn(_as_published(one), at) for one in cards]
        turns += [last.until for last in self.good.values()]
        return min((turn for turn in turns if turn is not None), default=None)

    def shown(self, ident: str) -> Record | None:
        """The record after all steps, if it may be shown."""
        key, _, locale = ident.rpartition("@")
        found = self.public.get(key, locale)
        return found if found is not None and found.locale == locale else None

    @cached_property
    def entries(self) -> dict[str, Entry]:
        """Every record there is, and every one that was there before its file broke."""
        content = self.prepared.content
        idents = {*content.records, *content.held, *content.findings.held, *self.good}
        return {ident: self._entry(ident) for ident in sorted(idents)}

    def _entry(self, ident: str) -> Entry:
        record, shown = self.prepared.content.records.get(ident), self.shown(ident)
        if shown is not None:
            words = told(shown, self.prepared.at, self.zone)
            return Entry(ident, "shown", shown.title, words, tuple(self._about(ident)))
        if record is not None and not self.allowed(record, self.prepared.at):
            return Entry(ident, "withheld", told=told(record, self.prepared.at, self.zone))
        problems = tuple(self._quotable(one) for one in self._about(ident))
        if ident in self.prepared.transformed.waiting:
            return Entry(ident, "waiting", problems=problems)
        before = self.good.get(ident)
        last = before.shown(ident) if before is not None else None
        return Entry(ident, "broken", last.title if last else "", problems=problems)

    def _about(self, ident: str) -> Iterator[Problem]:
        """Problems of a record, and of what it stands in, if that is what hides it."""
        yield from self._problems.get(ident, ())
        if ident in self.good:
            path = self.good[ident].path_of(ident)
            yield from (one for one in self._problems.get(None, ()) if _path(one) == path)

    def path_of(self, ident: str) -> str | None:
        """The file that a record stood in when it was last read."""
        stands = self.prepared.content.origin(ident)
        if stands is None:
            return self.good[ident].path_of(ident) if ident in self.good else None
        return stands[1].path

    @cached_property
    def _problems(self) -> dict[str | None, list[Problem]]:
        """Of each record, and of none."""
        found: dict[str | None, list[Problem]] = {}
        for problem in self.prepared.findings.problems:
            found.setdefault(problem.ident, []).append(problem)
        return found

    @cached_property
    def unreadable(self) -> frozenset[str]:
        """Files that could not be read as a whole."""
        problems = self._problems.get(None, ())
        return frozenset(path for one in problems if one.severity == "error" and (path := _path(one)))

    @property
    def general(self) -> list[Problem]:
        """Problems of leopard.yaml, of sources and of files as a whole."""
        return [*self.refused, *(self._quotable(one) for one in self._problems.get(None, ()))]

    def _quotable(self, problem: Problem) -> Problem:
        """The problem without words of a file in which something may not be shown yet."""
        if problem.excerpt is None or self.allowed.embargoed or problem.origin is None:
            return problem
        root = self.project.root
        try:
            text = read_text(inside(root, root / problem.origin.path), problem.origin.path)
        except ContentError:
            text = EMBARGO
        if EMBARGO not in text.casefold() and not self._says_embargo(problem.origin.path):
            return problem
        message = "something is wrong here; no more is said, because this file speaks of an embargo"
        return problem.model_copy(
            update={"message": message, "hint": "leopard check says what it is", "excerpt": None}
        )

    def _says_embargo(self, path: str) -> bool:
        """Does the configuration of the source say which column or field is an embargo?"""
        return any(
            EMBARGO in str(one.options)
            for one in self.project.sources.values()
            if path.startswith(str(getattr(one.options, "path", "")))
        )

    def desired(self, ident: str, channel: str) -> tuple[Desired | None, Sequence[Problem]]:
        """What a channel should hold for a record, or why it cannot hold it."""
        findings, exporter = Findings(self.project.root), self.project.channels[channel]
        found = next(desires(exporter, self.public, findings, self.place, only=ident), None)
        return found, findings.problems


def look_at(project: Project, allowed: Allowed, before: Look | None, version: str) -> Look:
    """A new look. What is broken now, and was in order `before`, can still be seen as it was then."""
    preparation = Preparation(project, may=allowed)
    made = Look(project, allowed, preparation.prepare(clock()), preparation.place, version)
    return made if before is None else replace(made, good=_good(made, before))


def _good(now: Look, before: Look) -> dict[str, Look]:
    """The last look at each record that was in order, and is broken now."""
    records, at = now.prepared.content.records, now.prepared.at
    good: dict[str, Look] = {}
    for ident in {card.ident for card in before.public.cards()} | before.good.keys():
        lost = now.prepared.content.origin(ident) is None and before.path_of(ident) in now.unreadable
        hidden = ident in records and not now.allowed(records[ident], at)
        if hidden or not (lost or now.prepared.findings.holds(ident)):
            continue
        last = before.good.get(ident) if before.shown(ident) is None else replace(before, good={})
        if last is not None and (last.until is None or at < last.until):
            good[ident] = last
    return good


def _path(problem: Problem) -> str | None:
    return problem.origin.path if problem.origin else None


def _as_published(record: Timed) -> Times:
    """A draft's dates count as well, since it may be shown."""
    times = Times.of(record)
    return times._replace(status="published") if record.status == "draft" else times
