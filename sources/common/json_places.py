"""Where each field of a JSON text stands, and the places of what a parser would let pass."""

import json
import re
from collections.abc import Iterator

from schemas.record import Path as FieldPath
from sources.common.places import Place, Places, Walker, place_at

_STRING = r'"(?:[^"\\]++|\\.)*+"?'
_TOKEN = re.compile(_STRING + r'|[\[\]{},:]|[^\[\]{},:"\s]+', re.DOTALL)
_BRACKET = re.compile(_STRING + r"|([\[{])|([\]}])", re.DOTALL)
_CONSTANT = re.compile(_STRING + r"|(NaN|-?Infinity)", re.DOTALL)
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|u([dD][89a-fA-F][0-9a-fA-F]{2}|0000)|.)",
    re.DOTALL,
)
"""An escape, or two that are one character; group 1 if it is half of a character, or NUL."""


def positions(text: str) -> Places:
    """Where the name of each field and each item of a list stands. `text` has to be valid JSON."""
    found: Places = {}
    for path, place in _walk(text):
        found.setdefault(path, place)
    return found


def twice(text: str) -> tuple[str, Place, Place] | None:
    """The first name that stands twice in one object, and both its places."""
    seen: Places = {}
    for path, place in _walk(text):
        if path in seen:
            return str(path[-1]), seen[path], place
        seen[path] = place
    return None


def _walk(text: str) -> Iterator[tuple[FieldPath, Place]]:
    """Path and place of each name and item in the order of the text."""
    walker, line, start, seen = Walker(), 1, 0, 0
    for token in _TOKEN.finditer(text):
        word, at = token[0], token.start()
        if word in "]}" and walker.depth:
            walker.close()
        if word in "]},:":
            continue
        line, start = line + text.count("\n", seen, at), max(start, text.rfind("\n", seen, at) + 1)
        seen = at
        path, is_its_place = walker.enter(
            json.loads(word) if word[0] == '"' and "\\" in word else word.strip('"')
        )
        if is_its_place:
            yield path, (line, at - start + 1)
        if word in "[{":
            walker.open(path, is_mapping=word == "{")


def too_deep(text: str, limit: int) -> Place | None:
    """The place of the first bracket that opens more than `limit` deep; None if none does."""
    if text.count("{") + text.count("[") <= limit:
        return None
    depth = 0
    for bracket in _BRACKET.finditer(text):
        depth += bool(bracket[1]) - bool(bracket[2])
        if depth > limit:
            return place_at(text, bracket.start())
    return None


def half_character(text: str) -> Place | None:
    """The place of the first escape that stands for half a character or for NUL; None if there is none."""
    found = (escape for escape in _ESCAPE.finditer(text) if escape[1]) if "\\u" in text else iter(())
    return next((place_at(text, escape.start()) for escape in found), None)


def constant(text: str) -> Place:
    """The place of the first NaN or Infinity."""
    return next(place_at(text, found.start()) for found in _CONSTANT.finditer(text) if found[1])
