"""The collections that Payload needs, as a file of its configuration, made from the content types. Pure."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from exporters.dialects.payload.values import (
    DIGEST,
    MEDIA,
    POINT,
    STATE,
    WORDS,
    is_of_one,
    name_of,
    upload_fields,
)
from schemas.model import MARKER, Block, ContentType, FieldModel

FILE = "leopard.collections.mjs"
TYPES = {
    "line": "text",
    "text": "textarea",
    "html": "richText",
    "integer": "number",
    "boolean": "checkbox",
    "datetime": "date",
    "choice": "select",
    "words": "text",
    "media": "upload",
    "relation": "relationship",
    "list": "array",
}
"""What Payload calls our types, where it has another word."""
_HEAD = """\
// Written by Leopard from its content types. Not to be edited: `leopard channel setup` writes it anew.
//
//   import { collections, experimental, localization } from './leopard.collections.mjs'
//   export default buildConfig({ collections: [users, ...collections], experimental, localization, … })
import { EXPERIMENTAL_TableFeature, lexicalEditor } from '@payloadcms/richtext-lexical'

const features = ({ defaultFeatures }) => [...defaultFeatures, EXPERIMENTAL_TableFeature()]
const editor = lexicalEditor({ features })
const published = ({ req }) => (req.user ? true : { _status: { equals: 'published' } })
const notWithdrawn = ({ req }) => (req.user ? true : { STATE: { not_equals: 'withdrawn' } })

// What Leopard asks before it writes: the fields, blocks and languages that this server really has.
const named = (fields) =>
  Object.fromEntries(fields.filter((one) => one.name).map((one) => [one.name, described(one)]))
const described = ({ type, localized, blocks, flattenedFields }) => ({
  type,
  localized: Boolean(localized),
  ...(flattenedFields && { fields: named(flattenedFields) }),
  ...(blocks && { blocks: Object.fromEntries(blocks.map((one) => [one.slug, named(one.flattenedFields)])) }),
})
const ours = ({ config }) => config.flattenedFields.some((one) => one.name === 'MARKER')
const answer = ({ payload, user }) =>
  user
    ? Response.json({
        locales: payload.config.localization ? payload.config.localization.localeCodes : [],
        collections: Object.fromEntries(
          Object.entries(payload.collections)
            .filter(([, one]) => ours(one))
            .map(([slug, one]) => [slug, named(one.config.flattenedFields)]),
        ),
      })
    : Response.json({ errors: [{ message: 'You are not allowed to perform this action.' }] }, { status: 403 })
const endpoints = [{ path: '/leopard', method: 'get', handler: answer }]
"""
_CODE = {'"@editor"': "editor", '"@published"': "published", '"@notWithdrawn"': "notWithdrawn"}
_CODE |= {'"@endpoints"': "endpoints"}


def written(types: Iterable[ContentType], locales: Iterable[str]) -> str:
    """The file: `collections`, `localization`, `experimental` of a configuration; the main locale first."""
    types, codes = list(types), list(locales)
    plurals = {one.kind: one.plural for one in types}
    parts = {
        "collections": [*(_collection(one, plurals) for one in types), _media(plurals)],
        "localization": {"locales": codes, "defaultLocale": codes[0], "fallback": True},
        "experimental": {"localizeStatus": True},
    }
    pieces = [
        f"\nexport const {name} = {json.dumps(value, indent=2, ensure_ascii=False)}\n"
        for name, value in parts.items()
    ]
    text = _HEAD.replace("MARKER", MARKER).replace("STATE", STATE) + "".join(pieces)
    for word, code in _CODE.items():
        text = text.replace(word, code)
    return text


def _collection(one: ContentType, plurals: Mapping[str, str]) -> dict[str, Any]:
    fields = [{**_field(each, plurals), "localized": True} for each in one.fields]
    return {
        "slug": one.plural,
        "admin": {"useAsTitle": "title"},
        "access": {"read": "@published"},
        "trash": True,
        "versions": {"drafts": {"localizeStatus": True}},
        "fields": [*fields, *_own({"name": STATE, "type": "text", "localized": True})],
    }


def _media(plurals: Mapping[str, str]) -> dict[str, Any]:
    fields = [
        {**_field(each, plurals), **({"localized": True} if each.name in WORDS else {})}
        for each in upload_fields()
        if each.name not in POINT.values()
    ]
    own = _own({"name": STATE, "type": "text"}, {"name": DIGEST, "type": "text"})
    return {
        "slug": MEDIA,
        "access": {"read": "@notWithdrawn"},
        "endpoints": "@endpoints",
        "trash": True,
        "upload": True,
        "fields": [*fields, *own],
    }


def _own(*more: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The marker, which no two documents share, and more fields that editors see and leave alone."""
    marker = {"name": MARKER, "type": "text", "unique": True, "index": True}
    return [{**one, "admin": {"readOnly": True, "position": "sidebar"}} for one in (marker, *more)]


def _field(one: FieldModel, plurals: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {"name": name_of(one), "type": TYPES.get(one.type, one.type)}
    if one.many or one.type == "words":
        found["hasMany"] = True
    if one.name == "slug":
        found["index"] = True
    if one.longest and one.type in ("line", "text"):
        found["maxLength"] = one.longest
    if one.description:
        found["admin"] = {"description": one.description}
    return found | _more(one, plurals)


def _more(one: FieldModel, plurals: Mapping[str, str]) -> dict[str, Any]:
    """What only some types have."""
    match one.type:
        case "html":
            return {"editor": "@editor"}
        case "choice":
            return {"options": list(one.choices)}
        case "media":
            return {"relationTo": MEDIA}
        case "relation":
            return {"relationTo": _targets(one, plurals)}
        case "group" | "list":
            return {"fields": [_field(each, plurals) for each in one.fields]}
        case "blocks":
            return {"blocks": [_block(each, plurals) for each in one.blocks]}
    return {}


def _block(one: Block, plurals: Mapping[str, str]) -> dict[str, Any]:
    return {"slug": one.name, "fields": [_field(each, plurals) for each in one.fields]}


def _targets(one: FieldModel, plurals: Mapping[str, str]) -> str | list[str]:
    """The collections a relation may lead to."""
    if is_of_one(one):
        return plurals[one.kinds[0]]
    return [plurals[kind] for kind in one.kinds] or [*plurals.values(), MEDIA]
