"""Problems by the rows and cells of a table."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from schemas.problems import Problem
from sources.dialects.xlsx.parts import number_of

MOST_CHARACTERS = 32_000
"""That a cell can hold in every spreadsheet program."""
_CELL = re.compile(r"(?:(?P<sheet>.*)!)?(?:row (?P<row>\d+)|(?P<column>[A-Z]{1,3})(?P<of>\d+))", re.DOTALL)


@dataclass
class Notes:
    """What is wrong in one table: per sheet (empty in a text) and row, and per cell."""

    rows: dict[tuple[str, int], list[Problem]] = field(default_factory=dict)
    cells: dict[tuple[str, int, int], list[Problem]] = field(default_factory=dict)
    """Row and column count from 1."""
    others: list[Problem] = field(default_factory=list)
    """What is about no row in particular."""

    def said(self, sheet: str, row: int) -> str:
        """All of one row as a text for its last cell."""
        return told(self.rows.get((sheet, row), ()))


def notes_of(problems: Iterable[Problem]) -> Notes:
    """The problems of one table."""
    notes = Notes()
    for problem in problems:
        found = _CELL.fullmatch(problem.origin.within or "") if problem.origin is not None else None
        if found is None:
            notes.others.append(problem)
            continue
        sheet, row = found["sheet"] or "", int(found["row"] or found["of"])
        notes.rows.setdefault((sheet, row), []).append(problem)
        if found["column"]:
            notes.cells.setdefault((sheet, row, number_of(found["column"])), []).append(problem)
    return notes


def told(problems: Iterable[Problem]) -> str:
    """Problems in one text, on one line each."""
    text = "\n".join(_one(problem) for problem in problems)
    return text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 1]}…"


def _one(problem: Problem) -> str:
    place = f" {problem.field}" if problem.field else ""
    hint = f" ({problem.hint})" if problem.hint else ""
    text = f"{problem.severity}{place}: {problem.message}{hint}"
    return "".join(mark if mark.isprintable() else " " for mark in text)
