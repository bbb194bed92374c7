"""The collections, fields and relations that Directus has to hold, as its API takes them. Pure."""

from collections.abc import Iterable, Iterator
from typing import Any

from exporters.base import Fields
from exporters.dialects.directus.files import TEXTS
from exporters.dialects.directus.model import (
    DIGEST,
    FILE,
    FILE_STATUS,
    FILE_WORDS,
    FILES,
    LANGUAGES,
    LINKS,
    PREFIX,
    RECORD,
    RECORDS,
    WORDS,
    Slot,
    column_type,
    table_of,
)
from schemas.model import MARKER, FieldModel, content_type

FOLDER = PREFIX.rstrip("_")
"""Under which the collections stand in the Studio."""
STATUSES = ("published", "draft", "archived")
_INTERFACES = {
    "line": "input", "text": "input-multiline", "html": "input-rich-text-html", "integer": "input",
    "number": "input", "boolean": "boolean", "datetime": "datetime", "choice": "select-dropdown",
    "words": "tags", "json": "input-code",
}  # fmt: skip
_SPECIAL = {"boolean": ["cast-boolean"], "words": ["cast-json"], "json": ["cast-json"]}


def collections(kinds: Iterable[str]) -> list[Fields]:
    """Every collection with its fields."""
    kinds = tuple(kinds)
    code = _field("code", "string", schema={"is_primary_key": True}, meta={"interface": "input"})
    name = _field("name", "string", meta={"interface": "input"})
    found = [
        {"collection": FOLDER, "schema": None, "meta": {"icon": "pets", "note": "Published by Leopard"}},
        _collection(LANGUAGES, [code, name], {"icon": "translate"}),
        _collection(
            RECORDS,
            [_id(), _marker(), *_aliases(kinds)],
            {"group": FOLDER, "icon": "key", "display_template": f"{{{{{MARKER}}}}}"},
        ),
    ]
    parts: dict[str, dict[str, Fields]] = {}
    for kind in kinds:
        if kind == "asset":
            found.append(_collection(WORDS, list(_words()), _HIDDEN))
            continue
        table = table_of(kind, kinds)
        shown = {"group": FOLDER, "display_template": "{{title}} ({{languages_code}})", **_ARCHIVE}
        found.append(_collection(table.name, [*_heads(), *map(_column, table.slots)], shown))
        for slot in table.slots:
            _gather(slot, parts)
    return [*found, *(_part(name, fields) for name, fields in parts.items())]


def _part(name: str, fields: dict[str, Fields]) -> Fields:
    """A table of parts; in lists editors see the first of what tells them apart."""
    shown = [f"{{{{{column}}}}}" for column in _TELLING if column in fields]
    template = {"display_template": " ".join(shown[:2])} if shown else {}
    return _collection(name, list(fields.values()), {**_HIDDEN, **template})


_TELLING = ("type", "display", "statement", "heading", "title", "given", "family", "name", "label", "url")
_HIDDEN: Fields = {"hidden": True, "accountability": None}
"""Directus keeps no revisions of parts beside those of the row."""
_ARCHIVE = {"archive_field": "status", "archive_value": "archived", "unarchive_value": "draft"}


def _gather(slot: Slot, parts: dict[str, dict[str, Fields]]) -> None:
    """The columns of the table of parts that a slot leads to, and of those below."""
    if not slot.table:
        return
    known = parts.setdefault(slot.table, {one["field"]: one for one in (_id(), _hidden("sort", "integer"))})
    known.setdefault(slot.owner, _hidden(slot.owner, "uuid"))
    if slot.table == LINKS:
        known.setdefault(slot.named, _led_to(slot.named, "m2o"))
    if slot.way == "blocks":
        known.setdefault("type", _choice("type", tuple(slot.blocks)))
    for inner in slot.inner:
        types = [name for name, slots in slot.blocks.items() if inner.column in {one.column for one in slots}]
        known.setdefault(inner.column, _only_for(types, _column(inner)))
        _gather(inner, parts)


def _only_for(types: list[str], column: Fields) -> Fields:
    """Editors see the columns of a block's own type."""
    if not types:
        return column
    rule = {"_and": [{"type": {"_nin": types}}]}
    hide = {"name": f"only {', '.join(types)}", "rule": rule, "hidden": True}
    return {**column, "meta": {**column["meta"], "conditions": [hide]}}


def file_fields() -> list[Fields]:
    """The fields that files get beside their own."""
    texts = [_field(name, "text", meta={"interface": "input"}) for name in TEXTS]
    return [
        _marker(),
        _hidden(DIGEST, "string"),
        _choice(FILE_STATUS, STATUSES, "draft"),
        *texts,
        _field("rights_expire", "timestamp", meta={"interface": "datetime"}),
        _translations(FILE_WORDS),
    ]


def relations(kinds: Iterable[str]) -> list[Fields]:
    """Every relation, by the collection and field that it begins at."""
    kinds = tuple(kinds)
    found: list[Fields] = []
    for kind in kinds:
        if kind == "asset":
            found += _translated(WORDS, FILE, FILES, FILE_WORDS)
            continue
        table = table_of(kind, kinds)
        found += _translated(table.name, RECORD, RECORDS, content_type(kind).plural)
        for slot in table.slots:
            found += _led(table.name, slot)
    return list({(one["collection"], one["field"]): one for one in found}.values())


def _led(table: str, slot: Slot) -> Iterator[Fields]:
    """The relations that a slot takes, and those below."""
    if slot.way in ("file", "item"):
        yield _relation(table, slot.column, FILES if slot.way == "file" else RECORDS, "SET NULL")
    if slot.table:
        junction = {"junction_field": slot.named} if slot.table == LINKS else {}
        kept = {"one_field": slot.column, "sort_field": "sort", "one_deselect_action": "delete"}
        yield _relation(slot.table, slot.owner, table, "CASCADE", **kept, **junction)
    if slot.table == LINKS:
        yield _relation(LINKS, slot.named, RECORDS, "CASCADE", junction_field=slot.owner)
    for inner in slot.inner:
        yield from _led(slot.table, inner)


def _translated(table: str, column: str, item: str, alias: str) -> list[Fields]:
    both = {"one_field": alias, "one_deselect_action": "delete", "junction_field": "languages_code"}
    return [
        _relation(table, column, item, "CASCADE", **both),
        _relation(table, "languages_code", LANGUAGES, "SET NULL", junction_field=column),
    ]


def _relation(table: str, column: str, to: str, on_delete: str, **meta: Any) -> Fields:
    schema = {"on_delete": on_delete}
    return {"collection": table, "field": column, "related_collection": to, "schema": schema, "meta": meta}


# Collections and their fields.


def _collection(name: str, fields: list[Fields], meta: Fields) -> Fields:
    for place, one in enumerate(fields, 1):
        one["meta"]["sort"] = place
    return {"collection": name, "schema": {}, "meta": meta, "fields": fields}


def _aliases(kinds: Iterable[str]) -> Iterator[Fields]:
    """What leads from an item to its rows; editors see that of its own kind."""
    for kind in kinds:
        if kind != "asset":
            alias = _translations(content_type(kind).plural)
            show = {"name": kind, "rule": {MARKER: {"_starts_with": f"{kind}:"}}, "hidden": False}
            yield {**alias, "meta": {**alias["meta"], "hidden": True, "conditions": [show]}}


def _heads() -> Iterator[Fields]:
    """What every row has."""
    yield from (_id(), _marker(), _choice("status", STATUSES, "draft"))
    yield _led_to(RECORD, "m2o", hidden=True)
    yield _led_to("languages_code", "m2o", "string", readonly=True, width="half")
    for name, special in (("date_created", "date-created"), ("date_updated", "date-updated")):
        meta = {"special": [special], "interface": "datetime", "readonly": True, "hidden": True}
        yield _field(name, "timestamp", meta=meta)


def _words() -> Iterator[Fields]:
    yield from (_id(), _hidden(FILE, "uuid"), _hidden("languages_code", "string"))
    for name in ("alt", "description"):
        yield _field(name, "text", meta={"interface": "input-multiline"})


def _column(slot: Slot) -> Fields:
    note: Fields = {"note": slot.field.description}
    match slot.way:
        case "file":
            return _field(slot.column, "uuid", meta={"special": ["file"], "interface": "file-image", **note})
        case "item":
            return _led_to(slot.column, "m2o", options=_filter(slot.field), **note)
        case "items":
            return _alias(slot.column, "m2m", options=_filter(slot.field, slot.named), **note)
        case "list" | "blocks":
            return _alias(slot.column, "o2m", **note)
    return _value(slot.column, slot.field)


def _filter(one: FieldModel, *lead: str) -> Fields:
    """What editors are offered: records of the kinds that the field may name."""
    choice = [{MARKER: {"_starts_with": f"{kind}:"}} for kind in one.kinds]
    return {
        "template": f"{{{{{'.'.join((*lead, MARKER))}}}}}",
        **({"filter": {"_or": choice}} if choice else {}),
    }


def _value(name: str, one: FieldModel) -> Fields:
    """A column of plain values. Numbers are decimals, as a `float` of Directus has seven digits."""
    if one.type == "choice":
        return _choice(name, one.choices, note=one.description)
    schema: Fields = {"max_length": one.longest} if column_type(one) == "string" else {}
    if one.type == "number":
        schema = {"numeric_precision": 24, "numeric_scale": 6}
    special = {"special": _SPECIAL[one.type]} if one.type in _SPECIAL else {}
    meta = {"interface": _INTERFACES[one.type], "note": one.description, **special}
    return _field(name, column_type(one), schema=schema, meta=meta)


def _field(name: str, kind: str, *, schema: Fields | None = None, meta: Fields) -> Fields:
    return {"field": name, "type": kind, "schema": schema or {}, "meta": dict(meta)}


def _alias(name: str, special: str, **meta: Any) -> Fields:
    known = {"special": [special], "interface": f"list-{special}", **meta}
    return {"field": name, "type": "alias", "schema": None, "meta": known}


def _translations(name: str) -> Fields:
    return _alias(name, "translations", interface="translations", options={"languageField": "name"})


def _led_to(name: str, special: str, kind: str = "uuid", **meta: Any) -> Fields:
    known = {"special": [special], "interface": "select-dropdown-m2o", **meta}
    return _field(name, kind, meta=known)


def _id() -> Fields:
    meta = {"special": ["uuid"], "interface": "input", "readonly": True, "hidden": True}
    return _field("id", "uuid", schema={"is_primary_key": True, "has_auto_increment": False}, meta=meta)


def _marker() -> Fields:
    meta = {"interface": "input", "readonly": True, "note": "By this Leopard knows what is its own"}
    return _field(MARKER, "string", schema={"is_unique": True}, meta=meta)


def _choice(name: str, words: tuple[str, ...], default: str | None = None, note: str | None = None) -> Fields:
    choices = [{"text": word.replace("_", " ").capitalize(), "value": word} for word in words]
    meta = {"interface": "select-dropdown", "width": "half", "options": {"choices": choices}, "note": note}
    return _field(name, "string", schema={"default_value": default} if default else {}, meta=meta)


def _hidden(name: str, kind: str) -> Fields:
    return _field(name, kind, meta={"interface": "input", "hidden": True})
