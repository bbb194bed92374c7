"""HTML as nodes of Ghost's editor. What the editor has no node for stays as it is, in an HTML card. Pure."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from exporters.base import REFERENCE, Fields
from exporters.dialects.ghost.lexical import (
    BOLD,
    BREAK,
    CODE,
    ITALIC,
    MARKED,
    RULE,
    STRUCK,
    SUBSCRIPT,
    SUPERSCRIPT,
    UNDERLINED,
    Node,
    caption_of,
    code_block,
    heading,
    html_card,
    image,
    link,
    listing,
    paragraph,
    quote,
    text,
)
from exporters.dialects.ghost.tree import Tag, html_of, parsed

Picture = Callable[[str], Fields]
"""What is to be shown with an asset, by its ident: `alt`, `caption` (HTML), `credit`, `width`, `height`."""

_FORMS = {
    **dict.fromkeys(("strong", "b"), BOLD),
    **dict.fromkeys(("em", "i", "cite"), ITALIC),
    **dict.fromkeys(("s", "del"), STRUCK),
    **dict.fromkeys(("u", "ins"), UNDERLINED),
    "code": CODE,
    "sub": SUBSCRIPT,
    "sup": SUPERSCRIPT,
    "mark": MARKED,
}
_INLINE = {*_FORMS, "a", "br", "span", "img", "abbr", "q", "small", "time", "kbd", "samp", "var", "dfn"}
_SPACES = re.compile(r"[ \t\n\r\f]+")
_ASSET = re.compile(r"urn:leopard:shown:([^\s\"'<>;]+);")
_LANGUAGE = re.compile(r"language-(\S+)")


def prose(parts: Any, picture: Picture) -> list[Node]:
    """Nodes for prose as `exporters.cms.content` gives it: HTML, or parts of it with assets between."""
    pieces = parts if isinstance(parts, list) else [parts or ""]
    whole = "".join(one if isinstance(one, str) else _placeholder(one["asset"]) for one in pieces)
    return list(_blocks(parsed(whole).children, picture))


def _placeholder(symbol: Fields | None) -> str:
    """Stands for the address of an asset while HTML is taken apart."""
    return f"urn:leopard:shown:{symbol[REFERENCE]};" if symbol else ""


def _blocks(children: list[Tag | str], picture: Picture) -> Iterator[Node]:
    """Nodes for what stands one below the other; words that stand alone are a paragraph."""
    loose: list[Tag | str] = []
    for one in children:
        if isinstance(one, str) or (one.name in _INLINE and one.name != "img"):
            loose.append(one)
            continue
        yield from _loose(loose, picture)
        loose = []
        yield from _block(one, picture)
    yield from _loose(loose, picture)


def _loose(children: list[Tag | str], picture: Picture) -> Iterator[Node]:
    if any(isinstance(one, Tag) or one.strip() for one in children):
        yield from _block(Tag("p", {}, children), picture)


def _block(one: Tag, picture: Picture) -> Iterator[Node]:
    """One element, as the node that it is, else as it is written."""
    made = _native(one, picture) if one.is_plain else None
    if made is None and one.is_plain and _is_taken_apart(one):
        yield from _blocks(one.children, picture)
    elif made is None:
        yield html_card(_card(html_of(one)))
    elif made:
        yield made


def _is_taken_apart(one: Tag) -> bool:
    """Is it but the frame of what it holds? The editor has pictures between paragraphs, not in them."""
    return one.name in ("div", "section") or (
        one.name == "p" and any(child.name == "img" for child in one.tags)
    )


def _native(one: Tag, picture: Picture) -> Node | None:
    """The node for an element; empty for nothing to be shown, None if the editor has none like it."""
    words = [child for child in one.children if isinstance(child, Tag) or child.strip()]
    match one.name:
        case "hr":
            return RULE
        case "img":
            return _image(one, "", picture)
        case "p" if _fits(one):
            inner = _inline(one.children)
            return paragraph(*inner) if inner else {}
        case "h1" | "h2" | "h3" | "h4" | "h5" | "h6" if _fits(one):
            return heading(_inline(one.children), max(2, int(one.name[1])))
        case "ul" | "ol":
            return _list(one)
        case "blockquote":
            return _quote(one)
        case "figure":
            return _figure(words, picture)
        case "pre":
            return _code(one)
    return None


def _image(one: Tag, caption: str, picture: Picture) -> Node | None:
    if not one.is_plain:
        return None
    src, alt = one.attributes.get("src") or "", one.attributes.get("alt") or ""
    found = _ASSET.fullmatch(src)
    if not found:
        return image(src, alt, caption, {name: _pixels(one, name) for name in ("width", "height")})
    known = picture(found[1])
    below = caption_of(caption or known.get("caption", ""), known.get("credit"))
    return image({REFERENCE: found[1]}, alt or known.get("alt", ""), below, known)


def _pixels(one: Tag, name: str) -> int | None:
    value = one.attributes.get(name) or ""
    return int(value) if value.isascii() and value.isdigit() else None


def _figure(words: list[Tag | str], picture: Picture) -> Node | None:
    match words:
        case [Tag(name="img") as shown]:
            return _image(shown, "", picture)
        case [Tag(name="img") as shown, Tag(name="figcaption") as below] if below.is_plain and _fits(below):
            return _image(shown, "".join(map(html_of, below.children)).strip(), picture)
    return None


def _quote(one: Tag) -> Node | None:
    """Its paragraphs stand in one quote, parted by an empty line."""
    groups = [child.children for child in one.tags if child.name == "p" and child.is_plain]
    stray = [
        child for child in one.children if (child.name != "p" if isinstance(child, Tag) else child.strip())
    ]
    if not groups:
        return quote(_inline(one.children)) if _fits(one) else None
    if stray or not all(_fits(Tag("p", {}, group)) for group in groups):
        return None
    inner = [_inline(group) for group in groups]
    return quote([node for at, nodes in enumerate(inner) for node in ([BREAK, BREAK] if at else []) + nodes])


def _list(one: Tag, depth: int = 0) -> Node | None:
    start = one.attributes.get("start") or "1"
    if set(one.attributes) - {"start"} or not start.isascii() or not start.isdigit():
        return None
    items: list[list[Node]] = []
    for child in one.tags:
        entries = _item(child, depth) if child.name == "li" and child.is_plain else None
        if entries is None:
            return None
        items += entries
    return listing(items, int(start) if one.name == "ol" else None, depth)


def _item(one: Tag, depth: int) -> list[list[Node]] | None:
    """What an item holds, and the lists inside it, which the editor keeps as items of their own."""
    parts = [child for child in one.children if isinstance(child, Tag) or child.strip()]
    inner = [child for child in parts if isinstance(child, Tag) and child.name in ("ul", "ol")]
    words: list[Tag | str] = [child for child in one.children if child not in inner]
    match [child for child in words if isinstance(child, Tag) or child.strip()]:
        case [Tag(name="p", attributes={}) as single] if not single.attributes:
            words = single.children
    lists = [_list(child, depth + 1) for child in inner]
    if None in lists or parts[len(parts) - len(inner) :] != inner or not _fits(Tag("li", {}, words)):
        return None
    return [_inline(words), *([made] for made in lists if made)]


def _code(one: Tag) -> Node | None:
    match one.children:
        case [Tag(name="code") as inner] if set(inner.attributes) <= {"class"} and not inner.tags:
            language = _LANGUAGE.fullmatch(inner.attributes.get("class") or "")
            words = "".join(child for child in inner.children if isinstance(child, str))
            return code_block(words.rstrip("\n"), language[1] if language else "")
    return None


def _fits(one: Tag) -> bool:
    """Can all of what it holds stand in one line of the editor?"""
    known = (child.name in _FORMS or child.name in ("a", "br") for child in one.tags)
    return all(known) and all(child.is_plain and _fits(child) for child in one.tags)


def _inline(children: list[Tag | str]) -> list[Node]:
    """Texts, links and line ends; spaces count once, and not at the edges (CSS, `white-space: normal`)."""
    nodes: list[Node] = []
    for one in _runs(children, 0):
        last = nodes[-1] if nodes else BREAK
        if one.get("text", "").startswith(" ") and _ends_open(last):
            one = text(one["text"][1:], one["format"])
        if "text" in one and not one["text"]:
            continue
        if "text" in one and "text" in last and last["format"] == one["format"]:
            nodes[-1] = text(last["text"] + one["text"], one["format"])
        else:
            nodes.append(one)
    if nodes and "text" in nodes[-1]:
        nodes[-1] = text(nodes[-1]["text"].rstrip(" "), nodes[-1]["format"])
    return [one for one in nodes if one.get("text") != ""]


def _ends_open(last: Node) -> bool:
    """Would a space after it count for nothing?"""
    return last is BREAK or last.get("text", "").endswith(" ")


def _runs(children: list[Tag | str], form: int) -> Iterator[Node]:
    for one in children:
        if isinstance(one, str):
            yield text(_SPACES.sub(" ", one), form)
        elif one.name == "br":
            yield BREAK
        elif one.name == "a" and one.attributes.get("href"):
            found = _ASSET.fullmatch(one.attributes["href"] or "")
            to = {REFERENCE: found[1]} if found else one.attributes["href"]
            inner = [run for run in _runs(one.children, form) if run.get("text") != ""]
            yield link(to, inner, one.attributes.get("rel"), one.attributes.get("title"))
        else:
            yield from _runs(one.children, form | _FORMS.get(one.name, 0))


def _card(html: str) -> Any:
    """HTML, in parts where it names assets."""
    pieces = _ASSET.split(html)
    if len(pieces) == 1:
        return html
    return [{"asset": {REFERENCE: piece}} if at % 2 else piece for at, piece in enumerate(pieces) if piece]
