"""Everything that is wrong in a run: collected, given its place and its line, and who is held back by it."""

from array import array
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from pipeline.spool import Ordered, Pile
from schemas.problems import Origin, Problem
from transport.files import MAX_DOCUMENT, fingerprint

LONGEST_EXCERPT = 160


class Reasons(Mapping[str, tuple[Problem, ...]]):
    """Why records are held back, by their idents; fetched when it is asked for."""

    def __init__(self, places: Mapping[str, "array[int]"], reasons: Pile[Problem]) -> None:
        self._places, self._reasons = places, reasons

    def __getitem__(self, ident: str) -> tuple[Problem, ...]:
        return tuple(self._reasons.items[at] for at in self._places[ident])

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


class Findings:
    """Collects problems. Each error about a record holds that record back."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._noted, self._said = Pile[Problem](), set[int]()
        self._reasons = Pile[Problem]()
        self._held: dict[str, array[int]] = {}
        """Idents, with the places of their reasons."""

    def add(self, problem: Problem) -> Problem:
        """Note one problem, with the line it is about; the problem as it is noted."""
        if problem.origin is not None and problem.excerpt is None:
            problem = problem.model_copy(update={"excerpt": excerpt(self.root, problem.origin)})
        said = hash((problem.code, problem.message, str(problem.origin)))
        if said not in self._said:  # of a record with translations, each language has the same mistake
            self._said.add(said)
            self._noted.extend((problem,))
        if problem.severity == "error" and problem.key and problem.locale:
            at = len(self._reasons.items)
            self._held.setdefault(f"{problem.key}@{problem.locale}", array("q")).append(at)
            self._reasons.extend((problem,))
        return problem

    def holds(self, ident: str) -> bool:
        return ident in self._held

    @property
    def held(self) -> Mapping[str, tuple[Problem, ...]]:
        """Idents of the records that are held back, and why."""
        return Reasons(self._held, self._reasons)

    @property
    def problems(self) -> Sequence[Problem]:
        """All of them, in the order of their places, worst first within one place."""
        noted = self._noted.items
        places = list(map(_place, noted))
        order = sorted(range(len(places)), key=places.__getitem__)
        return [noted[at] for at in order] if isinstance(noted, list) else Ordered(noted, order)

    def about(self, idents: Iterable[str]) -> list[Problem]:
        wanted = set(idents)
        return [problem for problem in self.problems if problem.ident in wanted]


def _place(problem: Problem) -> tuple[str, int, int, int, str]:
    origin = problem.origin or Origin(path="")
    rank = ("error", "warning", "info").index(problem.severity)
    return origin.path, origin.line or 0, origin.column or 0, rank, problem.code


def excerpt(root: Path, origin: Origin) -> str | None:
    """The line that `origin` names, shortened; None if it is not a line of a file of the project."""
    if origin.line is None:
        return None
    path = root / origin.path
    lines = _lines(path, fingerprint(path))
    if not 0 < origin.line <= len(lines):
        return None
    line = lines[origin.line - 1].rstrip()
    return line if len(line) <= LONGEST_EXCERPT else line[: LONGEST_EXCERPT - 1] + "…"


@lru_cache(maxsize=8)
def _lines(path: Path, changed: str | None) -> list[str]:
    """The lines of a file, as far as they can be read; `changed` is what tells that they are others now."""
    try:
        if changed is None or not path.is_file():
            return []
        with path.open("rb") as file:
            data = file.read(MAX_DOCUMENT)
    except (OSError, ValueError):
        return []
    encoding = "utf-16" if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8-sig"
    text = data.decode(encoding, errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
