"""JSON files: one record each or a list of records; and files with a record on each line (NDJSON)."""

from collections.abc import Iterator
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any

from schemas.errors import ContentError
from schemas.problems import Origin, Problem
from schemas.record import Path as FieldPath
from sources.base import COMPLETE, Input, Known, Line, Outcome, Raw, Reading
from sources.common import json_places, json_text
from sources.common.documents import DocumentSource
from sources.common.files import Records
from sources.common.places import Cursor, Place, Places, nearest
from transport.files import fingerprint, read_lines

_SPACE = " \t\r\n"
"""What may stand around a value (RFC 8259)."""
AT_ONCE = 500
"""Lines, or thousands of characters in them, that are looked up at once."""


class JsonSource(DocumentSource):
    """JSON files: .json is a record or a list of records, .ndjson and .jsonl have a record on each line.

    No kind is the usual one: the record or the configuration says it.
    """

    name = "json"
    suffixes = (".json", ".ndjson", ".jsonl")

    def __init__(self, options: Any, context: Any) -> None:
        super().__init__(options, context)
        self._lines: Cursor[str | ContentError] = Cursor()

    def load(self, text: str, shown: str) -> tuple[Any, list[Place]]:
        return json_text.load_items(text, shown) if text.strip() else (None, [(1, 1)])

    def places(self, text: str) -> Places:
        return json_places.positions(text)

    def records(self, path: Path, part: Input) -> Records:
        if not _has_lines(part.name):
            return (yield from super().records(path, part))
        return (yield from self._unknown(lambda lines, at: 0, path, part))

    def read_unknown(self, part: Input, known: Known) -> Reading:
        if not _has_lines(part.name):
            return self.read(part)
        return self.reading(part, partial(self._unknown, known))

    def _unknown(self, known: Known, path: Path, part: Input) -> Records:
        """Raw records of the lines that are not known."""
        outcome = COMPLETE
        for found in self._each_unknown(known, path, part):
            if isinstance(found, Problem):
                outcome = Outcome(state="partial", reason=f"{part.name}: {found.message}")
            yield found
        return outcome

    def _each_unknown(self, known: Known, path: Path, part: Input) -> Iterator[Raw | Problem]:
        name, locale = self.name_of(part)
        for lines in _portions(path, part):
            if isinstance(lines, Problem):
                yield lines
                continue
            at = 0
            while (at := at + known(lines, at)) < len(lines):
                yield self._line(lines[at], part, name, locale)
                at += 1

    def _line(self, line: Line, part: Input, name: str, locale: str | None) -> Raw | Problem:
        try:
            data = json_text.load(line.text, part.name, line_offset=line.number - 1)
        except ContentError as error:
            return error.problem
        return self.item(data, Origin(path=part.name, line=line.number), name, locale, line.digest)

    def locate(self, origin: Origin, path: FieldPath) -> Origin:
        if origin.line is None or not _has_lines(origin.path):
            return super().locate(origin, path)
        file = self.context.root / origin.path
        lines = self._lines.find(
            (origin.path, fingerprint(file)), origin.line, lambda: enumerate(read_lines(file, origin.path), 1)
        )
        if not isinstance(lines, str):
            return origin
        _, column = nearest(json_places.positions(lines), path) or (1, None)
        return origin.model_copy(update={"column": column})


def _portions(path: Path, part: Input) -> Iterator[list[Line] | Problem]:
    """The lines of a file, many at a time, and what is wrong with those that cannot be read."""
    lines, size = list[Line](), 0
    try:
        for number, text in enumerate(read_lines(path, part.name), 1):
            if isinstance(text, ContentError):
                yield lines
                yield text.problem
                lines, size = [], 0
            elif text.strip():
                record = text.strip(_SPACE)
                lines.append(Line(number, text, blake2b(record.encode(), digest_size=16).digest()))
                size += len(text)
                if len(lines) == AT_ONCE or size > AT_ONCE * 1000:
                    yield lines
                    lines, size = [], 0
    except ContentError:
        yield lines
        raise
    yield lines


def _has_lines(name: str) -> bool:
    return name.lower().endswith((".ndjson", ".jsonl"))
