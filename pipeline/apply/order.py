"""The order of writes, and the order of documents."""

from array import array
from collections.abc import Callable, Container, Iterable, Iterator, Sequence

from exporters.base import Remote
from pipeline.change import Change
from pipeline.spool import Ordered


def named_in(changes: Iterable[Change]) -> set[str]:
    """Idents that others refer to."""
    named = set[str]()
    for change in changes:
        if change.desired is not None and change.desired.references:
            named.update(change.desired.references)
    return named


def waves(changes: Sequence[Change], named: Container[str]) -> Iterator[Sequence[Change]]:
    """Changes in groups: what a group refers to stands in earlier ones. Removals come last, one by one.

    `named` are those that others refer to. References backwards in a circle do not count; they are put in
    by a second write. Of each change hardly more than its place is held.
    """
    level: dict[str, int] = {}
    groups: dict[int, array[int]] = {}
    removals = array("Q")
    for at, change in enumerate(changes):
        if change.action == "conflict":
            continue
        if change.desired is None:
            removals.append(at)
            continue
        here = 0
        if change.desired.references:
            here = max((level[to] for to in change.desired.references if to in level), default=-1) + 1
        if change.ident in named:
            level[change.ident] = here
        groups.setdefault(here, array("Q")).append(at)
    for here in sorted(groups):
        yield changes if len(groups[here]) == len(changes) else Ordered(changes, groups[here])
    yield from ([changes[at]] for at in removals)


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
