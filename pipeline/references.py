"""References between records: none may dangle, none may go in a circle, and who needs a held one is held."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from pipeline.cache.card import Card
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
    """Checks every reference of `records` and notes what it finds."""

    def __init__(self, records: Mapping[str, Card], findings: Findings, place: Place) -> None:
        self.records, self.findings, self.place = records, findings, place
        self.keys = {record.key for record in records.values()}
        self.held_keys = {ident.rpartition("@")[0] for ident in findings.held} - self.keys
        self.hints: dict[str, str] = {}
        self.some_unread = any(p.severity == "error" and not p.key for p in findings.problems)

    def run(self) -> None:
        """Dangling references, circles, then dependants of whatever is held back."""
        for record, path, _, key in self._found():
            if key not in self.keys and key not in self.held_keys:
                message = f"{record.key} refers to {key}, which does not exist"
                self._note(record, "reference.dangling", message, self._hint(key), path)
        self._circles()
        self._dependants()

    def _found(self) -> Iterator[tuple[Card, Path, bool, str]]:
        """Every reference: whose it is, where it stands, whether it is hierarchical, and what it names."""
        for record in self.records.values():
            for reference in record.references():
                yield record, *reference

    def _hint(self, key: str) -> str:
        if key not in self.hints:
            kind, mark, name = key.partition(":")
            of_kind = (other for other in self.keys | self.held_keys if other.startswith(kind + mark))
            known = sorted(other.removeprefix(kind + mark) for other in of_kind)
            near = nearest(name, known) if len(self.hints) < SUGGESTIONS else None
            usual = "correct the key, or add the record it names"
            unread = "if its file is one that could not be read, mend that first; else "
            other = (unread if self.some_unread else "") + usual
            self.hints[key] = f"did you mean '{kind}:{near}'?" if near else other
        return self.hints[key]

    def _circles(self) -> None:
        upwards = [one for one in self._found() if one[2]]
        above: dict[str, set[str]] = {}
        for record, _, _, key in upwards:
            above.setdefault(record.key, set()).add(key)
        circular = _circular(above)
        for record, path, _, key in upwards:
            if record.key in circular and key in circular:
                message = f"{_circle(record.key, key, circular)} is a circle"
                self._note(record, "reference.circle", message, "one of them must have none", path)

    def _dependants(self) -> None:
        if not self.findings.held:
            return
        needed_by: dict[str, list[tuple[Card, Path]]] = {}
        for record, path, _, key in self._found():
            needed_by.setdefault(key, []).append((record, path))
        standing = Counter(r.key for r in self.records.values() if not self.findings.holds(r.ident))
        lost = sorted({ident.rpartition("@")[0] for ident in self.findings.held} - standing.keys())
        for key in lost:  # grows on the way
            for record, path in needed_by.get(key, ()):
                if self.findings.holds(record.ident):
                    continue
                message = f"{record.key} is held back because {key}, which it refers to, has problems"
                self._note(record, "reference.held", message, f"mend {key} first", path)
                standing[record.key] -= 1
                if not standing[record.key]:
                    lost.append(record.key)

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
