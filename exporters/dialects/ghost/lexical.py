"""
Lexical documents, the form in which Ghost keeps texts. Pure.

Each node has all the members that Ghost's own editor gives it, in the version of 6: the server keeps it as it
is, and opening a post in the editor changes nothing.
"""

from collections.abc import Iterable
from html import escape
from typing import Any
from urllib.parse import urlsplit

from exporters.base import REFERENCE, Fields
from exporters.cms.content import joined

Node = dict[str, Any]

BOLD, ITALIC, STRUCK, UNDERLINED, CODE, SUBSCRIPT, SUPERSCRIPT, MARKED = (2**bit for bit in range(8))
"""Formats of a text; several are added up."""
BREAK: Node = {"type": "linebreak", "version": 1}
RULE: Node = {"type": "horizontalrule", "version": 1}
_EVERYBODY = "status:free,status:-free"


def document(nodes: Iterable[Node]) -> Node:
    """A whole document; an empty one has an empty paragraph, as the editor has it."""
    return {"root": element("root", list(nodes) or [paragraph()])}


def element(name: str, children: list[Node], **more: Any) -> Node:
    """A node that holds others."""
    known = {"children": children, "direction": "ltr", "format": "", "indent": 0, "type": name, "version": 1}
    return {**known, **more}


def text(words: str, form: int = 0) -> Node:
    return {
        "detail": 0, "format": form, "mode": "normal", "style": "", "text": words,
        "type": "extended-text", "version": 1,
    }  # fmt: skip


def link(url: Any, children: list[Node], rel: str | None = None, title: str | None = None) -> Node:
    """A link to an address, or to an asset that stands for one."""
    return element("link", children, rel=rel, target=None, title=title, url=spelt(url))


def paragraph(*children: Node) -> Node:
    return element("paragraph", list(children))


def paragraphs(words: str | None) -> list[Node]:
    """Plain text; empty lines part paragraphs."""
    parts = (part.strip() for part in (words or "").split("\n\n"))
    return [paragraph(text(part)) for part in parts if part]


def heading(children: list[Node], level: int = 2) -> Node:
    return element("extended-heading", children, tag=f"h{level}")


def headed(words: str | None, level: int = 2) -> list[Node]:
    """A heading, if there are words for one."""
    return [heading([text(words)], level)] if words else []


def quote(children: list[Node]) -> Node:
    return element("extended-quote", children)


def listing(items: list[list[Node]], start: int | None = None, depth: int = 0) -> Node:
    """A list, numbered from `start` if that is given; each item is what it holds, a list among it too."""
    first = 1 if start is None else start
    entries = [
        element("listitem", children, indent=depth, value=first + at) for at, children in enumerate(items)
    ]
    kind = {"listType": "bullet", "tag": "ul"} if start is None else {"listType": "number", "tag": "ol"}
    return element("list", entries, start=first, **kind)


def image(src: Any, alt: str = "", caption: str = "", size: Fields | None = None) -> Node:
    """A picture; `caption` is HTML, `size` may have `width` and `height` in pixels."""
    known = size or {}
    return {
        "type": "image", "version": 1, "src": src, "width": known.get("width"), "height": known.get("height"),
        "title": "", "alt": alt, "caption": caption, "cardWidth": "regular", "href": "",
    }  # fmt: skip


def callout(html: str, colour: str = "grey") -> Node:
    """A box that stands out; its text is HTML."""
    return {
        "type": "callout", "version": 1, "calloutText": html, "calloutEmoji": "", "backgroundColor": colour,
    }  # fmt: skip


def bookmark(url: str, title: str, description: str = "", publisher: str = "") -> Node:
    """A card that leads to another page."""
    told = {"title": title, "description": description, "author": "", "publisher": publisher}
    shown = {"icon": "", **told, "thumbnail": ""}
    return {"type": "bookmark", "version": 1, "url": spelt(url), "metadata": shown, "caption": ""}


def button(words: str, url: str) -> Node:
    return {
        "type": "button", "version": 1, "buttonText": words, "alignment": "left", "buttonUrl": spelt(url),
    }  # fmt: skip


def file_card(src: Any, title: str, size: int | None = None, name: str = "") -> Node:
    """A card to download a file; `src` is its address, or the asset that it is; `size` in bytes."""
    name = name or urlsplit(src).path.rpartition("/")[2]
    return {
        "type": "file", "version": 1, "src": src, "fileTitle": title, "fileCaption": "", "fileName": name,
        "fileSize": size or 0,
    }  # fmt: skip


def code_block(words: str, language: str = "") -> Node:
    return {"type": "codeblock", "version": 1, "code": words, "language": language, "caption": ""}


def html_card(html: Any) -> Node:
    """HTML that Ghost keeps byte for byte; a list, where assets stand between its parts: `{"asset": id}`."""
    visible = {
        "web": {"nonMember": True, "memberSegment": _EVERYBODY},
        "email": {"memberSegment": _EVERYBODY},
    }
    return {"type": "html", "version": 1, "html": html, "visibility": visible}


def caption_of(html: str, credit: str | None) -> str:
    """The HTML below a picture: its words, and the credit that must be printed with it."""
    line = escape(credit or "", quote=False)
    return f"{html} ({line})" if html and line else html or line


def anchor(html: str, url: str | None) -> str:
    """HTML that leads to an address, if there is one."""
    return f'<a href="{escape(spelt(url))}">{html}</a>' if url else html


def spelt(url: Any) -> Any:
    """An address with a path: Ghost adds the slash to its own (RFC 3986, 6.2.3)."""
    if not isinstance(url, str) or "://" not in url:
        return url
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return url if parts.path else parts._replace(path="/").geturl()


def settled(node: Any) -> Any:
    """The node as it is sent: HTML in one piece, and nothing whose asset is not there."""
    if isinstance(node, list):
        return [settled(one) for one in node if not _is_void(one)]
    if not isinstance(node, dict) or REFERENCE in node:
        return node
    if node.get("type") == "html" and isinstance(node.get("html"), list):
        waits = any(isinstance(one, dict) and isinstance(one["asset"], dict) for one in node["html"])
        return node if waits else {**node, "html": joined(node["html"], str)}
    return {name: settled(value) for name, value in node.items()}


def _is_void(node: Any) -> bool:
    return isinstance(node, dict) and node.get("type") in ("image", "file") and node.get("src") is None
