"""Rendering records for one channel: what workers are sent, and what comes back."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any, NamedTuple

from exporters.base import Exporter, Fields, Lookup
from pipeline import links
from pipeline.cache.body import decoded
from pipeline.cache.card import Card, listed
from pipeline.cache.cards import Cards
from pipeline.cache.store import Store
from pipeline.engine.asking import MISSED, Asked, asking, named_apart
from pipeline.engine.base import DIED, HERE, Engine, in_parts
from pipeline.engine.base import Item as Sent
from pipeline.engine.known import UNSENDABLE, Answers, Index, Teller, likely
from pipeline.engine.workshop import Workshop
from schemas import canonical
from schemas.asset import Asset
from schemas.errors import Unsupported
from schemas.problems import Origin
from schemas.record import Record, instant_of, references

ENOUGH = 48
"""Records that are worth sending away."""
REFUSED = "refused"
"""Begins the outcome of a record that the channel cannot express."""


class Rendered(NamedTuple):
    """One record as an exporter renders it, and what else a channel wants to know of it."""

    fields: Fields
    digest: str
    symbols: list[str]
    """Idents that stand in the fields, on a channel where pages name others by their ids."""
    asked: list[str]
    """What was looked up."""
    named: list[str]
    """Keys that the record names."""
    title: str
    instant: str
    file: str | None


class Watched(Lookup):
    """A look-up that notes what it was asked for."""

    def __init__(self, lookup: Lookup) -> None:
        self.lookup = lookup
        self.asked: set[str] = set()

    def get(self, key: str, locale: str) -> Record | None:
        self.asked.add(f"{key}@{locale}")
        return self.lookup.get(key, locale)


def rendered(exporter: Exporter, record: Record, lookup: Lookup) -> Rendered:
    """One record. Raises what `render` raises."""
    watched = Watched(lookup)
    fields = exporter.render(record, watched)
    return described(exporter, record, fields, sorted(watched.asked))


def described(exporter: Exporter, record: Record, fields: Fields, asked: Sequence[str] = ()) -> Rendered:
    """What there is to know of a record that is rendered as `fields`."""
    return Rendered(
        fields,
        canonical.digest(fields),
        list(links.symbols(fields)) if exporter.capabilities.references else [],
        list(asked),
        list(dict.fromkeys(key for _, _, key in references(record))),
        record.title,
        instant_of(record),
        record.path if isinstance(record, Asset) else None,
    )


class Wish(NamedTuple):
    """A record that is wanted, or none, whatever stands beside it, and whether it has to be rendered."""

    card: Card | None
    beside: Any
    is_new: bool


def renderings(
    engine: Engine, name: str, store: Store, index: Index, read: Cards | None, wishes: Iterator[Wish]
) -> Iterator[tuple[Wish, Rendered | Unsupported | str | None]]:
    """Wishes with what was rendered of them elsewhere for the channel `name`: None for those that are to be
    rendered here, DIED for those that nobody survives. `read` are the records as they were read.
    """
    first = list(islice(wishes, ENOUGH)) if engine.apart else []
    if len(first) < ENOUGH:
        yield from ((wish, None) for wish in chain(first, wishes))
        return
    teller = Teller(store, index)

    def asked(part: list[Wish]) -> Asked:
        items: list[Sent] = [_item(store, wish) for wish in part]
        return Asked(part, items, likely(_named(read, part)))

    facts = (name, named_apart("rendered"))
    for part, outcomes in asking(
        engine, "render", facts, teller, map(asked, in_parts(chain(first, wishes), engine.part))
    ):
        for wish, outcome in zip(part, outcomes, strict=True):
            yield wish, _rendered(outcome)


def _item(store: Store, wish: Wish) -> Sent:
    """A record as it travels; one that is rendered already stays here."""
    card = wish.card
    if card is None:
        return ("", b"", None)
    return (card.ident, card.digest, store.body(card) if wish.is_new and store.has_body(card) else None)


def _named(read: Cards | None, part: list[Wish]) -> Mapping[str, list[str]]:
    """By ident, the keys that records named when they were read."""
    found: dict[str, list[str]] = {}
    idents = canonical.dump([wish.card.ident for wish in part if wish.card is not None]).decode()
    condition = "ident IN (SELECT value FROM json_each(?)) AND (refs IS NOT NULL OR cites IS NOT NULL)"
    for query, values in read.parts("ident, refs, cites", condition, idents) if read is not None else ():
        for ident, refs, cites in read.store.rows(query, values) if read is not None else ():
            found[ident] = [*(key for *_, key in listed(refs)), *listed(cites)]
    return found


def _rendered(outcome: Any) -> Rendered | Unsupported | str | None:
    if outcome in (HERE, DIED):
        return None if outcome == HERE else DIED
    if outcome[0] == REFUSED:
        _, message, hint, origin = outcome
        return Unsupported(message, hint=hint, origin=Origin(**origin) if origin else None)
    return Rendered(*outcome)


def render(shop: Workshop, facts: Sent, item: Sent) -> Sent:
    """One record for one channel. Raises what the exporter raises."""
    name, told, got, kinds = facts
    answers: Answers = shop.kept(("render", name), told, Answers)
    answers.learn(got, kinds)
    ident, digest, data = item
    if data is None:
        raise TypeError(UNSENDABLE)
    answers.begin()
    try:
        found = rendered(shop.project.channels[name], decoded(ident, digest, data), answers)
    except Unsupported as error:
        if answers.missed:
            return MISSED, sorted(answers.missed)
        if type(error) is not Unsupported:
            raise
        return REFUSED, error.message, error.hint, error.origin.model_dump() if error.origin else None
    if answers.missed:
        return MISSED, sorted(answers.missed)
    return tuple(found)
