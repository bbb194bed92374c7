"""Read and validate: from sources to records, with every problem at its place."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from time import time_ns
from typing import Literal

from pipeline.cache.body import BrokenCache
from pipeline.cache.card import Card, listed, read_card
from pipeline.cache.cards import READ, Cards
from pipeline.cache.lines import KnownLines
from pipeline.cache.loose import Loose, Standing
from pipeline.cache.raw import digest_of
from pipeline.cache.reading import InputMemory, ReadMemory
from pipeline.cache.records import Records
from pipeline.cache.store import Store
from pipeline.config import Project
from pipeline.draft import Translation, translations
from pipeline.engine.base import LOCAL, Engine, EngineError
from pipeline.engine.reading import End, Reading, Sent, readings
from pipeline.examine import Examiner, Invalid
from pipeline.findings import Findings
from pipeline.observe.spans import span
from pipeline.spool import NoRoom
from pipeline.twice import twice
from schemas.errors import LeopardError
from schemas.problems import Origin, Problem
from schemas.record import Record
from sources.base import COMPLETE, Input, Line, Outcome, Raw, Source
from sources.base import Reading as SourceReading

Progress = Callable[[str, int], None]
"""Is told what is being done, and how much of it has been."""

AT_ONCE, AT_ONCE_APART = 500, 4000
"""Inputs that are listed before the first of them is read: here, or by others, who should never wait."""
OURS = (BrokenCache, EngineError, NoRoom)
"""What is no source's fault, whenever it is raised."""

log = logging.getLogger("leopard")


@dataclass
class Content:
    """What the sources gave: valid records with their origins, and how complete it was."""

    findings: Findings
    store: Store
    cards: Cards
    """What stands, by ident."""
    held: dict[str, Card] = field(default_factory=dict)
    """What was read and is held back."""
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    kinds: dict[str, set[str]] = field(default_factory=dict)
    """Per source, the kinds it gave."""
    counts: dict[str, int] = field(default_factory=dict)
    """Per source, how many raw records it gave."""
    links: set[str] = field(default_factory=set)
    """Paths that lead to files which records name."""

    @property
    def records(self) -> Mapping[str, Record]:
        """The records that stand, each read when it is asked for."""
        return Records(self.cards)

    def put(self, record: Record, like: str) -> None:
        """For this run only, let a record be what it is now; it stands where the one called `like` does."""
        card, other = read_card(record, *self.store.put(record)), self.cards.get(like)
        self.store.let_pass(card)
        card.where = other.where if other else None
        self.cards.put(card)

    def files(self) -> Iterator[str]:
        """Paths, from the project, of the files that records name."""
        return (file for card in self.cards.naming_files() for file in listed(card.files))

    def origin(self, ident: str) -> tuple[str, Origin] | None:
        """The name of its source, and the place."""
        card = self.cards.get(ident) or self.held.get(ident)
        return (card.where[0], card.origin) if card and card.where else None


class Reader:
    """Reads every source of a project into one Content."""

    def __init__(
        self,
        project: Project,
        store: Store,
        progress: Progress = lambda what, done: None,
        engine: Engine = LOCAL,
    ) -> None:
        self.project, self.store, self.progress, self.engine = project, store, progress, engine
        self.content = Content(Findings(project.root), store, Cards(store, READ))
        self.memory = ReadMemory(project, store, time_ns())
        self.examiner = Examiner(project)
        self.loose = Loose(store, list(project.sources))

    def read(self) -> Content:
        """All sources, in the order of the configuration."""
        for name, source in self.project.sources.items():
            self.content.kinds[name], self.content.counts[name] = set(), 0
            with span("read", source=name) as told:
                self.content.outcomes[name] = self._source(name, source)
                told.facts["records"] = self.content.counts[name]
        self.memory.tidy()
        for ident, standing in self.loose.settled():
            self._settle(ident, standing)
        for ident in self.content.findings.held:
            if (card := self.content.cards.drop(ident)) is not None:
                self.content.held[ident] = card
        return self.content

    def _source(self, name: str, source: Source) -> Outcome:
        outcome, parts = COMPLETE, list[Input]()
        at_once = AT_ONCE_APART if self.engine.apart and source.reads_anywhere else AT_ONCE
        try:
            listing = source.inputs()
            while True:
                try:
                    part = next(listing)
                except StopIteration as end:
                    some, parts = parts, []
                    return outcome.worst(self._inputs(name, source, some)).worst(end.value)
                if isinstance(part, Problem):
                    self.content.findings.add(part)
                else:
                    parts.append(part)
                if len(parts) == (at_once if source.lists_ahead else 1):
                    some, parts = parts, []
                    outcome = outcome.worst(self._inputs(name, source, some))
        except OURS:
            raise
        except Exception as error:  # noqa: BLE001  # whatever a source raises, it is the source that failed
            failed = self._failed(getattr(source.options, "path", name), error, "failed")
            return failed.worst(self._inputs(name, source, parts))

    def _inputs(self, name: str, source: Source, parts: list[Input]) -> Outcome:
        outcome = COMPLETE
        for memory, reading in readings(self.engine, name, source, self._changed(name, source, parts)):
            outcome = outcome.worst(self._input(name, source, memory, reading))
        return outcome

    def _changed(self, name: str, source: Source, parts: list[Input]) -> Iterator[InputMemory]:
        """Inputs that have to be read; of the others, it is noted that they are there."""
        for at in range(0, len(parts), AT_ONCE):
            for memory in self.memory.inputs(name, source, parts[at : at + AT_ONCE]):
                if memory.last is not None and memory.is_same():
                    self.content.counts[name] += memory.last.records
                    self.content.kinds[name].update(memory.last.kinds.split())
                    self.content.cards.locales.update(memory.last.locales.split())
                else:
                    yield memory

    def _input(self, name: str, source: Source, memory: InputMemory, reading: Reading | None) -> Outcome:
        """One input, whose `reading` was done elsewhere, or is done now."""
        before = self.content.counts[name]
        if reading is None:
            outcome, clean = self._read(name, source, memory.part, memory)
        else:
            outcome, clean = self._told(name, memory, reading)
        memory.end(count=self.content.counts[name] - before, whole=clean and outcome.state == "complete")
        if memory.some_unlooked:
            self.content.kinds[name].update(memory.kinds)
            self.content.cards.locales.update(memory.locales)
        return outcome

    def _read(self, name: str, source: Source, part: Input, memory: InputMemory) -> tuple[Outcome, bool]:
        """Read one input; also tells whether it can be taken as it is the next time."""
        reading, outcome, clean = self._unknown(name, source, part, memory), COMPLETE, True
        while True:
            try:
                found = next(reading)
            except StopIteration as end:
                return outcome.worst(end.value), clean
            except OURS:
                raise
            except Exception as error:  # noqa: BLE001  # as above; the other inputs can still be read
                return self._failed(part.name, error, "partial"), False
            if isinstance(found, Problem):
                self.content.findings.add(found)
                clean = False
                continue
            self._count(name)
            for raw, own in translations(found):
                outcome = outcome.worst(self._record(name, source, raw, own, memory))

    def _unknown(self, name: str, source: Source, part: Input, memory: InputMemory) -> SourceReading:
        """What a source gives of an input, but for lines that are known."""
        lines = KnownLines(memory)

        def known(some: Sequence[Line], at: int) -> int:
            if count := lines.take(some, at):
                self.content.counts[name] += count
                self.progress("read", count)
            return count

        return source.read_unknown(part, known)

    def _told(self, name: str, memory: InputMemory, reading: Reading) -> tuple[Outcome, bool]:
        """The same of an input that was read elsewhere."""
        outcome, clean = COMPLETE, True
        for found in reading:
            if isinstance(found, Problem):
                self.content.findings.add(found)
                clean = False
            elif isinstance(found, End):
                outcome = outcome.worst(found.outcome)
            else:
                self._count(name)
                for one in found:
                    outcome = outcome.worst(self._record_sent(name, one, memory))
        return outcome, clean

    def _count(self, name: str) -> None:
        self.content.counts[name] += 1
        self.progress("read", 1)

    def _failed(self, path: str, error: Exception, state: Literal["partial", "failed"]) -> Outcome:
        log.debug("%s broke off", path, exc_info=error)
        what = str(error) if isinstance(error, LeopardError | OSError) else f"{type(error).__name__}: {error}"
        message = f"{path} could not be read to its end: {what}"
        self.content.findings.add(Problem(code="source.failed", message=message, origin=Origin(path=path)))
        return Outcome(state=state, reason=message)

    def _record(self, name: str, source: Source, raw: Raw, own: Translation, memory: InputMemory) -> Outcome:
        """Keep one record, if it is valid. Partial if it cannot be told which record it is meant to be."""
        origin, digest = raw.origin, digest_of(raw)
        where = (name, origin.path, origin.line, origin.column, origin.within)
        known = memory.known(digest, where, implied=raw.implied)
        if known is not None:
            self._found(name, known)
            return COMPLETE
        found = self.examiner.examined(source, raw, own, self.content.findings.add)
        if isinstance(found, Invalid):
            return self._lost(found.lost, memory)
        card = read_card(found.record, *self.store.put(found.record, sure=found.is_plain), self.store.latest)
        self.content.links.update(found.links)
        return self._keep(name, Sent(digest, where, raw.implied), card, memory, certain=found.is_certain)

    def _record_sent(self, name: str, sent: Sent, memory: InputMemory) -> Outcome:
        """Keep one record that was examined elsewhere."""
        memory.begin()
        known = memory.known(sent.digest, sent.where, implied=sent.implied)
        if known is not None:
            self._found(name, known)
            return COMPLETE
        for problem in sent.problems:
            self.content.findings.add(problem)
        if sent.card is None:
            return self._lost(sent.lost, memory)
        sent.card.body = self.store.keep(sent.data)
        self.content.links.update(sent.links)
        return self._keep(name, sent, sent.card, memory, certain=sent.is_certain)

    def _lost(self, lost: str | None, memory: InputMemory) -> Outcome:
        memory.keep(None)
        return Outcome(state="partial", reason=lost) if lost else COMPLETE

    def _keep(self, name: str, sent: Sent, card: Card, memory: InputMemory, *, certain: bool) -> Outcome:
        card.where = sent.where
        self._found(name, card)
        if not memory.keep(sent.digest if certain else None, card, implied=sent.implied):
            self.loose.put(card, implied=sent.implied)
        return COMPLETE

    def _found(self, name: str, card: Card) -> None:
        self.content.kinds[name].add(card.kind)
        self.content.cards.locales.add(card.locale)

    def _settle(self, ident: str, standing: list[Standing]) -> None:
        """What stands for an ident; one that is written down goes before one that is implied."""
        first: Standing | None = None
        for one in standing:
            if first is None or first.implied:
                first = one
            elif not one.implied and first.card.where and one.card.where:
                second = (one.card.where[0], one.card.origin)
                for problem in twice(one.card, second, (first.card.where[0], first.card.origin)):
                    self.content.findings.add(problem)
        if first is not None:
            self.content.cards.put(first.card)
