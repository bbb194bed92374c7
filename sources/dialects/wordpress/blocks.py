"""Blocks of a page that Leopard has written, as the blocks they were; what is none stays a text. Pure."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sources.common.html_text import plain, relinked
from sources.dialects.wordpress.body import BLOCK, written
from sources.dialects.wordpress.index import Index

_LINK = re.compile(r'<a\b[^<>]*\bhref="([^"]*)"[^<>]*>((?:(?!<a\b).)*?)</a>', re.DOTALL)
_CITE = re.compile(r"<cite>((?:(?!<cite>).)*?)</cite>", re.DOTALL)
_ITEM = re.compile(r"<li>((?:(?!<li>).)*?)</li>", re.DOTALL)

Found = dict[str, Any]


@dataclass
class Node:
    """One block: its name, what its comment says, its place in the text, and the blocks in it."""

    name: str
    said: Found
    start: int
    inner_start: int
    end: int = 0
    inner_end: int = 0
    inner: list["Node"] = field(default_factory=list)

    @property
    def look(self) -> str:
        return str(self.said.get("className") or "")

    def all(self, name: str) -> Iterator["Node"]:
        """Blocks of that name, however deep."""
        for one in self.inner:
            if one.name == name:
                yield one
            yield from one.all(name)


def tree(raw: str) -> list[Node]:
    """The blocks at the top of a text."""
    top: list[Node] = []
    opened: list[Node] = []
    for found in BLOCK.finditer(raw):
        if found[0].lstrip("<!- \n\t").startswith("/wp:"):
            if opened:
                node = opened.pop()
                node.inner_end, node.end = found.start(), found.end()
            continue
        node = Node(found[1], _said(found[0]), found.start(), found.end(), found.end(), found.end())
        (opened[-1].inner if opened else top).append(node)
        if not found[2]:
            opened.append(node)
    return [] if opened else top


def _said(comment: str) -> Found:
    start, end = comment.find("{"), comment.rfind("}")
    try:
        said = json.loads(comment[start : end + 1]) if start >= 0 else {}
    except ValueError:
        said = {}
    return said if isinstance(said, dict) else {}


class PageBlocks:
    """Reads the text of one page."""

    def __init__(self, raw: str, index: Index) -> None:
        self.raw, self.index = raw, index

    def blocks(self) -> list[Found]:
        """All blocks in their order."""
        found: list[Found] = []
        prose: list[Node] = []
        for node in tree(self.raw):
            block = self._block(node)
            if block is None and not (_is_head(node) and prose):
                prose.append(node)
                continue
            found += self._text(prose)
            prose = [] if block else [node]
            found += [block] if block else []
        return [*found, *self._text(prose)]

    def _block(self, node: Node) -> Found | None:
        known: dict[str, Callable[[Node], Found | None]] = {
            "leopard-hero": self._hero,
            "leopard-key-message": self._key_message,
            "leopard-quote": self._quote,
            "leopard-teasers": self._teasers,
            "leopard-related": self._related,
        }
        if node.name == "cover":
            return self._hero(node)
        if node.name == "image":
            return self._image(node)
        return known[node.look](node) if node.look in known else None

    def _text(self, nodes: list[Node]) -> list[Found]:
        if not nodes:
            return []
        head = _is_head(nodes[0]) and len(nodes) > 1
        rest = nodes[1:] if head else nodes
        html = relinked(written(self.raw[rest[0].start : rest[-1].end]), self.index.target)
        lead = {"lead": True} if rest[0].look == "leopard-lead" else {}
        html = html.replace(' class="leopard-lead has-large-font-size"', "")
        said = {"heading": self._words(nodes[0])} if head else {}
        return [{"type": "text", **said, "text": {"format": "html", "text": html}, **lead}]

    def _html(self, node: Node) -> str:
        return BLOCK.sub("", self.raw[node.inner_start : node.inner_end])

    def _words(self, node: Node) -> str:
        return plain(self._html(node))

    def _shared(self, node: Node, kind: str) -> Found:
        """Heading and text of a block, where it has them."""
        heads = [self._words(one) for one in node.inner if one.name == "heading"]
        looks = ("leopard-credit", "leopard-figure", "leopard-source")
        texts = [self._words(one) for one in node.inner if one.name == "paragraph" and one.look not in looks]
        found = {"type": kind, "heading": heads[0] if heads else None, "text": "\n\n".join(texts)}
        return {name: value for name, value in found.items() if value}

    def _hero(self, node: Node) -> Found:
        image = self.index.key(f"media/{node.said.get('id')}")
        return {**self._shared(node, "hero"), **({"image": image} if image else {})}

    def _key_message(self, node: Node) -> Found | None:
        found = self._shared(node, "key_message")
        return found if found.get("text") else None

    def _quote(self, node: Node) -> Found | None:
        inner = next(node.all("quote"), None)
        cite = _CITE.search(self._html(inner)) if inner else None
        if inner is None or cite is None:
            return None
        name, _, role = plain(cite[1]).partition(", ")
        texts = [self._words(one) for one in inner.all("paragraph")]
        found = {"type": "quote", "text": "\n\n".join(texts), "name": name, "role": role or None}
        return {one: value for one, value in found.items() if value} if texts and name else None

    def _image(self, node: Node) -> Found | None:
        key = self.index.key(f"media/{node.said.get('id')}")
        return {"type": "image", "image": key} if key else None

    def _teasers(self, node: Node) -> Found | None:
        items = [self._teaser(one) for one in node.all("group") if one.look == "leopard-teaser"]
        return {**self._shared(node, "teasers"), "items": items} if items and all(items) else None

    def _teaser(self, node: Node) -> Found:
        head = next((one for one in node.inner if one.name == "heading"), None)
        image = next((self._image(one) for one in node.inner if one.name == "image"), None) or {}
        button = next((_LINK.search(self._html(one)) for one in node.all("button")), None)
        link = _LINK.search(self._html(head)) if head else None
        address = link[1] if link else button[1] if button else None
        led = self._led(address) if address else {}
        words = self._shared(node, "")
        found = {
            "title": self._words(head) if head else None,
            "text": words.get("text"),
            **led,
            "label": plain(button[2]) if button else None,
            "image": image.get("image"),
        }
        return {name: value for name, value in found.items() if value}

    def _led(self, address: str) -> Found:
        key = self.index.target(address, {})
        return {"link": key} if key else {"url": address}

    def _related(self, node: Node) -> Found | None:
        listed = next(node.all("list"), None)
        links = [_LINK.search(one) for one in _ITEM.findall(self._html(listed))] if listed else []
        keys = [self.index.target(one[1], {}) for one in links if one]
        return {**self._shared(node, "related"), "items": keys} if keys and all(keys) else None


def _is_head(node: Node) -> bool:
    return node.name == "heading" and node.said.get("level", 2) == 2
