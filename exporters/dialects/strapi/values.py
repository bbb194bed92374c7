"""Values between Leopard and Strapi: as fields, as they are sent, and as they are answered. Pure.

Fields are spelled as Strapi's attributes are. A media file is our id of it (`exporters.cms.media`), a related
document its documentId, a component an object. What is empty is left out of components, and None or [] in an
entry, so that nothing which was taken out of a record stays behind.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from exporters.base import REFERENCE, Fields, State
from exporters.cms.content import joined
from exporters.cms.media import address_of, media_id, number_of
from exporters.dialects.strapi.schema import (
    ELSEWHERE,
    RENAMED,
    STATE,
    WORDS,
    Attributes,
    Schema,
    component_of,
)
from schemas.model import MARKER, FieldModel, content_type

Leaf = Callable[[Mapping[str, Any], Any], Any]
_ASKED_FOR = ("media", "relation", "component", "dynamiczone")
_EMPTY: tuple[Any, ...] = (None, "", [], {})
_SYSTEM = {"id", "documentId", "createdAt", "updatedAt", "publishedAt", "locale", STATE, MARKER}


def shaped(key: str, values: Fields, schema: Schema) -> Fields:
    """All fields of an entry, from neutral values: every attribute is there, so that it can be emptied."""
    kind = key.partition(":")[0]
    attributes = schema.types[kind]
    shaper = Shaper(schema)
    found = shaper.fields(values, content_type(kind).fields, attributes, "")
    blank = {name: _blank(attribute) for name, attribute in attributes.items()}
    return {MARKER: key, **blank, **found, ELSEWHERE: shaper.elsewhere}


class Shaper:
    """Turns neutral values into fields, and notes what Strapi cannot relate."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.elsewhere: list[Fields] = []

    def fields(
        self, values: Fields, models: Iterable[FieldModel], attributes: Attributes, path: str
    ) -> Fields:
        found: Fields = {}
        for one in models:
            if one.name not in values:
                continue
            name, value = RENAMED.get(one.name, one.name), values[one.name]
            if one.type == "media":
                found[name] = value["asset"]
                found |= {f"{name}_{word}": value[word] for word in WORDS if word in value}
            elif one.type == "relation" and len(one.kinds) == 1:
                related = self._related(value, f"{path}{name}")
                if name in attributes:
                    found[name] = related if one.many else next(iter(related), None)
            else:
                found[name] = self._value(one, value, attributes[name], f"{path}{name}")
        return found

    def _value(self, one: FieldModel, value: Any, attribute: Mapping[str, Any], path: str) -> Any:
        match one.type:
            case "relation":
                return [_named(inner) for inner in value] if one.many else _named(value)
            case "group":
                return self.fields(value, one.fields, self.schema.inside(attribute), f"{path}.")
            case "list":
                inside = self.schema.inside(attribute)
                return [self.fields(inner, one.fields, inside, f"{path}.") for inner in value]
            case "blocks":
                models = {block.name: block.fields for block in one.blocks}
                return [self._block(inner, models[inner["type"]], path) for inner in value]
        return value

    def _block(self, value: Fields, models: Iterable[FieldModel], path: str) -> Fields:
        name = component_of(value["type"])
        inside = self.fields(value, models, self.schema.components[name], f"{path}.{value['type']}.")
        return {"__component": name, **inside}

    def _related(self, value: Any, path: str) -> list[Any]:
        """References; what is none is noted."""
        several = value if isinstance(value, list) else [value]
        self.elsewhere += [{"field": path, **one} for one in several if REFERENCE not in one]
        return [one for one in several if REFERENCE in one]


def _named(value: Fields) -> Fields:
    """A record of any kind: the relation of its kind, or words that lead to it."""
    ident = value.get(REFERENCE)
    return {ident.partition(":")[0]: value} if ident else value


def _blank(attribute: Mapping[str, Any]) -> Any:
    return [] if _is_many(attribute) else None


def _is_many(attribute: Mapping[str, Any]) -> bool:
    return (
        attribute["type"] == "dynamiczone"
        or attribute.get("repeatable") is True
        or attribute.get("relation") == "oneToMany"
    )


def compared(fields: Fields, attributes: Attributes, schema: Schema) -> Fields:
    """Fields as they are compared."""
    return _walked(fields, attributes, schema, _as_compared)


def sent(fields: Fields, attributes: Attributes, schema: Schema) -> Fields:
    """Fields as Strapi is told them; as they are compared."""
    return _walked(fields, attributes, schema, _as_sent)


def related(fields: Fields, attributes: Attributes, schema: Schema) -> set[str]:
    """Every document that fields name."""
    found: set[str] = set()

    def note(attribute: Mapping[str, Any], value: Any) -> Any:
        if attribute.get("type") == "relation" and value:
            found.update(value if isinstance(value, list) else [value])
        return value

    _walked(fields, attributes, schema, note)
    return found


def held(entry: Mapping[str, Any], attributes: Attributes, schema: Schema) -> Fields:
    """The fields of an entry that Strapi has answered, populated. Attributes that a team has added stay."""
    fields = {name: value for name, value in entry.items() if name not in _SYSTEM}
    return {MARKER: entry.get(MARKER), **_walked(fields, attributes, schema, _as_held)}


def _as_compared(attribute: Mapping[str, Any], value: Any) -> Any:
    prose = attribute.get("type") == "richtext" and value is not None
    return joined(value, address_of) if prose else value


def _as_sent(attribute: Mapping[str, Any], value: Any) -> Any:
    media = attribute.get("type") == "media" and value is not None
    return int(number_of(value)) if media else value


def _as_held(attribute: Mapping[str, Any], value: Any) -> Any:
    match attribute.get("type"):
        case "media":
            return value and media_id(value["id"], value["url"])
        case "relation" if isinstance(value, list):
            return [one["documentId"] for one in value]
        case "relation":
            return value and value["documentId"]
    return value


def _walked(fields: Fields, attributes: Attributes, schema: Schema, leaf: Leaf) -> Fields:
    return {name: _value(value, attributes.get(name, {}), schema, leaf) for name, value in fields.items()}


def _value(value: Any, attribute: Mapping[str, Any], schema: Schema, leaf: Leaf) -> Any:
    match attribute.get("type"):
        case "component" if isinstance(value, dict):
            return _component(value, schema.inside(attribute), schema, leaf) or None
        case "component" if isinstance(value, list):
            inside = schema.inside(attribute)
            return [found for one in value if (found := _component(one, inside, schema, leaf))]
        case "dynamiczone" if isinstance(value, list):
            return [_in_zone(one, schema, leaf) for one in value]
    found = leaf(attribute, value)
    return None if isinstance(found, str) and not found else found


def _in_zone(value: Fields, schema: Schema, leaf: Leaf) -> Fields:
    name = value["__component"]
    return {"__component": name, **_component(value, schema.components.get(name, {}), schema, leaf)}


def _component(value: Fields, attributes: Attributes, schema: Schema, leaf: Leaf) -> Fields:
    known = {name: inner for name, inner in value.items() if name in attributes}
    found = _walked(known, attributes, schema, leaf)
    return {name: inner for name, inner in found.items() if inner not in _EMPTY}


def populate(
    attributes: Attributes, schema: Schema, path: str = "populate", among: Iterable[Fields] | None = None
) -> Iterator[tuple[str, str]]:
    """The query that makes Strapi answer with all that an entry holds, as deep as its model goes.

    With `among`, as deep as one of these fields goes: each part that is asked for costs Strapi some time.
    """
    values = None if among is None else [one for one in among if isinstance(one, dict)]
    for name, attribute in attributes.items():
        at, here = f"{path}[{name}]", None if values is None else _parts(values, name)
        if here == []:
            continue
        match attribute["type"]:
            case "media":
                yield f"{at}[fields][0]", "url"
            case "relation":
                yield f"{at}[fields][0]", "documentId"
            case "component":
                yield from _inside(schema.inside(attribute), schema, at, here)
            case "dynamiczone":
                for one in attribute["components"]:
                    alike = None if here is None else [v for v in here if v.get("__component") == one]
                    if alike != []:
                        yield from _inside(schema.components[one], schema, f"{at}[on][{one}]", alike)


def _parts(values: Iterable[Fields], name: str) -> list[Any]:
    """What several fields hold under a name, the items of lists one by one."""
    found = [one[name] for one in values if one.get(name) not in _EMPTY]
    return [inner for one in found for inner in (one if isinstance(one, list) else [one])]


def _inside(
    attributes: Attributes, schema: Schema, path: str, among: Iterable[Fields] | None
) -> Iterator[tuple[str, str]]:
    deeper = list(populate(attributes, schema, f"{path}[populate]", among))
    yield from deeper or [(path, "true")]


def unasked(attributes: Attributes) -> Fields:
    """Attributes that Strapi answers only where it is asked for them, as they are when they are empty."""
    return {name: _blank(one) for name, one in attributes.items() if one["type"] in _ASKED_FOR}


def any_of(name: str, values: Iterable[str]) -> dict[str, str]:
    """The query for entries in which a field has one of these values."""
    return {f"filters[{name}][$in][{at}]": value for at, value in enumerate(values)}


def state_of(draft: Mapping[str, Any]) -> State:
    """Why an entry is not public: it never was, or it was withdrawn."""
    return "withdrawn" if draft.get(STATE) == "withdrawn" else "draft"
