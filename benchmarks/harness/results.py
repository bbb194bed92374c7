"""What was measured: one JSON object a line, so that a long run can go on, and the page be written again."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

Line = dict[str, Any]
"""`campaign`, `work`, `size`, `round`, `contestant`, then what was measured, or `failed` in words."""


class Results:
    """The lines of one campaign; of two about the same thing, the later one counts."""

    def __init__(self, path: Path | None, campaign: str) -> None:
        self.path, self.campaign = path, campaign
        self.lines: dict[tuple[Any, ...], Line] = {}
        for line in read(path) if path else ():
            if line["campaign"] == campaign:
                self.lines[_key(line)] = line

    def add(self, line: Line) -> None:
        line = {"campaign": self.campaign, **line}
        self.lines[_key(line)] = line
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def __iter__(self) -> Iterator[Line]:
        return iter(self.lines.values())

    def of(self, work: str, size: int | None = None, name: str | None = None) -> list[Line]:
        """Lines about a work, a size, a contestant, by round."""
        found = (
            one
            for one in self
            if one["work"] == work and size in (None, one["size"]) and name in (None, one["contestant"])
        )
        return sorted(found, key=lambda one: int(one["round"]))

    def has(self, work: str, size: int, turn: int, names: Iterable[str]) -> bool:
        """Is a round there as a whole?"""
        known = {one["contestant"] for one in self.of(work, size) if one["round"] == turn}
        return known.issuperset(names)

    def forget(self, names: Iterable[str]) -> None:
        """Lines that say of these that they were not installed."""
        now = set(names)
        for key, one in list(self.lines.items()):
            if one["contestant"] in now and "installed" in one.get("failed", ""):
                del self.lines[key]

    def values(self, work: str, size: int, name: str, what: str) -> dict[int, float]:
        """One figure by round, of the rounds that came through."""
        mine = (one for one in self.of(work, size, name) if what in one and one[what] is not None)
        return {one["round"]: float(one[what]) for one in mine if "failed" not in one}

    def middle(self, work: str, size: int, name: str, what: str) -> float | None:
        found = self.values(work, size, name, what)
        return median(found.values()) if found else None

    def ratios(self, work: str, size: int, name: str, to: str, what: str = "cpu") -> list[float]:
        """Round by round, what `name` takes of what `to` does."""
        mine, others = self.values(work, size, name, what), self.values(work, size, to, what)
        return [mine[turn] / others[turn] for turn in mine if others.get(turn)]

    def ratio(self, work: str, size: int, name: str, to: str, what: str = "cpu") -> float | None:
        found = self.ratios(work, size, name, to, what)
        return median(found) if found else None

    def failure(self, work: str, size: int, name: str) -> str | None:
        """Why there is no figure of a contestant, in words."""
        if self.values(work, size, name, "cpu"):
            return None
        return next((one["failed"] for one in self.of(work, size, name) if "failed" in one), None)

    def sizes(self, work: str) -> list[int]:
        return sorted({one["size"] for one in self.of(work)})


def read(path: Path) -> Iterator[Line]:
    """All lines of a file that are whole; the last one may be cut off."""
    if not path.exists():
        return
    with path.open(encoding="utf-8") as file:
        for text in file:
            try:
                yield json.loads(text)
            except ValueError:
                continue


def _key(line: Line) -> tuple[Any, ...]:
    return line["work"], line["size"], line["round"], line["contestant"]
