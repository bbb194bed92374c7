"""Records as a CMS takes them: neutral values for the fields of `schemas.model`. Pure."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from exporters.base import Fields, Lookup, reference
from exporters.common.links import Links, absolute
from exporters.common.public import shown
from exporters.common.record_fields import addressed, located
from exporters.common.xml_text import allowed
from schemas.asset import Asset
from schemas.base import RichText
from schemas.model import LINKED_DATA, FieldModel, content_type
from schemas.record import Record
from schemas.site import Site

Shape = Callable[[Any], Any]

_PLACE = re.compile(r"urn:leopard:asset:([^\s\"'<>;]+);")
"""Stands in prose where the address of an uploaded asset will be."""


@dataclass(frozen=True)
class Content:
    """One reader's language of one channel: what records look like there.

    Text is a text. Prose is HTML: as a text, or where it shows assets as a list of texts and of
    `{"asset": reference}`, to be joined with the addresses that those have on the channel (`joined`).
    Instants are in UTC, with milliseconds and `Z`. An asset is what `media` makes of it, another record what
    `relation` does: by default a reference, which the core replaces by the channel's own id. What is empty is
    left out.
    """

    site: Site
    lookup: Lookup
    locale: str
    media: Callable[[Asset], Any] = reference
    relation: Callable[[Record], Any] = reference
    graph: Callable[[Record], Fields] | None = None
    """Makes the schema.org graph that a record's page carries."""

    @property
    def links(self) -> Links:
        return Links(self.site, self.lookup, self.locale, _placeholder)

    def of(self, record: Record) -> Fields:
        """All fields of a record's content type, by name; those of an asset are `words_of`."""
        if isinstance(record, Asset):
            return self.words_of(record)
        elsewhere = Links(self.site, self.lookup, self.locale, self._elsewhere)
        seen = addressed(located(shown(record, self.lookup), elsewhere), self.links)
        own = (one for one in content_type(record.kind).fields if one.name in type(seen).model_fields)
        values = self._values(seen, own)
        return {LINKED_DATA: self.graph(record), **values} if self.graph else values

    def _elsewhere(self, asset: Asset) -> str | None:
        """The address of bytes that will not be uploaded."""
        return absolute(self.site, asset.url) if asset.url and not asset.path else None

    def words_of(self, asset: Asset) -> Fields:
        """What must travel with an asset: words in this language, credit and rights."""
        point = asset.focal_point
        known = {
            "title": asset.title,
            "alt": self.links.alt(asset),
            "caption": self.links.words(asset.caption),
            "credit": asset.credit,
            "photographer": asset.photographer,
            "agency": asset.agency,
            "licence": asset.licence,
            "rights_expire": instant(asset.rights_expire),
            "focal_x": point.x if point else None,
            "focal_y": point.y if point else None,
        }
        return {name: _clean(value) for name, value in known.items() if value not in (None, "")}

    def _values(self, model: BaseModel, fields: Iterable[FieldModel]) -> Fields:
        found = ((one.name, self._value(one, getattr(model, one.name))) for one in fields)
        return {name: value for name, value in found if value not in (None, "", [], {})}

    def _value(self, field: FieldModel, value: Any) -> Any:
        if value is None:
            return None
        match field.type:
            case "media":
                return self._media(value)
            case "relation":
                return self._relations(value) if field.many else self._relation(value)
            case "html":
                return self._prose(value)
            case "group":
                return self._group(field, value)
            case "list":
                return [found for one in value if (found := self._group(field, one))]
            case "blocks":
                return [{"type": one.type, **self._values(one, _fields_in(field, one.type))} for one in value]
            case "datetime":
                return instant(value)
        return _clean(_plain(value))

    def _relations(self, keys: Iterable[str]) -> list[Any]:
        return [found for key in keys if (found := self._relation(key)) is not None]

    def _group(self, field: FieldModel, value: Any) -> Fields:
        """A part; nothing for a statistic that is still a key."""
        return self._values(value, field.fields) if isinstance(value, BaseModel) else {}

    def _media(self, key: str) -> Any:
        asset = self.links.asset(key)
        return self.media(asset) if asset else None

    def _relation(self, key: str) -> Any:
        record = self.links.record(key)
        return self.relation(record) if record else None

    def _prose(self, rich: RichText) -> Any:
        if rich.format != "html":
            return _clean(rich.text)
        return self._parts(_clean(rich.text))

    def _parts(self, html: str) -> Any:
        """HTML with a reference wherever it shows an asset; a plain text if it shows none."""
        pieces = _PLACE.split(html)
        if len(pieces) == 1:
            return html
        return [self._at(piece) if at % 2 else piece for at, piece in enumerate(pieces)]

    def _at(self, key: str) -> Fields:
        asset = self.links.asset(key)
        return {"asset": reference(asset) if asset else None}


def joined(prose: Any, address: Callable[[str], str]) -> str:
    """Prose with the addresses of its assets, from the ids that stand in place of the references."""
    if isinstance(prose, str):
        return prose
    return "".join(one if isinstance(one, str) else _address(one["asset"], address) for one in prose)


def _address(page: str | None, address: Callable[[str], str]) -> str:
    return address(page) if page else ""


def instant(at: datetime | None) -> str | None:
    """An instant as JavaScript and most CMSs write it: UTC, milliseconds, `Z` (ISO 8601)."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def asset_fields() -> tuple[FieldModel, ...]:
    """The fields of an asset that `Content.words_of` gives."""
    texts = ("title", "alt", "credit", "photographer", "agency", "licence")
    return (
        *(FieldModel(name, "line") for name in texts),
        FieldModel("caption", "text"),
        FieldModel("rights_expire", "datetime"),
        *(FieldModel(name, "number") for name in ("focal_x", "focal_y")),
    )


def _fields_in(field: FieldModel, name: str) -> tuple[FieldModel, ...]:
    return next(block.fields for block in field.blocks if block.name == name)


def _placeholder(asset: Asset) -> str:
    return f"urn:leopard:asset:{asset.key};"


def _plain(value: Any) -> Any:
    """Models and tuples as JSON values."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_none=True)
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, tuple | list) else value


def _clean(value: Any) -> Any:
    """The value with texts that every database holds: no controls but tabs and line ends."""
    if isinstance(value, str):
        return allowed(value)
    if isinstance(value, dict):
        return {name: _clean(inner) for name, inner in value.items()}
    return [_clean(inner) for inner in value] if isinstance(value, list) else value
