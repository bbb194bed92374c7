"""Content types as a CMS needs to know them, derived from the models of the kinds. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import MaxLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from schemas import plugins
from schemas.base import Reference, RichText

FieldType = Literal[
    "line", "text", "html", "integer", "number", "boolean", "datetime", "choice", "words", "json",
    "media", "relation", "group", "list", "blocks",
]  # fmt: skip
"""
line, text       one line, or several, of plain text
html             prose
words            a list of plain texts
choice           one of `choices`
json             any JSON value
media, relation  the asset, or the record of one of `kinds` (any, if empty), that is named; a list if `many`
group, list      the fields `fields` once, or any number of times
blocks           any number of `blocks`, in any order
"""

MARKER = "leopard_key"
"""The field by which our own pages are known: the record's key."""

LINKED_DATA = "linked_data"
"""The field that holds the record's schema.org graph, for front ends to print."""
_ENVELOPE = {
    "kind", "key", "locale", "status", "embargo_until", "expires_at", "translations", "alternates",
}  # fmt: skip
"""What Leopard itself goes by; a CMS does not need it."""
_PARAGRAPHS = {"summary", "text", "statement", "citation", "caption", "abstract"}
_PLURALS = {"person": "people", "species": "species"}
_FILLED_BY_US = {"path", "file", "teasers"}
"""Paths inside the project, and what `relation` fields say already."""
_SCALARS: dict[Any, FieldType] = {bool: "boolean", int: "integer", float: "number", datetime: "datetime"}


@dataclass(frozen=True)
class FieldModel:
    """One field of a content type, a group or a block."""

    name: str
    type: FieldType
    required: bool = False
    many: bool = False
    kinds: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    fields: tuple["FieldModel", ...] = ()
    blocks: tuple["Block", ...] = ()
    longest: int | None = None
    """Characters, where the schema sets a limit."""
    description: str | None = None
    part: str = ""
    """Of a group and a list: the name of the model that it is made of, such as ReportFile."""


_GRAPH = FieldModel(LINKED_DATA, "json", description="The schema.org graph of the page (JSON-LD)")


@dataclass(frozen=True)
class Block:
    """One kind of block: its name, and its fields without that name."""

    name: str
    fields: tuple[FieldModel, ...]


@dataclass(frozen=True)
class ContentType:
    """All fields of one kind of record, besides the marker."""

    kind: str
    plural: str
    fields: tuple[FieldModel, ...]


def content_types(kinds: Iterable[str]) -> list[ContentType]:
    """Content types of these kinds; assets are media and none of them."""
    return [content_type(kind) for kind in kinds if kind != "asset"]


@cache
def content_type(kind: str) -> ContentType:
    """The content type of one kind, of ours or of a team's. Raises ConfigError for none."""
    model = plugins.find("kinds", kind)
    fields = tuple(one for one in fields_of(model) if one.name not in _ENVELOPE)
    more = () if LINKED_DATA in model.model_fields else (_GRAPH,)
    return ContentType(kind, _PLURALS.get(kind, f"{kind}s"), (*fields, *more))


@cache
def fields_of(model: type[BaseModel]) -> tuple[FieldModel, ...]:
    """The fields of a model, in its order."""
    given = model.model_fields.items()
    return tuple(_field(name, info) for name, info in given if name not in _FILLED_BY_US)


def blocks_in(fields: Iterable[FieldModel]) -> Iterator[Block]:
    """Every kind of block that these fields may hold, once."""
    found = {block.name: block for one in fields for block in one.blocks}
    yield from found.values()


def _field(name: str, info: FieldInfo) -> FieldModel:
    found = _typed(name, info.annotation, tuple(info.metadata))
    return replace(found, required=info.is_required(), description=info.description)


def _typed(name: str, annotation: Any, metadata: tuple[Any, ...] = ()) -> FieldModel:
    """The field that an annotation stands for; None among its choices does not count."""
    annotation, metadata = _stripped(annotation, metadata)
    mark = next((one for one in metadata if isinstance(one, Reference)), None)
    if mark:
        is_media = mark.kinds == ("asset",)
        return FieldModel(name, "media" if is_media else "relation", kinds=() if is_media else mark.kinds)
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is tuple:
        return _several(name, args[0])
    if origin is Literal:
        return FieldModel(name, "choice", choices=tuple(map(str, args)))
    if origin in (Union, UnionType):
        return _union(name, args)
    if isinstance(annotation, type) and issubclass(annotation, RichText):
        return FieldModel(name, "html")
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return FieldModel(name, "group", fields=fields_of(annotation), part=annotation.__name__)
    if annotation in _SCALARS:
        return FieldModel(name, _SCALARS[annotation])
    if annotation is str:
        longest = next((one.max_length for one in metadata if isinstance(one, MaxLen)), None)
        return FieldModel(name, "text" if name in _PARAGRAPHS else "line", longest=longest)
    return FieldModel(name, "json")


def _stripped(annotation: Any, metadata: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
    """Without `Annotated` and without `| None`, and all that was said beside."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation, *said = get_args(annotation)
            metadata = (*metadata, *(inner for one in said for inner in _flat(one)))
        elif type(None) in get_args(annotation):
            rest = tuple(one for one in get_args(annotation) if one is not type(None))
            if len(rest) > 1:
                return Union[rest], metadata  # noqa: UP007  # of a tuple
            annotation = rest[0]
        else:
            return annotation, metadata


def _flat(said: Any) -> tuple[Any, ...]:
    return (said, *said.metadata) if isinstance(said, FieldInfo) else (said,)


def _several(name: str, inner: Any) -> FieldModel:
    one = _typed(name, inner)
    match one.type:
        case "media" | "relation":
            return replace(one, many=True)
        case "group":
            return replace(one, type="list")
        case "blocks":
            return one
        case "line" | "text":
            return FieldModel(name, "words")
    return FieldModel(name, "json")


def _union(name: str, members: tuple[Any, ...]) -> FieldModel:
    """Blocks, if each member has a type of its own; a number; or the one model among the members."""
    models = [inner for one in members if isinstance(inner := _stripped(one, ())[0], type)]
    if set(models) <= {int, float}:
        return FieldModel(name, "number")
    parts = [one for one in models if issubclass(one, BaseModel)]
    if len(parts) == 1:
        return FieldModel(name, "group", fields=fields_of(parts[0]), part=parts[0].__name__)
    if parts and all("type" in one.model_fields for one in parts):
        return FieldModel(name, "blocks", blocks=tuple(map(_block, parts)))
    return FieldModel(name, "json")


def _block(model: type[BaseModel]) -> Block:
    (name,) = get_args(model.model_fields["type"].annotation)
    return Block(name, tuple(one for one in fields_of(model) if one.name != "type"))
