"""Which key an item of WordPress has, and which item an address of the site leads to."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from schemas.model import MARKER
from sources.common.html_text import plain
from sources.dialects.wordpress.types import KINDS, ONE

_SIZED = re.compile(r"-(?:\d+x\d+|scaled|rotated)(?=\.\w+$)")
_OPENING = "<!-- leopard:"
_MARK = re.compile(
    r"(?:<!-- wp:html -->\s*)?<!-- leopard:([a-z][a-z0-9_]*:[^\s@]+@[A-Za-z0-9-]+) -->"
    r"(?:\s*<!-- /wp:html -->)?"
)
"""How a channel without its plug-in says which record a text is."""


@dataclass
class Index:
    """All items of a site by the names `posts/7`; `prefix` begins the keys of those that are not ours."""

    prefix: str | None = None
    own: dict[str, str] = field(default_factory=dict)
    """The idents, key and language, of what Leopard has written."""
    known: set[str] = field(default_factory=set)
    addresses: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    """What tags are called."""

    def add(self, name: str, ident: str | None, *addresses: str) -> None:
        self.known.add(name)
        if ident:
            self.own[name] = ident
        for address in filter(None, addresses):
            self.addresses.setdefault(_bare(address), name)

    def key(self, name: str) -> str | None:
        """The key of an item; None if there is none of that name."""
        if name not in self.known:
            return None
        if name in self.own:
            return self.own[name].rpartition("@")[0]
        route, _, number = name.partition("/")
        return f"{KINDS[route]}:{self.prefix + '/' if self.prefix else ''}{ONE[route]}-{number}"

    def target(self, written: str, attributes: Mapping[str, str]) -> str | None:
        """The key that a link or an image of a text leads to, if it leads to an item."""
        found = re.search(r"\bwp-image-(\d+)\b", attributes.get("class", "")) if "src" in attributes else None
        if found and (key := self.key(f"media/{found[1]}")):
            return key
        address, mark, fragment = written.partition("#")
        name = self.addresses.get(_bare(address)) or self.addresses.get(_bare(_SIZED.sub("", address)))
        key = self.key(name) if name else None
        return f"{key}{mark}{fragment}" if key else None


def _bare(address: str) -> str:
    """An address as it is compared."""
    return re.sub(r"^https?:", "", address).rstrip("/")


def ident_in(item: Mapping[str, Any]) -> str | None:
    """The ident that a channel has left on an item."""
    meta = item.get("meta")
    if isinstance(meta, dict) and meta.get(MARKER):
        return str(meta[MARKER])
    text = raw_of(item.get("content")) or str(item.get("description") or "")
    marks = _MARK.findall(text) if _OPENING in text else []
    return marks[-1].replace("%2D", "-") if marks else None


def without_mark(text: str) -> str:
    return _MARK.sub("", text) if _OPENING in text else text


def raw_of(value: Any) -> str:
    """A text as it was written, or as it is shown where nothing else is known."""
    if isinstance(value, dict):
        value = value.get("raw") if value.get("raw") is not None else value.get("rendered")
    return str(value or "")


def index_of(items: Mapping[str, Mapping[str, Any]], prefix: str | None) -> Index:
    """The index of what the REST API gave."""
    index = Index(prefix)
    for name, item in items.items():
        ident = ident_in(item)
        if name.partition("/")[0] in KINDS or ident:
            index.add(name, ident, str(item.get("source_url") or ""), str(item.get("link") or ""))
        if name.startswith("tags/"):
            index.words[name] = plain(str(item.get("name") or ""))
    return index
