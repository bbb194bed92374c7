"""Where the pages of a channel are in Directus, what is asked of them, and what an answer says. Pure."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from exporters.base import Fields, Remote, State
from exporters.dialects.directus.files import ASKED, DEPTH, fields_of_file
from exporters.dialects.directus.model import (
    FILE_STATUS,
    FILES,
    RECORD,
    Table,
    asked_depth,
    asked_fields,
    table_of,
)
from exporters.dialects.directus.rows import fields_of, id_of, spelt
from schemas import canonical
from schemas.errors import StaleWrite
from schemas.model import MARKER

STATES: dict[State, str] = {"published": "published", "draft": "draft", "withdrawn": "archived"}
_OF_STATUS = {word: state for state, word in STATES.items()}
_ROW = ("id", MARKER, RECORD, "status", "date_created", "date_updated")


@dataclass(frozen=True)
class Pages:
    """The tables of one channel."""

    url: str
    kinds: tuple[str, ...]
    mapping: Mapping[str, Mapping[str, Any]]

    def table(self, kind: str) -> Table:
        return table_of(kind, self.kinds)

    def address(self, file: str) -> str:
        """Where everybody can get the bytes of a file."""
        return f"{self.url}/assets/{file}"

    def collection(self, kind: str) -> str:
        """The collection that is written to."""
        return FILES if kind == "asset" else self.table(kind).name

    def path(self, kind: str) -> str:
        return "/files" if kind == "asset" else f"/items/{self.table(kind).name}"

    def status(self, kind: str) -> str:
        """The column of the state."""
        return FILE_STATUS if kind == "asset" else "status"

    def own(self, kind: str) -> list[str]:
        """Columns that a team's mapping fills in beside those of the kind."""
        known = ASKED if kind == "asset" else self.table(kind).fields
        names = (name.partition(".")[0] for name in self.mapping.get(kind, {}))
        return sorted({name for name in names if name not in known})

    def whole(self, kind: str) -> Fields:
        """The query by which an answer holds everything."""
        if kind == "asset":
            names, depth = list(ASKED), DEPTH
        else:
            names = [*_ROW, *asked_fields(self.table(kind).slots)]
            depth = asked_depth(self.table(kind).slots)
        return {"fields": ",".join((*names, *self.own(kind))), "deep": json.dumps(depth)}

    def short(self, kind: str, where: Fields, limit: int) -> Fields:
        """The query for ids, markers and times alone."""
        names = ("id", MARKER, "modified_on") if kind == "asset" else _ROW
        return {"fields": ",".join(names), "filter": json.dumps(where), "limit": limit}

    def item(self, kind: str, row: Fields) -> str:
        """The id that others refer to."""
        return str(row["id"] if kind == "asset" else row[RECORD])

    def remote(self, kind: str, row: Fields) -> Remote:
        """The page that a row or a file is."""
        key, _, locale = row[MARKER].rpartition("@")
        page = self.item(kind, row)
        if kind == "asset":
            fields, shown = fields_of_file(row, self.own(kind)), f"files/{page}"
        else:
            fields = fields_of(self.table(kind), row, self.own(kind))
            shown = f"content/{self.table(kind).name}/{row['id']}"
        held = spelt(fields, self.address)
        return Remote(
            id=page,
            key=key,
            locale=locale,
            fields=held,
            version=f"{_written(row)} {canonical.digest(held)[:12]}",
            state=_OF_STATUS.get(row[self.status(kind)], "draft"),
            url=f"{self.url}/admin/{shown}",
        )

    def where(self, remote: Remote) -> Fields:
        """A filter for one page of ours that is still as we know it."""
        kind, since = kind_of(remote), (remote.version or "").partition(" ")[0]
        if kind == "asset":
            found: list[Fields] = [{"id": {"_eq": remote.id}}]
            times: list[Fields] = [{"modified_on": {"_eq": since}}]
        else:
            found = [{"id": {"_eq": id_of(remote.ident)}}, {RECORD: {"_eq": remote.id}}]
            first = {"_and": [{"date_updated": {"_null": True}}, {"date_created": {"_eq": since}}]}
            times = [{"date_updated": {"_eq": since}}, first]
        return {"_and": [*found, {"_or": times}] if since else found}


def kind_of(remote: Remote) -> str:
    return remote.key.partition(":")[0]


def ids_of(remotes: Iterable[Remote]) -> list[str]:
    """Of rows, or of files."""
    return [one.id if kind_of(one) == "asset" else id_of(one.ident) for one in remotes]


def check_unchanged(remote: Remote, row: Fields) -> None:
    """Raises StaleWrite where a page was written to since we last saw it."""
    known = (remote.version or "").partition(" ")[0]
    if known and known != _written(row):
        raise StaleWrite(f"somebody has changed {remote.ident} in Directus since we last looked")


def _written(row: Fields) -> str:
    """When it was last written to."""
    return str(row.get("date_updated") or row.get("date_created") or row.get("modified_on") or "")
