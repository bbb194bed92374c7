"""The order of writes, and the order of documents."""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence

from exporters.base import Listed
from pipeline.change import Change
from pipeline.spool import Ordered


class Order:
    """Changes in groups: what a group refers to stands in earlier ones. Removals come last, one by one.

    References backwards in a circle do not count; they are put in by a second write. Of each change hardly
    more than its place is held.
    """

    def __init__(self, changes: Sequence[Change]) -> None:
        self.changes, self.named = changes, set[str]()
        """`named` are idents that others refer to."""
        self._upserts, self._removals = array("Q"), array("Q")
        for at, change in enumerate(changes):
            if change.desired is None:
                self._removals.append(at)
            elif change.action != "conflict":
                self._upserts.append(at)
                self.named.update(change.desired.references)

    def waves(self) -> Iterator[Sequence[Change]]:
        for group in self._groups():
            whole = len(group) == len(self.changes)
            yield self.changes if whole else Ordered(self.changes, group)
        yield from ([self.changes[at]] for at in self._removals)

    def _groups(self) -> Iterable["array[int]"]:
        if not self.named:
            return [self._upserts] if self._upserts else []
        level: dict[str, int] = {}
        groups: dict[int, array[int]] = {}
        for at in self._upserts:
            change = self.changes[at]
            references = change.desired.references if change.desired else ()
            here = max((level[to] for to in references if to in level), default=-1) + 1
            if change.ident in self.named:
                level[change.ident] = here
            groups.setdefault(here, array("Q")).append(at)
        return [groups[here] for here in sorted(groups)]


def newest_first(
    held: Iterator[tuple[str, Listed]], changed: Callable[[str], bool], new: Iterator[tuple[str, Listed]]
) -> Iterator[Listed]:
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


def _before(one: tuple[str, Listed], other: tuple[str, Listed]) -> bool:
    """Does `one` come first, when the newest come first and equals go by ident?"""
    if one[0] != other[0]:
        return one[0] > other[0]
    return one[1].ident < other[1].ident
