"""Run the steps over what may be shown now, and apart from it over what may not yet."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import groupby
from operator import attrgetter

from pipeline.cache.card import Card, made_card
from pipeline.cache.cards import Cards, made_in
from pipeline.cache.claims import OwnersOf
from pipeline.cache.making import Alternates, MakeMemory, Note, Scope, WatchedIndex
from pipeline.cache.records import RecordIndex
from pipeline.config import Project
from pipeline.engine.base import DIED, LOCAL, Engine
from pipeline.engine.making import Made, Remark, makings
from pipeline.explain import dotted
from pipeline.read import Content
from pipeline.references import Place
from pipeline.steps.base import Step, StepContext
from pipeline.steps.chain import chain
from pipeline.visibility import May, Visibility
from schemas import canonical, plugins
from schemas.problems import Problem, Severity
from schemas.record import Path, Record, is_public

Watch = Callable[[str, Record], None]
"""Is shown each record after each step, by the step's name."""

DIED_MAKING = "two processes that changed it ended without a word"
DIED_HINT = "correct it, or the step that dies of it; `engine: local` changes it in this process"


@dataclass(frozen=True)
class Transformed:
    """Records after the last step."""

    public: RecordIndex
    """What every channel may show at the instant of the run."""
    hidden: RecordIndex
    """Drafts, embargoed and expired records: looked over for problems, shown to nobody."""
    waiting: frozenset[str] = frozenset()
    """Idents of records that are public, but cannot be shown without one that is not."""


class Transformer:
    """The steps of a project, over the records of one run."""

    def __init__(
        self,
        project: Project,
        content: Content,
        place: Place,
        watch: Watch | None = None,
        may: May = is_public,
        engine: Engine = LOCAL,
    ) -> None:
        self.project, self.content, self.place, self.watch = project, content, place, watch
        self.engine = engine
        self.findings, self.store, self.may = content.findings, content.store, may
        self.noted: list[tuple[Problem, Path]] = []
        """What was said of the record that is being changed."""

    def transform(self, now: datetime) -> Transformed:
        """All records that are not held back; what is public at `now` sees only what is public too."""
        visibility = Visibility(self.content, self.project.site.default_locale, self.may, self._waits)
        seen = visibility.at(now)
        public = self._run(Scope("public", seen.whole, seen.instead, with_alternates=True), seen.public)
        later = self._run(Scope("hidden", seen.hidden, {}, with_alternates=False), seen.everything)
        waiting = frozenset(ident for ident, card in seen.instead.items() if card is None)
        return Transformed(public, later, waiting)

    def _waits(self, card: Card) -> None:
        message = f"{card.key} needs a record that may not be shown yet, so it has to wait"
        self._note(card, "reference.not_public", message, severity="warning")

    def _run(self, scope: Scope, index: RecordIndex) -> RecordIndex:
        watched = WatchedIndex(index)
        context = StepContext(self.project.site, watched, self._report)
        steps = [
            (name, plugins.find("steps", name)(options, context)) for name, options in chain(self.project)
        ]
        if self.watch is None and all(_is_remembered(step) for _, step in steps):
            return self._remembered([step for _, step in steps], scope, watched)
        cards = chain_of(scope.cards, filter(None, scope.instead.values()))
        several = _alternates(cards) if scope.with_alternates else ((card, ()) for card in cards)
        stream: Iterator[Record] = (self._standing_in(card, alternates) for card, alternates in several)
        for name, step in steps:
            stream = self._watched(name, step.apply(self._standing(stream)))
        made = Cards(self.store)
        for record in self._standing(stream):
            card = made_card(record, *self.store.put(record))
            self.store.let_pass(card)
            made.put(card)
        return RecordIndex(made, self.project.site.default_locale)

    def _remembered(self, steps: list[Step], scope: Scope, watched: WatchedIndex) -> RecordIndex:
        """Records after the last step; what nothing has changed for is not changed again."""
        memory = MakeMemory(self.store, watched.index, scope, way_of(self.project))
        made = Cards(self.store, made_in(scope.name))
        made.locales.update(scope.cards.locales)
        notes = memory.notes()
        for at, step in enumerate(steps):
            step.owners = OwnersOf(memory.claims, at)
        ours = all(type(step).__module__.startswith("pipeline.") for step in steps)
        for card, done in makings(self.engine, memory, memory.alternates):
            self.noted = []
            memory.claims.begin(card)
            if self.findings.holds(card.ident):
                continue
            if isinstance(done, Made) and memory.claims.are_free(done.claims, card.key):
                found, asked = self._taken(done), done.asked
            elif done == DIED:
                self._note(card, "engine.died", DIED_MAKING, hint=DIED_HINT, severity="error")
                continue
            else:
                watched.begin()
                memory.claims.begin(card)
                record = self._changed(steps, self._standing_in(card, memory.alternates(card)))
                found = made_card(record, *self.store.put(record, sure=ours)) if record else None
                asked = watched.all_asked
            if found is None:
                continue
            told = [
                [problem.model_dump(mode="json", exclude_none=True), path] for problem, path in self.noted
            ]
            if not memory.keep(card, asked, told, self._seen(card) if told else None, found):
                made.put(found)
        for note in notes:
            self._say_again(note)
        return RecordIndex(made, self.project.site.default_locale)

    def _taken(self, done: Made) -> Card | None:
        """What was made of a record elsewhere, as if it had been made here."""
        for remark in done.remarks:
            self._note(
                remark,
                remark.code,
                remark.message,
                path=remark.path,
                hint=remark.hint,
                severity=remark.severity,
            )
        if done.card is not None:
            done.card.body = self.store.keep(done.data)
        return done.card

    def _seen(self, card: Card) -> str | None:
        """How the input of a record is known, if it certainly stands there as it did."""
        query = "SELECT fingerprint FROM rows r JOIN inputs i ON i.id = r.input WHERE r.ident = ? AND i.whole"
        rows = self.store.rows(query, (card.ident,))
        return str(rows[0][0]) if len(rows) == 1 else None

    def _say_again(self, note: Note) -> None:
        """What a step has said before is said again, with the place where the record stands now."""
        card = self.content.cards.get(note.ident)
        if card is None or self.findings.holds(note.ident):
            return
        same = note.seen is not None and note.seen == self._seen(card)
        for told, path in note.told:
            problem = Problem.model_validate(told)
            if not same:
                now = {"origin": self.place(note.ident, tuple(path)), "excerpt": None}
                problem = problem.model_copy(update=now)
            self.findings.add(problem)

    def _changed(self, steps: list[Step], record: Record) -> Record | None:
        """One record after all steps; None if one of them drops it, or it is held back."""
        changed: Record | None = record
        for step in steps:
            if changed is None or self.findings.holds(changed.ident):
                return None
            changed = step.one(changed)
        return None if changed is None or self.findings.holds(changed.ident) else changed

    def _standing_in(self, card: Card, alternates: Alternates) -> Record:
        record = self.store.load(card, once=True)
        return record.model_copy(update={"alternates": alternates}) if alternates else record

    def _standing(self, records: Iterator[Record]) -> Iterator[Record]:
        return (record for record in records if not self.findings.holds(record.ident))

    def _watched(self, name: str, records: Iterator[Record]) -> Iterator[Record]:
        for record in records:
            if self.watch is not None:
                self.watch(name, record)
            yield record

    def _report(
        self,
        record: Record,
        code: str,
        message: str,
        *,
        path: Path = (),
        hint: str | None = None,
        severity: Severity = "warning",
    ) -> None:
        self._note(record, code, message, path=path, hint=hint, severity=severity)

    def _note(
        self,
        record: Record | Card | Remark,
        code: str,
        message: str,
        *,
        path: Path = (),
        hint: str | None = None,
        severity: Severity,
    ) -> None:
        problem = Problem(
            code=code,
            message=message,
            severity=severity,
            origin=self.place(record.ident, path),
            hint=hint,
            key=record.key,
            locale=record.locale,
            field=dotted(path) or None,
        )
        self.noted.append((self.findings.add(problem), path))


def chain_of(cards: Iterable[Card], others: Iterable[Card]) -> Iterator[Card]:
    """Both, by ident."""
    return merge(cards, sorted(others, key=attrgetter("ident")), key=attrgetter("ident"))


def _alternates(cards: Iterable[Card]) -> Iterator[tuple[Card, Alternates]]:
    """Each record with the languages it exists in, if they are several."""
    for _, found in groupby(cards, key=attrgetter("key")):
        same = list(found)
        others = tuple(sorted(card.locale for card in same)) if len(same) > 1 else ()
        yield from ((card, others) for card in same)


def _is_remembered(step: Step) -> bool:
    """Does the step itself promise that its results can be taken again?"""
    return vars(type(step)).get("remembered", False) and type(step).apply is Step.apply


def way_of(project: Project) -> str:
    """Changes with what decides how records are changed, besides the code."""
    steps = [
        [name, plugins.find("steps", name).version, options.model_dump(mode="json")]
        for name, options in chain(project)
    ]
    return canonical.digest([steps, project.site.model_dump(mode="json")])
