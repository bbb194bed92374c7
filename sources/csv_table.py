"""CSV and TSV tables: one record per row, read row by row however long the table is."""

from pathlib import Path
from typing import Any

from pydantic import Field

from schemas.problems import Origin
from schemas.record import Path as FieldPath
from sources.base import Input, SourceContext
from sources.common.csv_columns import Header
from sources.common.csv_rows import csv_rows, delimiter_of
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
from transport.files import fingerprint


class CsvSource(FolderSource):
    """Tables (.csv, .tsv) with a header. Empty cells are left out; cells are text until the schema says more.

    A record is named after its `key`, `name`, `doi`, `isbn` or `title`, the first that is there.
    """

    name = "csv"
    suffixes = (".csv", ".tsv")

    class Options(TableOptions, FolderSource.Options):
        delimiter: str | None = Field(
            None,
            pattern=r'^[^"\r\n]$',
            description="What stands between cells; by default the comma, semicolon or tab of the header",
        )

    options: Options

    def __init__(self, options: Any, context: SourceContext) -> None:
        super().__init__(options, context)
        self._rows: Cursor[tuple[Header, Row]] = Cursor()

    def records(self, path: Path, part: Input) -> Records:
        return (yield from records_of(self._table(path, part.name), part.name, self.name_of(part)[1]))

    def locate(self, origin: Origin, path: FieldPath) -> Origin:
        file, row = self.context.root / origin.path, row_number(origin.within)
        if row is None:
            return origin
        of = (origin.path, fingerprint(file))
        found = self._rows.find(of, row[1], lambda: numbered(self._table(file, origin.path)))
        return located(origin, found, path)

    def original(self, shown: str) -> Original:
        path = self._real(self.context.root / shown, shown)
        return Original(path, self._mark(path) or delimiter_of(path, shown))

    def _mark(self, path: Path) -> str | None:
        return self.options.delimiter or ("\t" if path.suffix.lower() == ".tsv" else None)

    def _table(self, path: Path, shown: str) -> Table:
        return table_of(
            csv_rows(path, shown, self._mark(path)), self.options, shown, Origin(path=shown, line=1)
        )
