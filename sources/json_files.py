"""JSON files: one record each or a list of records; and files with a record on each line (NDJSON)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from schemas.errors import ContentError
from schemas.problems import Origin, Problem
from schemas.record import Path as FieldPath
from sources.base import COMPLETE, Input, Outcome, Raw
from sources.common import json_places, json_text
from sources.common.documents import DocumentSource
from sources.common.files import Records, fingerprint
from sources.common.places import Cursor, Place, Places, nearest
from transport.files import read_lines


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
        outcome = COMPLETE
        for found in self._each_line(path, part):
            if isinstance(found, Problem):
                outcome = Outcome(state="partial", reason=f"{part.name}: {found.message}")
            yield found
        return outcome

    def _each_line(self, path: Path, part: Input) -> Iterator[Raw | Problem]:
        name, locale = self.name_of(part)
        for number, line in enumerate(read_lines(path, part.name), 1):
            if isinstance(line, ContentError):
                yield line.problem
            elif line.strip():
                try:
                    data = json_text.load(line, part.name, line_offset=number - 1)
                except ContentError as error:
                    yield error.problem
                else:
                    yield self.item(data, Origin(path=part.name, line=number), name, locale)

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


def _has_lines(name: str) -> bool:
    return name.lower().endswith((".ndjson", ".jsonl"))
