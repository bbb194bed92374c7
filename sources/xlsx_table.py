"""Workbooks: one record per row of a sheet, read row by row; dates are dates, and errors name their cells."""

import warnings
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile
from zoneinfo import ZoneInfo

from openpyxl import load_workbook
from pydantic import Field

from schemas.errors import ContentError
from schemas.plugins import did_you_mean
from schemas.problems import Origin, Problem
from schemas.record import Path as FieldPath
from sources.base import COMPLETE, Input, Outcome, SourceContext
from sources.common.csv_columns import Header, is_blank, letters
from sources.common.files import FolderSource, Records
from sources.common.places import Cursor
from sources.common.tables import (
    Original,
    Row,
    Table,
    TableOptions,
    located,
    numbered,
    records_of,
    row_number,
    table_of,
)
from sources.dialects.xlsx.parts import Looks, broken, looks_of, open_workbook
from transport.files import fingerprint

MAX_ROWS, MAX_CELLS = 1_048_576, 200_000_000
"""Rows of a sheet, and its cells with those that are only filled up, that are read at most."""
MAX_TITLES = 10
"""Rows with a single filled cell above the header at most."""


class XlsxSource(FolderSource):
    """Workbooks (.xlsx, .xlsm). Each row of a sheet is a record; empty cells are left out.

    Dates and times are read as such, in the time zone of the site; of formulas, the value that was last
    computed. A cell that is merged downwards counts in each of its rows.

    A record is named after its `key`, `name`, `doi`, `isbn` or `title`, the first that is there.
    """

    name = "xlsx"
    suffixes = (".xlsx", ".xlsm")

    class Options(TableOptions, FolderSource.Options):
        sheets: tuple[str, ...] = Field(
            (), description="Sheets that are read, by name; by default the first one that is not hidden"
        )
        header: int | None = Field(
            None,
            ge=1,
            description="Row that the header stands in; by default the first one with several filled cells,"
            " so that a title above the table does no harm",
        )

    options: Options

    def __init__(self, options: Any, context: SourceContext) -> None:
        super().__init__(options, context)
        self._rows: Cursor[tuple[Header, Row]] = Cursor()
        self._zone = ZoneInfo(context.site.timezone)

    def records(self, path: Path, part: Input) -> Records:
        locale, outcome = self.name_of(part)[1], COMPLETE
        for name in self._names(path, part.name):
            if isinstance(name, Problem):
                outcome = Outcome(state="partial", reason=f"{part.name}: {name.message}")
                yield name
            else:
                table = self._table(path, part.name, name)
                outcome = outcome.worst((yield from records_of(table, part.name, locale)))
        return outcome

    def locate(self, origin: Origin, path: FieldPath) -> Origin:
        row = row_number(origin.within)
        if row is None:
            return origin
        file, (sheet, number) = self.context.root / origin.path, row
        of = (origin.path, sheet, fingerprint(file))
        found = self._rows.find(of, number, lambda: numbered(self._table(file, origin.path, sheet)))
        return located(origin, found, path)

    def original(self, shown: str) -> Original:
        return Original(self._real(self.context.root / shown, shown), header=self.options.header)

    def _names(self, path: Path, shown: str) -> list[str | Problem]:
        """The sheets to read, and what is wrong with the names of those that are not there."""
        with open_workbook(path, shown) as file:
            book = _book(file, shown)
            tables = {sheet.title: sheet.sheet_state == "visible" for sheet in book.worksheets}
            book.close()
        if not tables:
            raise broken(shown, "there is no sheet in it")
        if not self.options.sheets:
            return [next((name for name, is_shown in tables.items() if is_shown), next(iter(tables)))]
        return [
            name if name in tables else _no_sheet(name, list(tables), shown) for name in self.options.sheets
        ]

    def _table(self, path: Path, shown: str, sheet: str) -> Table:
        rows = self._filled(path, shown, sheet)
        return table_of(self._from_header(rows), self.options, shown, Origin(path=shown, within=sheet))

    def _from_header(self, rows: Iterator[Row | Problem]) -> Iterator[Row | Problem]:
        """The rows without what stands above the header."""
        if self.options.header is not None:
            yield from (row for row in rows if isinstance(row, Problem) or row.number >= self.options.header)
            return
        first: list[Row] = []
        for row in rows:
            if isinstance(row, Problem):
                yield row
            elif row.is_filled:
                first.append(row)
                if len(first) == MAX_TITLES or _is_several(row):
                    break
        yield from first[-1:] if first and _is_several(first[-1]) else first
        yield from rows

    def _filled(self, path: Path, shown: str, sheet: str) -> Iterator[Row | Problem]:
        """The rows of a sheet with plain values; one with an error in a cell is a problem."""
        with open_workbook(path, shown) as file:
            book = _book(file, shown)
            try:
                yield from self._read(file, book, shown, sheet)
            finally:
                book.close()

    def _read(self, file: ZipFile, book: Any, shown: str, sheet: str) -> Iterator[Row | Problem]:
        page = book[sheet]
        looks = looks_of(file, page._worksheet_path)
        above: dict[int, tuple[int, Any]] = {}
        for number, cells in enumerate(_cells(page, shown), 1):
            wrong = _errors(cells, number, sheet, shown, looks)
            values = [self._value(cell.value) for cell in cells]
            _fill_down(values, number, looks, above)
            yield from wrong
            if not wrong:
                yield Row(number, None, values, sheet)

    def _value(self, value: Any) -> Any:
        """A value as a content file would write it."""
        match value:
            case datetime() if value.time() == time():
                return value.date().isoformat()
            case datetime():
                return value.replace(tzinfo=self._zone).isoformat()
            case date() | time():
                return value.isoformat()
            case timedelta():
                return str(value)
            case float() if value.is_integer() and abs(value) < 2**53:
                return int(value)
        return value


def _is_several(row: Row) -> bool:
    return sum(not is_blank(cell) for cell in row.cells) > 1


def _book(file: ZipFile, shown: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and extensions that are not read
        try:
            assert file.fp is not None, "it is open"
            return load_workbook(file.fp, read_only=True, data_only=True, keep_links=False)
        except Exception as error:  # noqa: BLE001  # whatever the library meets in a broken file
            raise broken(shown, f"{type(error).__name__}: {error}"[:200]) from None


def _cells(page: Any, shown: str) -> Iterator[Sequence[Any]]:
    """The cells of each row, from the first on. Raises ContentError where it cannot go on."""
    page.reset_dimensions()
    rows, count = iter(page.iter_rows()), 0
    for number in range(1, MAX_ROWS + 2):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                cells = next(rows, None)
            except Exception as error:  # noqa: BLE001  # as above
                raise broken(
                    shown, f"behind row {number - 1}: {type(error).__name__}: {error}"[:200]
                ) from None
        if cells is None:
            return
        count += len(cells)
        if number > MAX_ROWS or count > MAX_CELLS:
            message = f"{shown} has more rows or cells than can be"
            raise ContentError(message, code="xlsx.bomb", hint="check that it is what it should be")
        yield cells


def _errors(cells: Sequence[Any], number: int, sheet: str, shown: str, looks: Looks) -> list[Problem]:
    found = []
    for at, cell in enumerate(cells):
        name = f"{letters(at)}{number}"
        if cell.data_type == "e":
            message, hint = f"the cell {name} holds the error {cell.value}", "correct its formula"
        elif name in looks.uncomputed:
            message = f"the cell {name} holds a formula that was never computed"
            hint = "open the workbook in a spreadsheet program and save it"
        else:
            continue
        origin = Origin(path=shown, within=f"{sheet}!{name}")
        hint += "; the row is left out until then"
        found.append(Problem(code="xlsx.cell_error", message=message, hint=hint, origin=origin))
    return found


def _fill_down(values: list[Any], number: int, looks: Looks, above: dict[int, tuple[int, Any]]) -> None:
    """Give each row the values of cells that reach down into it; `above` is what is known of them."""
    if not looks.merged:
        return
    for column, (last, value) in above.items():
        if number <= last:
            values += [None] * (column - len(values))
            values[column - 1] = value
    for at, value in enumerate(values, 1):
        last_row = looks.merged.get((number, at))
        if last_row is not None:
            above[at] = (last_row, value)


def _no_sheet(name: str, known: list[str], shown: str) -> Problem:
    return Problem(
        code="xlsx.no_sheet",
        message=f"there is no sheet called {name!r} in it",
        hint=did_you_mean(name, known) or f"there are: {', '.join(known)}",
        origin=Origin(path=shown),
    )
