"""Characters that most channels cannot hold, found in what a source gave: a loss that has to be said."""

import re
from collections.abc import Iterator
from typing import Any

import orjson

from schemas.problems import Problem
from schemas.record import Path

_ODD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_HALF = re.compile("[\ud800-\udfff]")
_SHOWN = 5
_ESCAPES = frozenset((b"b", b"f", b"u"))
"""One of these stands behind a backslash in the JSON of most such texts, and seldom in that of others."""


def may_hold_odd_text(data: Any) -> bool:
    """May there be any such text? To be asked first: of most data it is quickly told that there is none."""
    try:
        written = orjson.dumps(data, default=str, option=orjson.OPT_NON_STR_KEYS)
    except (TypeError, ValueError):  # among others, half characters
        return True
    if b"\x7f" in written or b"\xc2" in written or (b"\xef" in written and b"\xef\xbf" in written):
        return True
    return not _ESCAPES.isdisjoint(
        [part[:1] for part in written.split(b"\\")]
    )  # faster than to search for each


def odd_texts(data: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every text with such a character, and where it stands."""
    if isinstance(data, str):
        if not data.isprintable() and _ODD.search(data):  # most texts are told by the first, which is fast
            yield path, data
    elif isinstance(data, dict):
        for name, inner in data.items():
            yield from odd_texts(inner, (*path, str(name)))
    elif isinstance(data, list | tuple):
        for at, inner in enumerate(data):
            yield from odd_texts(inner, (*path, at))


def whole(data: Any) -> Any:
    """The same with \ufffd in place of half characters, which can be written nowhere."""
    if isinstance(data, str):
        return _HALF.sub("\ufffd", data)
    if isinstance(data, dict):
        return {whole(name): whole(inner) for name, inner in data.items()}
    return [whole(inner) for inner in data] if isinstance(data, list | tuple) else data


def told(key: str, found: list[tuple[Path, str]]) -> tuple[Problem, Path]:
    """One warning for a record, and where the first of its odd characters stands."""
    kinds = list(dict.fromkeys(f"U+{ord(one):04X}" for _, text in found for one in _ODD.findall(text)))
    named = ", ".join(kinds[:_SHOWN]) + (" and others" if len(kinds) > _SHOWN else "")
    problem = Problem(
        code="text.odd_characters",
        message=f"{key} holds characters that most channels leave out: {named}",
        severity="warning",
        hint="remove them; a half character becomes \ufffd, and where others cannot be written they go",
    )
    return problem, found[0][0]
