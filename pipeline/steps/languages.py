"""Which language's habits a text follows. Not a step itself."""

import re
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel import Locale


@cache
def habits(tag: str) -> "Locale":
    """Babel's data for a language tag, else for its language, else for English."""
    from babel import Locale
    from babel.core import UnknownLocaleError

    for attempt in (tag, tag.partition("-")[0]):
        try:
            return Locale.parse(attempt, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en")


def base_language(tag: str) -> str:
    return tag.partition("-")[0]


def date_in_words(written: str, tag: str) -> str:
    """`2016-10-21`, `2016-10` or `2016` as it is written in a language. Raises ValueError for any other."""
    if not re.fullmatch(r"[0-9]{4}(-[0-9]{2}){0,2}", written):
        raise ValueError(f"{written!r} is not a date")
    parts = [int(part) for part in written.split("-")]
    day = date(*(*parts, 1, 1)[:3])
    if len(parts) == 1:
        return written
    from babel.dates import format_date, format_skeleton

    if len(parts) == 2:
        return format_skeleton("yMMMM", day, locale=habits(tag))
    return format_date(day, "long", locale=habits(tag))
