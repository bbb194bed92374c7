"""The plain text of a web page as a person copied it: one page, and the records that it names."""

import os
import re
from pathlib import PurePosixPath
from typing import Any

from pydantic import Field

from schemas.errors import ContentError
from schemas.problems import Origin, Problem
from schemas.record import Path as FieldPath
from sources.base import COMPLETE, Input, Outcome, Raw
from sources.common.files import FileSource, Records
from sources.common.page.draft import Found
from sources.common.page.parts import lines_of
from sources.common.page.reader import PageReader


class CaptureSource(FileSource):
    """Captured pages (.txt). Each gives a page, its hero and other images, who is quoted, and its topics."""

    name = "capture"
    default_kind = "page"
    suffixes = (".txt",)
    limit = 1_000_000

    class Options(FileSource.Options):
        images: dict[str, str] = Field(
            {},
            description="The images themselves, which a copied text does not hold: "
            "per name (`leopards/hero`) a path in the project or an address",
        )

    options: Options

    def parse(self, text: str, part: Input) -> Records:
        name, locale = self.name_of(part)
        reader = PageReader(lines_of(text), part.name, name).read()
        problems = reader.draft.problems
        if reader.page is None:
            yield from problems
            return Outcome(state="partial", reason=f"{part.name}: no title")
        yield from sorted(problems, key=lambda one: (one.origin and one.origin.line) or 0)
        yield Raw(reader.page.data, Origin(path=part.name, line=reader.page.line), name, locale)
        for key, found in reader.draft.others.items():
            origin = Origin(path=part.name, line=found.line)
            own = key.partition(":")[2]
            bytes_of = self._bytes(own, part) if found.data["kind"] == "asset" else {}
            if bytes_of is None:
                yield _without_bytes(own, found, origin)
            yield Raw({**found.data, **(bytes_of or {})}, origin, own, locale, implied=True)
        return COMPLETE

    def _bytes(self, own: str, part: Input) -> dict[str, str] | None:
        """The field that says where an image's bytes are; None if nobody has said."""
        place = self.options.images.get(own)
        if place is None:
            return None
        if re.match(r"https?:", place):
            return {"url": place}
        return {"file": PurePosixPath(os.path.relpath(place, os.path.dirname(part.name))).as_posix()}

    def locate(self, origin: Origin, path: FieldPath) -> Origin:
        try:
            text = self.text(self.context.root / origin.path, origin.path)
        except ContentError:
            return origin
        lines = lines_of(text)
        name, _ = self.name_of(Input(name=origin.path))
        reader = PageReader(lines, origin.path, name).read()
        for found in (reader.page, *reader.draft.others.values()):
            if found is not None and found.line == origin.line:
                return _placed(origin, found, path, {line.number: line.raw for line in lines})
        return origin


def _placed(origin: Origin, found: Found, path: FieldPath, raw: dict[int, str]) -> Origin:
    """The place of the value at `path`, else of the nearest thing around it that is known."""
    known = next((path[:end] for end in range(len(path), 0, -1) if path[:end] in found.lines), ())
    line = found.lines.get(known, found.line)
    value: Any = found.data
    for part in known:
        step: Any = part
        value = value[step] if isinstance(value, list) or step in value else None
    column = raw[line].find(value) if isinstance(value, str) else -1
    indent = len(raw[line]) - len(raw[line].lstrip())
    return origin.model_copy(update={"line": line, "column": max(column, indent) + 1})


def _without_bytes(own: str, found: Found, origin: Origin) -> Problem:
    shown = found.data.get("caption") or found.data["credit"]
    return Problem(
        code="capture.image_missing",
        severity="warning",
        message=f'the image "{shown}" itself is not in a copied text; the page keeps its words and credit',
        hint=f"say where it is, under `images` of the source in leopard.yaml: {own}: path/of/the/image.jpg",
        origin=origin,
        key=found.data["key"],
    )
