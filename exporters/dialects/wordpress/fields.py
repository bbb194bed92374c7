"""What WordPress holds for a record: native fields, and everything else as registered meta. Pure."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC
from functools import partial
from html import escape, unescape
from pathlib import PurePosixPath
from typing import Any

from exporters.base import Fields
from exporters.cms.content import Content
from exporters.cms.linked_data import as_text
from exporters.cms.media import address_of, number_of
from exporters.dialects.wordpress import markup as markup
from exporters.dialects.wordpress.blocks import Body, legend
from schemas import canonical
from schemas.asset import Asset
from schemas.model import LINKED_DATA, MARKER, FieldModel, content_type
from schemas.record import Record

PREFIX = "leopard_"
"""Begins the name of each meta field of ours, the marker's too."""
LONGEST_TERM = 200
"""Characters of a term's name: the column has no more."""
ROUTES = {"page": "pages", "article": "posts", "asset": "media", "topic": "categories"}
"""Kinds that WordPress has a place for without our plug-in."""
_NATIVE = {"title", "slug", "summary", "published_at", "tags", "image", "topics", "parent"}
_NATIVE_OF_TERMS = {"title", "slug", "summary", "body", "broader"}
_OF_ASSETS = ("credit", "photographer", "agency", "licence", "rights_expire")
_STRINGS = {"line", "text", "html", "choice", "datetime", "json"}
_OF_RELATIONS = ("key", "id", "title", "url")
_OF_MEDIA = ("key", "id", "bytes", "url", "alt", "caption", "credit")
_TEXTS = ("title", "name", "content", "excerpt", "caption", "description", "alt_text")
_PHP_SPACE = " \t\n\r\0\x0b"
_SPACES = re.compile(r"[\r\n\t ]+")
_TAGS = re.compile(r"<[^<>]*>")
_FILE = re.compile(r"(.*-[0-9a-f]{16})(?:-scaled|-rotated)?(?:-\d+)?(\.\w+)")


def meta_of(kind: str) -> tuple[FieldModel, ...]:
    """The fields of a kind that WordPress has no place for of its own."""
    if kind == "asset":
        return tuple(FieldModel(name, "line") for name in _OF_ASSETS)
    native = _NATIVE_OF_TERMS if kind == "topic" else _NATIVE
    return tuple(
        one
        for one in content_type(kind).fields
        if one.name not in native and one.type not in ("html", "blocks")
    )


def schema_of(field: FieldModel) -> Fields:
    """The JSON Schema of a meta field, as WordPress takes it."""
    match field.type:
        case "media" | "relation":
            one = _object({name: {"type": "string"} for name in _named(field)})
            return {"type": "array", "items": one} if field.many else one
        case "words":
            return {"type": "array", "items": {"type": "string"}}
        case "group" | "list":
            one = _object({inner.name: schema_of(inner) for inner in field.fields})
            return {"type": "array", "items": one} if field.type == "list" else one
    return {"type": "string" if field.type in _STRINGS else field.type}


def _object(properties: Fields) -> Fields:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _named(field: FieldModel) -> tuple[str, ...]:
    return _OF_MEDIA if field.type == "media" else _OF_RELATIONS


def mapped(record: Record, content: Content, route: str, *, plugin: bool, apart: bool) -> Fields:
    """All that is sent for a record; `apart`: its slug has to tell its language."""
    neutral = content.of(record)
    if isinstance(record, Asset):
        fields = _asset(record, neutral)
    elif route == "categories":
        fields = _term(record, neutral)
    else:
        fields = _post(record, neutral, content)
        if not plugin:
            _without_plugin(fields, neutral, route)
    if record.slug and not isinstance(record, Asset):
        fields["slug"] = record.slug + suffix(record.locale) if apart else record.slug
    if plugin:
        fields["meta"] = {
            PREFIX + one.name: _meta(one, neutral.get(one.name)) for one in meta_of(record.kind)
        }
    return fields


def _bytes(content: Content, ident: str) -> str | None:
    asset = content.links.asset(ident.rpartition("@")[0])
    return asset.digest if asset else None


def _without_plugin(fields: Fields, neutral: Fields, route: str) -> None:
    """Pages have no terms then; what a post is about becomes a tag."""
    if route != "posts":
        del fields["tags"], fields["categories"]
        return
    about = [one["title"] for one in neutral.get("species", ())]
    fields["tags"] = list(dict.fromkeys([*fields["tags"], *about]))


def suffix(locale: str) -> str:
    """Ends the slugs of a language that is not the channel's first: WordPress takes each slug once."""
    return f"-{locale.lower()}"


def _post(record: Record, neutral: Fields, content: Content) -> Fields:
    opens = [at for at in (record.published_at, record.embargo_until) if at]
    image, parent = neutral.get("image") or {}, neutral.get("parent") or {}
    fields = {
        "title": escape(neutral["title"], quote=False),
        "content": markup.pieces(Body(content, record.locale).of(record, neutral), partial(_bytes, content)),
        "excerpt": escape(neutral.get("summary", ""), quote=False),
        "featured_media": {name: image[name] for name in ("id", "bytes") if name in image},
        "categories": [one["id"] for one in neutral.get("topics", ())],
        "tags": neutral.get("tags", []),
    }
    if record.kind == "page":
        fields["parent"] = parent.get("id")
    if opens:
        fields["date_gmt"] = max(opens).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return fields


def _term(record: Record, neutral: Fields) -> Fields:
    body = neutral.get("body") or ""
    prose = body if isinstance(body, str) else "".join(part for part in body if isinstance(part, str))
    words = re.sub(r"</p>\s*", "\n\n", prose)
    said = unescape(_TAGS.sub("", words)).strip() or neutral.get("summary", "")
    broader = neutral.get("broader") or {}
    return {
        "name": escape(neutral["title"], quote=False),
        "description": escape(said, quote=False),
        "parent": broader.get("id"),
    }


def _asset(asset: Asset, words: Fields) -> Fields:
    """The file's name tells the bytes, so that nobody has to fetch them to know which they are."""
    suffix = PurePosixPath(asset.path or "").suffix.lower()
    name = asset.slug or asset.key.rpartition("/")[2].rpartition(":")[2]
    rights = [words[name] for name in _OF_ASSETS if name in words]
    return {
        "title": escape(words.get("title", asset.title), quote=False),
        "alt_text": words.get("alt", ""),
        "caption": legend(words),
        "description": escape("\n".join(rights), quote=False),
        "file": f"{name}-{(asset.digest or '')[:16]}{suffix}",
    }


def _meta(field: FieldModel, value: Any) -> Any:
    """A neutral value as its schema says."""
    if value is None:
        return None
    match field.type:
        case "json" if field.name == LINKED_DATA:
            return value
        case "json":
            return canonical.dump(value).decode()
        case "media" | "relation" if isinstance(value, list):
            return [_meta(field, one) for one in value]
        case "media" | "relation":
            return {name: value[name] for name in _named(field) if name in value}
        case "group":
            return {one.name: _meta(one, value.get(one.name)) for one in field.fields}
        case "list":
            return [{one.name: _meta(one, inner.get(one.name)) for one in field.fields} for inner in value]
        case "html" if not isinstance(value, str):
            return "".join(part for part in value if isinstance(part, str))
    return value


def normalised(fields: Mapping[str, Any]) -> Fields:
    """The fields as WordPress gives them back, ids as plain numbers; meta each by its own name."""
    held = {name: _spelt(name, value) for name, value in fields.items() if name != "meta"}
    for name, value in (fields.get("meta") or {}).items():
        held.setdefault(f"meta.{name}", _spelt(f"meta.{name}", value))
    return held


def _spelt(name: str, value: Any) -> Any:
    match name:
        case "title":
            return str(value).strip(_PHP_SPACE)
        case "name" | "alt_text":
            return _SPACES.sub(" ", str(value)).strip()
        case "description" | "excerpt" | "caption":
            return str(value).strip(_PHP_SPACE)
        case "content":
            return markup.joined(value)
        case "featured_media" | "parent":
            page = value.get("id") if isinstance(value, dict) else value
            return number_of(page) or "0" if isinstance(page, str) else "0"
        case "categories":
            return sorted({number_of(one) for one in value if isinstance(one, str)}, key=int)
        case "tags":
            return sorted({tag_name(one).casefold() for one in value})
        case _ if name == f"meta.{PREFIX}{LINKED_DATA}":
            return as_text(value, address_of)
    return compact(value) or None if name.startswith("meta.") else value


def tag_name(written: str) -> str:
    return _SPACES.sub(" ", written).strip()


def compact(value: Any) -> Any:
    """Meta without what is empty, as WordPress does not tell it from what is not there."""
    if isinstance(value, dict):
        inner = {
            name: number_of(one) if name == "id" and isinstance(one, str) else compact(one)
            for name, one in value.items()
        }
        return {name: one for name, one in inner.items() if one is not None and one not in ("", [], {})}
    return [compact(one) for one in value] if isinstance(value, list) else value


def held(answer: Fields, more: Iterable[str], tags: Mapping[int, str]) -> Fields:
    """What an answer says, spelt as `normalised` does; `more` are fields of a team's own mapping."""
    found: Fields = {name: _raw(answer[name]) for name in _TEXTS if name in answer}
    found |= {name: answer[name] for name in ("date_gmt", *more) if answer.get(name) is not None}
    for name in ("featured_media", "parent"):
        if name in answer:
            found[name] = str(answer[name])
    if "slug" in answer and "source_url" not in answer:
        found["slug"] = answer["slug"].removesuffix("__trashed")
    if "categories" in answer:
        found["categories"] = [str(one) for one in answer["categories"]]
    if "tags" in answer:
        found["tags"] = [tags.get(one, str(one)) for one in answer["tags"]]
    if "source_url" in answer:
        found["file"] = file_in(answer["source_url"])
    meta = answer.get("meta")
    found["meta"] = {n: v for n, v in meta.items() if n != MARKER} if isinstance(meta, dict) else {}
    return normalised(found)


def _raw(value: Any) -> str:
    return str(value["raw"] if isinstance(value, dict) else value)


def file_in(address: str) -> str:
    """The name under which a file was sent, from its address."""
    name = address.rpartition("/")[2]
    found = _FILE.fullmatch(name)
    return found[1] + found[2] if found else name
