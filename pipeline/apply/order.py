"""The order of writes, and the order of documents."""

from collections.abc import Iterable, Iterator
from operator import itemgetter

from exporters.base import Remote
from pipeline.change import Change


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


def newest_first(
    held: Iterator[tuple[str, Remote]], changed: dict[str, tuple[str, Remote] | None]
) -> Iterator[Remote]:
    """What a channel will hold: old pages and new ones, each behind its sort key, merged.

    `held` must be in that order already; where an ident is `changed`, the old page does not count.
    """
    new = sorted((one for one in changed.values() if one is not None), key=lambda one: one[1].ident)
    new.sort(key=itemgetter(0), reverse=True)
    waiting = iter(new)
    following = next(waiting, None)
    for old in held:
        if old[1].ident in changed:
            continue
        while following is not None and _before(following, old):
            yield following[1]
            following = next(waiting, None)
        yield old[1]
    while following is not None:
        yield following[1]
        following = next(waiting, None)


def _before(one: tuple[str, Remote], other: tuple[str, Remote]) -> bool:
    """Does `one` come first, when the newest come first and equals go by ident?"""
    if one[0] != other[0]:
        return one[0] > other[0]
    return one[1].ident < other[1].ident
