"""What a Directus lacks before Leopard can publish to it, and making it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from exporters.base import Fields
from exporters.cms.lacks import NO_CONTENT_TYPE, NO_FIELD, NO_LANGUAGE, NO_RIGHT
from exporters.dialects.directus.model import FILES, LANGUAGES
from exporters.dialects.directus.tables import FOLDER, collections, file_fields, relations
from schemas.errors import AuthError, LeopardError
from schemas.model import MARKER
from schemas.problems import Problem
from transport.session import ApiSession

SETUP = "run `leopard channel setup` with the token of an administrator"
RIGHTS = "add it to the policy of Leopard's user in Directus, under Settings, Access Policies"
_NEEDED = ("create", "read", "update", "delete")


@dataclass(frozen=True)
class Tables:
    """What Directus has to hold for a channel."""

    collections: Mapping[str, Fields]
    fields: Mapping[tuple[str, str], Fields]
    relations: Mapping[tuple[str, str], Fields]
    own: tuple[tuple[str, str], ...]
    """Fields that a team's mapping speaks of, which the team has to make."""

    @classmethod
    def of(cls, kinds: Iterable[str], own: Iterable[tuple[str, str]] = ()) -> "Tables":
        kinds = tuple(kinds)
        made = {one["collection"]: one for one in collections(kinds)}
        fields = {
            (name, one["field"]): one for name, whole in made.items() for one in whole.get("fields", ())
        }
        if "asset" in kinds:
            fields |= {(FILES, one["field"]): one for one in file_fields()}
        led = {(one["collection"], one["field"]): one for one in relations(kinds)}
        return cls(made, fields, led, tuple(own))

    @property
    def written(self) -> list[str]:
        """Collections that are written to."""
        names = [name for name in self.collections if name not in (FOLDER, LANGUAGES)]
        return [*names, FILES] if any(name == FILES for name, _ in self.fields) else names


class Found:
    """What a Directus has. Raises AuthError where the token is not shown it."""

    def __init__(self, api: ApiSession, tables: Tables, locales: Iterable[str]) -> None:
        self.api, self.tables, self.locales = api, tables, tuple(locales)
        self.collections = {one["collection"] for one in api.call("GET", "/collections")["data"]}
        fields = api.call("GET", "/fields")["data"]
        self.fields: dict[tuple[str, str], Fields] = {
            (one["collection"], one["field"]): one for one in fields
        }
        self.relations = {(one["collection"], one["field"]) for one in api.call("GET", "/relations")["data"]}

    @property
    def missing_collections(self) -> list[str]:
        return [name for name in self.tables.collections if name not in self.collections]

    @property
    def missing_fields(self) -> list[tuple[str, str]]:
        """Fields that are missing in collections that are there."""
        lacking = (one for one in self.tables.fields if one not in self.fields)
        return [one for one in lacking if one[0] in self.collections]

    @property
    def missing_relations(self) -> list[tuple[str, str]]:
        return [one for one in self.tables.relations if one not in self.relations]

    @property
    def missing_locales(self) -> list[str]:
        if (LANGUAGES, "code") not in self.fields:
            return list(self.locales)
        asked = {"fields": "code", "limit": -1}
        known = {one["code"] for one in self.api.call("GET", f"/items/{LANGUAGES}", params=asked)["data"]}
        return [locale for locale in self.locales if locale not in known]


def setup(api: ApiSession, tables: Tables, locales: Iterable[str]) -> Iterator[str]:
    """Make what is missing, and nothing else; a sentence for each thing that was done."""
    found = Found(api, tables, locales)
    new = found.missing_collections
    if new:
        api.call("POST", "/collections", json=[tables.collections[name] for name in new])
        yield from (f"made the collection {name}" for name in new)
    for collection, field in found.missing_fields:
        api.call("POST", f"/fields/{collection}", json=tables.fields[collection, field])
        yield f"made the field {field} of {collection}"
    for collection, field in found.missing_relations:
        api.call("POST", "/relations", json=tables.relations[collection, field])
        yield f"made the relation {field} of {collection}"
    for locale in found.missing_locales:
        api.call("POST", f"/items/{LANGUAGES}", json={"code": locale, "name": locale})
        yield f"added the language {locale}"


def problems(api: ApiSession, tables: Tables, locales: Iterable[str]) -> Iterator[Problem]:
    """One for each thing that is missing. Raises what concerns address and credentials."""
    api.call("GET", "/users/me", params={"fields": "id"})
    try:
        found = Found(api, tables, locales)
    except AuthError:
        hint = "give Leopard's user a policy with the rights that docs/channels/directus.md lists"
        yield _lacks(NO_RIGHT, "the token may not see any collection of Directus", hint)
        return
    yield from _shape(found)
    try:
        for locale in found.missing_locales:
            yield _lacks(NO_LANGUAGE, f"Directus has no language {locale} in `{LANGUAGES}`", SETUP)
    except LeopardError as error:
        yield error.problem
    yield from _rights(found)


def _shape(found: Found) -> Iterator[Problem]:
    for name in found.missing_collections:
        yield _lacks(NO_CONTENT_TYPE, f"Directus has no collection {name}", SETUP)
    for collection, field in found.missing_fields:
        yield _lacks(NO_FIELD, f"the collection {collection} of Directus has no field {field}", SETUP)
    for collection, field in found.missing_relations:
        if (collection, field) in found.fields:
            yield _lacks(NO_FIELD, f"the field {field} of {collection} of Directus leads nowhere", SETUP)
    for (collection, field), wanted in found.tables.fields.items():
        there = found.fields.get((collection, field))
        if there and there["type"] not in (wanted["type"], *_AS_GOOD.get(wanted["type"], ())):
            said = f"is of type {there['type']} instead of {wanted['type']}"
            hint = "rename or remove it, and run `leopard channel setup`"
            yield _lacks(NO_FIELD, f"the field {field} of {collection} of Directus {said}", hint)
        elif there and field == MARKER and not (there.get("schema") or {}).get("is_unique"):
            said = "is not unique, so pages could be made twice"
            yield _lacks(NO_FIELD, f"the field {field} of {collection} of Directus {said}", "make it unique")
    for collection, field in found.tables.own:
        if collection in found.collections and (collection, field) not in found.fields:
            said = (
                f"`mapping` fills in {field}, but the collection {collection} of Directus has no such field"
            )
            yield _lacks(
                NO_FIELD,
                said,
                "make it in Directus, under Settings, Data Model, or correct its name",
            )


_AS_GOOD: Mapping[str, tuple[str, ...]] = {"text": ("string",), "string": ("text",)}


def _rights(found: Found) -> Iterator[Problem]:
    """Rights that the user lacks on collections that are there."""
    allowed: Mapping[str, Any] = found.api.call("GET", "/permissions/me")["data"]
    for name in (*found.tables.written, LANGUAGES):
        needed = ("read",) if name == LANGUAGES else _NEEDED
        given = allowed.get(name, {})
        lacking = [right for right in needed if given.get(right, {}).get("access", "none") == "none"]
        if lacking and name in found.collections:
            yield _lacks(NO_RIGHT, f"the token has no right to {', '.join(lacking)} in {name}", RIGHTS)


def _lacks(code: str, message: str, hint: str) -> Problem:
    return Problem(code=code, message=message, hint=hint)
