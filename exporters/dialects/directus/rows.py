"""Fields as rows of Directus, there and back. Pure.

Ids are made from the ident and the place of a part, so a write that is repeated makes nothing twice.
"""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from exporters.base import Fields
from exporters.cms.content import joined
from exporters.dialects.directus.model import Slot, Table, names_of

Address = Callable[[str], str]
"""The address of the bytes of a file, by its id."""


def id_of(text: str) -> str:
    """The id of a record's item (by its key), row (by its ident), or part."""
    return str(uuid5(NAMESPACE_URL, f"urn:leopard:{text}"))


def row_of(table: Table, values: Fields, row: str) -> Fields:
    """What is sent for a row: every column that `values` speaks of; what is empty there is emptied."""
    more = {name: value for name, value in values.items() if name not in table.fields}
    return {**more, **_columns(table.slots, values, row)}


def _columns(slots: Iterable[Slot], values: Fields, row: str) -> Fields:
    spoken = (slot for slot in slots if slot.path[0] in values)
    return {slot.column: _sent(slot, at(values, slot.path), row) for slot in spoken}


def _sent(slot: Slot, value: Any, row: str) -> Any:
    """What is sent for one column or alias; `row` is the id of what it belongs to."""
    if slot.way in ("value", "file", "item"):
        return value
    parts = []
    for place, one in enumerate(value or ()):
        part = id_of("/".join((row, slot.column, str(place), *_type(slot, one))))
        parts.append({"id": part, "sort": place, **_part(slot, one, part)})
    return parts


def _type(slot: Slot, value: Any) -> tuple[str, ...]:
    """A block that becomes one of another type is another block."""
    return (value["type"],) if slot.way == "blocks" else ()


def _part(slot: Slot, value: Any, part: str) -> Fields:
    if slot.way == "items":
        return {slot.named: value}
    slots = slot.blocks[value["type"]] if slot.way == "blocks" else slot.slots
    named = {"type": value["type"]} if slot.way == "blocks" else {}
    return {**named, **_columns(slots, {**dict.fromkeys(names_of(slots)), **value}, part)}


def fields_of(table: Table, row: Fields, more: Iterable[str] = ()) -> Fields:
    """The fields that a row holds, those of the record whether they are empty or not; `more` are columns."""
    found = {**dict.fromkeys(table.fields), **_values(table.slots, row)}
    return {**{name: row.get(name) for name in more}, **found}


def _values(slots: Iterable[Slot], row: Fields) -> Fields:
    found: Fields = {}
    for slot in slots:
        value = _held(slot, row.get(slot.column))
        if value is not None:
            inner = found
            for name in slot.path[:-1]:
                inner = inner.setdefault(name, {})
            inner[slot.path[-1]] = value
    return found


def _held(slot: Slot, held: Any) -> Any:
    """What a column or alias holds; None if that is nothing."""
    if held is None or held == []:
        return None
    match slot.way:
        case "items":
            return [one[slot.named] for one in _sorted(held) if one[slot.named]]
        case "list":
            return [_values(slot.slots, one) for one in _sorted(held)]
        case "blocks":
            known = (one for one in _sorted(held) if one["type"] in slot.blocks)
            return [{"type": one["type"], **_values(slot.blocks[one["type"]], one)} for one in known]
    return decimal(held) if slot.field.type in ("integer", "number") else held


def _sorted(parts: Iterable[Fields]) -> list[Fields]:
    """In the order that editors see; what has no place yet comes last."""
    return sorted(parts, key=lambda one: (one.get("sort") is None, one.get("sort") or 0))


def decimal(held: Any) -> Any:
    """A number from the text in which Directus writes those that may be large or have decimals."""
    value = float(held)
    return int(value) if value.is_integer() else value


def spelt(fields: Fields, address: Address) -> Fields:
    """Fields as they come back: prose with the addresses of what it shows, nothing that is empty inside."""
    return {name: _spelt(value, address) for name, value in fields.items()}


def _spelt(value: Any, address: Address) -> Any:
    """None for what is empty."""
    if isinstance(value, float):
        return decimal(value)
    if isinstance(value, list):
        if any(isinstance(one, dict) and set(one) == {"asset"} for one in value):
            return joined(value, address)
        return [inner for one in value if (inner := _spelt(one, address)) is not None] or None
    if isinstance(value, dict):
        inner = {name: _spelt(one, address) for name, one in value.items()}
        return {name: one for name, one in inner.items() if one is not None} or None
    return None if value == "" else value


def at(values: Any, path: Iterable[str]) -> Any:
    """What stands at a path in nested mappings; None if nothing does."""
    for name in path:
        values = values.get(name) if isinstance(values, dict) else None
    return values
