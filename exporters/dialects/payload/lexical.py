"""Prose as Payload's rich text: HTML to the state of a Lexical editor (version 0.50 of its JSON). Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from html.parser import HTMLParser
from itertools import groupby
from typing import Any

Node = dict[str, Any]

_BOLD, _ITALIC, _STRUCK, _UNDERLINED, _CODE, _SUB, _SUPER, _MARKED = (1 << bit for bit in range(8))
_FORMATS = {
    **dict.fromkeys(("b", "strong"), _BOLD),
    **dict.fromkeys(("i", "em", "cite", "dfn", "var"), _ITALIC),
    **dict.fromkeys(("s", "del"), _STRUCK),
    **dict.fromkeys(("u", "ins"), _UNDERLINED),
    **dict.fromkeys(("code", "kbd", "samp"), _CODE),
    **{"sub": _SUB, "sup": _SUPER, "mark": _MARKED},
}
_VOID = {"br", "hr", "img", "wbr", "col"}
_HEADINGS = {f"h{level}" for level in range(1, 7)}
_LISTS = {"ul": "bullet", "ol": "number"}
_AROUND = {"div", "section", "aside", "figure", "details", "dl", "li"}
_LINES = {"p", "figcaption", "summary", "dd", "caption"}
_BLOCKS = {*_HEADINGS, *_LISTS, *_AROUND, *_LINES, "dt", "pre", "blockquote", "hr", "table"}
_UPLOAD = "urn:leopard:upload:"
"""Stands for an address until the image is found."""
_SPACES = re.compile(r"[ \t\r\n\f]+")


@dataclass
class _Element:
    tag: str
    attributes: dict[str, str | None]
    children: list["_Element | str"] = field(default_factory=list)


class _Tree(HTMLParser):
    """HTML that is well formed, as the core leaves it, as a tree."""

    def __init__(self) -> None:
        super().__init__()
        self.root = _Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = _Element(tag, dict(attrs))
        self.open[-1].children.append(element)
        if tag not in _VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if any(element.tag == tag for element in self.open[1:]):
            while self.open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def editor_state(prose: Any, collection: str) -> Node:
    """The state that shows `prose`: HTML, or a list of HTML and of `{"asset": id}` where images are.

    Images become uploads of `collection`. What Lexical does not have, it says in what it has: terms are bold
    paragraphs, code is in the font of code, an image from elsewhere is a link. Attributes but addresses go.
    """
    pieces = [prose] if isinstance(prose, str) else prose
    uploads = [piece["asset"] for piece in pieces if not isinstance(piece, str)]
    numbers = iter(range(len(uploads)))
    html = "".join(piece if isinstance(piece, str) else f"{_UPLOAD}{next(numbers)}" for piece in pieces)
    tree = _Tree()
    tree.feed(html)
    tree.close()
    blocks = _State(collection, uploads).blocks(tree.root.children)
    return {"root": _element("root", blocks or [_paragraph()])}


@dataclass
class _State:
    """One conversion."""

    collection: str
    uploads: Sequence[Any]
    made: int = 0
    """Nodes with an id of their own, so far."""

    def blocks(self, children: Iterable[_Element | str], depth: int = 0) -> list[Node]:
        """Blocks; what stands between them in paragraphs of its own."""
        done: list[Node] = []
        for is_block, group in groupby(children, _is_block):
            for one in group if is_block else [list(group)]:
                done += (
                    self._block(one, depth) if isinstance(one, _Element) else self._lines("paragraph", one)
                )
        return done

    def _block(self, element: _Element, depth: int) -> list[Node]:
        tag = element.tag
        if tag in _HEADINGS:
            return self._lines("heading", element.children, tag=tag)
        if tag in _LISTS:
            return [self._list(element, depth)]
        if tag in _LINES:
            return self._lines("paragraph", element.children)
        match tag:
            case "dt":
                return self._lines("paragraph", element.children, _BOLD)
            case "pre":
                return self._lines("paragraph", element.children, _CODE, keep=True)
            case "blockquote":
                return [_element("quote", self.blocks(element.children))]
            case "hr":
                return [{"type": "horizontalrule", "version": 1}]
            case "table":
                return self._table(element)
        return self.blocks(element.children, depth)

    def _lines(
        self, kind: str, children: Iterable[_Element | str], style: int = 0, keep: bool = False, **more: Any
    ) -> list[Node]:
        """Paragraphs or headings: where images stand in the text, the text before and after."""
        nodes = list(self._inline(children, style, keep))
        done: list[Node] = []
        for is_upload, group in groupby(nodes, lambda node: bool(node["type"] == "upload")):
            if is_upload:
                done += group
            elif line := _trimmed(list(group), keep):
                own = (
                    {"textFormat": line[0].get("format") or 0, "textStyle": ""} if kind == "paragraph" else {}
                )
                done.append(_element(kind, line, **{**own, **more}))
        return done

    def _inline(self, children: Iterable[_Element | str], style: int, keep: bool = False) -> Iterator[Node]:
        for child in children:
            if isinstance(child, str):
                yield from _text(child, style, keep)
            elif child.tag == "br":
                yield {"type": "linebreak", "version": 1}
            elif child.tag == "img":
                yield self._image(child)
            elif child.tag == "a" and child.attributes.get("href"):
                yield from self._link(child.attributes["href"] or "", child.children, style)
            elif child.tag == "q":
                yield from self._inline(["“", *child.children, "”"], style, keep)
            else:
                yield from self._inline(child.children, style | _FORMATS.get(child.tag, 0), keep)

    def _link(self, url: str, children: Iterable[_Element | str], style: int) -> Iterator[Node]:
        """A link, and after it the images that stand in it."""
        nodes = list(self._inline(children, style))
        words = [node for node in nodes if node["type"] != "upload"]
        fields = {"linkType": "custom", "newTab": False, "url": url}
        yield {
            **_element("link", _merged(words) or [*_text(url, style)], 3),
            "fields": fields,
            "id": self._id(url),
        }
        yield from (node for node in nodes if node["type"] == "upload")

    def _image(self, image: _Element) -> Node:
        source, alt = image.attributes.get("src") or "", image.attributes.get("alt")
        _, ours, number = source.partition(_UPLOAD)
        if not ours:
            return next(self._link(source, [alt or source], 0))
        shown = {"relationTo": self.collection, "value": self.uploads[int(number)], "fields": {}}
        return {"type": "upload", "version": 3, "format": "", "id": self._id(source), **shown}

    def _id(self, of: str) -> str:
        """24 hexadecimal digits, the same in each conversion."""
        self.made += 1
        return sha256(f"{self.made} {of}".encode()).hexdigest()[:24]

    def _list(self, element: _Element, depth: int) -> Node:
        first = element.attributes.get("start") or ""
        start = int(first) if re.fullmatch(r"-?\d{1,9}", first) else 1
        items: list[Node] = []
        value = start
        for item in (one for one in element.children if isinstance(one, _Element)):
            for inside in self._items(item, depth):
                items.append(_element("listitem", inside, value=value, indent=depth))
                value += inside[0]["type"] != "list"
        kind = _LISTS[element.tag]
        return _element("list", items, listType=kind, start=start, tag=element.tag)

    def _items(self, item: _Element, depth: int) -> Iterator[list[Node]]:
        """What an item says, and each list in it by itself, as Lexical has them."""
        words: list[_Element | str] = []
        for child in item.children:
            if isinstance(child, _Element) and child.tag in _LISTS:
                if said := self._item(words):
                    yield said
                words = []
                yield [self._list(child, depth + 1)]
            else:
                words.append(child)
        if said := self._item(words):
            yield said

    def _item(self, children: Iterable[_Element | str]) -> list[Node]:
        """What a list item says, in lines."""
        nodes: list[Node] = []
        for block in self.blocks(children):
            inner = block["children"] if block["type"] in ("paragraph", "heading") else [block]
            nodes += [{"type": "linebreak", "version": 1}, *inner] if nodes else inner
        return nodes

    def _table(self, table: _Element) -> list[Node]:
        captions = [one for one in table.children if isinstance(one, _Element) and one.tag == "caption"]
        rows = [
            _element("tablerow", [self._cell(cell) for cell in _inside(row, {"td", "th"})])
            for row in _inside(table, {"tr"})
        ]
        return [*self.blocks(captions), _element("table", rows)]

    def _cell(self, cell: _Element) -> Node:
        said = cell.attributes
        header = 0 if cell.tag == "td" else 2 if said.get("scope") == "row" else 1
        spans = {"colSpan": _span(said.get("colspan")), "rowSpan": _span(said.get("rowspan"))}
        inside = self.blocks(cell.children) or [_paragraph()]
        return _element("tablecell", inside, backgroundColor=None, headerState=header, **spans)


def _element(kind: str, children: list[Node], version: int = 1, **more: Any) -> Node:
    known = {"type": kind, "version": version, "direction": None, "format": "", "indent": 0}
    return {**known, "children": children, **more}


def _paragraph() -> Node:
    """One that is empty."""
    return _element("paragraph", [], textFormat=0, textStyle="")


def _text(text: str, style: int, keep: bool = False) -> Iterator[Node]:
    """Text; with `keep`, its lines as they are."""
    for at, line in enumerate(text.strip("\n").split("\n") if keep else [_SPACES.sub(" ", text)]):
        if at:
            yield {"type": "linebreak", "version": 1}
        if line:
            known = {"detail": 0, "format": style, "mode": "normal", "style": ""}
            yield {"type": "text", "version": 1, "text": line, **known}


def _merged(nodes: Iterable[Node]) -> list[Node]:
    """The nodes, with neighbours of one style as one text."""
    done: list[Node] = []
    for node in nodes:
        last = done[-1] if done else {}
        if node["type"] == last.get("type") == "text" and node["format"] == last["format"]:
            done[-1] = {**last, "text": _SPACES.sub(" ", last["text"] + node["text"])}
        else:
            done.append(node)
    return done


def _trimmed(nodes: list[Node], keep: bool) -> list[Node]:
    """A line without the spaces at its ends; nothing if that is all there is."""
    nodes = _merged(nodes)
    if keep:
        return nodes
    for end, strip in ((0, str.lstrip), (-1, str.rstrip)):
        while nodes and nodes[end]["type"] == "text" and not (left := strip(nodes[end]["text"], " ")):
            nodes.pop(end)
        if nodes and nodes[end]["type"] == "text":
            nodes[end] = {**nodes[end], "text": left}
    return nodes


def _is_block(one: _Element | str) -> bool:
    return isinstance(one, _Element) and one.tag in _BLOCKS


def _inside(element: _Element, tags: set[str]) -> Iterator[_Element]:
    """The outermost elements of these tags, in order."""
    for child in element.children:
        if isinstance(child, _Element) and child.tag in tags:
            yield child
        elif isinstance(child, _Element):
            yield from _inside(child, tags)


def _span(said: str | None) -> int:
    return int(said) if said and re.fullmatch(r"[1-9]\d{0,2}", said) else 1
