"""References between records: none may dangle, none may go in a circle, and who needs a held one is held."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from pipeline.cache.card import Card
from pipeline.cache.cards import Cards
from pipeline.explain import dotted
from pipeline.findings import Findings
from schemas.plugins import nearest
from schemas.problems import Origin, Problem
from schemas.record import Path

Place = Callable[[str, Path], Origin | None]
"""Where the field at a path of the record with an ident stands."""

SUGGESTIONS = 50
"""So many unknown keys get a `did you mean`; looking for one takes time."""
SHOWN = 5
"""Members of a circle that are named."""


class ReferenceCheck:
    """Checks every reference of `cards` and notes what it finds."""

    def __init__(self, cards: Cards, findings: Findings, place: Place) -> None:
        self.cards, self.findings, self.place = cards, findings, place
        held = {ident.rpartition("@")[0] for ident in findings.held}
        self.held_keys = {key for key in held if not self._stands(key)}
        self.hints: dict[str, str] = {}
        self.some_unread = any(p.severity == "error" and not p.key for p in findings.problems)

    def run(self) -> None:
        """Dangling references, circles, then dependants of whatever is held back."""
        for record, path, _, key in self._of(self._lacking()):
            if key not in self.held_keys and not self._stands(key):
                message = f"{record.key} refers to {key}, which does not exist"
                self._note(record, "reference.dangling", message, self._hint(key), path)
        self._circles()
        self._dependants()

    def _stands(self, key: str) -> bool:
        return any(True for _ in self.cards.of_key(key))

    def _lacking(self) -> Iterator[Card]:
        """Those of whose references one names nothing that stands: few, so nobody looks at the others."""
        key = "json_extract(named.value, '$[2]')"
        there = f"ident > {key} || '@' AND ident < {key} || 'A'"
        standing, values = self.cards.question("1", there)
        lacking = f"SELECT 1 FROM json_each(refs) named WHERE NOT EXISTS ({standing})"  # noqa: S608
        return self.cards.scan(f"refs IS NOT NULL AND EXISTS ({lacking})", "", *values)

    def _hierarchical(self) -> Iterator[Card]:
        """Those with a reference that is hierarchical, as it stands on a card, and perhaps a few others."""
        return self.cards.scan("refs IS NOT NULL AND instr(refs, ',true,') > 0")

    def _of(self, cards: Iterable[Card]) -> Iterator[tuple[Card, Path, bool, str]]:
        """Every reference: whose it is, where it stands, whether it is hierarchical, and what it names."""
        for record in cards:
            for reference in record.references():
                yield record, *reference

    def _hint(self, key: str) -> str:
        if key not in self.hints:
            kind, mark, name = key.partition(":")
            near = nearest(name, self._of_kind(kind + mark)) if len(self.hints) < SUGGESTIONS else None
            usual = "correct the key, or add the record it names"
            unread = "if its file is one that could not be read, mend that first; else "
            other = (unread if self.some_unread else "") + usual
            self.hints[key] = f"did you mean '{kind}:{near}'?" if near else other
        return self.hints[key]

    def _of_kind(self, start: str) -> list[str]:
        standing = {card.key for card in self.cards.of_kind(start.removesuffix(":"))}
        of_kind = standing | {key for key in self.held_keys if key.startswith(start)}
        return sorted(key.removeprefix(start) for key in of_kind)

    def _circles(self) -> None:
        above: dict[str, set[str]] = {}
        for record, _, hierarchical, key in self._of(self._hierarchical()):
            if hierarchical:
                above.setdefault(record.key, set()).add(key)
        circular = _circular(above)
        for record, path, hierarchical, key in self._of(self._hierarchical()) if circular else ():
            if hierarchical and record.key in circular and key in circular:
                message = f"{_circle(record.key, key, circular)} is a circle"
                self._note(record, "reference.circle", message, "one of them must have none", path)

    def _dependants(self) -> None:
        if not self.findings.held:
            return
        needed_by: dict[str, list[tuple[Card, Path]]] = {}
        for record, path, _, key in self._of(self.cards.referring()):
            needed_by.setdefault(key, []).append((record, path))
        held = {ident.rpartition("@")[0] for ident in self.findings.held}
        lost = sorted(key for key in held if not self._left(key))
        for key in lost:  # grows on the way
            for record, path in needed_by.get(key, ()):
                if self.findings.holds(record.ident):
                    continue
                message = f"{record.key} is held back because {key}, which it refers to, has problems"
                self._note(record, "reference.held", message, f"mend {key} first", path)
                if not self._left(record.key):
                    lost.append(record.key)

    def _left(self, key: str) -> bool:
        """Does it stand in any language, and is not held back?"""
        return any(not self.findings.holds(card.ident) for card in self.cards.of_key(key))

    def _note(self, record: Card, code: str, message: str, hint: str, path: Path) -> None:
        self.findings.add(
            Problem(
                code=code,
                message=message,
                hint=hint,
                origin=self.place(record.ident, path),
                key=record.key,
                locale=record.locale,
                field=dotted(path),
            )
        )


def _circular(above: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """What is left of a graph without all that leads into no circle or out of none."""
    inner = _without_ends(above)
    below: dict[str, set[str]] = {}
    for key, targets in inner.items():
        for target in targets:
            below.setdefault(target, set()).add(key)
    left = _without_ends(below)
    return {key: targets & left.keys() for key, targets in inner.items() if key in left}


def _without_ends(graph: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """The graph without the nodes from which every way ends."""
    left = {key: targets & graph.keys() for key, targets in graph.items()}
    pointing: dict[str, set[str]] = {}
    for key, targets in left.items():
        for target in targets:
            pointing.setdefault(target, set()).add(key)
    ends = [key for key, targets in left.items() if not targets]
    while ends:
        end = ends.pop()
        del left[end]
        for key in pointing.get(end, ()):
            left[key].discard(end)
            if not left[key]:
                ends.append(key)
    return left


def _circle(start: str, key: str, circular: Mapping[str, set[str]]) -> str:
    """The way from `start` over `key` back to it, its middle left out where it is long."""
    way = [start]
    while key not in way and len(way) < SHOWN:
        way.append(key)
        key = min(circular[key])
    return " → ".join([*way, *(("…",) if key not in way else ()), start])
