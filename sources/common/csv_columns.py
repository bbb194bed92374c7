"""The header of a table: which field each column fills, and how a row becomes nested data."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from schemas.plugins import did_you_mean
from schemas.problems import Origin, Problem
from schemas.record import Path as FieldPath

_PART = r"(?:[a-z_][a-z0-9_]*|[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})+|[0-9]{1,3})"
PROBLEMS = "Leopard: problems"
"""The header of the column that an annotated copy of a table has more; nothing is read from it."""
_FIELD = re.compile(rf"[a-z_][a-z0-9_]*(?:\.{_PART})*")


@dataclass(frozen=True)
class Column:
    """A column of the table; `path` is None where nothing is read from it."""

    number: int
    header: str
    path: FieldPath | None
    is_list: bool = False

    @property
    def field(self) -> str:
        return ".".join(str(part) for part in self.path or ())


@dataclass(frozen=True)
class Header:
    """All columns, and the mark between the items of a list in one cell."""

    columns: tuple[Column, ...]
    separator: str

    @cached_property
    def named(self) -> frozenset[int]:
        """Numbers of the columns that have a header."""
        return frozenset(column.number for column in self.columns if column.header)

    @cached_property
    def _fields(self) -> list[tuple[Column, str]] | None:
        """Columns with the fields that they fill; None if any fills something inside a field."""
        made = [(column, column.path) for column in self.columns if column.path is not None]
        return (
            [(one, str(path[0])) for one, path in made] if all(len(path) == 1 for _, path in made) else None
        )

    def data(self, cells: Sequence[Any]) -> dict[str, Any]:
        """Data of a row without its empty cells."""
        if self._fields is None:
            return self.fill(cells)[0]
        filled = ((one, name, cells[one.number]) for one, name in self._fields if one.number < len(cells))
        return {name: self._value(one, cell) for one, name, cell in filled if not is_blank(cell)}

    def fill(self, cells: Sequence[Any]) -> tuple[dict[str, Any], dict[FieldPath, int]]:
        """Data of a row without its empty cells, and per field the number of the column it came from."""
        tree: dict[str | int, Any] = {}
        for column, cell in zip(self.columns, cells, strict=False):
            if column.path is None or is_blank(cell):
                continue
            inner = tree
            for part in column.path[:-1]:
                inner = inner.setdefault(part, {})
            inner[column.path[-1]] = _Leaf(column.number, self._value(column, cell))
        found: dict[FieldPath, int] = {}
        data = _plain(tree, (), found)
        return data if isinstance(data, dict) else {}, found

    def _value(self, column: Column, cell: Any) -> Any:
        if not isinstance(cell, str):
            return [cell] if column.is_list else cell
        if not column.is_list:
            return cell.strip()
        return [item.strip() for item in cell.split(self.separator) if item.strip()]


@dataclass(frozen=True)
class _Leaf:
    column: int
    value: Any


def is_blank(cell: Any) -> bool:
    """Whether there is nothing to be seen in a cell."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _plain(node: Any, path: FieldPath, found: dict[FieldPath, int]) -> Any:
    """Numbered branches as lists without gaps; notes the column of each field on the way."""
    if isinstance(node, _Leaf):
        found[path] = node.column
        return node.value
    if node and all(isinstance(name, int) for name in node):
        return [_plain(node[name], (*path, at), found) for at, name in enumerate(sorted(node))]
    return {name: _plain(inner, (*path, name), found) for name, inner in node.items()}


def letters(number: int) -> str:
    """The name of a column in a spreadsheet: 0 is A, 26 is AA."""
    name = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def cell_at(row: str | None, column: int) -> str:
    """The name of a cell: column 1 of `row 7` is `B7`, of `Sheet!row 7` it is `Sheet!B7`."""
    sheet, mark, number = (row or "row 1").rpartition("row ")
    return f"{sheet}{letters(column)}{number}" if mark else row or ""


def header_of(
    cells: Sequence[Any],
    columns: Mapping[str, str | None],
    lists: Sequence[str],
    separator: str,
    place: Origin,
) -> Header | list[Problem]:
    """The header, or everything that is wrong with it. `columns` and `lists` are the source's options."""
    names = ["" if cell is None else str(cell).strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    made = tuple(_column(at, name, columns, lists) for at, name in enumerate(names))
    problems = [
        Problem(
            code=code,
            message=message,
            hint=hint,
            origin=place if at is None else place.model_copy(update={"within": cell_at(place.within, at)}),
        )
        for code, at, message, hint in _faults(made, columns, lists)
    ]
    return problems or Header(made, separator)


def _column(at: int, name: str, columns: Mapping[str, str | None], lists: Sequence[str]) -> Column:
    written = columns[name] if name in columns else None if name == PROBLEMS else _as_field(name)
    if not written:
        return Column(at, name, None)
    path = tuple(int(part) if part.isdecimal() else part for part in written.split("."))
    return Column(at, name, path, written in lists)


def _as_field(header: str) -> str:
    """A header as the path of a field: `Common names.pt-BR` is `common_names.pt-BR`."""
    parts = re.sub(r"\s+", "_", header).split(".")
    return ".".join(part if "-" in part else part.lower() for part in parts)


def _faults(
    made: Sequence[Column], columns: Mapping[str, str | None], lists: Sequence[str]
) -> Iterator[tuple[str, int | None, str, str | None]]:
    """Code, number of the column, message and hint of each fault."""
    seen: dict[str, int] = {}
    for column in made:
        name = column.header
        first = seen.setdefault(name, column.number)
        if name and first != column.number:
            message = f"the columns {letters(first)} and {letters(column.number)} are both called {name!r}"
            yield "csv.duplicate_column", column.number, message, "rename one of them"
        elif column.path and not _FIELD.fullmatch(column.field):
            message = f"{column.field!r} cannot be the name of a field"
            hint = f"rename it, or say under `columns` of the source which field {name!r} fills"
            yield "csv.header", column.number, message, hint
    yield from _clashes([column for column in made if column.path])
    for name in columns:
        if name not in seen:
            message = f"`columns` of the source names {name!r}, and no column is called that"
            yield "csv.missing_column", None, message, did_you_mean(name, list(seen))
    fields = {column.field for column in made if column.path}
    for name in lists:
        if name not in fields:
            message = f"`lists` of the source names {name!r}, and no column fills that field"
            yield "csv.missing_column", None, message, did_you_mean(name, sorted(fields))


def _clashes(made: Sequence[Column]) -> Iterator[tuple[str, int, str, str]]:
    """Columns that fill the same field, or of which one fills a field and another something inside it."""
    leaves: dict[FieldPath, Column] = {}
    inner: dict[FieldPath, tuple[type, Column]] = {}
    for column in made:
        path = column.path or ()
        other = leaves.setdefault(path, column) if path not in inner else inner[path][1]
        for end, part in enumerate(path):
            kind, first = inner.setdefault(path[:end], (type(part), column))
            other = leaves.get(path[:end], other if kind is type(part) else first)
        if other.header != column.header:
            message = f"the columns {other.header!r} and {column.header!r} cannot both be filled"
            yield "csv.header", column.number, message, "map one of them to null, or to another field"
