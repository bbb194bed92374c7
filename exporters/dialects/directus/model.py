"""The tables that content types become in Directus, and how a request asks for all of them at once. Pure.

A record is one item of `leopard_records`, which others refer to, and in each language one *row* of the
collection of its kind, which holds everything that is said. What is a list in a row is a table of its own:

    leopard_records        an item for each key
    leopard_pages          rows of the kind `page`, one a language; in the same way for every kind
    leopard_blocks         blocks of pages, in order, of all types
    leopard_contributor    parts of one sort, wherever they stand: authors, teasers, quoted statistics
    leopard_links          what rows, blocks and parts refer to (the junction of all relations to many)

A table of parts has a column for each place where such parts can stand. So it takes few collections, of which
a Directus without a paid licence has 25; a many-to-any builder would take one for each type of block.
"""

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Literal

from exporters.base import Fields
from schemas import plugins
from schemas.model import FieldModel, content_type

PREFIX = "leopard_"
RECORDS, LINKS, BLOCKS = f"{PREFIX}records", f"{PREFIX}links", f"{PREFIX}blocks"
FILES, LANGUAGES = "directus_files", "languages"
WORDS = f"{PREFIX}files_translations"
"""The words of files in each language."""
FILE_WORDS = f"{PREFIX}translations"
"""The alias of files that leads to `WORDS`."""
RECORD, FILE = f"{PREFIX}record", f"{PREFIX}file"
"""The columns by which rows name their item, and words their file."""
DIGEST, FILE_STATUS = f"{PREFIX}digest", f"{PREFIX}status"
_TAKEN = {"id", "sort", "status", "languages_code", "date_created", "date_updated"}

Way = Literal["value", "file", "item", "items", "list", "blocks"]
"""A plain value, the id of a file or of an item; a junction to items; parts of one sort; blocks."""


@dataclass(frozen=True)
class Slot:
    """One column or alias of a table, and the field it is for; inside a group by the names of both."""

    path: tuple[str, ...]
    column: str
    field: FieldModel
    way: Way = "value"
    table: str = ""
    """Where the parts are."""
    owner: str = ""
    """The column by which they know what they belong to."""
    slots: tuple["Slot", ...] = ()
    """Of a part."""
    blocks: Mapping[str, tuple["Slot", ...]] = dataclasses.field(default_factory=dict)
    """Of a block, by its type."""

    @property
    def named(self) -> str:
        """The column of the junction that names an item; the Studio wants one for each place."""
        return f"{self.owner}_record"

    @property
    def inner(self) -> tuple["Slot", ...]:
        """Those of all parts, once by their column."""
        found = {slot.column: slot for slot in chain(self.slots, *self.blocks.values())}
        return tuple(found.values())


@dataclass(frozen=True)
class Table:
    """The rows of one kind."""

    name: str
    slots: tuple[Slot, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the record's fields that they hold."""
        return names_of(self.slots)


def names_of(slots: Iterable[Slot]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(slot.path[0] for slot in slots))


def kinds_of(kinds: Iterable[str] | None) -> tuple[str, ...]:
    """The kinds of a channel: all there are, if it does not say."""
    return tuple(kinds) if kinds is not None else tuple(plugins.names("kinds"))


@cache
def table_of(kind: str, kinds: tuple[str, ...]) -> Table:
    """The rows of a kind, on a channel that holds `kinds`."""
    name = f"{PREFIX}{content_type(kind).plural}"
    return Table(name, tuple(_slots(name, content_type(kind).fields, kinds)))


def _slots(
    table: str, fields: Iterable[FieldModel], kinds: tuple[str, ...], path: tuple[str, ...] = ()
) -> Iterator[Slot]:
    for one in fields:
        here = (*path, one.name)
        if one.type == "group":
            yield from _slots(table, one.fields, kinds, here)
        elif slot := _slot(table, one, kinds, here):
            yield slot


def _slot(table: str, one: FieldModel, kinds: tuple[str, ...], path: tuple[str, ...]) -> Slot | None:
    """The slot of a field; none for a relation to kinds that the channel does not hold."""
    column = "_".join(path)
    column = f"{column}_" if column in _TAKEN else column
    owner = f"{table.removeprefix(PREFIX)}_{column}"
    match one.type:
        case "media":
            return Slot(path, column, one, "file") if "asset" in kinds else None
        case "relation" if not {"asset"}.union(one.kinds or kinds).intersection(kinds) - {"asset"}:
            return None
        case "relation":
            return (
                Slot(path, column, one, "items", LINKS, owner)
                if one.many
                else Slot(path, column, one, "item")
            )
        case "list":
            name = PREFIX + re.sub(r"(?<=[a-z])(?=[A-Z])", "_", one.part).lower()
            return Slot(path, column, one, "list", name, owner, tuple(_slots(name, one.fields, kinds)))
        case "blocks":
            blocks = {block.name: tuple(_of_block(block.name, block.fields, kinds)) for block in one.blocks}
            return Slot(path, column, one, "blocks", BLOCKS, owner, blocks=blocks)
    return Slot(path, column, one)


def _of_block(block: str, fields: Iterable[FieldModel], kinds: tuple[str, ...]) -> Iterator[Slot]:
    """Blocks of all types share columns, but for lists, and for prose, which is written in another way."""
    for slot in _slots(BLOCKS, fields, kinds):
        if slot.way in ("items", "list"):
            column = f"{block}_{slot.column}"
        else:
            column = f"{slot.column}_html" if slot.field.type == "html" else slot.column
        owner = f"{BLOCKS.removeprefix(PREFIX)}_{column}"
        yield Slot(slot.path, column, slot.field, slot.way, slot.table, owner, slot.slots, slot.blocks)


def asked_fields(slots: Iterable[Slot], lead: str = "") -> Iterator[str]:
    """What to ask for so that one answer holds a row and all of its parts."""
    for slot in slots:
        at = lead + slot.column
        if slot.way == "items":
            yield from (f"{at}.sort", f"{at}.{slot.named}")
        elif slot.way in ("list", "blocks"):
            yield f"{at}.sort"
            if slot.way == "blocks":
                yield f"{at}.type"
            yield from asked_fields(slot.inner, f"{at}.")
        else:
            yield at


def asked_depth(slots: Iterable[Slot]) -> Fields:
    """That parts are wanted without a limit: by default Directus leaves out what is beyond the hundredth."""
    led = (slot for slot in slots if slot.way in ("items", "list", "blocks"))
    return {slot.column: {"_limit": -1, **asked_depth(slot.inner)} for slot in led}


def limits(table: Table) -> dict[tuple[str, ...], int]:
    """Characters that a field of a row may have, where its column has a limit."""
    return {slot.path: slot.field.longest for slot in table.slots if slot.field.longest}


def column_type(one: FieldModel) -> str:
    """Directus's type for a value."""
    if one.type in ("line", "choice"):
        return "string" if one.longest or one.type == "choice" else "text"
    return _TYPES[one.type]


_TYPES: dict[str, str] = {
    "text": "text",
    "html": "text",
    "integer": "bigInteger",
    "number": "decimal",
    "boolean": "boolean",
    "datetime": "timestamp",
    "words": "json",
    "json": "json",
}
