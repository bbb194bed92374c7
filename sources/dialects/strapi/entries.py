"""Entries of Strapi as records, and its files as assets. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from schemas.model import MARKER
from schemas.problems import Origin, Problem
from sources.base import Raw
from sources.common.collections import Collections
from sources.common.copies import place_of
from sources.common.html_text import relinked
from sources.common.shapes import EMPTY, Shapes, models_of
from sources.dialects.strapi.names import ASSET, BLOCK, STATE, named
from sources.dialects.strapi.richtext import html_of, is_blocks

Item = Mapping[str, Any]
_WORDS = ("alt", "caption", "credit")


class Entries:
    """All items of a Strapi. `kinds` are those of our own content types, by their addresses' last parts."""

    def __init__(
        self, items: Mapping[str, Item], kinds: Mapping[str, str], collections: Collections,
        where: str, address: str, prefix: str | None,
    ) -> None:  # fmt: skip
        self.items, self.kinds, self.collections = items, kinds, collections
        self.where, self.address, self.prefix = where, address, f"{prefix}/" if prefix else ""
        self.words: dict[str, dict[str, dict[str, str]]] = {}
        """Per asset and word, what entries say beside it in each language."""
        self.files = {f"/{_url(file).lstrip('/')}": name for name, file in self._listed("files")}
        self.of_document = {
            item["documentId"]: self._key(name.partition("/")[0], item)
            for name, item in items.items()
            if "documentId" in item and not name.startswith("files/")
        }

    def records(self) -> Iterator[Raw | Problem]:
        """Entries first, for they know words of the files."""
        for name, item in self.items.items():
            route, _, rest = name.partition("/")
            if route == "files" or (rest.endswith("/draft") and f"{name[:-5]}published" in self.items):
                continue  # what people write on a published entry is nobody's business yet
            yield from self._entry(route, name, item)
        for name, file in self._listed("files"):
            yield Raw(self._asset(name, file), Origin(path=self.where, within=name), self._file(name)[6:])

    def _listed(self, route: str) -> Iterator[tuple[str, Item]]:
        return ((name, item) for name, item in self.items.items() if name.startswith(f"{route}/"))

    def _key(self, route: str, item: Item) -> str | None:
        if item.get(MARKER):
            return str(item[MARKER])
        known = self.collections.get(route)
        return f"{known.kind}:{self.prefix}{item['documentId'].lower()}" if known else None

    def _entry(self, route: str, name: str, item: Item) -> Iterator[Raw | Problem]:
        key, locale = self._key(route, item), item.get("locale")
        if key is None:
            return  # somebody's own entry among ours
        kind, origin = key.partition(":")[0], Origin(path=self.where, within=name)
        is_public = name.endswith("/published")
        if route in self.collections:
            known = self.collections[route]
            shapes = Shapes(self._named_file, self._related, lambda v: self._prose(v, known.prose), _no_block)
            models = models_of(kind)
            values = known.values(item, tuple(one.name for one in models))
            values.setdefault("published_at", item.get("publishedAt"))
            values.setdefault("updated_at", item.get("updatedAt"))
            status = "published" if is_public else "draft"
        else:
            self._locale = str(locale)
            shapes = Shapes(self._own_file, self._own, self._own_prose, _own_block, named)
            models, values = models_of(kind), dict(item)
            status = "published" if is_public else str(item.get(STATE) or "draft")
        data = {"kind": kind, "key": key, "status": status, **shapes.fields(values, models)}
        data.pop("linked_data", None)
        yield Raw(data, origin, key.partition(":")[2], locale)

    # Files.

    def _file(self, name: str) -> str:
        """The key of a file."""
        file = self.items[name]
        if str(file["name"]).startswith(ASSET):
            return str(file["name"])
        return f"{ASSET}{self.prefix}{name.replace('s/', '-')}"

    def _asset(self, name: str, file: Item) -> dict[str, Any]:
        key, url = self._file(name), _url(file)
        url = f"{self.address}{url}" if url.startswith("/") else url
        said = self.words.get(key, {})
        point = file.get("focalPoint") or {}
        found = {
            "kind": "asset",
            "key": key,
            "title": str(file.get("caption") or file.get("alternativeText") or file.get("name"))[:300],
            **(place_of(file, url, self.where) if url else {}),
            "alt": said.get("alt") or file.get("alternativeText"),
            "caption": said.get("caption") or file.get("caption"),
            "credit": next(iter(said.get("credit", {}).values()), None),
            "focal_point": {"x": point["x"] / 100, "y": point["y"] / 100} if point else None,
        }
        return {one: value for one, value in found.items() if value not in EMPTY}

    def _named_file(self, value: Any, beside: Mapping[str, Any], field: str) -> str | None:
        name = f"files/{value.get('id')}" if isinstance(value, Mapping) else ""
        return self._file(name) if name in self.items else None

    def _own_file(self, value: Any, beside: Mapping[str, Any], field: str) -> str | None:
        key = self._named_file(value, beside, field)
        for word in _WORDS if key else ():
            if beside.get(f"{field}_{word}"):
                self.words.setdefault(str(key), {}).setdefault(word, {})[self._locale] = beside[
                    f"{field}_{word}"
                ]
        return key

    # Other records.

    def _related(self, value: Any, kinds: tuple[str, ...]) -> str | None:
        document = value.get("documentId") if isinstance(value, Mapping) else None
        key = self.of_document.get(document)
        return key if key and (not kinds or key.partition(":")[0] in kinds) else None

    def _own(self, value: Any, kinds: tuple[str, ...]) -> str | None:
        """The record of a relation, or of the one kind of several that a reference names."""
        if not isinstance(value, Mapping):
            return None
        if MARKER in value:
            return value[MARKER] and str(value[MARKER])
        return next(
            (one[MARKER] for one in value.values() if isinstance(one, Mapping) and MARKER in one), None
        )

    # Prose.

    def _prose(self, value: Any, written: str) -> Any:
        if is_blocks(value):
            return {"format": "html", "text": relinked(html_of(value), self._target)}
        if not isinstance(value, str):
            return None
        text = relinked(value, self._target) if written == "html" else value
        return {"format": written, "text": text}

    def _own_prose(self, value: Any) -> Any:
        return {"format": "html", "text": relinked(str(value), self._target)}

    def _target(self, written: str, attributes: Mapping[str, str]) -> str | None:
        """The key of a file that a text shows."""
        name = self.files.get(f"/{written.removeprefix(self.address).lstrip('/')}")
        return self._file(name) if name else None


def _own_block(value: Any) -> tuple[str, Mapping[str, Any]] | None:
    if not isinstance(value, Mapping) or not str(value.get("__component", "")).startswith(BLOCK):
        return None
    return str(value["__component"]).removeprefix(BLOCK).replace("-", "_"), value


def _no_block(value: Any) -> None:
    return None


def _url(file: Item) -> str:
    return str(file.get("url") or "")
