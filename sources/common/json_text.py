"""JSON (RFC 8259) without its traps: no name twice, no NaN, no half characters, not too deep."""

import json
import re
from typing import Any

from schemas.errors import ContentError
from schemas.problems import Origin
from sources.common.json_places import constant, half_character, too_deep, twice
from sources.common.places import Place
from sources.common.scalars import number

MAX_DEPTH = 100
"""Objects and lists inside each other."""

_SPACE = re.compile(r"[ \t\n\r]*")

_WORDS = {
    "Expecting property name enclosed in double quotes": (
        "a name in double quotes is expected here",
        "names stand in double quotes, and no comma before the closing bracket",
    ),
    "Expecting value": ("a value is expected here", "texts stand in double quotes, and no comma at the end"),
    "Expecting ',' delimiter": ("a comma or a closing bracket is missing here", "check the line above too"),
    "Expecting ':' delimiter": ("a colon is missing here", 'write "name": value'),
    "Illegal trailing comma": ("a comma cannot stand before a closing bracket", "remove it"),
    "Unterminated string": ("the quotes that open here are never closed", "close them"),
    "Invalid control character": ("a text goes over the end of its line", r"write \n for a new line"),
    "Invalid \\escape": ("a backslash begins nothing known here", "double the backslash"),
    "Invalid \\uXXXX escape": (r"\u needs four hexadecimal digits", "write the character itself"),
    "Extra data": ("there is something behind the end", "several records go into a list, or into .ndjson"),
}


def load(text: str, shown: str, *, line_offset: int = 0) -> Any:
    """The data of one JSON text. Raises ContentError with the place in `shown`."""
    return _loaded(text, shown, line_offset)[0]


def load_items(text: str, shown: str) -> tuple[Any, list[Place]]:
    """The data, and the places of the items if it is a list, else the one place of all of it."""
    data, starts = _loaded(text, shown, 0)
    return data, _places(text, starts)


def _loaded(text: str, shown: str, line_offset: int) -> tuple[Any, list[int]]:
    """As `_decoded`. Raises ContentError with the place in `shown`."""
    try:
        data, starts = _decoded(text)
    except _Fault as fault:
        error = fault.explain(text, shown, line_offset)
    except json.JSONDecodeError as wrong:
        found = (words for beginning, words in _WORDS.items() if wrong.msg.startswith(beginning))
        message, hint = next(found, (f"this is not JSON: {wrong.msg}", None))
        error = _error("json.syntax", message, hint, shown, (wrong.lineno, wrong.colno), line_offset)
    except RecursionError:
        error = _deep(shown, too_deep(text, MAX_DEPTH) or (1, 1), line_offset)
    else:
        if place := too_deep(text, MAX_DEPTH):
            raise _deep(shown, place, line_offset)
        if place := half_character(text):
            message, hint = "an escape stands for half a character, or for NUL", "write the character itself"
            raise _error("json.character", message, hint, shown, place, line_offset)
        return data, starts
    raise error from None


def _decoded(text: str) -> tuple[Any, list[int]]:
    """The data, and where its items begin (or all of it, if it is no list)."""
    at = start = _after_space(text, 0)
    if text[at : at + 1] != "[":
        data, at = _DECODER.raw_decode(text, at)
        _check_end(text, at)
        return data, [start]
    items: list[Any] = []
    starts: list[int] = []
    at = _after_space(text, at + 1)
    while items or text[at : at + 1] != "]":
        starts.append(at)
        item, at = _DECODER.raw_decode(text, at)
        items.append(item)
        at = _after_space(text, at)
        if text[at : at + 1] == "]":
            break
        if text[at : at + 1] != ",":
            raise json.JSONDecodeError("Expecting ',' delimiter", text, at)
        at = _after_space(text, at + 1)
    _check_end(text, at + 1)
    return items, starts


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _check_end(text: str, at: int) -> None:
    if (end := _after_space(text, at)) != len(text):
        raise json.JSONDecodeError("Extra data", text, end)


def _places(text: str, starts: list[int]) -> list[Place]:
    """Lines and columns of rising offsets."""
    places: list[Place] = []
    line, seen, line_start = 1, 0, 0
    for at in starts:
        line, line_start = line + text.count("\n", seen, at), max(line_start, text.rfind("\n", seen, at) + 1)
        places.append((line, at - line_start + 1))
        seen = at
    return places


class _Fault(Exception):
    """Something that Python's parser lets pass; told at its place once the place is looked for."""

    def explain(self, text: str, shown: str, line_offset: int) -> ContentError:
        found = twice(text) if self.args == ("twice",) else None
        if found is None:
            message, hint = f"{self.args[0]} is not a number that JSON knows", "write null, or leave it out"
            return _error("json.number", message, hint, shown, constant(text), line_offset)
        name, (line, column), second = found
        message = f"`{name}` stands twice: here and at {shown}:{line + line_offset}:{column}"
        return _error("json.duplicate_key", message, "remove one of them", shown, second, line_offset)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) != len(pairs):
        raise _Fault("twice")
    return data


def _no_constant(word: str) -> Any:
    raise _Fault(word)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_once, parse_int=number, parse_float=number, parse_constant=_no_constant
)


def _deep(shown: str, place: Place, line_offset: int) -> ContentError:
    message = f"objects and lists are nested more than {MAX_DEPTH} deep"
    return _error("json.too_deep", message, "make it flatter", shown, place, line_offset)


def _error(
    code: str, message: str, hint: str | None, shown: str, place: Place, line_offset: int
) -> ContentError:
    origin = Origin(path=shown, line=place[0] + line_offset, column=place[1])
    return ContentError(message, code=code, hint=hint, origin=origin)
