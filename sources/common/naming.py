"""What the key of a record is made of where several records share a file and have no path of their own."""

import re
from typing import Any

from slugify import slugify

from schemas.problems import Origin, Problem

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_NAMING = ("key", "name", "doi", "isbn", "title")


def own_name(data: dict[str, Any]) -> str | None:
    """The first of key (without its kind), name, DOI, ISBN and title that is written, as a slug.

    Never the place in the file: that changes when another record is added above.
    """
    for field in _NAMING:
        value = data.get(field)
        if isinstance(value, str | int):
            text = str(value).rpartition(":")[2] if field == "key" else str(value)
            parts = [_slug(part) for part in text.split("/")] if field == "key" else [_slug(text)]
            if name := "/".join(part for part in parts if part):
                return name
    return None


def _slug(text: str) -> str:
    """`slugify(text)`, without the work where it is one already."""
    return text if _SLUG.fullmatch(text) else slugify(text)


def nameless(origin: Origin) -> Problem:
    """What to say where `own_name` finds nothing."""
    return Problem(
        code="source.no_key",
        message="nothing here says which record this is",
        hint=f"add a `key` (or one of {', '.join(_NAMING[1:])}); its place in the file may change",
        origin=origin,
    )
