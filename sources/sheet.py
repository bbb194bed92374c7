"""A spreadsheet on the web that is published as CSV: one record per row."""

from pathlib import Path
from typing import Any

from pydantic import Field

from schemas.problems import Origin
from schemas.record import Path as FieldPath
from sources.base import Input, Reading, SourceContext
from sources.common.csv_columns import Header
from sources.common.csv_rows import csv_rows, delimiter_of
from sources.common.places import Cursor
from sources.common.remote import RemoteSource
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
from transport.kept import Kept


class SheetSource(RemoteSource):
    """A published spreadsheet, by its CSV address. Otherwise as `csv`.

    Nextcloud, Google Sheets, OnlyOffice and others can publish a sheet as CSV.
    """

    name = "sheet"
    accept = "text/csv, text/plain;q=0.5, */*;q=0.1"
    wanted = "a table in CSV"
    tells_its_end = False

    class Options(TableOptions, RemoteSource.Options):
        delimiter: str | None = Field(
            None,
            pattern=r'^[^"\r\n]$',
            description="What stands between cells; by default the comma, semicolon or tab of the header",
        )

    options: Options

    def __init__(self, options: Any, context: SourceContext) -> None:
        super().__init__(options, context)
        self._rows: Cursor[tuple[Header, Row]] = Cursor()

    def records(self, path: Path, part: Input, kept: Kept) -> Reading:
        return (yield from records_of(self._table(path, part.name), part.name, None))

    def locate(self, origin: Origin, path: FieldPath) -> Origin:
        row, kept = row_number(origin.within), self._shelf().latest
        if row is None or kept is None:
            return origin
        body = self._shelf().path(kept)
        found = self._rows.find(kept.digest, row[1], lambda: numbered(self._table(body, origin.path)))
        return located(origin, found, path)

    def original(self, shown: str) -> Original | None:
        kept = self._shelf().latest
        path = self._shelf().path(kept) if kept is not None else None
        if path is None or not path.exists():
            return None
        return Original(path, self.options.delimiter or delimiter_of(path, shown))

    def _table(self, path: Path, shown: str) -> Table:
        rows = csv_rows(path, shown, self.options.delimiter)
        return table_of(rows, self.options, shown, Origin(path=shown, line=1))
