"""In which order changes are applied: what others refer to first, removals last."""

from collections.abc import Iterable, Iterator, Mapping
from operator import attrgetter

from pipeline.change import Change


def in_order(planned: Iterable[Change]) -> list[Change]:
    """Changes as they are applied: what others refer to first, removals last.

    Where references make a circle, its members keep the order of their idents.
    """
    listed = sorted(planned, key=attrgetter("ident"))
    upserts = {change.ident: change for change in listed if change.desired is not None}
    done: dict[str, None] = {}
    for ident in upserts:
        _visit(ident, upserts, done)
    removals = [change for change in listed if change.desired is None]
    return [*(upserts[ident] for ident in done), *reversed(removals)]


def _visit(start: str, upserts: Mapping[str, Change], done: dict[str, None]) -> None:
    """Depth first, without recursion, so that a long chain of references is no danger."""
    open_: dict[str, Iterator[str]] = {}
    stack = [start]
    while stack:
        ident = stack[-1]
        if ident in done:
            stack.pop()
            continue
        if ident not in open_:
            desired = upserts[ident].desired
            open_[ident] = iter(desired.references if desired else ())
        following = next(
            (to for to in open_[ident] if to in upserts and to not in done and to not in open_), None
        )
        if following is None:
            done[ident] = None
            stack.pop()
        else:
            stack.append(following)
