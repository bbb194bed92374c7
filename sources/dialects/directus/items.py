"""Items of Directus as records, and its files as assets. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from slugify import slugify

from schemas.model import MARKER
from schemas.problems import Origin
from sources.base import Raw
from sources.common.collections import Collection, Collections
from sources.common.copies import place_of
from sources.common.html_text import relinked
from sources.common.shapes import EMPTY, Shapes, models_of
from sources.dialects.directus.tables import Table, languages_in

Item = Mapping[str, Any]
STATES = {"published": "published", "archived": "withdrawn"}
_FILE = re.compile(r"/assets/([0-9a-f-]{36})")
_ITS_OWN = {"id", "sort", "languages_code"}


class Items:
    """All items. `locales` are the languages of the site, the first one that of what says none."""

    def __init__(
        self, items: Mapping[str, Item], collections: Collections, tables: Mapping[str, Table],
        where: str, address: str, prefix: str | None, locales: tuple[str, ...],
    ) -> None:  # fmt: skip
        self.items, self.collections, self.tables = items, collections, tables
        self.where, self.address, self.locales = where, address, locales
        self.prefix = f"{prefix}/" if prefix else ""

    def records(self) -> Iterator[Raw]:
        for name, item in self.items.items():
            route = name.partition("/")[0]
            key, origin = self._key(name), Origin(path=self.where, within=name)
            if route == "files":
                yield Raw(self._asset(key, item), origin, key.partition(":")[2])
            else:
                yield self._record(route, key, origin, item)

    def _key(self, name: str) -> str:
        route, _, number = name.partition("/")
        if route == "files":
            marked = self.items[name].get(MARKER)
            return str(marked).rpartition("@")[0] if marked else f"asset:{self.prefix}file-{number}"
        return f"{self.collections[route].kind}:{self.prefix}{slugify(route)}-{slugify(number)}"

    def _record(self, route: str, key: str, origin: Origin, item: Item) -> Raw:
        known, said = self.collections[route], {}
        for code, words in languages_in(item, self.tables[route]).items():
            said[self._locale(code)] = {n: value for n, value in words.items() if n not in _ITS_OWN}
        first = self.locales[0] if self.locales[0] in said or not said else next(iter(said))
        data = {
            "kind": known.kind,
            "key": key,
            "status": STATES.get(str(item.get("status", "published")), "draft"),
            **self._fields(known, {**item, **said.get(first, {})}),
        }
        others = {
            locale: {
                name: value
                for name, value in self._fields(known, {**item, **words}).items()
                if data.get(name) != value
            }
            for locale, words in said.items()
            if locale != first
        }
        if others:
            data["translations"] = others
        return Raw(data, origin, key.partition(":")[2], first if said else None)

    def _locale(self, code: str) -> str:
        """The site's language that a code stands for, else the code itself."""
        return next((tag for tag in (code, code.partition("-")[0]) if tag in self.locales), code)

    def _fields(self, known: Collection, item: Item) -> dict[str, Any]:
        models = models_of(known.kind)
        shapes = Shapes(self._file, self._related, lambda value: self._prose(value, known.prose), _no_block)
        return shapes.fields(known.values(item, tuple(one.name for one in models)), models)

    def _asset(self, key: str, file: Item) -> dict[str, Any]:
        url = f"{self.address}/assets/{file['id']}"
        found = {
            "kind": "asset",
            "key": key,
            "title": file.get("title") or file.get("filename_download"),
            **place_of(file, url, self.where),
            "alt": file.get("alt"),
            "caption": file.get("description"),
            "credit": file.get("credit"),
            "photographer": file.get("photographer"),
            "agency": file.get("agency"),
            "licence": file.get("licence"),
        }
        return {name: value for name, value in found.items() if value not in EMPTY}

    def _file(self, value: Any, beside: Mapping[str, Any], field: str) -> str | None:
        name = f"files/{_id(value)}"
        return self._key(name) if name in self.items else None

    def _related(self, value: Any, kinds: tuple[str, ...]) -> str | None:
        names = (f"{one}/{_id(value)}" for one, known in self.collections.items() if known.kind in kinds)
        return next((self._key(name) for name in names if name in self.items), None)

    def _prose(self, value: Any, written: str) -> Any:
        if not isinstance(value, str):
            return None
        return {"format": written, "text": relinked(value, self._target) if written == "html" else value}

    def _target(self, address: str, attributes: Mapping[str, str]) -> str | None:
        found = _FILE.search(address)
        return self._file(found[1], {}, "") if found else None


def _id(value: Any) -> Any:
    return value.get("id") if isinstance(value, Mapping) else value


def _no_block(value: Any) -> None:
    return None
