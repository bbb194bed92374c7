"""Writing pages that are files of their own: by workers, each by one of them, while we hold the right to.

Twice is once: a page that a lost worker has written is written again just so.
"""

from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import Any, NamedTuple

from exporters.base import Desired, Exporter, Remote
from pipeline.change import Change
from pipeline.engine.base import DIED, HERE, Engine, Item, Job, in_parts
from pipeline.engine.workshop import Workshop
from pipeline.ledger import Deed
from pipeline.ledger.fence import DOUBT, PATIENCE, clock

ENOUGH = 48
"""Files that are worth sending away."""
SURE = PATIENCE - DOUBT
"""Seconds after `assure` in which certainly nobody else writes."""


class Turn(NamedTuple):
    """A change whose intent is noted in the journal."""

    at: int
    """Its place in the plan."""
    change: Change
    intent: Deed
    number: int
    """In the journal."""
    fresh: bool
    """Is there no doubt about an earlier write of the same page?"""


def writings(
    engine: Engine, exporter: Exporter, assure: Callable[[], None], turns: Iterator[Turn]
) -> Iterator[tuple[Turn, Remote | str | None]]:
    """Changes with the pages that were written elsewhere.

    None stands for what is to be written here, DIED for what nobody survives. `assure` raises if we may not
    write any more.
    """
    able = engine.writes and exporter.writes_anywhere and exporter.options.rate is None
    first = list(islice(turns, ENOUGH)) if able else []
    if len(first) < ENOUGH:
        yield from ((turn, None) for turn in chain(first, turns))
        return
    under_way: set[str] = set()
    name = exporter.context.name

    def sent(part: list[Turn]) -> tuple[list[Turn], Job, list[Item]]:
        items = [_item(turn.change, under_way) for turn in part]
        under_way.update(turn.change.ident for turn in part)
        assure()
        return part, Job("write", (name, clock() + SURE)), items

    for part, outcomes in engine.map(map(sent, in_parts(chain(first, turns), engine.part))):
        for turn, outcome in zip(part, outcomes, strict=True):
            yield turn, _written(turn.change, outcome)
            under_way.discard(turn.change.ident)


def _item(change: Change, under_way: set[str]) -> Item:
    """A change as it travels. It stays here if it is no file, or waits for what is still under way."""
    desired, page = change.desired, change.before.remote if change.before else change.remote
    goes = change.action in ("create", "update") and not (
        desired and under_way.intersection(desired.references)
    )
    if desired is None or not goes:
        return (None, None)
    return dict(desired.__dict__), page.model_dump() if page and change.action == "update" else None


def _written(change: Change, outcome: Any) -> Remote | str | None:
    if outcome in (HERE, DIED) or change.desired is None:
        return None if outcome == HERE else DIED
    told, fields = outcome
    return Remote(**told, fields=change.desired.fields if fields is None else fields)


def write(shop: Workshop, facts: Item, item: Item) -> Item:
    """The page of one change, written. Raises what the exporter raises."""
    (name, until), (wanted, known) = facts, item
    if wanted is None or clock() > until:
        raise TimeoutError
    exporter = shop.project.channels[name]
    desired = Desired.model_construct(**wanted)
    page = exporter.create(desired) if known is None else exporter.update(Remote(**known), desired)
    if exporter.problems:
        exporter.problems.clear()
        raise TimeoutError
    told = page.model_dump(exclude={"fields"})
    return told, None if page.fields == desired.fields else page.fields
