"""The steps, over records that workers are sent: what they make of each, and what they say of it."""

from collections.abc import Callable, Iterator
from heapq import heappop
from itertools import chain, islice
from typing import Any, NamedTuple

from pipeline.cache.body import decoded, encoded
from pipeline.cache.card import Card, as_text, listed, made_card
from pipeline.cache.making import Alternates, MakeMemory
from pipeline.engine.asking import MISSED, Asked, asking, named_apart
from pipeline.engine.base import DIED, HERE, Engine, Item, in_parts
from pipeline.engine.known import UNSENDABLE, Answers, Missed, Teller, likely
from pipeline.engine.workshop import Workshop
from pipeline.steps.base import Step, StepContext
from pipeline.steps.chain import chain as chain_of_steps
from schemas import plugins
from schemas.problems import Severity
from schemas.record import Path, Record

ENOUGH = 48
"""Records that are worth sending away."""


class Remark(NamedTuple):
    """What a step has said, of the record with a key and a locale."""

    key: str
    locale: str
    code: str
    message: str
    path: Path
    hint: str | None
    severity: Severity

    @property
    def ident(self) -> str:
        return f"{self.key}@{self.locale}"


class Made(NamedTuple):
    """What the steps have made of a record that was sent."""

    card: Card | None
    """Without a body; None if a step has dropped it."""
    data: bytes
    claims: list[tuple[int, str]]
    """What it claims of which step, whoever else does."""
    remarks: list[Remark]
    asked: str | None


def makings(
    engine: Engine, memory: MakeMemory, alternates: Callable[[Card], Alternates]
) -> Iterator[tuple[Card, Made | str | None]]:
    """Records that have to be made, by ident, with what was made of them elsewhere.

    None stands for what is to be made here, DIED for what nobody survives. What the memory has to make again
    meanwhile comes at its turn.
    """
    cards = memory.to_make()
    if not engine.apart:
        yield from ((card, None) for card in cards)
        return
    first = list(islice(cards, ENOUGH))
    here: Iterator[tuple[Card, Made | str | None]] = ((card, None) for card in first)
    few = len(first) < ENOUGH
    for card, made in here if few else _apart(engine, memory, alternates, chain(first, cards)):
        yield from _late(memory, card.ident)
        yield card, made
    yield from _late(memory, None)


def _late(memory: MakeMemory, before: str | None) -> Iterator[tuple[Card, None]]:
    """What was sent for and has to be made again, as something that comes before it has changed."""
    while memory.late and (before is None or memory.late[0] <= before):
        ident = heappop(memory.late)
        card = memory.card(ident) if ident != before else None
        if card is not None and not (memory.late and memory.late[0] == ident):
            yield card, None


def _apart(
    engine: Engine, memory: MakeMemory, alternates: Callable[[Card], Alternates], cards: Iterator[Card]
) -> Iterator[tuple[Card, Made | str | None]]:
    index = memory.index
    teller = Teller(memory.store, index, index.cards_of)

    def asked(part: list[Card]) -> Asked:
        items = [(card.ident, card.digest, _body(memory, card), alternates(card)) for card in part]
        return Asked(part, items, likely({card.ident: _named(card) for card in part}))

    facts = (memory.scope.name, named_apart("made"))
    for part, outcomes in asking(engine, "make", facts, teller, map(asked, in_parts(cards, engine.part))):
        for card, outcome in zip(part, outcomes, strict=True):
            yield card, _made(outcome)


def _body(memory: MakeMemory, card: Card) -> bytes | None:
    return memory.store.body(card) if memory.store.has_body(card) else None


def _named(card: Card) -> Iterator[str]:
    return chain((key for *_, key in card.references()), listed(card.cites))


def _made(outcome: Any) -> Made | str | None:
    if outcome in (HERE, DIED):
        return None if outcome == HERE else DIED
    shown, data, claims, remarks, asked = outcome
    card = None
    if shown is not None:
        ident, digest, status, times, assets = shown
        card = Card(ident, digest, 0, status, times, assets=assets)
    return Made(card, data, claims, [Remark(*one) for one in remarks], asked)


class _Bench:
    """Where a worker keeps the steps of one scope of one run."""

    def __init__(self, shop: Workshop) -> None:
        self.answers = Answers()
        context = StepContext(shop.project.site, self.answers, self._report)
        self.steps: list[Step] = [
            plugins.find("steps", name)(options, context) for name, options in chain_of_steps(shop.project)
        ]
        self.ours = all(type(step).__module__.startswith("pipeline.") for step in self.steps)
        for at, step in enumerate(self.steps):
            step.owners = _Claimed(self, at)

    def begin(self, ident: str) -> None:
        self.ident, self.is_held = ident, False
        self.claims: list[tuple[int, str]] = []
        self.remarks: list[Item] = []
        self.answers.begin()

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
        self.remarks.append((record.key, record.locale, code, message, tuple(path), hint, severity))
        self.is_held = self.is_held or (severity == "error" and record.ident == self.ident)

    def changed(self, record: Record) -> Record | None:
        changed: Record | None = record
        for step in self.steps:
            if changed is None or self.is_held:
                return None
            changed = step.one(changed)
        return None if self.is_held else changed


class _Claimed:
    """Lets everybody have what they claim: who was first is known elsewhere."""

    def __init__(self, bench: _Bench, at: int) -> None:
        self.bench, self.at = bench, at

    def setdefault(self, claim: str, key: str) -> str:
        self.bench.claims.append((self.at, claim))
        return key


def make(shop: Workshop, facts: Item, item: Item) -> Item:
    """What the steps make of one record. Raises what a step raises."""
    scope, told, got, kinds = facts
    bench: _Bench = shop.kept(("make", scope), told, lambda: _Bench(shop))
    bench.answers.learn(got, kinds)
    ident, digest, data, alternates = item
    if data is None:
        raise TypeError(UNSENDABLE)
    bench.begin(ident)
    record = decoded(ident, digest, data)
    try:
        changed = bench.changed(
            record.model_copy(update={"alternates": alternates}) if alternates else record
        )
    except Missed:
        changed = None
    if bench.answers.missed:
        return MISSED, sorted(bench.answers.missed)
    asked = as_text(sorted(bench.answers.asked | bench.answers.kinds))
    if changed is None:
        return None, b"", bench.claims, bench.remarks, asked
    body, of_body, readable = encoded(changed, sure=bench.ours)
    if not readable:
        raise TypeError(UNSENDABLE)
    card = made_card(changed, of_body, 0)
    shown = (card.ident, card.digest, card.status, card.times, card.assets)
    return shown, body, bench.claims, bench.remarks, asked
