"""Values as Payload has them: from a record to its fields, to the body of a request, and back. Pure."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from exporters.base import Fields
from exporters.cms.content import asset_fields
from exporters.cms.media import number_of
from exporters.dialects.payload.lexical import editor_state
from schemas.model import FieldModel, content_type

MEDIA = "media"
"""The collection of uploads."""
STATE, DIGEST = "leopard_state", "leopard_digest"
"""Fields of our own: what a document is to be, per language, and which bytes an upload has."""
WORDS = ("alt", "caption")
"""What is said of an upload in each language."""
RENAMED = {"updated_at": "revised_at"}
"""Names that Payload has for something else."""
LANGUAGES = "translations"
"""In the fields of an asset: its words in other languages."""
POINT = {"focal_x": "focalX", "focal_y": "focalY"}
EMPTY: tuple[Any, ...] = (None, "", [], {})


def name_of(field: FieldModel) -> str:
    """The field's name in Payload."""
    return RENAMED.get(field.name, field.name)


def upload_fields() -> tuple[FieldModel, ...]:
    """The fields of an upload; the point that stays in view is Payload's own, in per cent."""
    named = tuple(one for one in asset_fields() if one.name not in POINT)
    return (*named, *(FieldModel(name, "number") for name in POINT.values()))


def is_of_one(field: FieldModel) -> bool:
    """Does it name records of one collection? Else each is named with its collection."""
    return field.type == "media" or len(field.kinds) == 1


# A record's fields


def shaped(values: Fields, fields: Iterable[FieldModel]) -> Fields:
    """Neutral values, relations with their collections, as the fields of a document."""
    return {name_of(one): _shape(one, values[one.name]) for one in fields if one.name in values}


def _shape(field: FieldModel, value: Any) -> Any:
    match field.type:
        case "html":
            return editor_state(value, MEDIA)
        case "group":
            return shaped(value, field.fields)
        case "list":
            return [shaped(one, field.fields) for one in value]
        case "blocks":
            return [_block(field, one) for one in value]
        case "relation" if is_of_one(field):
            return [one["value"] for one in value] if field.many else value["value"]
    return value


def _block(field: FieldModel, value: Fields) -> Fields:
    return {"blockType": value["type"], **shaped(value, _fields_of(field, value["type"]))}


def pruned(value: Any) -> Any:
    """The value without what is empty, and without relations and images that lead nowhere yet.

    Of uploads it has the ids that Payload gave them.
    """
    if isinstance(value, dict):
        if "root" in value:
            return {**value, "root": _without_lost(value["root"])}
        if set(value) == {"upload", "bytes"}:
            return _own_id(value["upload"])
        inner = {name: pruned(one) for name, one in _with_own_id(value).items()}
        return {name: one for name, one in inner.items() if one not in EMPTY and not _is_lost(one)}
    if isinstance(value, list):
        return [one for one in map(pruned, value) if one not in EMPTY and not _is_lost(one)]
    return value


def _with_own_id(value: Fields) -> Fields:
    return {**value, "value": _own_id(value.get("value"))} if value.get("relationTo") == MEDIA else value


def _own_id(page: Any) -> Any:
    return number_of(page) if isinstance(page, str) else page


def _is_lost(value: Any) -> bool:
    return isinstance(value, dict) and "relationTo" in value and value.get("value") is None


def _without_lost(node: Fields) -> Fields:
    if "children" not in node:
        return _with_own_id(node)
    return {**node, "children": [_without_lost(one) for one in node["children"] if not _is_lost(one)]}


# The body of a request


def sent(values: Fields, fields: Iterable[FieldModel]) -> Fields:
    """The fields as the server takes them: all of them, so that none keeps what it held before."""
    return {name_of(one): _sent(one, values.get(name_of(one))) for one in fields}


def _sent(field: FieldModel, value: Any) -> Any:
    match field.type:
        case "group":
            return sent(value or {}, field.fields)
        case "list":
            return [sent(one, field.fields) for one in value or ()]
        case "blocks":
            return [{**one, **sent(one, _fields_of(field, one["blockType"]))} for one in value or ()]
        case "media" | "relation":
            return _related(value, _number) if value else [] if field.many else None
        case "html" if value:
            return {"root": _uploads(value["root"], _number)}
        case "words":
            return value or []
    return value


def _number(page: Any) -> Any:
    """An id as the database has it: most count, MongoDB does not."""
    return int(page) if isinstance(page, str) and page.isdecimal() and len(page) < 16 else page


def _related(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, list):
        return [_related(one, change) for one in value]
    return (
        {**value, "value": change(value["value"])}
        if isinstance(value, dict) and "value" in value
        else change(value)
    )


def _uploads(node: Fields, change: Callable[[Any], Any]) -> Fields:
    """The node with other ids of its images."""
    if "children" in node:
        return {**node, "children": [_uploads(one, change) for one in node["children"]]}
    return {**node, "value": change(node["value"])} if node.get("type") == "upload" else node


def related(values: Fields, fields: Iterable[FieldModel]) -> Iterator[tuple[str, str]]:
    """Collection and id of all that these fields name."""
    for one in fields:
        value = values.get(name_of(one))
        for each in value if isinstance(value, list) else [value] if value else []:
            match one.type:
                case "group" | "list":
                    yield from related(each, one.fields)
                case "blocks":
                    yield from related(each, _fields_of(one, each["blockType"]))
                case "html":
                    yield from _shown(each.get("root", {}))
                case "media":
                    yield MEDIA, str(each)
                case "relation" if is_of_one(one):
                    yield content_type(one.kinds[0]).plural, str(each)
                case "relation":
                    yield each["relationTo"], str(each["value"])


def _shown(node: Fields) -> Iterator[tuple[str, str]]:
    if node.get("type") == "upload":
        yield node["relationTo"], str(node["value"])
    for child in node.get("children", ()):
        yield from _shown(child)


# An answer


def held(document: Fields, fields: Iterable[FieldModel]) -> Fields:
    """What a document holds, spelled as `pruned(shaped(…))` is."""
    known = {name_of(one): _held(one, document.get(name_of(one))) for one in fields}
    return {name: value for name, value in known.items() if value not in EMPTY}


def _held(field: FieldModel, value: Any) -> Any:
    if value in EMPTY:
        return None
    match field.type:
        case "group":
            return held(value, field.fields)
        case "list":
            return [held(one, field.fields) for one in value]
        case "blocks":
            return [_held_block(field, one) for one in value]
        case "media" | "relation":
            return _related(value, _text)
        case "html" if isinstance(value, dict) and "root" in value:
            return {"root": _uploads(value["root"], _text)}
    return value


def _held_block(field: FieldModel, value: Fields) -> Fields:
    kind = value.get("blockType")
    known = next((block.fields for block in field.blocks if block.name == kind), ())
    return {"blockType": kind, **held(value, known)}


def _text(page: Any) -> Any:
    """An id as the core has it. Of what was populated, the id."""
    return _text(page.get("id")) if isinstance(page, dict) else None if page is None else str(page)


def _fields_of(field: FieldModel, name: str) -> tuple[FieldModel, ...]:
    return next((block.fields for block in field.blocks if block.name == name), ())
