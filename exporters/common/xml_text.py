"""XML 1.0 as files hold it: the same value always gives the same bytes, and any text is well-formed."""

import re
from collections.abc import Iterable, Iterator, Mapping

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 does not allow, not even escaped: most controls, and half characters."""


def allowed(text: str) -> str:
    """The text without characters that XML 1.0 forbids (its production `Char`)."""
    return _FORBIDDEN.sub("", text)


def escaped(text: str) -> str:
    """Text as it stands between tags; a parser gives it back as it is, but for forbidden characters."""
    plain = allowed(text)
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def start(name: str, attributes: Mapping[str, object | None] | None = None) -> str:
    """A start tag; attributes that are None are left out."""
    if not attributes:
        return f"<{name}>"
    given = [f'{key}="{_quoted(value)}"' for key, value in attributes.items() if value is not None]
    return f"<{' '.join((name, *given))}>"


def element(name: str, text: object = "", attributes: Mapping[str, object | None] | None = None) -> str:
    """An element that holds text; one without text is an empty-element tag."""
    tag = start(name, attributes)
    inner = escaped(str(text))
    return f"{tag}{inner}</{name}>" if inner else f"{tag[:-1]}/>"


def each(name: str, texts: Iterable[str | None]) -> Iterator[str]:
    """An element for each text that is not empty."""
    return (element(name, text) for text in texts if text)


def parent(
    name: str, children: Iterable[str], attributes: Mapping[str, object | None] | None = None, depth: int = 0
) -> str:
    """An element that holds others, one a line, where it stands `depth` levels deep.

    `children` are XML already; the spaces between them are no part of their text.
    """
    line = "\n" + "  " * depth
    inner = "".join(f"{line}  {child}" for child in children)
    tag = start(name, attributes)
    return f"{tag}{inner}{line}</{name}>" if inner else f"{tag[:-1]}/>"


def _quoted(value: object) -> str:
    inner = escaped(str(value)).replace('"', "&quot;")
    return inner.replace("\t", "&#9;").replace("\n", "&#10;")
