"""References between records: none may dangle, none may go in a circle, and who needs a held one is held."""

from collections.abc import Callable, Iterator, Mapping

from pipeline.explain import dotted
from pipeline.findings import Findings
from schemas.plugins import did_you_mean
from schemas.problems import Origin, Problem
from schemas.record import Path, Record, references

Place = Callable[[str, Path], Origin | None]
"""Where the field at a path of the record with an ident stands."""


class ReferenceCheck:
    """Checks every reference of `records` and notes what it finds."""

    def __init__(self, records: Mapping[str, Record], findings: Findings, place: Place) -> None:
        self.records, self.findings, self.place = records, findings, place
        self.keys = {record.key for record in records.values()}
        self.held_keys = {ident.rpartition("@")[0] for ident in findings.held} - self.keys

    def run(self) -> None:
        """Dangling references, circles, then dependants of whatever is held back."""
        for record in self.records.values():
            for path, _, key in references(record):
                if key not in self.keys and key not in self.held_keys:
                    self._dangling(record, path, key)
        self._circles()
        self._dependants()

    def _dangling(self, record: Record, path: Path, key: str) -> None:
        hint = did_you_mean(key, sorted(self.keys)) or "correct the key, or add the record it names"
        message = f"{record.key} refers to {key}, which does not exist"
        self._note(record, "reference.dangling", message, hint, path)

    def _circles(self) -> None:
        above = {r.key: (r, path, to) for r in self.records.values() for path, to in _upwards(r)}
        for key, (record, path, _) in above.items():
            seen = [key]
            while seen[-1] in above and (following := above[seen[-1]][2]) not in seen:
                seen.append(following)
            if seen[-1] in above and above[seen[-1]][2] == key:
                circle = " → ".join([*seen, key])
                self._note(
                    record, "reference.circle", f"{circle} is a circle", "one of them must have none", path
                )

    def _dependants(self) -> None:
        lost = {ident.rpartition("@")[0] for ident in self.findings.held}
        standing = {r.key for r in self.records.values() if not self.findings.holds(r.ident)}
        lost -= standing
        while lost:
            more = set()
            for record in self.records.values():
                needs = [] if self.findings.holds(record.ident) else _among(record, lost)
                for path, key in needs[:1]:
                    message = f"{record.key} is held back because {key}, which it refers to, has problems"
                    self._note(record, "reference.held", message, f"mend {key} first", path)
                    more.add(record.key)
            lost = more - {r.key for r in self.records.values() if not self.findings.holds(r.ident)}

    def _note(self, record: Record, code: str, message: str, hint: str, path: Path) -> None:
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


def _upwards(record: Record) -> Iterator[tuple[Path, str]]:
    return ((path, key) for path, mark, key in references(record) if mark.hierarchical)


def _among(record: Record, keys: set[str]) -> list[tuple[Path, str]]:
    return [(path, key) for path, _, key in references(record) if key in keys]
