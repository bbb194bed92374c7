"""Records as documents of Payload, before anything is sent: the options of a channel, and its mapping."""

from dataclasses import replace
from typing import Any

from pydantic import Field

from exporters.base import Desired, Fields, Lookup, reference
from exporters.cms.base import CmsExporter, CmsOptions
from exporters.cms.content import Content
from exporters.cms.lexical import shown
from exporters.cms.linked_data import with_graph
from exporters.cms.media import address_of
from exporters.dialects.payload.check import collection_of, fields_of
from exporters.dialects.payload.lexical import editor_state
from exporters.dialects.payload.values import DIGEST, LANGUAGES, MEDIA, POINT, WORDS, name_of, pruned, shaped
from schemas import plugins
from schemas.asset import Asset
from schemas.errors import Unsupported
from schemas.model import FieldModel, content_type
from schemas.record import Record
from transport.secrets import Secret


class PayloadOptions(CmsOptions):
    """What a channel to Payload is told."""

    api_key: Secret = Field(description="API key of a user of Payload: `env:NAME` or `file:PATH`")
    users: str = Field(
        "users", pattern=r"^[A-Za-z0-9_-]+$", description="The collection that this user belongs to"
    )
    workers: int = Field(
        1, ge=1, le=64, description="How many writes are under way at once; on SQLite one, on others some"
    )


class PayloadMapping(CmsExporter):
    """The pure half of the exporter: nothing here asks the server."""

    options: PayloadOptions

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds that are published here, besides assets."""
        return tuple(kind for kind in self.options.kinds or plugins.names("kinds") if kind != "asset")

    @property
    def locales(self) -> tuple[str, ...]:
        return self.options.locales or self.context.site.languages

    def accept(self, desired: Desired) -> None:
        super().accept(desired)
        if desired.kind == "asset" and not desired.file:
            raise Unsupported("its bytes are not in the project, so they cannot be uploaded")

    def content(self, record: Record, lookup: Lookup) -> Content:
        def media(asset: Asset) -> Fields | None:
            """With the bytes: other ones have another address, and what names that is written again."""
            return {"upload": reference(asset), "bytes": asset.digest} if asset.path else None

        def relation(other: Record) -> Fields:
            return {"relationTo": collection_of(other.kind), "value": reference(other)}

        return replace(super().content(record, lookup), media=media, relation=relation)

    def mapped(self, record: Record, content: Content) -> Fields:
        if isinstance(record, Asset):
            return self._words(record, content) | {DIGEST: record.digest}
        return shaped(content.of(record), content_type(record.kind).fields)

    def _words(self, asset: Asset, content: Content) -> Fields:
        words = content.words_of(asset)
        for name, own in POINT.items():
            if name in words:
                words[own] = round(100 * words.pop(name))
        others = {}
        for locale in self.locales:
            there = Content(content.site, content.lookup, locale).words_of(asset)
            said = {name: there[name] for name in WORDS if name in there and there[name] != words.get(name)}
            if said and locale != asset.locale:
                others[locale] = said
        return {**words, LANGUAGES: others} if others else words

    def render(self, record: Record, lookup: Lookup) -> Fields:
        fields = super().render(record, lookup)
        own = self.options.mapping.get(record.kind, {})
        prose = {name_of(one) for one in fields_of(record.kind) if one.type == "html"}
        for name in prose & set(own) & set(fields):  # a team's own mapping writes HTML
            fields[name] = editor_state(fields[name], MEDIA)
        return fields

    def seen(self, desired: Desired) -> Fields:
        return dict(shown(desired.fields))

    def normalise(self, fields: Fields) -> Fields:
        found: Fields = pruned(with_graph(fields, address_of))
        return found

    def ours(self, kind: str) -> tuple[FieldModel, ...]:
        """The fields that are ours to fill, those of a team's own mapping among them."""
        left = {name for name, value in self.options.mapping.get(kind, {}).items() if value is None}
        more = (FieldModel(name, "json") for name in self.added(kind))
        return (*(one for one in fields_of(kind) if name_of(one) not in left), *more)

    def added(self, kind: str) -> list[str]:
        """Fields that only a team's own mapping has."""
        own: dict[str, Any] = self.options.mapping.get(kind, {})
        names = {name.partition(".")[0] for name, value in own.items() if value is not None}
        return sorted(names - {name_of(one) for one in fields_of(kind)} - {DIGEST, LANGUAGES})
