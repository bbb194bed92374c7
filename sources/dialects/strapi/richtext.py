"""Rich text of Strapi in its own blocks (JSON), as HTML. Pure."""

from collections.abc import Mapping
from html import escape
from typing import Any

_MARKS = {"bold": "strong", "italic": "em", "underline": "u", "strikethrough": "s", "code": "code"}
_LISTS = {"ordered": "ol", "unordered": "ul"}


def is_blocks(value: Any) -> bool:
    """Whether a value is a text in blocks."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(v, dict) and "children" in v for v in value)
    )


def html_of(blocks: list[Any]) -> str:
    return "\n".join(_block(one) for one in blocks if isinstance(one, Mapping))


def _block(one: Mapping[str, Any]) -> str:
    inner = _inner(one)
    match one.get("type"):
        case "heading":
            level = min(max(int(one.get("level") or 2), 1), 6)
            return f"<h{level}>{inner}</h{level}>"
        case "list":
            name = _LISTS.get(str(one.get("format")), "ul")
            return f"<{name}>{inner}</{name}>"
        case "list-item":
            return f"<li>{inner}</li>"
        case "quote":
            return f"<blockquote><p>{inner}</p></blockquote>"
        case "code":
            return f"<pre><code>{inner}</code></pre>"
        case "link":
            return f'<a href="{escape(str(one.get("url") or ""))}">{inner}</a>'
        case "image":
            image = one.get("image") or {}
            url, alt = (escape(str(image.get(name) or "")) for name in ("url", "alternativeText"))
            return f'<p><img src="{url}" alt="{alt}"></p>'
        case "text":
            return _text(one)
    return f"<p>{inner}</p>" if inner else ""


def _inner(one: Mapping[str, Any]) -> str:
    return "".join(_block(child) for child in one.get("children") or () if isinstance(child, Mapping))


def _text(one: Mapping[str, Any]) -> str:
    written = escape(str(one.get("text") or ""), quote=False).replace("\n", "<br>")
    for mark, name in _MARKS.items():
        if one.get(mark):
            written = f"<{name}>{written}</{name}>"
    return written
