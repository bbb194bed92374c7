"""The order of writes, and the order of documents."""

from collections.abc import Iterable, Iterator

from pipeline.change import Change
from pipeline.ledger import Entry


def waves(changes: Iterable[Change]) -> Iterator[list[Change]]:
    """Changes in groups: what a group refers to stands in earlier ones. Removals come last, one by one.

    References backwards in a circle do not count; they are put in by a second write.
    """
    level: dict[str, int] = {}
    groups: dict[int, list[Change]] = {}
    removals = []
    for change in changes:
        if change.action == "conflict":
            continue
        if change.desired is None:
            removals.append(change)
            continue
        needs = [level[to] for to in change.desired.references if to in level]
        level[change.ident] = max(needs, default=-1) + 1
        groups.setdefault(level[change.ident], []).append(change)
    yield from (groups[at] for at in sorted(groups))
    yield from ([change] for change in removals)


def newest_first(held: Iterator[Entry], changed: dict[str, Entry | None]) -> Iterator[Entry]:
    """What a channel will hold: old entries and new ones, merged; `held` must be in that order already."""
    new = sorted((e for e in changed.values() if e is not None), key=lambda e: e.ident)
    new.sort(key=lambda e: e.sort_key, reverse=True)
    waiting = iter(new)
    following = next(waiting, None)
    for old in held:
        if old.ident in changed:
            continue
        while following is not None and _before(following, old):
            yield following
            following = next(waiting, None)
        yield old
    while following is not None:
        yield following
        following = next(waiting, None)


def _before(one: Entry, other: Entry) -> bool:
    """Does `one` come first, when the newest come first and equals go by ident?"""
    if one.sort_key != other.sort_key:
        return one.sort_key > other.sort_key
    return one.ident < other.ident
