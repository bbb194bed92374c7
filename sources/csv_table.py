"""CSV and TSV tables: one record per row, read row by row however long the table is."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from pydantic import Field

from schemas.errors import ContentError
from schemas.problems import Origin, Problem
from schemas.record import Path as FieldPath
from sources.base import COMPLETE, Input, Outcome, Raw, SourceContext
from sources.csv_columns import Header, header_of, letters
from sources.files import FolderSource, Records, fingerprint
from sources.naming import nameless, own_name
from sources.places import Cursor, nearest
from transport.files import MAX_DOCUMENT, read_lines

csv.field_size_limit(MAX_DOCUMENT)  # of the whole process; the default is 131,072


class CsvSource(FolderSource):
    """Tables (.csv, .tsv) with a header. Empty cells are left out; cells are text until the schema says more.

    A record is named after its `key`, `name`, `doi`, `isbn` or `title`, the first that is there.
    """

    name = "csv"
    suffixes = (".csv", ".tsv")

    class Options(FolderSource.Options):
        columns: dict[str, str | None] = Field(
            {},
            description="Per column header, the field it fills (`title`, `authors.0.family`,"
            " `common_names.en`); null leaves the column out. Other headers name their fields themselves",
        )
        lists: tuple[str, ...] = Field((), description="Fields whose cells hold several items")
        list_separator: str = Field(";", min_length=1, description="What stands between the items of a cell")
        delimiter: str | None = Field(
            None,
            pattern=r'^[^"\r\n]$',
            description="What stands between cells; by default the comma, semicolon or tab of the header",
        )

    options: Options

    def __init__(self, options: Any, context: SourceContext) -> None:
        super().__init__(options, context)
        self._rows: Cursor[tuple[Header, _Row]] = Cursor()

    def records(self, path: Path, part: Input) -> Records:
        locale = self.name_of(part)[1]
        outcome = COMPLETE
        for found in self._table(path, part.name):
            one = found if isinstance(found, Problem) else _record(*found, part, locale)
            if isinstance(one, Problem):
                outcome = Outcome(state="partial", reason=f"{part.name}: {one.message}")
            yield one
        return outcome

    def locate(self, origin: Origin, path: FieldPath) -> Origin:
        file, within = self.context.root / origin.path, origin.within or ""
        if not within.startswith("row "):
            return origin
        of, number = (origin.path, fingerprint(file)), int(within.removeprefix("row "))
        found = self._rows.find(of, number, lambda: self._numbered(file, origin.path))
        if found is None:
            return origin
        header, row = found
        columns = header.fill(row.cells)[1]
        inside = (column for known, column in columns.items() if path and known[: len(path)] == path)
        column = nearest(columns, path) if nearest(columns, path) is not None else next(inside, None)
        cell = within if column is None else f"{letters(column)}{number}"
        return origin.model_copy(update={"within": cell})

    def _numbered(self, file: Path, shown: str) -> Iterator[tuple[int, tuple[Header, "_Row"]]]:
        for found in self._table(file, shown):
            if not isinstance(found, Problem):
                yield found[1].number, found

    def _table(self, path: Path, shown: str) -> Iterator[tuple[Header, "_Row"] | Problem]:
        """Every row that is not blank together with the header, and what cannot be read on the way."""
        rows = (row for row in _rows(path, shown, self.options.delimiter) if _is_filled(row))
        first = next(rows, None)
        if not isinstance(first, _Row):
            hint = "write a header in its first line"
            empty = Problem(code="csv.empty", message="there is no header in it", hint=hint)
            yield first or empty.model_copy(update={"origin": Origin(path=shown, line=1)})
            return
        options, place = self.options, Origin(path=shown, line=first.line)
        header = header_of(first.cells, options.columns, options.lists, options.list_separator, place)
        if not isinstance(header, Header):
            yield from header
            return
        for row in rows:
            yield (header, row) if isinstance(row, _Row) else row


@dataclass(frozen=True, slots=True)
class _Row:
    """The cells of one row; `number` as a spreadsheet counts, `line` is where it begins."""

    number: int
    line: int
    cells: Sequence[str]


def _is_filled(row: _Row | Problem) -> bool:
    return isinstance(row, Problem) or any(cell.strip() for cell in row.cells)


def _rows(path: Path, shown: str, delimiter: str | None) -> Iterator[_Row | Problem]:
    lines = _lines(path, shown)
    head: list[str] = []
    while not "".join(head).strip() and (line := next(lines, None)) is not None:
        head.append(line)
    mark = delimiter or ("\t" if path.suffix.lower() == ".tsv" else _delimiter("".join(head)))
    reader = csv.reader(chain(head, lines), delimiter=mark, strict=True)
    number = 0
    while True:
        number, line_number = number + 1, reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            message, hint = _words(str(error))
            origin = Origin(path=shown, line=line_number, within=f"row {number}")
            yield Problem(code="csv.syntax", message=message, hint=hint, origin=origin)
            if "limit" in str(error):
                return
        else:
            yield _Row(number, line_number, cells)


def _lines(path: Path, shown: str) -> Iterator[str]:
    for line in read_lines(path, shown):
        if isinstance(line, ContentError):
            raise line
        yield line


def _delimiter(line: str) -> str:
    bare = re.sub(r'"[^"]*"', "", line)
    return max(",;\t", key=bare.count)


def _words(error: str) -> tuple[str, str]:
    if "end of data" in error:
        return "the quotes that open in this row are never closed", "close them, or remove them"
    if "limit" in error:
        return "a cell of this row is larger than 5 MB", "check that its quotes are closed"
    return "there is text behind closing quotes", 'write "" for a quote that belongs to the text'


def _record(header: Header, row: _Row, part: Input, locale: str | None) -> Raw | Problem:
    origin = Origin(path=part.name, line=row.line, within=f"row {row.number}")
    wide = len(header.columns)
    stray = [at for at, cell in enumerate(row.cells) if cell.strip() and not header.has(at)]
    if len(row.cells) < wide or stray:
        cells = f"{len(row.cells)} cell{'s' * (len(row.cells) != 1)}"
        message = f"row {row.number} has {cells} and the header {wide}"
        if len(row.cells) >= wide and stray[0] < wide:
            message = f"the cell {letters(stray[0])}{row.number} stands in a column without a header"
        hint = "check the commas and quotes of the row; it is left out until then"
        return Problem(code="csv.ragged", message=message, hint=hint, origin=origin)
    data, _ = header.fill(row.cells)
    name = own_name(data)
    return nameless(origin) if name is None else Raw(data, origin, name, locale)
