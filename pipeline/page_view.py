"""The HTML in what a channel would hold, put together as one page: for looking at it, and for checking it."""

from collections.abc import Iterator
from html import escape
from typing import Any

from exporters.base import REFERENCE, Desired, Fields
from pipeline.steps.markup import pieces
from pipeline.steps.sanitise import TAGS

_MORE = """
address article audio button center font footer h1 header hgroup iframe main nav picture source strike
track tt video
"""
_HTML = TAGS | frozenset(_MORE.split())


def page_of(desired: Desired, seen: Fields | None = None) -> str | None:
    """One page with the record's title as its `h1`; None if the channel holds no HTML of it.

    `seen` are its fields as readers see them, if that is another form. Images that the channel will
    give an address of its own have their key as `src`.
    """
    parts = [part for part in prose_in(desired.fields if seen is None else seen) if part != desired.title]
    if not parts:
        return None
    title, body = escape(desired.title, quote=False), "\n".join(parts)
    return (
        f'<!doctype html>\n<html lang="{escape(desired.locale)}">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{title}</title>\n</head>\n<body>\n<h1>{title}</h1>\n{body}\n</body>\n</html>\n"
    )


def prose_in(value: Any, *, listed: bool = False) -> Iterator[str]:
    """Every text in a JSON value that is HTML, in their order; of blocks, also their headings and words."""
    if isinstance(value, str):
        if is_html(value):
            yield value
    elif isinstance(value, list):
        whole = _joined(value)
        if whole is not None:
            yield from prose_in(whole)
        else:
            for inner in value:
                yield from prose_in(inner, listed=True)
    elif isinstance(value, dict):
        if listed and isinstance(value.get("heading"), str):
            yield f"<h2>{escape(value['heading'], quote=False)}</h2>"
            words = value.get("text")
            if isinstance(words, str) and not is_html(words):
                yield f"<p>{escape(words, quote=False)}</p>"
        for inner in value.values():
            yield from prose_in(inner)


def is_html(text: str) -> bool:
    """Has it elements, and only those of prose? XML has others, and a tag that is only named has no end."""
    if "</" not in text:
        return False
    tags = {piece.tag for piece in pieces(text) if piece.tag}
    return any(tag.startswith("/") for tag in tags) and all(tag.removeprefix("/") in _HTML for tag in tags)


def _joined(items: list[Any]) -> str | None:
    """Prose in which references stand for what only the channel knows; None for any other list."""
    texts = [one if isinstance(one, str) else _named(one) for one in items]
    if not any(isinstance(one, str) for one in items) or not any(isinstance(one, dict) for one in items):
        return None
    return "".join(text for text in texts if text)


def _named(value: Any) -> str | None:
    """The key of the record that a value refers to."""
    if not isinstance(value, dict):
        return None
    if REFERENCE in value:
        return str(value[REFERENCE]).rpartition("@")[0]
    return next((key for inner in value.values() if (key := _named(inner))), None)
