"""JSON as files hold it: the same value always gives the same bytes."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

from exporters.base import Fields
from schemas.errors import Rejected

MARKER = "_leopard"
"""The member by which our own files are known; no field of a kind can be called so."""

_NESTED, _SIZED = (dict, list), (str, dict, list)


def dumps(value: Any) -> bytes:
    """Sorted members, UTF-8, two spaces. Raises Rejected for what JSON cannot hold."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2)
    except orjson.JSONEncodeError as error:
        raise Rejected(
            f"it cannot be written as JSON: {str(error).lower()}",
            hint="look for half characters (lone surrogates) and for numbers of more than 64 bits",
        ) from error


def load(path: Path) -> Fields | None:
    """The object in a file that carries our marker; None for any other file. Raises OSError."""
    data = path.read_bytes()
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) and isinstance(value.get(MARKER), dict) else None


def document(head: Fields, name: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """A whole document in pieces: the members of `head` in their order, then the list called `name`."""
    yield b"{\n"
    for member, value in head.items():
        yield b"  %s: %s,\n" % (dumps(member), dumps(value).replace(b"\n", b"\n  "))
    yield b"  %s: [" % dumps(name)
    yield from pieces
    yield b"\n  ]\n}\n"


def item(value: Any, *, first: bool) -> bytes:
    """One piece of a document's list."""
    return (b"\n    " if first else b",\n    ") + dumps(value).replace(b"\n", b"\n    ")


def without_empty(value: Any) -> Any:
    """The value without members that are null, empty texts, empty lists or empty objects."""
    if isinstance(value, dict):
        kept = {}
        for name, inner in value.items():
            if isinstance(inner, _NESTED):
                inner = without_empty(inner)
            if inner or not (inner is None or isinstance(inner, _SIZED)):
                kept[name] = inner
        return kept
    if isinstance(value, list):
        return [without_empty(inner) for inner in value if inner is not None]
    return value
