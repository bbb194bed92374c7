"""What is looked at in a workbook before a library unpacks it: sizes, document types, merged cells."""

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile

from schemas.errors import ContentError
from schemas.problems import Origin

MAX_UNPACKED = 1_000_000_000
"""Bytes of all parts of a workbook together, as declared; no part can be longer than it declares."""
MAX_SHARED = 300_000_000
"""Bytes of the part that is held in memory: the texts that cells share."""
MAX_PARTS = 10_000
SHARED = "xl/sharedStrings.xml"
BROKEN = (
    BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    LookupError,
    ValueError,
)
"""What a damaged or encrypted ZIP file raises, and one whose parts have an encoding that nobody knows."""

_CHUNK, _OVERLAP = 1 << 20, 16_384
_TAG = rb"<(?:\w{1,20}:)?"
_END = rb"</(?:\w{1,20}:)?"
_MERGED = re.compile(_TAG + rb'mergeCell\s[^>]{0,99}?ref="([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})"')
_NO_VALUE = re.compile(
    _TAG
    + rb'c\s(?:[^>]{0,99}?\s)?r="([A-Z]{1,3}[0-9]{1,7})"[^>]{0,99}>\s{0,9}'
    + _TAG
    + rb"f(?:\s[^>]{0,199})?(?:/>|>[^<]{0,8200}"
    + _END
    + rb"f>)\s{0,9}(?:"
    + _TAG
    + rb"v\s?/>|"
    + _TAG
    + rb"v>\s{0,9}"
    + _END
    + rb"v>)?\s{0,9}"
    + _END
    + rb"c>"
)
"""Every part of these is short, so that no text can make them slow."""


@dataclass(frozen=True)
class Looks:
    """What a sheet says besides its rows: what is merged, and what was never computed."""

    merged: dict[tuple[int, int], int]
    """Per row and column (from 1) of a cell that reaches down, its last row."""
    uncomputed: frozenset[str]
    """Cells with a formula and no value."""


def check_workbook(file: ZipFile, shown: str) -> None:
    """Raises ContentError if the workbook would be too large, or a part of it declares a document type."""
    parts = file.infolist()
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise _bomb(shown, f"unpacked it has more than {MAX_UNPACKED / 1e9:g} GB, or {MAX_PARTS} parts")
    for part in parts:
        if part.filename.endswith(SHARED.rpartition("/")[2]) and part.file_size > MAX_SHARED:
            raise _bomb(shown, f"its texts have more than {MAX_SHARED / 1e6:g} MB")
        if part.flag_bits & 1:
            raise broken(shown, "it is encrypted", "save it without a password")
        with file.open(part) as stream:
            _no_document_type(stream, shown, is_xml=part.filename.endswith((".xml", ".rels")))


def _no_document_type(stream: IO[bytes], shown: str, *, is_xml: bool) -> None:
    """Only a document type can declare entities, and there may be none (ECMA-376, part 2, 8.1.4)."""
    parser, seen = expat.ParserCreate(), []
    parser.StartDoctypeDeclHandler = lambda *_: seen.append("doctype")
    parser.StartElementHandler = lambda *_: seen.append("root")
    try:
        while not seen and (chunk := stream.read(4_096)):
            parser.Parse(chunk)
    except expat.ExpatError as error:
        if not seen and is_xml:
            raise broken(shown, f"a part of it is not XML: {error}") from None
    if "doctype" in seen:
        message = "a part of it declares a document type, as XML bombs do"
        hint = "open it in a spreadsheet program and save it again"
        raise ContentError(message, code="xlsx.document_type", hint=hint, origin=Origin(path=shown))


def looks_of(file: ZipFile, part: str) -> Looks:
    """Merged cells and formulas without values of one sheet."""
    merged: dict[tuple[int, int], int] = {}
    uncomputed: set[str] = set()
    with file.open(part) as stream:
        for window in _windows(stream):
            for left, top, _, bottom in _MERGED.findall(window):
                if int(bottom) > int(top):
                    merged[int(top), number_of(left.decode())] = int(bottom)
            uncomputed |= {cell.decode() for cell in _NO_VALUE.findall(window)}
    return Looks(merged, frozenset(uncomputed))


def _windows(stream: IO[bytes]) -> Iterator[bytes]:
    """The stream in pieces that share an edge, so that nothing short is cut in two."""
    edge = b""
    while chunk := stream.read(_CHUNK):
        yield edge + chunk
        edge = chunk[-_OVERLAP:]


def number_of(letters: str) -> int:
    """The number of a column, from 1: A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def open_workbook(path: Path, shown: str) -> ZipFile:
    """The file as a ZIP archive, looked at. Raises ContentError."""
    try:
        file = ZipFile(path)
    except BROKEN as error:
        if isinstance(error, OSError) and error.errno is not None:
            why = (error.strerror or str(error)).lower()
            raise ContentError(
                f"cannot read {shown}: {why}",
                code="file.unreadable",
                hint="check that it exists and that you may read it",
                origin=Origin(path=shown),
            ) from None
        raise broken(shown, "it is no ZIP file, or its end is missing") from None
    try:
        check_workbook(file, shown)
    except BROKEN as error:
        file.close()
        raise broken(shown, f"a part of it is damaged ({type(error).__name__})") from None
    except ContentError:
        file.close()
        raise
    return file


def broken(
    shown: str, why: str, hint: str = "open it in a spreadsheet program and save it as .xlsx"
) -> ContentError:
    return ContentError(
        f"{shown} cannot be read as a workbook: {why}",
        code="xlsx.broken",
        hint=hint,
        origin=Origin(path=shown),
    )


def _bomb(shown: str, why: str) -> ContentError:
    hint = "check that it is what it should be; split it if it is"
    return ContentError(
        f"{shown} is too large: {why}", code="xlsx.bomb", hint=hint, origin=Origin(path=shown)
    )
