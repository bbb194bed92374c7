"""The files that posts of a Ghost show: it has no list of them. Pure."""

import re
from collections.abc import Iterator, Mapping
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from sources.common.html_text import attributes_in, plain

_IMG = re.compile(r"""<img\b((?:[^<>"']|"[^"]*"|'[^']*')*+)>""", re.IGNORECASE)
_SIZED = re.compile(r"(/content/images)/size/[^/]+(?:/format/[^/]+)?")
_CARD = re.compile(r"<!--\s*kg-card-(?:begin|end): \w+\s*-->\n?")
MARK = "#leopard "
"""What the name of a tag begins with that says whose a post, or which asset a file is."""

Item = Mapping[str, Any]


def without_cards(html: str) -> str:
    return _CARD.sub("", html).strip()


def name_of(address: str) -> str | None:
    """The name of a file of a Ghost, `images/2024/05/leopard.jpg`; None for any other address."""
    path = _SIZED.sub(r"\1", urlsplit(unescape(address)).path)
    found = re.search(r"/content/((?:images|media|files)/.+)", path)
    return found[1] if found else None


def files_in(items: Mapping[str, Item]) -> dict[str, dict[str, Any]]:
    """Every file that is shown, by its name, with the words that stand beside it first."""
    found: dict[str, dict[str, Any]] = {}
    for _, item in sorted(items.items()):
        for address, words in _shown(item):
            name = name_of(address)
            if name is not None:
                known = found.setdefault(f"files/{name}", {"url": address})
                known.update({word: said for word, said in words.items() if said and word not in known})
    return found


def _shown(item: Item) -> Iterator[tuple[str, dict[str, str | None]]]:
    url = item.get("feature_image")
    if url:
        named = str(item.get("name", ""))
        if named.startswith(f"{MARK}asset:"):
            yield str(url), {"ident": named.removeprefix(MARK)}
        else:
            caption = plain(str(item.get("feature_image_caption") or ""))
            yield str(url), {"alt": item.get("feature_image_alt"), "caption": caption}
    for tag in _IMG.findall(str(item.get("html") or "")):
        attributes = attributes_in(tag)
        if attributes.get("src"):
            yield attributes["src"], {"alt": attributes.get("alt")}
