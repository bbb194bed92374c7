"""Run the steps over what may be shown now, and apart from it over what may not yet."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from typing import Any

from pipeline.cache.card import Card, as_text, card_of, listed, made_card
from pipeline.cache.cards import Cards
from pipeline.cache.making import Alternates, Made, MakeMemory, WatchedIndex
from pipeline.cache.owners import Owners
from pipeline.cache.records import RecordIndex
from pipeline.config import Project
from pipeline.explain import dotted
from pipeline.read import Content
from pipeline.references import Place
from pipeline.steps.base import Step, StepContext
from pipeline.steps.marks import cited
from schemas import canonical, plugins
from schemas.problems import Problem, Severity
from schemas.record import Path, Record, Timed, is_public
from schemas.walk import without

BEFORE = ("slugs", "markdown", "resolve", "sanitise")
"""Steps that no content can do without; they run first unless the configuration places them."""
AFTER = ("summarise",)

KEYS = 1 << 12
"""Keys of which it is known at hand whether they may be shown."""

Watch = Callable[[str, Record], None]
"""Is shown each record after each step, by the step's name."""
May = Callable[[Timed, datetime], bool]
"""May a record be shown at that instant?"""


@dataclass(frozen=True)
class Transformed:
    """Records after the last step."""

    public: RecordIndex
    """What every channel may show at the instant of the run."""
    hidden: RecordIndex
    """Drafts, embargoed and expired records: looked over for problems, shown to nobody."""
    waiting: frozenset[str] = frozenset()
    """Idents of records that are public, but cannot be shown without one that is not."""


def chain(project: Project) -> list[tuple[str, Any]]:
    """Names and options of all steps, in the order in which they run."""
    written = {name for name, _ in project.steps}
    before = [(name, _defaults(name)) for name in BEFORE if name not in written]
    after = [(name, _defaults(name)) for name in AFTER if name not in written]
    return [*before, *project.steps, *_clean_again(project), *after]


def _clean_again(project: Project) -> list[tuple[str, Any]]:
    """Steps that are not ours may bring HTML in, so what they leave is sanitised once more."""
    foreign = [n for n, _ in project.steps if not plugins.find("steps", n).__module__.startswith("pipeline.")]
    return [("sanitise", dict(project.steps).get("sanitise", _defaults("sanitise")))] if foreign else []


def _defaults(name: str) -> Any:
    return plugins.find("steps", name).Options()


class Transformer:
    """The steps of a project, over the records of one run."""

    def __init__(
        self,
        project: Project,
        content: Content,
        place: Place,
        watch: Watch | None = None,
        may: May = is_public,
    ) -> None:
        self.project, self.content, self.place, self.watch = project, content, place, watch
        self.findings, self.store, self.may = content.findings, content.store, may
        self.noted = 0
        """How many problems there were so far."""

    def transform(self, now: datetime) -> Transformed:
        """All records that are not held back; what is public at `now` sees only what is public too."""
        cards, held = self.content.cards, frozenset(self.findings.held)
        locale = self.project.site.default_locale
        everything = RecordIndex(cards, locale, lambda card: card.ident not in held)
        shown = everything.where(lambda card: self.may(card, now))
        instead = self._visible(shown, everything)
        visible = RecordIndex(cards, locale, shown.is_wanted, instead)
        public = self._run(_with_alternates(visible), visible, "public")
        hidden = everything.where(lambda card: not self.may(card, now))
        later = self._run(((card, ()) for card in hidden.cards()), everything, "hidden")
        waiting = frozenset(ident for ident, card in instead.items() if card is None)
        return Transformed(public, later, waiting)

    def _index(self, cards: Iterable[Card]) -> RecordIndex:
        made = Cards(self.store)
        for card in cards:
            made.put(card)
        return RecordIndex(made, self.project.site.default_locale)

    def _visible(self, shown: RecordIndex, everything: RecordIndex) -> dict[str, Card | None]:
        """What stands in place of public records that refer to some that are not: one without those
        references, or nothing, if it has to wait for them.
        """
        instead: dict[str, Card | None] = {}
        lost: set[str] = set()

        @lru_cache(maxsize=KEYS)
        def hidden(key: str) -> bool:
            return key in lost or (key in everything and key not in shown)

        while True:
            left = RecordIndex(self.content.cards, shown.default_locale, shown.is_wanted, instead)
            waiting = []
            for card in filter(_refers, left.cards()):
                rest = self._without(card, hidden)
                if rest is None:
                    waiting.append(card)
                elif rest is not card:
                    instead[card.ident] = rest
            for card in waiting:
                message = f"{card.key} needs a record that may not be shown yet, so it has to wait"
                self._note(card, "reference.not_public", message, severity="warning")
                instead[card.ident] = None
            if not (found := {card.key for card in waiting if card.key not in left}):
                return instead
            lost |= found
            hidden.cache_clear()

    def _without(self, card: Card, hidden: Callable[[str], bool]) -> Card | None:
        """The card of a record without its references to `hidden` ones; None if it cannot do without them."""
        if any(map(hidden, listed(card.cites))):
            return None
        if not any(hidden(key) for *_, key in card.references()):
            return card
        record = without(self.store.load(card), hidden)
        if record is None:
            return None
        rest = self._passing(card_of, record)
        rest.cites = as_text(cited(record))
        return rest

    def _passing(self, card: Callable[[Record, bytes, int], Card], record: Record) -> Card:
        """The card of a record that is kept for this run only."""
        made = card(record, *self.store.put(record))
        self.store.let_pass(made)
        return made

    def _run(self, records: Iterable[tuple[Card, Alternates]], index: RecordIndex, scope: str) -> RecordIndex:
        watched = WatchedIndex(index)
        context = StepContext(self.project.site, watched, self._report)
        steps = [
            (name, plugins.find("steps", name)(options, context)) for name, options in chain(self.project)
        ]
        for _, step in steps:
            step.owners = Owners(self.store)
        if self.watch is None and all(_is_remembered(step) for _, step in steps):
            memory = MakeMemory(self.store, index, scope, way_of(self.project))
            return self._index(self._remembered([step for _, step in steps], records, memory, watched))
        stream: Iterator[Record] = (self._standing_in(card, alternates) for card, alternates in records)
        for name, step in steps:
            stream = self._watched(name, step.apply(self._standing(stream)))
        return self._index(self._passing(made_card, record) for record in self._standing(stream))

    def _remembered(
        self,
        steps: list[Step],
        records: Iterable[tuple[Card, Alternates]],
        memory: MakeMemory,
        watched: WatchedIndex,
    ) -> Iterator[Card]:
        """Records after the last step; what nothing has changed for is not changed again."""
        for card, alternates in records:
            found = memory.known(card, alternates)
            if found is not None:
                if not self.findings.holds(card.ident) and _claims_again(steps, found):
                    yield found.card.sharing(card)
                    continue
                memory.forget(found)
            watched.begin()
            before, claims = self.noted, list[Any]()
            record = self._changed(steps, self._standing_in(card, alternates), claims)
            made = made_card(record, *self.store.put(record)) if record is not None else None
            if made is not None and self.noted == before:
                memory.keep(card, alternates, watched.all_asked, claims, made)
            elif made is not None:
                self.store.let_pass(made)
            if made is not None:
                yield made
        memory.end()

    def _changed(self, steps: list[Step], record: Record, claims: list[Any]) -> Record | None:
        """One record after all steps; None if one of them drops it, or it is held back."""
        changed: Record | None = record
        for at, step in enumerate(steps):
            if changed is None or self.findings.holds(changed.ident):
                return None
            changed = step.one(changed)
            claim = step.claim(changed) if changed is not None else None
            if claim is not None:
                claims.append([at, claim])
        return None if changed is None or self.findings.holds(changed.ident) else changed

    def _standing_in(self, card: Card, alternates: Alternates) -> Record:
        record = self.store.load(card)
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
        record: Record | Card,
        code: str,
        message: str,
        *,
        path: Path = (),
        hint: str | None = None,
        severity: Severity,
    ) -> None:
        self.noted += 1
        self.findings.add(
            Problem(
                code=code,
                message=message,
                severity=severity,
                origin=self.place(record.ident, path),
                hint=hint,
                key=record.key,
                locale=record.locale,
                field=dotted(path) or None,
            )
        )


def _refers(card: Card) -> bool:
    return card.refs is not None or card.cites is not None


def _with_alternates(records: RecordIndex) -> Iterator[tuple[Card, Alternates]]:
    """Each record with the languages it exists in, if they are several."""
    for _, found in groupby(records.cards(), key=attrgetter("key")):
        cards = list(found)
        others = tuple(sorted(card.locale for card in cards)) if len(cards) > 1 else ()
        yield from ((card, others) for card in cards)


def _is_remembered(step: Step) -> bool:
    """Does the step itself promise that its results can be taken again?"""
    return vars(type(step)).get("remembered", False) and type(step).apply is Step.apply


def _claims_again(steps: list[Step], found: Made) -> bool:
    """Claim again what was claimed the last time; False if something of it is another key's now."""
    key = found.card.key
    return all(steps[at].owners.setdefault(claim, key) == key for at, claim in listed(found.claims))


def way_of(project: Project) -> str:
    """Changes with what decides how records are changed, besides the code."""
    steps = [
        [name, plugins.find("steps", name).version, options.model_dump(mode="json")]
        for name, options in chain(project)
    ]
    return canonical.digest([steps, project.site.model_dump(mode="json")])
