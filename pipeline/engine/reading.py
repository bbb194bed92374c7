"""Reading inputs: what a source gives of each, examined, in a form that travels."""

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Any, NamedTuple

from pipeline.cache.body import encoded
from pipeline.cache.card import Card, Where, read_card
from pipeline.cache.raw import digest_of
from pipeline.cache.reading import InputMemory
from pipeline.draft import translations
from pipeline.engine.base import DIED, HERE, Engine, Item, Job, in_parts
from pipeline.engine.workshop import Workshop
from pipeline.examine import Invalid
from schemas.problems import Origin, Problem
from sources.base import Input, Outcome, Raw, Source
from transport.files import fingerprint as of_file

ENOUGH = 48
"""Inputs that are worth sending away."""
LONG = 500
"""Records in an input that are too many to travel together: whoever asked knows which of them are new."""


class Sent(NamedTuple):
    """A raw record, and what has become of it."""

    digest: bytes | None
    """What it is known by."""
    where: Where
    implied: bool
    problems: Sequence[Problem] = ()
    card: Card | None = None
    """Of the record, without a body; None if it is not valid."""
    data: bytes = b""
    """The record as JSON."""
    links: Sequence[str] = ()
    is_certain: bool = False
    lost: str | None = None
    """The last three as `examine` has them."""


class End(NamedTuple):
    """The end of an input."""

    outcome: Outcome


Reading = Iterator[Problem | End | list[Sent]]
"""What one input gave: problems, and per raw record what has become of it in each of its languages."""


class NotHere(Exception):
    """It is not read by this worker."""


def readings(
    engine: Engine, name: str, source: Source, changed: Iterator[InputMemory]
) -> Iterator[tuple[InputMemory, Reading | None]]:
    """Inputs with what was read of them elsewhere; None with those that are to be read here."""
    if engine.apart and source.reads_anywhere:
        first = list(islice(changed, ENOUGH))
        changed = chain(first, changed)
        if len(first) == ENOUGH:
            job = Job("read", (name,))
            parts = (
                (part, job, [_item(memory) for memory in part]) for part in in_parts(changed, engine.part)
            )
            for memories, outcomes in engine.map(parts):
                for memory, outcome in zip(memories, outcomes, strict=True):
                    yield memory, None if outcome == HERE else _reading(name, memory.part, outcome)
            return
    yield from ((memory, None) for memory in changed)


def _item(memory: InputMemory) -> Item:
    """An input as it travels; one that was long the last time stays here."""
    is_long = memory.last is not None and memory.last.records > LONG
    return (None if is_long else memory.part.name, memory.part.fingerprint, memory.part.changed_at)


def _reading(name: str, part: Input, outcome: Any) -> Reading:
    if outcome == DIED:
        message = f"{part.name} could not be read: two processes that read it ended without a word"
        hint = "look at it, or leave it out; `engine: local` reads it in this process"
        yield Problem(code="engine.died", message=message, hint=hint, origin=Origin(path=part.name))
        yield End(Outcome(state="partial", reason=message))
        return
    found, state, reason = outcome
    for one in found:
        yield Problem(**one) if isinstance(one, dict) else [_sent(name, *told) for told in one]
    yield End(Outcome(state=state, reason=reason))


def _sent(name: str, found: Item, record: Item | None, lost: str | None, problems: list[Any]) -> Sent:
    digest, place, implied = found
    sent = Sent(digest, (name, *place), implied, [Problem(**one) for one in problems], lost=lost)
    if record is None:
        return sent
    ident, of_body, status, times, refs, cites, files, data, links, is_certain = record
    card = Card(ident, of_body, 0, status, times, refs, cites, None, files)
    return sent._replace(card=card, data=data, links=links, is_certain=is_certain)


def read(shop: Workshop, facts: Item, item: Item) -> Item:
    """What one input of a source gives, and how complete that is. Raises what the source raises."""
    (name,), (path, fingerprint, changed_at) = facts, item
    if path is None:
        raise NotHere
    source, found = shop.project.sources[name], list[Any]()
    if not _is_same(fingerprint, of_file(shop.project.root / path)):
        raise NotHere
    reading = source.read(Input(name=path, fingerprint=fingerprint, changed_at=changed_at))
    while True:
        try:
            one = next(reading)
        except StopIteration as end:
            return found, end.value.state, end.value.reason
        if isinstance(one, Problem):
            found.append(_plain(one))
        elif len(found) == LONG:
            raise NotHere
        else:
            found.append([_examined(shop, source, raw, own) for raw, own in translations(one)])


def _is_same(given: str | None, here: str | None) -> bool:
    """May a file be the one that was listed, as far as another machine can tell: by its size and time?"""
    return given is None or here is None or given.split("-")[:2] == here.split("-")[:2]


def _examined(shop: Workshop, source: Source, raw: Raw, own: Any) -> Item:
    problems: list[Any] = []
    found = shop.examiner.examined(source, raw, own, lambda problem: problems.append(_plain(problem)))
    origin = raw.origin
    known = (digest_of(raw), (origin.path, origin.line, origin.column, origin.within), raw.implied)
    if isinstance(found, Invalid):
        return known, None, found.lost, problems
    data, of_body, readable = encoded(found.record, sure=found.is_plain)
    if not readable:
        raise NotHere
    card = read_card(found.record, of_body, 0, data)
    shown = (card.ident, card.digest, card.status, card.times, card.refs, card.cites, card.files)
    return known, (*shown, data, found.links, found.is_certain), None, problems


def _plain(problem: Problem) -> dict[str, Any]:
    return problem.model_dump(mode="json", exclude_none=True)
