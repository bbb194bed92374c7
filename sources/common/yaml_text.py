"""
YAML as people write content in it: plain data straight from libyaml's events, within fixed bounds.

Nothing is guessed and nothing is lost (see `scalars.plain`), names are text, no name stands twice, nothing
is executed. Aliases and merge keys (`<<`) work as far as they do not make a small file huge.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import yaml

from schemas.errors import ContentError
from schemas.problems import Origin
from sources.common.places import Place, Places
from sources.common.scalars import plain
from sources.common.yaml_places import MAX_DEPTH, Marks, Parser, events, locate, positions, walk
from sources.common.yaml_words import explain, unprintable

__all__ = ["MAX_COPIES", "MAX_DEPTH", "load", "load_items", "locate", "positions"]

MAX_COPIES = 10_000
"""Values that all aliases of a document may stand for."""

_TEXT_TAG = "tag:yaml.org,2002:str"
_MERGE = object()
_TOO_DEEP = "exceeded maximum nesting depth"
"""What libyaml says from 0.2.6 on."""


def load(text: str, shown: str, *, line_offset: int = 0) -> Any:
    """The data of one document; None if there is none. Raises ContentError with the place in `shown`."""
    return _Builder(text, shown, line_offset).build()


def load_items(text: str, shown: str) -> tuple[Any, list[Place]]:
    """The data, and the places of the items if it is a list, else the one place of all of it."""
    builder = _Builder(text, shown, 0)
    data = builder.build()
    return data, builder.places[1:] if isinstance(data, list) else builder.places[:1]


class _Frame:
    """A mapping or a list that is being filled."""

    is_mapping = False
    name: Any = None
    merged: Any = None
    merge_mark: Any = None

    def __init__(self, items: Any) -> None:
        self.items = items


class _Mapping(_Frame):
    is_mapping = True


class _Builder:
    """One document on its way from events to data."""

    def __init__(self, text: str, shown: str, line_offset: int) -> None:
        self.text, self.shown, self.line_offset = text, shown, line_offset
        self.marks = Marks(text, line_offset)
        self.frame = _Frame([])
        self.frames = [self.frame]
        self.anchors: dict[str, Any] = {}
        self.copies = 0
        self.places: list[Place] = []

    def build(self) -> Any:
        try:
            self.take(Parser(self.text).get_event)
        except yaml.MarkedYAMLError as error:
            if _TOO_DEEP in (error.problem or ""):
                self.look_where_it_is_too_deep(error.problem_mark)
            message, hint, mark = explain(error, self.text)
            raise self.error("yaml.syntax", message, self.place(mark), hint) from error
        except (yaml.reader.ReaderError, UnicodeEncodeError) as error:
            message, (line, column) = unprintable(self.text)
            place = (line + self.line_offset, column)
            raise self.error("yaml.character", message, place, "remove it") from error
        items = self.frame.items
        return items[0] if items else None

    def take(self, following: Callable[[], Any]) -> None:
        """Each event to its handler; most are scalars of a mapping, which are put in without a detour."""
        scalar, end = yaml.ScalarEvent, yaml.StreamEndEvent
        while (kind := type(event := following())) is not end:
            frame = self.frame
            if kind is scalar and frame.is_mapping and event.tag is None and event.anchor is None:
                value = event.value
                if frame.name is None:
                    odd = value in frame.items or value in ("", "<<")
                    frame.name = self.odd_name(value, event) if odd else value
                    continue
                if frame.name is not _MERGE and "\0" not in value:
                    frame.items[frame.name] = plain(value) if event.implicit[0] else value
                    frame.name = None
                    continue
            _HANDLERS[kind](self, event)

    def scalar(self, event: Any) -> None:
        value, frame = event.value, self.frame
        if event.tag is not None:
            self.check_tag(event)
        if frame.is_mapping and frame.name is None:
            if value in frame.items or value in ("", "<<"):
                value = self.odd_name(value, event)
        elif event.implicit[0]:
            value = plain(value)
        elif "\0" in value:
            message = "a text holds a NUL character"
            raise self.error("yaml.character", message, self.place(event.start_mark), "remove it")
        if event.anchor is not None:
            self.anchors[event.anchor] = value
        self.add(value, event)

    def add(self, value: Any, event: Any) -> None:
        frame = self.frame
        if not frame.is_mapping:
            frame.items.append(value)
            if len(self.frames) <= 2:
                self.places.append(self.place(event.start_mark))
        elif frame.name is None:
            frame.name = value
        elif frame.name is _MERGE:
            frame.merged, frame.merge_mark, frame.name = value, event.start_mark, None
        else:
            frame.items[frame.name], frame.name = value, None

    def odd_name(self, name: str, event: Any) -> Any:
        """What a name stands for that is empty, a merge key or there already."""
        is_merge = name == "<<" and event.implicit[0]
        if name in self.frame.items or (is_merge and self.frame.merged is not None):
            raise self.twice(name, event)
        if not name:
            raise self.no_name(event)
        return _MERGE if is_merge else name

    def start(self, event: Any) -> None:
        if event.tag is not None:
            self.check_tag(event)
        if self.frame.is_mapping and self.frame.name is None:
            raise self.no_name(event)
        if len(self.frames) > MAX_DEPTH:
            raise self.too_deep(event)
        items: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
        if event.anchor is not None:
            self.anchors[event.anchor] = items
        self.add(items, event)
        self.frame = _Mapping(items) if items == {} else _Frame(items)
        self.frames.append(self.frame)

    def end(self, event: Any) -> None:
        if self.frame.merged is not None:
            self.merge()
        self.frames.pop()
        self.frame = self.frames[-1]

    def merge(self) -> None:
        """Put in what `<<` takes in, where it does not stand already."""
        merged, mark, items = self.frame.merged, self.frame.merge_mark, self.frame.items
        for source in merged if isinstance(merged, list) else [merged]:
            if not isinstance(source, dict):
                message = "`<<` takes in something that is not a mapping"
                hint = "give it an alias of a mapping, or a list of them"
                raise self.error("yaml.merge", message, self.place(mark), hint)
            for name, value in source.items():
                items.setdefault(name, value)

    def alias(self, event: Any) -> None:
        name = event.anchor
        value = self.anchors.get(name, _MERGE)
        if value is _MERGE or any(frame.items is value for frame in self.frames):
            message = f"*{name} refers to nothing above it"
            hint = "a text that begins with * needs quotes"
            raise self.error("yaml.alias", message, self.place(event.start_mark), hint)
        if self.frame.is_mapping and self.frame.name is None:
            raise self.no_name(event)
        self.add(self.copied(value, len(self.frames), event), event)

    def copied(self, value: Any, depth: int, event: Any) -> Any:
        """What an alias stands for, so that no two places share it; counted, so that it stays small."""
        self.copies += 1
        if self.copies > MAX_COPIES:
            message = f"aliases stand for more than {MAX_COPIES:,} values"
            hint = "write the values out where they belong"
            raise self.error("yaml.too_many_aliases", message, self.place(event.start_mark), hint)
        if not isinstance(value, dict | list):
            return value
        if depth > MAX_DEPTH:
            raise self.too_deep(event)
        if isinstance(value, list):
            return [self.copied(item, depth + 1, event) for item in value]
        return {name: self.copied(item, depth + 1, event) for name, item in value.items()}

    def document(self, event: Any) -> None:
        if self.frame.items:
            message, hint = "a second document begins here", "make a list of them, or several files"
            raise self.error("yaml.many_documents", message, self.place(event.start_mark), hint)

    def skip(self, event: Any) -> None:
        """Nothing to build from this."""

    def check_tag(self, event: Any) -> None:
        if event.tag != _TEXT_TAG or not isinstance(event, yaml.ScalarEvent):
            message = f"the tag {event.tag.replace('tag:yaml.org,2002:', '!!')} is not allowed"
            hint = "remove it; a text that begins with ! needs quotes"
            raise self.error("yaml.tag", message, self.place(event.start_mark), hint)

    def no_name(self, event: Any) -> ContentError:
        message, hint = "a field needs a text as its name", "write `name: value`"
        return self.error("yaml.key", message, self.place(event.start_mark), hint)

    def too_deep(self, event: Any) -> ContentError:
        message = f"mappings and lists are nested more than {MAX_DEPTH} deep"
        return self.error("yaml.too_deep", message, self.place(event.start_mark), "make it flatter")

    def look_where_it_is_too_deep(self, mark: Any) -> None:
        """The parser looks ahead, and gave up before it told anything. Raises ContentError for the place."""
        with suppress(yaml.YAMLError):
            before = _Builder(self.text[: mark.index - MAX_DEPTH], self.shown, self.line_offset)
            for event in events(before.text):
                _HANDLERS[type(event)](before, event)

    def twice(self, name: str, event: Any) -> ContentError:
        here, seen = self.place(event.start_mark), Places()
        line, column = here
        for path, place in walk(self.text, self.line_offset):
            if place == here:
                line, column = seen.get(path, here)
                break
            seen.setdefault(path, place)
        message = f"`{name}` stands twice: here and at {self.shown}:{line}:{column}"
        return self.error("yaml.duplicate_key", message, here, "remove one of them")

    def place(self, mark: Any) -> Place:
        return self.marks.place(mark)

    def error(self, code: str, message: str, place: Place, hint: str | None) -> ContentError:
        line, column = place
        last = self.text.rstrip("\n").count("\n") + 1 + self.line_offset
        origin = Origin(path=self.shown, line=min(line, last), column=column if line <= last else None)
        return ContentError(message, code=code, hint=hint, origin=origin)


_HANDLERS: dict[type, Callable[[_Builder, Any], None]] = {
    yaml.StreamStartEvent: _Builder.skip,
    yaml.DocumentStartEvent: _Builder.document,
    yaml.DocumentEndEvent: _Builder.skip,
    yaml.ScalarEvent: _Builder.scalar,
    yaml.AliasEvent: _Builder.alias,
    yaml.MappingStartEvent: _Builder.start,
    yaml.SequenceStartEvent: _Builder.start,
    yaml.MappingEndEvent: _Builder.end,
    yaml.SequenceEndEvent: _Builder.end,
}
