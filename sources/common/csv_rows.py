"""The rows of a CSV text, one at a time, each with the line it begins in."""

import csv
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from schemas.errors import ContentError
from schemas.problems import Origin, Problem
from sources.common.tables import Row
from transport.files import MAX_DOCUMENT, read_lines

csv.field_size_limit(MAX_DOCUMENT)  # of the whole process; the default is 131,072


def csv_rows(path: Path, shown: str, delimiter: str | None) -> Iterator[Row | Problem]:
    """Rows of the file at `path`, which is called `shown`, and what cannot be read of it.

    Without a delimiter, it is the comma, semicolon or tab of the first line. Raises ContentError where the
    text cannot be read on.
    """
    lines = _lines(path, shown)
    head = _head(lines)
    reader = csv.reader(chain(head, lines), delimiter=delimiter or _delimiter("".join(head)), strict=True)
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
            yield Row(number, line_number, cells)


def delimiter_of(path: Path, shown: str) -> str:
    """The comma, semicolon or tab of the first line that says something. Raises ContentError."""
    return _delimiter("".join(_head(_lines(path, shown))))


def _head(lines: Iterator[str]) -> list[str]:
    head: list[str] = []
    while not "".join(head).strip() and (line := next(lines, None)) is not None:
        head.append(line)
    return head


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
