"""What all tables share, wherever their rows come from: a header, a record per row, cells as places."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol, runtime_checkable

from pydantic import Field

from schemas.problems import Origin, Problem
from schemas.record import Path as FieldPath
from sources.base import COMPLETE, Outcome, Raw, Reading, SourceOptions
from sources.common.csv_columns import Header, cell_at, header_of, is_blank, letters
from sources.common.naming import nameless, own_name
from sources.common.places import nearest


class TableOptions(SourceOptions):
    """What every table can be told."""

    columns: dict[str, str | None] = Field(
        {},
        description="Per column header, the field it fills (`title`, `authors.0.family`,"
        " `common_names.en`); null leaves the column out. Other headers name their fields themselves",
    )
    lists: tuple[str, ...] = Field((), description="Fields whose cells hold several items")
    list_separator: str = Field(";", min_length=1, description="What stands between the items of a cell")


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row; `number` as a spreadsheet counts, `line` is where it begins in a text."""

    number: int
    line: int | None
    cells: Sequence[Any]
    sheet: str | None = None

    @property
    def within(self) -> str:
        """The row as a place: `row 7`, `Sheet!row 7`."""
        return f"{self.sheet}!row {self.number}" if self.sheet else f"row {self.number}"

    @property
    def is_filled(self) -> bool:
        return not all(is_blank(cell) for cell in self.cells)

    def origin(self, shown: str) -> Origin:
        return Origin(path=shown, line=self.line, within=self.within)


class Original(NamedTuple):
    """The file of a table; what stands between the cells of a text, and the header's row if it is said."""

    path: Path
    delimiter: str | None = None
    header: int | None = None


@runtime_checkable
class Tabular(Protocol):
    """A source of tables, a copy of which can be given back with what is wrong beside each row."""

    def original(self, shown: str) -> Original | None:
        """The table that an input is; None if it is gone. Raises ContentError if it cannot be read."""


Table = Iterator[tuple[Header, Row] | Problem]


def table_of(rows: Iterator[Row | Problem], options: TableOptions, shown: str, place: Origin) -> Table:
    """Every row that is not blank together with the header, and what cannot be read on the way.

    `place` is that of a table without a header.
    """
    filled = (row for row in rows if isinstance(row, Problem) or row.is_filled)
    first = next(filled, None)
    if not isinstance(first, Row):
        hint = "write a header above its rows"
        message = "there is no header in it"
        yield first or Problem(code="csv.empty", message=message, hint=hint, origin=place)
        return
    header = header_of(
        first.cells, options.columns, options.lists, options.list_separator, first.origin(shown)
    )
    if not isinstance(header, Header):
        yield from header
        return
    for row in filled:
        yield (header, row) if isinstance(row, Row) else row


def records_of(table: Table, shown: str, locale: str | None) -> Reading:
    """A record for each row; partial where anything is wrong with one."""
    outcome = COMPLETE
    for found in table:
        one = found if isinstance(found, Problem) else _record(*found, shown, locale)
        if isinstance(one, Problem):
            outcome = Outcome(state="partial", reason=f"{shown}: {one.message}")
        yield one
    return outcome


def _record(header: Header, row: Row, shown: str, locale: str | None) -> Raw | Problem:
    origin = row.origin(shown)
    wide = len(header.columns)
    stray = [at for at, cell in enumerate(row.cells) if at not in header.named and not is_blank(cell)]
    is_short = row.line is not None and len(row.cells) < wide
    if is_short or stray:
        cells = f"{len(row.cells)} cell{'s' * (len(row.cells) != 1)}"
        message = f"row {row.number} has {cells} and the header {wide}"
        if not is_short and (stray[0] < wide or row.line is None):
            message = f"the cell {letters(stray[0])}{row.number} stands in a column without a header"
        hint = "check the commas and quotes of the row; it is left out until then"
        if row.line is None:
            hint = "give the column a header, or empty the cell; the row is left out until then"
        return Problem(code="csv.ragged", message=message, hint=hint, origin=origin)
    data = header.data(row.cells)
    name = own_name(data)
    return nameless(origin) if name is None else Raw(data, origin, name, locale)


def located(origin: Origin, found: tuple[Header, Row] | None, path: FieldPath) -> Origin:
    """The cell of the field at `path`, given the row from `origin`; at worst the row."""
    if found is None:
        return origin
    columns = found[0].fill(found[1].cells)[1]
    inside = (column for known, column in columns.items() if path and known[: len(path)] == path)
    column = nearest(columns, path) if nearest(columns, path) is not None else next(inside, None)
    cell = origin.within if column is None else cell_at(origin.within, column)
    return origin.model_copy(update={"within": cell})


def row_number(within: str | None) -> tuple[str, int] | None:
    """Sheet (or nothing) and number of a row that is a place; None for any other place."""
    sheet, mark, number = (within or "").rpartition("row ")
    return (sheet.removesuffix("!"), int(number)) if mark and number.isdecimal() else None


def numbered(table: Table) -> Iterator[tuple[int, tuple[Header, Row]]]:
    """The rows by their numbers, for a Cursor."""
    for found in table:
        if not isinstance(found, Problem):
            yield found[1].number, found
