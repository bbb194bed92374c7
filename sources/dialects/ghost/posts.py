"""What Ghost answers as records: posts, pages, tags, authors, and the files that they show. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from slugify import slugify

from schemas.base import SAFE_SCHEMES
from schemas.problems import Origin
from sources.base import Raw
from sources.common.copies import place_of
from sources.common.html_text import plain, relinked
from sources.common.shapes import EMPTY
from sources.dialects.ghost.images import MARK, name_of, without_cards

Item = Mapping[str, Any]
_WITHDRAWN = "#withdrawn"
_COMMENT = re.compile(r"<!-- leopard (\S+@[\w-]+) -->")
_STATES = {"published": "published", "scheduled": "published"}


class Posts:
    """All items of a Ghost. `tags` says whether they become topics or words."""

    def __init__(self, items: Mapping[str, Item], where: str, prefix: str | None, tags: str) -> None:
        self.items, self.where, self.tags = items, where, tags
        self.prefix = f"{prefix}/" if prefix else ""
        self.addresses = {
            str(item.get("url", "")).rstrip("/"): self._key(name) for name, item in items.items()
        }

    def records(self) -> Iterator[Raw]:
        people: dict[str, Item] = {}
        for name, item in self.items.items():
            route = name.partition("/")[0]
            for author in item.get("authors") or ():
                people.setdefault(f"authors/{author['id']}", author)
            data = self._tag(name, item) if route == "tags" else None
            data = self._file(name, item) if route == "files" else data
            data = self._post(route, item) if route in ("posts", "pages") else data
            if data:
                yield self._raw(name, data)
        for name, author in sorted(people.items()):
            yield self._raw(name, self._person(author))

    def _raw(self, name: str, data: dict[str, Any]) -> Raw:
        ident = self._ident(name)
        key = self._key(name)
        found = {one: value for one, value in data.items() if value not in EMPTY}
        locale = ident.rpartition("@")[2] if ident and not key.startswith("asset:") else None
        origin = Origin(path=self.where, within=name)
        return Raw(
            {"kind": key.partition(":")[0], "key": key, **found}, origin, key.partition(":")[2], locale
        )

    def _ident(self, name: str) -> str | None:
        """The ident that a channel has left on an item."""
        item = self.items.get(name, {})
        if name.startswith("files/"):
            return item.get("ident")
        names = [str(tag.get("name")) for tag in item.get("tags") or ()]
        marked = next((one.removeprefix(MARK) for one in names if one.startswith(MARK)), None)
        found = (
            _COMMENT.search(str(item.get("codeinjection_head") or "")) if name.startswith("tags/") else None
        )
        return found[1] if found else marked

    def _key(self, name: str) -> str:
        ident = self._ident(name)
        if ident:
            return ident.rpartition("@")[0]
        route, _, rest = name.partition("/")
        kind, word = _KINDS[route]
        return f"{kind}:{self.prefix}{word}-{slugify(rest)}"

    def _post(self, route: str, item: Item) -> dict[str, Any]:
        tags = [tag for tag in item.get("tags") or () if not str(tag["name"]).startswith("#")]
        as_words = self.tags == "words" or self._ident(f"{route}/{item['id']}")
        topics = [] if as_words else [self._key(f"tags/{tag['id']}") for tag in tags]
        status = _STATES.get(str(item.get("status", "published")), "draft")
        if item.get("visibility", "public") != "public":
            status = "draft"  # only members may see it
        if any(tag["name"] == _WITHDRAWN for tag in item.get("tags") or ()):
            status = "withdrawn"
        body = relinked(without_cards(str(item.get("html") or "")), self._target)
        prose = {"format": "html", "text": body} if body else None
        text = (
            {"body": prose}
            if route == "posts"
            else {"blocks": [{"type": "text", "text": prose}] if prose else []}
        )
        authors = [{"person": self._key(f"authors/{one['id']}")} for one in item.get("authors") or ()]
        return {
            "title": plain(str(item.get("title") or "")) or "(untitled)",
            "slug": item.get("slug"),
            "summary": item.get("custom_excerpt"),
            "status": status,
            "published_at": item.get("published_at"),
            "updated_at": item.get("updated_at"),
            "image": self._image(item.get("feature_image")),
            "topics": topics,
            "tags": [str(tag["name"]) for tag in tags] if as_words else [],
            **({"authors": authors} if route == "posts" else {}),
            **text,
        }

    def _tag(self, name: str, item: Item) -> dict[str, Any] | None:
        if str(item["name"]).startswith("#") or (self.tags == "words" and not self._ident(name)):
            return None
        words = str(item.get("description") or "")
        return {
            "title": item["name"],
            "slug": item.get("slug"),
            "image": self._image(item.get("feature_image")),
            "body": {"format": "text", "text": words} if words else None,
        }

    def _person(self, author: Item) -> dict[str, Any]:
        url, words = str(author.get("website") or ""), str(author.get("bio") or "")
        return {
            "title": author.get("name"),
            "family": author.get("name"),
            "slug": author.get("slug"),
            "url": url if url.partition(":")[0] in SAFE_SCHEMES else None,
            "image": self._image(author.get("profile_image")),
            "body": {"format": "text", "text": words} if words else None,
        }

    def _file(self, name: str, item: Item) -> dict[str, Any]:
        stem = name.rpartition("/")[2]
        return {
            "title": str(item.get("caption") or item.get("alt") or stem)[:300],
            **place_of(item, str(item["url"]), self.where),
            "alt": item.get("alt"),
            "caption": item.get("caption"),
        }

    def _image(self, address: Any) -> str | None:
        name = name_of(str(address)) if address else None
        return self._key(f"files/{name}") if name and f"files/{name}" in self.items else None

    def _target(self, written: str, attributes: Mapping[str, str]) -> str | None:
        """The record that an address of a text leads to."""
        address, mark, fragment = written.partition("#")
        key = self._image(address) or self.addresses.get(address.rstrip("/"))
        return f"{key}{mark}{fragment}" if key and address else None


_KINDS = {
    "posts": ("article", "post"),
    "pages": ("page", "page"),
    "tags": ("topic", "tag"),
    "authors": ("person", "author"),
    "files": ("asset", "file"),
}
