"""How a record names media and other records in Strapi. Pure."""

from dataclasses import replace
from typing import Any

from exporters.base import reference
from exporters.cms.content import Content
from exporters.dialects.strapi.schema import Schema
from schemas.asset import Asset
from schemas.record import Record


def related_in(base: Content, record: Record, schema: Schema) -> Content:
    """`base` with media as words beside a file, and with relations where Strapi can keep them."""

    def media(asset: Asset) -> Any:
        return {**base.words_of(asset), "asset": reference(asset)}

    def relation(other: Record) -> Any:
        if other.key == record.key:
            return None  # Strapi loses a document's relation to itself, from inside a component
        if other.kind in schema.kinds and other.locale == record.locale:
            return reference(other)
        url = None if isinstance(other, Asset) else base.links.url(other.key)
        words = {"title": other.title, "url": url, "language": other.locale}
        return {name: word for name, word in words.items() if word}

    return replace(base, media=media, relation=relation)
