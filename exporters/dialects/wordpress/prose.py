"""Prose as blocks: paragraphs, headings, lists, quotes and images; anything else as HTML. Pure."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any, NamedTuple

from exporters.dialects.wordpress import markup as markup

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(r"""<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:[^<>"']|"[^"]*"|'[^']*')*+)>""")
_ATTRIBUTE = re.compile(r"""([a-zA-Z-]+)(?:="([^"]*)")?""")
_VOID = frozenset({"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
_BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "dd", "details", "div", "dl", "dt", "figcaption", "figure"}
    | {"footer", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table", "ul"}
    | {f"h{level}" for level in range(1, 7)}
)
_IMAGE = re.compile(r"\s*(<img\b[^<>]*>)\s*")
_FIGURE = re.compile(
    r"\s*(?:<p>\s*)?(<img\b[^<>]*>)(?:\s*</p>)?\s*(?:<figcaption>(.*)</figcaption>)?\s*", re.DOTALL
)


class Element(NamedTuple):
    """Something at the top of a piece of HTML; `name` is empty for words that stand in no block."""

    name: str
    attributes: str
    inner: str
    whole: str


class _NoBlock(Exception):
    """There is no block for this."""


@dataclass(frozen=True)
class Prose:
    """Makes blocks of HTML."""

    legend: Callable[[str], str]
    """HTML that stands below an image of ours, by its ident: caption and credit."""
    paragraph: Callable[[str], str] = markup.paragraph

    def blocks(self, html: Any) -> str:
        """HTML, or texts and assets as `Content` gives them, as blocks."""
        whole = html if isinstance(html, str) else "".join(map(_written, html))
        whole = _COMMENT.sub("", whole).replace("[", "&#91;").strip()
        try:
            return markup.blocks(*map(self._block, elements(whole)))
        except _NoBlock:
            return markup.raw(whole)

    def _block(self, one: Element) -> str:
        try:
            return self._known(one)
        except _NoBlock:
            return markup.raw(one.whole)

    def _known(self, one: Element) -> str:
        shown = _IMAGE.fullmatch(one.inner)
        match one.name:
            case "" | "p" if shown:
                return self._image(shown[1], None)
            case "" | "p" if not one.attributes:
                return self.paragraph(one.inner)
            case "ul" | "ol":
                return _list(one)
            case "blockquote" if not one.attributes:
                return markup.quote(markup.blocks(*map(Prose(self.legend)._block, elements(one.inner))))
            case "figure" if not one.attributes and (shown := _FIGURE.fullmatch(one.inner)):
                return self._image(shown[1], shown[2])
            case name if name[:1] == "h" and name[1:].isdigit():
                return markup.heading(one.inner, int(name[1:]), _attributes(one.attributes, "id").get("id"))
        raise _NoBlock

    def _image(self, tag: str, legend: str | None) -> str:
        given = _attributes(tag[len("<img") : -1].rstrip("/"), "src", "alt", "width", "height", "title")
        source, alt = given.get("src", ""), given.get("alt", "")
        ident = markup.named(source)
        if ident is None:
            return markup.image(None, markup.text(source), alt, legend or "")
        below = self.legend(ident) if legend is None else legend
        return markup.image(markup.place("number", ident), source, alt, below)


def elements(html: str) -> Iterator[Element]:
    """What stands at the top, in order. Raises _NoBlock if its tags do not close each other."""
    opened: list[str] = []
    first, done = None, 0
    for tag in _TAG.finditer(html):
        ends, name, attributes = tag[1], tag[2].lower(), tag[3].strip()
        if ends:
            if not opened or opened.pop() != name:
                raise _NoBlock
            if not opened and name in _BLOCKS and first:
                inner = html[first.end() : tag.start()]
                yield Element(name, first[3].strip(), inner, html[first.start() : tag.end()])
                done = tag.end()
            continue
        if not opened and name in _BLOCKS:
            yield from _words(html[done : tag.start()])
            first, done = tag, tag.start()
        if name not in _VOID:
            opened.append(name)
        elif not opened and name in _BLOCKS:
            yield Element(name, attributes, "", tag[0])
            done = tag.end()
    if opened:
        raise _NoBlock
    yield from _words(html[done:])


def _words(loose: str) -> Iterator[Element]:
    if any(tag[2].lower() in _BLOCKS for tag in _TAG.finditer(loose)):
        raise _NoBlock
    if loose.strip():
        yield Element("", "", loose.strip(), loose)


def _written(part: Any) -> str:
    if isinstance(part, str):
        return part
    return markup.place("address", part["asset"]) if part["asset"] else ""


def _attributes(written: str, *known: str) -> dict[str, str]:
    """The attributes by name. Raises _NoBlock if there is one that a block cannot keep."""
    found = {name.lower(): unescape(value or "") for name, value in _ATTRIBUTE.findall(written)}
    if set(found) - set(known):
        raise _NoBlock
    return found


def _list(one: Element) -> str:
    given = _attributes(one.attributes, "start", "reversed")
    lines = []
    for item in elements(one.inner):
        if item.name != "li" or item.attributes:
            raise _NoBlock
        lines.append(_item(item.inner))
    if one.name == "ul":
        return markup.items(lines)
    start = {"start": int(given["start"])} if given.get("start", "").lstrip("-").isdigit() else {}
    reverse = {"reversed": True} if "reversed" in given else {}
    return markup.items(lines, {**reverse, **start})


def _item(inner: str) -> str:
    """Words, and perhaps one list below them; a paragraph that stands alone is just its words."""
    parts = list(elements(inner))
    nested = _list(parts.pop()) if parts and parts[-1].name in ("ul", "ol") else ""
    if len(parts) > 1 or any(part.name not in ("", "p") or part.attributes for part in parts):
        raise _NoBlock
    return (parts[0].inner if parts else "") + nested
