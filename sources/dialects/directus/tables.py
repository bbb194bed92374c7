"""What a collection of Directus has: its key, its times of change, its translations. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sources.common.collections import Collection

LANGUAGE = "languages_code"


@dataclass(frozen=True)
class Table:
    """The fields of one collection by what Directus says of them."""

    key: str
    updated: str | None
    created: str | None
    translations: str | None

    def asked(self, collection: Collection) -> str:
        """What to ask for so that one answer holds all that is mapped."""
        led = sorted({path for path in collection.fields.values() if "." in path})
        more = [f"{self.translations}.*"] if self.translations else []
        return ",".join(["*", *led, *more])

    def changed(self, item: Mapping[str, Any]) -> Any:
        """When an item was last written to, if that is known."""
        return item.get(self.updated or "") or item.get(self.created or "")

    def since(self, mark: str) -> dict[str, Any] | None:
        """A filter for what was written since; None if the collection cannot tell."""
        if self.updated is None or self.created is None:
            return None
        return {"_or": [{name: {"_gte": mark}} for name in (self.updated, self.created)]}


def table_of(fields: Iterable[Mapping[str, Any]]) -> Table:
    """The table that an answer about fields describes."""
    special: dict[str, str] = {}
    key = "id"
    for one in fields:
        for word in (one.get("meta") or {}).get("special") or ():
            special.setdefault(str(word), str(one["field"]))
        if (one.get("schema") or {}).get("is_primary_key"):
            key = str(one["field"])
    return Table(key, special.get("date-updated"), special.get("date-created"), special.get("translations"))


def languages_in(item: Mapping[str, Any], table: Table) -> dict[str, dict[str, Any]]:
    """What is said in each language, by its code."""
    found: dict[str, dict[str, Any]] = {}
    for one in item.get(table.translations or "") or ():
        code = one.get(LANGUAGE) if isinstance(one, Mapping) else None
        code = code.get("code") if isinstance(code, Mapping) else code
        if code:
            found[str(code)] = {name: value for name, value in one.items() if value is not None}
    return found
