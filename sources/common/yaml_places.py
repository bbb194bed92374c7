"""Where each field of a YAML text stands."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any

import yaml

from schemas.record import Path as FieldPath
from sources.common.places import Place, Places, Walker, nearest

Parser: Any = yaml.cyaml.CParser if yaml.__with_libyaml__ else yaml.SafeLoader  # type: ignore[attr-defined]

_ODD_BREAKS = re.compile("[\x85\u2028\u2029]")

MAX_DEPTH = 100
"""Mappings and lists inside each other."""


def events(text: str) -> Iterator[Any]:
    """What the parser meets, one thing at a time. Raises yaml.YAMLError or UnicodeEncodeError."""
    parser = Parser(text)
    while not isinstance(event := parser.get_event(), yaml.StreamEndEvent):
        yield event


class Marks:
    """Lines and columns of the parser's marks, which count from 0.

    The parser ends lines at three more characters than editors do; where there are any, we count ourselves.
    """

    def __init__(self, text: str, line_offset: int) -> None:
        self.line_offset = line_offset
        odd = _ODD_BREAKS.search(text)
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))] if odd else None

    def place(self, mark: Any) -> Place:
        if self._starts is None:
            return mark.line + 1 + self.line_offset, mark.column + 1
        line = bisect_right(self._starts, mark.index)
        return line + self.line_offset, mark.index - self._starts[line - 1] + 1


def locate(text: str, path: FieldPath, *, line_offset: int = 0) -> Place | None:
    """The place of the field at `path`, or of what is nearest above it."""
    return nearest(positions(text, line_offset=line_offset), path)


def positions(text: str, *, line_offset: int = 0) -> Places:
    """Where the name of each field and each item of a list stands, as far as the text can be read.

    What an alias or a merge key stands for has no place of its own.
    """
    found: Places = {}
    for path, place in walk(text, line_offset):
        found.setdefault(path, place)
    return found


def walk(text: str, line_offset: int) -> Iterator[tuple[FieldPath, Place]]:
    """Path and place of each name and item in the order of the text, names that stand twice included."""
    walker, marks = Walker(), Marks(text, line_offset)
    try:
        for event in events(text):
            if isinstance(event, yaml.CollectionEndEvent):
                walker.close()
            elif isinstance(event, yaml.NodeEvent):
                path, is_its_place = walker.enter(str(getattr(event, "value", "")))
                if is_its_place:
                    yield path, marks.place(event.start_mark)
                if isinstance(event, yaml.CollectionStartEvent):
                    walker.open(path, is_mapping=isinstance(event, yaml.MappingStartEvent))
            if walker.depth > MAX_DEPTH:
                return
    except (yaml.YAMLError, UnicodeEncodeError):
        return
