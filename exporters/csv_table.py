"""Publish records as one CSV table (RFC 4180): UTF-8, a header, lines that end in CRLF."""

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import Field

from exporters.base import Desired
from exporters.common.tables import TableExporter, is_risky, rows

BOM = b"\xef\xbb\xbf"


class CsvExporter(TableExporter):
    """Texts that a spreadsheet would take for a formula get a `'` before them."""

    name = "csv"

    class Options(TableExporter.Options):
        path: str = Field(pattern=r"[^/]\.csv$", description="The table")
        bom: bool = Field(
            False, description="Begin with a byte order mark, without which Excel misreads UTF-8"
        )

    options: Options

    def piece(self, desired: Desired) -> str | None:
        return b"".join(self.whole("", [self.item(desired.fields, first=True)])).decode("utf-8-sig")

    def whole(self, locale: str, items: Iterable[bytes]) -> Iterator[bytes]:
        yield self._head()
        for row in rows(items):
            yield _line(row)

    def _head(self) -> bytes:
        return (BOM if self.options.bom else b"") + _line(list(self.columns.values()))

    def is_ours(self, path: Path, relative: str) -> bool:
        """A table has no place for a mark; one with the very same header is taken for ours."""
        head = self._head().removeprefix(BOM)
        with path.open("rb") as file:
            return file.read(len(BOM) + len(head)).removeprefix(BOM).startswith(head)


def _line(cells: list[Any]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(map(_text, cells))
    return text.getvalue().encode()


def _text(cell: Any) -> Any:
    match cell:
        case {"at": instant}:
            return instant
        case bool():
            return str(cell).lower()
        case str() if is_risky(cell):
            return f"'{cell}"
    return cell
