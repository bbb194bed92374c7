"""Content types and components of Strapi, made from the models of the kinds, and their files. Pure."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from schemas.errors import ConfigError
from schemas.model import MARKER, FieldModel, FieldType, content_types

Attributes = dict[str, dict[str, Any]]

PREFIX = "leopard"
STATE = "leopard_state"
"""Why an entry is not published: Strapi itself does not tell a draft from what was withdrawn."""
ELSEWHERE = "other_languages"
"""Records that this entry names and that Strapi cannot relate to it, because they are in another language."""
LINK, REFERENCE = f"{PREFIX}-parts.link", f"{PREFIX}-parts.reference"
RENAMED = {
    "published_at": "publication_time",
    "updated_at": "update_time",
    "created_at": "creation_time",
    "id": "identifier",
    "document_id": "document_identifier",
    "locale": "language_tag",
    "localizations": "language_versions",
    "status": "record_status",
    "meta": "metadata",
}
"""Our fields whose names Strapi keeps for itself, and what they are called there."""
WORDS = ("alt", "caption", "credit")
"""What stands beside each media field: Strapi's media library has one language, and no place for a credit."""
_TEXT = {"type": "string", "column": {"type": "text"}}  # one line, without PostgreSQL's limit of 255
_SIMPLE: dict[FieldType, dict[str, Any]] = {
    "line": _TEXT,
    "text": {"type": "text"},
    "html": {"type": "richtext"},
    "integer": {
        "type": "integer",
        "column": {"type": "double"},
    },  # exact to 2^53, and a number
    "number": {"type": "float"},
    "boolean": {"type": "boolean"},
    "datetime": {"type": "datetime"},
    "words": {"type": "json"},
    "json": {"type": "json"},
}
_MEDIA = {"type": "media", "multiple": False, "allowedTypes": ["images", "files", "videos", "audios"]}
_LOCALISED = {"pluginOptions": {"i18n": {"localized": True}}}
_HIDDEN = {"pluginOptions": {"i18n": {"localized": True}, "content-manager": {"visible": False}}}


@dataclass
class Schema:
    """The attributes of every content type, by kind, and of every component, by its name in Strapi."""

    kinds: tuple[str, ...]
    types: dict[str, Attributes] = field(default_factory=dict)
    components: dict[str, Attributes] = field(default_factory=dict)

    def inside(self, attribute: Mapping[str, Any]) -> Attributes:
        """The attributes of the component that an attribute holds."""
        return self.components[attribute["component"]]


@cache
def schema_of(kinds: tuple[str, ...]) -> Schema:
    """What a channel with these kinds needs; relations to other kinds are left out."""
    schema = Schema(tuple(kind for kind in sorted(kinds) if kind != "asset"))
    link = {name: _TEXT for name in ("title", "url", "language")}
    relations = {kind: _relation(kind, many=False) for kind in schema.kinds}
    schema.components |= {LINK: {"field": _TEXT, **link}, REFERENCE: {**relations, **link}}
    for one in content_types(schema.kinds):
        attributes = _attributes(one.fields, schema)
        attributes["title"] = {"type": "string", "required": True, "column": {"type": "text"}}
        attributes["slug"] = {"type": "uid", "targetField": "title"}
        attributes[ELSEWHERE] = _component(LINK, many=True)
        schema.types[one.kind] = attributes
    return schema


def _attributes(fields: Iterable[FieldModel], schema: Schema) -> Attributes:
    found: Attributes = {}
    for one in fields:
        name = RENAMED.get(one.name, one.name)
        attribute = _attribute(one, schema)
        if attribute is not None:
            found[name] = attribute
        if one.type == "media":
            found |= {f"{name}_{word}": _SIMPLE["text"] for word in WORDS}
    return found


def _attribute(one: FieldModel, schema: Schema) -> dict[str, Any] | None:
    """How Strapi declares a field; None for a relation to what the channel does not hold."""
    match one.type:
        case "media":
            return _MEDIA
        case "choice":
            return {"type": "enumeration", "enum": list(one.choices)}
        case "relation" if len(one.kinds) == 1:
            (kind,) = one.kinds
            return _relation(kind, many=one.many) if kind in schema.kinds else None
        case "relation":
            return _component(REFERENCE, many=one.many)
        case "group" | "list":
            return _component(_part(one, schema), many=one.type == "list")
        case "blocks":
            return {
                "type": "dynamiczone",
                "components": [_block(b.name, b.fields, schema) for b in one.blocks],
            }
    return _SIMPLE[one.type]


def _relation(kind: str, *, many: bool) -> dict[str, Any]:
    return {"type": "relation", "relation": "oneToMany" if many else "oneToOne", "target": uid(kind)}


def _component(name: str, *, many: bool) -> dict[str, Any]:
    return {"type": "component", "repeatable": many, "component": name}


def _part(one: FieldModel, schema: Schema) -> str:
    return _added(f"{PREFIX}-parts.{_kebab(one.part)}", one.fields, schema)


def _block(name: str, fields: Iterable[FieldModel], schema: Schema) -> str:
    return _added(component_of(name), fields, schema)


def _added(name: str, fields: Iterable[FieldModel], schema: Schema) -> str:
    attributes = _attributes(fields, schema)
    if schema.components.setdefault(name, attributes) != attributes:
        raise ConfigError(f"two parts of the kinds would be the component {name}", hint="rename a model")
    return name


def _kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_", "-", name).lower()


def component_of(block: str) -> str:
    """The component of a kind of block."""
    return f"{PREFIX}.{_kebab(block)}"


def singular(kind: str) -> str:
    return f"{PREFIX}-{_kebab(kind)}"


def uid(kind: str) -> str:
    """Strapi's own name of a content type."""
    return f"api::{singular(kind)}.{singular(kind)}"


def plural(kind: str) -> str:
    """The last part of its address under /api; Strapi wants another name than the singular."""
    (one,) = content_types([kind])
    return f"{PREFIX}-{_kebab(one.plural)}" + ("-list" if one.plural == kind else "")


def files_of(schema: Schema) -> Iterator[tuple[str, str]]:
    """Path in a Strapi project, and text, of every file that it has to hold."""
    for name, attributes in sorted(schema.components.items()):
        category, _, short = name.partition(".")
        table = f"components_{category}_{short}".replace("-", "_")
        yield (
            f"src/components/{category}/{short}.json",
            _json(
                {
                    "collectionName": table,
                    "info": {"displayName": short},
                    "options": {},
                    "attributes": attributes,
                }
            ),
        )
    for kind, attributes in schema.types.items():
        yield from _api(kind, attributes)


def _api(kind: str, attributes: Attributes) -> Iterator[tuple[str, str]]:
    one, folder = singular(kind), f"src/api/{singular(kind)}"
    table = plural(kind).replace("-", "_")
    yield (
        f"{folder}/content-types/{one}/schema.json",
        _json(
            {
                "kind": "collectionType",
                "collectionName": table,
                "info": {"singularName": one, "pluralName": plural(kind), "displayName": f"Leopard {kind}"},
                "options": {"draftAndPublish": True},
                "pluginOptions": {"i18n": {"localized": True}},
                "indexes": [{"name": f"{table}_key_index", "columns": [MARKER]}],
                "attributes": {
                    MARKER: {"type": "string", "unique": True, **_LOCALISED},
                    STATE: {"type": "string", **_HIDDEN},
                    **{name: {**attribute, **_LOCALISED} for name, attribute in attributes.items()},
                },
            }
        ),
    )
    named = {"@UID@": uid(kind), "@ONE@": one, "@MANY@": plural(kind)}
    for path, text in _CODE.items():
        for mark, name in named.items():
            path, text = path.replace(mark, name), text.replace(mark, name)
        yield f"{folder}/{path}", text


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


_CODE = {
    "services/@ONE@.js": """\
const { factories } = require('@strapi/strapi');

module.exports = factories.createCoreService('@UID@');
""",
    "routes/@ONE@.js": """\
const { factories } = require('@strapi/strapi');

module.exports = factories.createCoreRouter('@UID@');
""",
    "routes/unpublish.js": """\
module.exports = {
  routes: [{ method: 'POST', path: '/@MANY@/:id/unpublish', handler: '@ONE@.unpublish' }],
};
""",
    "controllers/@ONE@.js": """\
const { factories } = require('@strapi/strapi');

const uid = '@UID@';

// What the content API lacks: it publishes and deletes, but does not take back what is public.
module.exports = factories.createCoreController(uid, ({ strapi }) => ({
  async unpublish(ctx) {
    const { locale } = ctx.query;
    const { id: documentId } = ctx.params;
    const { leopard_state } = ctx.request.body ?? {};
    if (typeof locale !== 'string' || !['draft', 'withdrawn'].includes(leopard_state)) {
      return ctx.badRequest('locale and leopard_state are missing');
    }
    const documents = strapi.documents(uid);
    if (!(await documents.findOne({ documentId, locale, fields: ['id'] }))) {
      return ctx.notFound();
    }
    await strapi.db.transaction(async () => {
      await documents.update({ documentId, locale, data: { leopard_state } });
      await documents.unpublish({ documentId, locale });
    });
    ctx.status = 204;
  },
}));
""",
}
