"""What a page says of itself in JSON-LD (schema.org), as fields of our records."""

from collections.abc import Iterator, Mapping
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from schemas.errors import ContentError
from sources.common import json_text

BEST = ("Report", "ScholarlyArticle", "NewsArticle", "BlogPosting", "Article", "CreativeWork")
NEXT = ("WebPage", "AboutPage", "CollectionPage", "ItemPage")
MOST_SCRIPTS = 20
LARGEST = 500_000
"""Characters of one script that is looked at."""


def linked_data(tree: LexborHTMLParser) -> dict[str, Any]:
    """Fields that the best description of the page gives: `title`, `authors`, … and `image` as it stands."""
    nodes = list(_nodes(tree))
    for wanted in (BEST, NEXT):
        for node in nodes:
            if not _types(node).isdisjoint(wanted) or (wanted is BEST and "headline" in node):
                return _fields(node, nodes)
    return {}


def _nodes(tree: LexborHTMLParser) -> Iterator[Mapping[str, Any]]:
    for script in tree.css('script[type="application/ld+json"]')[:MOST_SCRIPTS]:
        text = script.text() or ""
        try:
            waiting = [json_text.load(text[:LARGEST], "")]
        except ContentError:
            continue
        while waiting:
            one = waiting.pop(0)
            if isinstance(one, list):
                waiting[:0] = one
            elif isinstance(one, dict):
                yield one
                graph = one.get("@graph")
                waiting[:0] = graph if isinstance(graph, list) else []


def _types(node: Mapping[str, Any]) -> set[str]:
    said = node.get("@type")
    return {str(one) for one in (said if isinstance(said, list) else [said])}


def _fields(node: Mapping[str, Any], nodes: list[Mapping[str, Any]]) -> dict[str, Any]:
    by_id = {str(one["@id"]): one for one in nodes if "@id" in one and len(one) > 1}
    seen = {
        "title": _text(node.get("headline")) or _text(node.get("name")),
        "summary": _text(node.get("description")),
        "published_at": _text(node.get("datePublished")),
        "updated_at": _text(node.get("dateModified")),
        "authors": [name for one in _all(node.get("author"), by_id) if (name := _name(one))],
        "tags": _tags(node.get("keywords")),
        "url": _text(node.get("url")),
        "holder": next((_name(one) for one in _all(node.get("copyrightHolder"), by_id)), None),
        "language": _text(node.get("inLanguage")),
        "image": next((one for one in map(_image, _all(node.get("image"), by_id)) if one), None),
    }
    return {name: value for name, value in seen.items() if value}


def _all(value: Any, by_id: Mapping[str, Any]) -> list[Any]:
    """The values of a property, with those that are only referred to looked up."""
    values = value if isinstance(value, list) else [] if value is None else [value]
    return [by_id.get(str(one.get("@id")), one) if isinstance(one, dict) else one for one in values]


def _text(value: Any) -> str | None:
    value = value[0] if isinstance(value, list) and value else value
    return " ".join(value.split()) or None if isinstance(value, str) else None


def _name(value: Any) -> str | None:
    """Of a person or a body; an address is no name."""
    name = _text(value.get("name")) if isinstance(value, dict) else _text(value)
    return None if name is None or name.startswith(("http://", "https://")) else name


def _tags(value: Any) -> list[str]:
    words = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else []
    return list(dict.fromkeys(" ".join(one.split()) for one in words if isinstance(one, str) and one.strip()))


def _image(value: Any) -> dict[str, str] | None:
    """Address, caption and credit of an image."""
    if isinstance(value, str):
        return {"url": value}
    if not isinstance(value, dict):
        return None
    found = {
        "url": _text(value.get("contentUrl")) or _text(value.get("url")),
        "caption": _text(value.get("caption")),
        "credit": _text(value.get("creditText")) or _text(value.get("copyrightNotice")),
        "photographer": _name(value.get("creator")),
    }
    return {name: text for name, text in found.items() if text} if found["url"] else None
