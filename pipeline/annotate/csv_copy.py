"""A table in CSV with one column more; all else stays, but for what a spreadsheet may run."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from exporters.common.tables import is_risky
from pipeline.annotate.notes import Notes
from schemas.problems import Problem
from sources.common.csv_columns import PROBLEMS
from sources.common.csv_rows import csv_rows
from sources.common.tables import Row
from transport.files import read_bytes

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_NUMBER = re.compile(r"\s*[-+]?[0-9][0-9 .,]*%?\s*")
LARGEST = 100_000_000
"""Bytes of a table that is copied."""


def csv_copy(path: Path, shown: str, mark: str, notes: Notes) -> bytes:
    """The copy. `mark` stands between cells. Raises ContentError."""
    text, encoding, bom = _decoded(read_bytes(path, shown, limit=LARGEST))
    lines = [line for line in _LINE.findall(text) if line]
    header: _Header | None = None
    made = []
    for item, raw in _rows(path, shown, mark, lines):
        content = raw.rstrip("\r\n")
        end = raw[len(content) :]
        if isinstance(item, Problem):
            made.append(_unread(item, content, mark, notes) + end)
        elif not item.is_filled:
            made.append(raw)
        elif header is None:
            header = _header(item)
            made.append(_line(item, content, mark, header, PROBLEMS) + end)
        else:
            made.append(_line(item, content, mark, header, notes.said("", item.number)) + end)
    return bom + "".join(made).encode(encoding)


@dataclass(frozen=True)
class _Header:
    """How many columns there are, and which of them held problems before, if any did."""

    width: int
    column: int | None


def _header(row: Row) -> _Header:
    names = [str(cell).strip() for cell in row.cells]
    while names and not names[-1]:
        names.pop()
    return _Header(len(names), names.index(PROBLEMS) if PROBLEMS in names else None)


def _decoded(data: bytes) -> tuple[str, str, bytes]:
    for bom, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if data.startswith(bom):
            return data[len(bom) :].decode(name), name, bom
    return data.decode(), "utf-8", b""


def _rows(path: Path, shown: str, mark: str, lines: list[str]) -> Iterator[tuple[Row | Problem, str]]:
    """Each row with its text: all lines from where it begins to where the next does."""
    before: Row | Problem | None = None
    start = 0
    for item in csv_rows(path, shown, mark):
        line = (item.line if isinstance(item, Row) else item.origin.line if item.origin else None) or 1
        if before is not None:
            yield before, "".join(lines[start : line - 1])
        before, start = item, line - 1
    if before is not None:
        yield before, "".join(lines[start:])


def _line(row: Row, content: str, mark: str, header: _Header, said: str) -> str:
    """A row with `said` in the column of problems, which is the last one, or where it was before."""
    cells = [str(cell) for cell in row.cells]
    harmless = [_harmless(cell) for cell in cells]
    if header.column is None and harmless == cells and len(cells) <= header.width:
        return content + mark * (header.width - len(cells) + 1) + _cell(said, mark)
    at = header.width if header.column is None else header.column
    harmless += [""] * (at - len(harmless))
    harmless[at : at + (header.column is not None)] = [said]
    return mark.join(_cell(cell, mark) for cell in harmless)


def _unread(problem: Problem, content: str, mark: str, notes: Notes) -> str:
    """A row that cannot be read, with what is wrong behind it, unless its quotes are open."""
    within = (problem.origin.within if problem.origin is not None else None) or "row 0"
    said = notes.said("", int(within.removeprefix("row ")))
    return content + mark + _cell(said, mark) if content.count('"') % 2 == 0 else content


def _harmless(cell: str) -> str:
    """A text that no spreadsheet takes for a formula; a number stays one."""
    is_text = bool(cell.strip()) and not _NUMBER.fullmatch(cell)
    return f"'{cell}" if is_text and is_risky(cell) else cell


def _cell(text: str, mark: str) -> str:
    made = io.StringIO(newline="")
    csv.writer(made, delimiter=mark, lineterminator="\r\n").writerow([text, "x"])
    return made.getvalue().removesuffix(f"{mark}x\r\n")
