"""Markdown files: an article each, with its fields in front."""

import re
from dataclasses import dataclass
from typing import Any

from schemas.errors import ContentError
from schemas.problems import Origin
from schemas.record import Path as FieldPath
from sources.base import COMPLETE, Input, Raw
from sources.common import yaml_text
from sources.common.files import FileSource, Records
from sources.common.places import Places, place_at

_OPENING = re.compile(r"---[ \t]*\n")
_CLOSING = re.compile(r"^(?:---|\.\.\.)[ \t]*$\n?", re.MULTILINE)
_BLANK_LINES = re.compile(r"(?:[ \t]*\n)*")


class MarkdownSource(FileSource):
    """Markdown files (.md, .markdown). Fields stand in front between two lines `---`, as YAML.

    The rest is the body. Where no field gives a title, a heading `# …` that begins the body is the title.
    """

    name = "markdown"
    default_kind = "article"
    suffixes = (".md", ".markdown")

    def parse(self, text: str, part: Input) -> Records:
        if not text or text.isspace():
            raise _error(part, "markdown.empty", "there is nothing in it", "write a `# Title` at least", 1)
        cut = _Cut.of(text, part.name)
        data: Any = yaml_text.load(cut.fields, part.name, line_offset=1)
        if not isinstance(data, dict | None):
            message = "the front matter is not a mapping of names to values"
            raise _error(part, "markdown.front_matter", message, "write `name: value`", 2)
        data = dict(data or {})
        body, is_titled = text[cut.body_at("title" in data) :].rstrip(), "title" in data
        if cut.title and not is_titled:
            data["title"] = cut.title
        if body and "body" in data:
            message = "there is a `body` in front and one below"
            line = place_at(text, cut.body_at(is_titled))[0]
            raise _error(part, "markdown.two_bodies", message, "keep one of them", line)
        if body:
            data["body"] = body
        name, locale = self.name_of(part)
        yield Raw(data, Origin(path=part.name, line=1, column=1), name, locale)
        return COMPLETE

    def places(self, text: str) -> Places:
        cut = _Cut.of(text, "")
        found = yaml_text.positions(cut.fields, line_offset=1)
        body_at = cut.body_at(("title",) in found)
        below: dict[FieldPath, int] = {("title",): cut.start} if cut.title else {}
        if text[body_at:].strip():
            below[("body",)] = body_at
        return {**{path: place_at(text, at) for path, at in below.items()}, **found, (): (1, 1)}


@dataclass(frozen=True)
class _Cut:
    """Where the parts of a file begin, as numbers of characters."""

    fields: str
    start: int
    """Of all that is not front matter."""
    title: str | None
    """The heading that it begins with."""
    rest: int
    """Of what is below the heading."""

    @classmethod
    def of(cls, text: str, shown: str) -> "_Cut":
        """Raises ContentError if the front matter does not end."""
        fields, start = "", 0
        if opening := _OPENING.match(text):
            closing = _closing(text, opening.end())
            if closing is None:
                message = "the front matter that begins here does not end"
                hint = "put a line `---` below its last field"
                origin = Origin(path=shown, line=1, column=1)
                raise ContentError(message, code="markdown.unclosed", hint=hint, origin=origin)
            fields, start = text[opening.end() : closing[0]], closing[1]
        start = _after_blank_lines(text, start)
        end = text.find("\n", start)
        title = _heading(text[start : end if end >= 0 else len(text)])
        rest = start if title is None else len(text) if end < 0 else _after_blank_lines(text, end)
        return cls(fields, start, title, rest)

    def body_at(self, is_titled: bool) -> int:
        """Where the body begins if a field gives the title, or does not."""
        return self.start if is_titled else self.rest


def _closing(text: str, at: int) -> tuple[int, int] | None:
    """Where the line that closes the front matter begins and ends, of those behind `at`."""
    end = text.find("\n---", at - 1)
    if end >= 0 and text.startswith("\n", end + 4) and text.find("\n...", at - 1, end) < 0:
        return end + 1, end + 5
    found = _CLOSING.search(text, at)
    return found.span() if found else None


def _after_blank_lines(text: str, at: int) -> int:
    found = _BLANK_LINES.match(text, at)
    return found.end() if found else at


def _heading(line: str) -> str | None:
    """The text of a first heading in Markdown's own way (`# …`); None if the line is none."""
    if not line.startswith(("# ", "#\t")):
        return None
    title = line[1:].strip()
    bare = title.rstrip("#")
    return (title if bare.strip() and not bare.endswith((" ", "\t")) else bare.strip()) or None


def _error(part: Input, code: str, message: str, hint: str, line: int) -> ContentError:
    return ContentError(message, code=code, hint=hint, origin=Origin(path=part.name, line=line))
