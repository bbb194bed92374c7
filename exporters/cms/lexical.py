"""What readers see of a document of the editor Lexical, as HTML, for people to look at. Pure.

Content management systems keep such documents with nodes of their own beside those of the editor
(https://lexical.dev/docs/concepts/nodes); of a kind that is not known here, what stands in it is shown.
"""

from collections.abc import Callable
from html import escape
from typing import Any

from exporters.base import REFERENCE, Fields

_FORMATS = ("strong", "em", "s", "u", "code", "sub", "sup", "mark")
"""Elements of the bits of a text's format, from the first on."""
_BLOCKS = {
    "paragraph": "p",
    "quote": "blockquote",
    "extended-quote": "blockquote",
    "listitem": "li",
    "table": "table",
    "tablerow": "tr",
}


def shown(value: Any) -> Any:
    """A value with HTML in place of each document in it."""
    if isinstance(value, list):
        return [shown(one) for one in value]
    if not isinstance(value, dict):
        return value
    root = value.get("root")
    if isinstance(root, dict) and root.get("type") == "root":
        return _node(root)
    return {name: shown(inner) for name, inner in value.items()}


def _node(node: Fields) -> str:
    kind = node.get("type", "")
    if kind in _BLOCKS:
        return _in(_BLOCKS[kind], node)
    known = _KNOWN.get(kind)
    return known(node) if known else _inside(node)


def _in(tag: str, node: Fields) -> str:
    return f"<{tag}>{_inside(node)}</{tag}>"


def _inside(node: Fields) -> str:
    return "".join(_node(one) for one in node.get("children") or ())


def _tagged(node: Fields) -> str:
    return _in(str(node.get("tag", "p")), node)


def _text(node: Fields) -> str:
    words, form = escape(str(node.get("text", "")), quote=False), int(node.get("format") or 0)
    for bit, tag in enumerate(_FORMATS):
        if form & 1 << bit:
            words = f"<{tag}>{words}</{tag}>"
    return words


def _cell(node: Fields) -> str:
    return _in("th" if node.get("headerState") else "td", node)


def _link(node: Fields) -> str:
    return _leading(node.get("url") or node.get("fields", {}).get("url"), _inside(node))


def _leading(url: Any, html: str) -> str:
    return f'<a href="{_address(url)}">{html}</a>'


def _image(node: Fields) -> str:
    words = node.get("caption") or ""
    caption = f"<figcaption>{words}</figcaption>" if words else ""
    picture = f'<img src="{_address(node.get("src"))}" alt="{escape(str(node.get("alt") or ""))}">'
    return f"<figure>{picture}{caption}</figure>"


def _upload(node: Fields) -> str:
    """An image whose words are those of its asset, so that none are said of it here."""
    return f'<p><img src="{_address(node.get("value"))}" alt="{_address(node.get("value"))}"></p>'


def _card(*words: str, url: str) -> Callable[[Fields], str]:
    def card(node: Fields) -> str:
        told = {**node, **(node.get("metadata") or {})}
        said = next((str(told[name]) for name in words if told.get(name)), "")
        more = escape(str(told.get("description") or ""), quote=False)
        return f"<p>{_leading(node.get(url), escape(said, quote=False))} {more}</p>"

    return card


def _callout(node: Fields) -> str:
    return f"<aside>{node.get('calloutText') or ''}</aside>"


def _code(node: Fields) -> str:
    return f"<pre><code>{escape(str(node.get('code') or ''), quote=False)}</code></pre>"


def _html(node: Fields) -> str:
    html = node.get("html") or ""
    parts = [html] if isinstance(html, str) else html
    return "".join(one if isinstance(one, str) else _key(one) for one in parts)


def _address(value: Any) -> str:
    return escape(value if isinstance(value, str) else _key(value))


def _key(value: Any) -> str:
    """The key of the record that stands somewhere in a value."""
    if not isinstance(value, dict):
        return ""
    if REFERENCE in value:
        return str(value[REFERENCE]).rpartition("@")[0]
    return next((key for inner in value.values() if (key := _key(inner))), "")


_KNOWN: dict[str, Callable[[Fields], str]] = {
    "text": _text,
    "extended-text": _text,
    "heading": _tagged,
    "extended-heading": _tagged,
    "list": _tagged,
    "tablecell": _cell,
    "link": _link,
    "linebreak": lambda node: "<br>",
    "horizontalrule": lambda node: "<hr>",
    "image": _image,
    "upload": _upload,
    "bookmark": _card("title", "url", url="url"),
    "button": _card("buttonText", url="buttonUrl"),
    "file": _card("fileTitle", "fileName", url="src"),
    "callout": _callout,
    "codeblock": _code,
    "html": _html,
}
