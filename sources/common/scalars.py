"""What a word of a content file means: a number only where nothing of the text would be lost."""

import re
from typing import Any

_NUMBER = re.compile(r"(?P<whole>-?(?:0|[1-9][0-9]{0,17}))|-?(?:0|[1-9][0-9]*)\.[0-9]+(?:e[+-][0-9]+)?")
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


def plain(text: str) -> Any:
    """The value of a YAML scalar without quotes, after the core schema of YAML 1.2.

    A number has to come out as it was written: `1.10`, `012`, `12:30`, `1_000`, `0x1F` and `1e3` stay text,
    and so do `NO` and dates.
    """
    if text in _WORDS:
        return _WORDS[text]
    return number(text) if text[0] in "-0123456789" else text


def number(text: str) -> int | float | str:
    """The number, if writing it down again gives the same text and it has at most 18 digits."""
    match = _NUMBER.fullmatch(text)
    if match is None or text == "-0":
        return text
    if match["whole"]:
        return int(text)
    value = float(text)
    return value if repr(value) == text else text
