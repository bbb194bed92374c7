"""The order of writes, and the order of documents."""

from collections.abc import Callable, Iterable, Iterator

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
    held: Iterator[tuple[str, Remote]], changed: Callable[[str], bool], new: Iterator[tuple[str, Remote]]
) -> Iterator[Remote]:
    """What a channel will hold: old pages and new ones, each behind its sort key, merged.

    `held` and `new` must be in that order already; of what is `changed`, the old page does not count.
    """
    following = next(new, None)
    for old in held:
        if changed(old[1].ident):
            continue
        while following is not None and _before(following, old):
            yield following[1]
            following = next(new, None)
        yield old[1]
    while following is not None:
        yield following[1]
        following = next(new, None)


def _before(one: tuple[str, Remote], other: tuple[str, Remote]) -> bool:
    """Does `one` come first, when the newest come first and equals go by ident?"""
    if one[0] != other[0]:
        return one[0] > other[0]
    return one[1].ident < other[1].ident
