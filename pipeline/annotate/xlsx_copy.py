"""A workbook with one column more and its cells marked; formulas are the values that they had."""

import io
import warnings
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.comments import Comment
from openpyxl.formatting.formatting import ConditionalFormattingList
from openpyxl.styles import Alignment, PatternFill

from exporters.common.tables import is_risky
from pipeline.annotate.notes import Notes, told
from schemas.errors import ContentError
from schemas.problems import Origin
from sources.common.csv_columns import PROBLEMS, is_blank
from sources.dialects.xlsx.parts import broken, open_workbook

LARGEST = 50_000_000
"""Bytes of a workbook, unpacked, that is copied."""
COLOURS = {"error": "FFFFC7CE", "warning": "FFFFEB9C", "info": "FFDDEBF7"}
WIDTH = 60
LONGEST_COMMENT = 2_000


def xlsx_copy(path: Path, shown: str, notes: Notes, header: int | None = None) -> bytes:
    """The copy; `header` is the row of the header, if somebody has said it.

    Raises ContentError if the workbook cannot be read, or is too large for that.
    """
    with open_workbook(path, shown) as file:
        if sum(part.file_size for part in file.infolist()) > LARGEST:
            message, hint = f"{shown} is too large to be marked", "correct it by the list of problems"
            raise ContentError(message, code="annotate.too_large", hint=hint, origin=Origin(path=shown))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and extensions that are not kept
        try:
            book = load_workbook(path, data_only=True, keep_links=False)
        except Exception as error:  # noqa: BLE001  # whatever the library meets in a broken file
            raise broken(shown, f"{type(error).__name__}: {error}"[:200]) from None
        _disarm(book)
        sheets = {sheet for sheet, _ in notes.rows}
        for sheet in (one for one in book.worksheets if one.title in sheets):
            _mark(sheet, notes, header)
        made = io.BytesIO()
        book.save(made)
    return made.getvalue()


def _disarm(book: Any) -> None:
    """Take out what a spreadsheet program would compute or fetch."""
    book.defined_names.clear()
    for sheet in book.worksheets:
        sheet.data_validations.dataValidation = []
        sheet.conditional_formatting = ConditionalFormattingList()
        sheet.tables.clear()
        sheet.defined_names.clear()
        for row in sheet.iter_rows():
            for cell in row:
                if cell.hyperlink is not None:
                    cell.hyperlink = None
                if isinstance(cell.value, str) and is_risky(cell.value):
                    cell.data_type = "s"
                    cell.quotePrefix = True


def _mark(sheet: Any, notes: Notes, said_header: int | None) -> None:
    title = sheet.title
    header = said_header or _header_row(sheet, min(row for name, row in notes.rows if name == title))
    column = _column(sheet, header)
    sheet.cell(header, column, PROBLEMS)
    sheet.column_dimensions[sheet.cell(header, column).column_letter].width = WIDTH
    for row in range(header + 1, sheet.max_row + 1):
        said = notes.said(title, row)
        if said or sheet.cell(row, column).value is not None:
            cell = sheet.cell(row, column, said or None)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    for (name, row, at), problems in notes.cells.items():
        if name == title and at != column:
            cell = sheet.cell(row, at)
            worst = min((one.severity for one in problems), key=list(COLOURS).index)
            if type(cell).__name__ != "MergedCell":
                cell.fill = PatternFill("solid", fgColor=COLOURS[worst])
                cell.comment = Comment(told(problems)[:LONGEST_COMMENT], "Leopard")


def _header_row(sheet: Any, first: int) -> int:
    """The row above the first one with a problem that has several filled cells: as the source finds it."""
    for row in sheet.iter_rows(max_row=min(first, sheet.max_row)):
        if sum(not is_blank(cell.value) for cell in row) > 1:
            return int(row[0].row)
    return max(1, first - 1)


def _column(sheet: Any, header: int) -> int:
    """Where problems stood before, else the first column behind all others."""
    for cell in sheet[header]:
        if cell.value == PROBLEMS:
            return int(cell.column)
    return int(sheet.max_column) + 1
