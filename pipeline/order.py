"""In which order changes are applied: what others refer to first, removals last."""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from pipeline.change import Change
from pipeline.spool import Ordered


def in_order(planned: Sequence[Change]) -> Sequence[Change]:
    """Changes as they are applied: what others refer to first, removals last.

    Where references make a circle, its members keep the order of their idents. All but a few bytes of each
    change stays where it is.
    """
    listed = _by_ident(planned)
    upserts, removals, named = array("Q"), array("Q"), set[str]()
    for at, change in enumerate(listed):
        (removals if change.desired is None else upserts).append(at)
        named.update(change.desired.references if change.desired else ())
    if not (removals or named):
        return listed
    if named:
        upserts = _needed_first(_needs(listed, named), upserts)
    return Ordered(listed, chain(upserts, reversed(removals)))


def _by_ident(planned: Sequence[Change]) -> Sequence[Change]:
    last = ""
    for change in planned:
        if change.ident < last:
            idents = [one.ident for one in planned]
            return Ordered(planned, sorted(range(len(idents)), key=idents.__getitem__))
        last = change.ident
    return planned


class _Needs(NamedTuple):
    """The places of what each place refers to: those of `at` are `places[begins[at]:begins[at + 1]]`."""

    begins: Sequence[int]
    places: Sequence[int]

    def of(self, at: int) -> Iterator[int]:
        return iter(self.places[self.begins[at] : self.begins[at + 1]])


def _needs(listed: Sequence[Change], named: set[str]) -> _Needs:
    found: Mapping[str, int] = {
        change.ident: at for at, change in enumerate(listed) if change.desired and change.ident in named
    }
    begins, places = array("Q", [0]), array("Q")
    for change in listed:
        references = change.desired.references if change.desired else ()
        places.extend(found[ident] for ident in references if ident in found)
        begins.append(len(places))
    return _Needs(begins, places)


def _needed_first(needs: _Needs, upserts: Sequence[int]) -> "array[int]":
    done, order = bytearray(len(needs.begins)), array("Q")
    for at in upserts:
        _visit(at, needs, done, order)
    return order


def _visit(start: int, needs: _Needs, done: bytearray, order: "array[int]") -> None:
    """Depth first, without recursion, so that a long chain of references is no danger."""
    open_: dict[int, Iterator[int]] = {}
    stack = [start]
    while stack:
        at = stack[-1]
        if done[at]:
            stack.pop()
            continue
        if at not in open_:
            open_[at] = needs.of(at)
        following = next((to for to in open_[at] if not done[to] and to not in open_), None)
        if following is None:
            done[at] = True
            order.append(at)
            stack.pop()
        else:
            stack.append(following)
