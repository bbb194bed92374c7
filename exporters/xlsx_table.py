"""Publish records as one Excel workbook (ISO/IEC 29500): texts are texts, numbers numbers, instants dates."""

import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from importlib.util import find_spec
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, ClassVar
from zoneinfo import ZoneInfo

from pydantic import Field

from exporters.base import ChannelContext
from exporters.common.tables import TableExporter, is_risky, rows
from exporters.common.xml_text import allowed
from schemas.errors import ConfigError

MADE = datetime(2000, 1, 1)  # noqa: DTZ001 - a workbook's own dates have no zone
"""When every workbook says that it was made, so that the same rows give the same bytes."""
MARK = "leopard:xlsx"
MOST_CHARACTERS = 32_767
"""That Excel holds in a cell; texts are cut off after it."""
FIRST_YEAR = 1900
"""Excel knows no dates before; they are texts."""


class XlsxExporter(TableExporter):
    """Instants are dates in the site's time zone. No text is ever a formula."""

    name = "xlsx"
    most: ClassVar[int] = 1_048_576
    """Rows of a sheet, its header included; what is more goes on in another."""

    class Options(TableExporter.Options):
        path: str = Field(pattern=r"[^/]\.xlsx$", description="The workbook")

    options: Options

    def __init__(self, options: Any, context: ChannelContext) -> None:
        if find_spec("xlsxwriter") is None:
            raise ConfigError(
                f"the channel {context.name} needs the package XlsxWriter, which is not installed",
                hint="python -m pip install XlsxWriter",
            )
        super().__init__(options, context)
        self.zone = ZoneInfo(context.site.timezone)

    def whole(self, locale: str, items: Iterable[bytes]) -> Iterator[bytes]:
        with TemporaryFile(dir=self.folder) as file:
            book = _Workbook(file, self.zone, self.context.site.title)
            book.write(list(self.columns.values()), rows(items), self.most)
            file.seek(0)
            while piece := file.read(1 << 20):
                yield piece

    def is_ours(self, path: Path, relative: str) -> bool:
        try:
            with zipfile.ZipFile(path) as archive, archive.open("docProps/core.xml") as core:
                return MARK.encode() in core.read(1 << 16)
        except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError, ValueError):
            return False


class _Workbook:
    """Writes one workbook row by row; no more than one row is in memory."""

    def __init__(self, file: IO[bytes], zone: ZoneInfo, title: str) -> None:
        import xlsxwriter  # not needed by anybody who has no such channel

        self.zone = zone
        self.book = xlsxwriter.Workbook(file, {"constant_memory": True})
        self.book.use_zip64()
        self.book.set_properties({"title": allowed(title)[:255], "comments": MARK, "created": MADE})
        self.formats = {
            "header": self.book.add_format({"bold": True}),
            "date": self.book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            "text": self.book.add_format({"quote_prefix": True}),
        }

    def write(self, header: list[str], found: Iterator[list[Any]], most: int) -> None:
        """All rows, in as many sheets as they need."""
        with self.book:
            number, following = 1, next(found, None)
            while number == 1 or following is not None:
                sheet = self._sheet(number, header)
                for at, row in enumerate(islice(chain([following] if following else [], found), most - 1)):
                    self._row(sheet, at + 1, row)
                number, following = number + 1, next(found, None)

    def _sheet(self, number: int, header: list[str]) -> Any:
        sheet = self.book.add_worksheet("Records" if number == 1 else f"Records {number}")
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(header) - 1, 24)
        sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        for at, name in enumerate(header):
            sheet.write_string(0, at, allowed(name), self.formats["header"])
        return sheet

    def _row(self, sheet: Any, number: int, cells: list[Any]) -> None:
        for at, cell in enumerate(cells):
            match cell:
                case bool():
                    sheet.write_boolean(number, at, cell)
                case int() | float():
                    sheet.write_number(number, at, cell)
                case {"at": str(instant)}:
                    self._date(sheet, number, at, instant)
                case None:
                    pass
                case _:
                    self._text(sheet, number, at, str(cell))

    def _date(self, sheet: Any, row: int, column: int, instant: str) -> None:
        local = datetime.fromisoformat(instant).astimezone(self.zone).replace(tzinfo=None)
        if local.year < FIRST_YEAR:
            self._text(sheet, row, column, instant)
        else:
            sheet.write_datetime(row, column, local, self.formats["date"])

    def _text(self, sheet: Any, row: int, column: int, text: str) -> None:
        """A text; one that could be taken for a formula is marked as text, as Excel itself does it."""
        form = self.formats["text"] if is_risky(text) else None
        sheet.write_string(row, column, text[:MOST_CHARACTERS], form)
