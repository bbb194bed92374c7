"""What a server of Payload has, as it tells, what it lacks, and what its documents are to us. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urljoin

from exporters.base import Fields, Remote, State
from exporters.cms.lacks import NO_CONTENT_TYPE, NO_FIELD, NO_LANGUAGE
from exporters.cms.media import media_id
from exporters.dialects.payload.check import collection_of, fields_of, missing
from exporters.dialects.payload.schema import TYPES
from exporters.dialects.payload.values import DIGEST, LANGUAGES, STATE, WORDS, held, name_of
from schemas import canonical
from schemas.base import KEY_PATTERN
from schemas.model import MARKER, FieldModel
from schemas.problems import Problem

Names = Mapping[str, Any]
"""Fields of a collection, a group or a block by name: type, and what is inside."""
OTHER_TYPES = {"textarea": {"text"}, "text": {"textarea", "select", "email"}, "select": {"text"}}
"""Types that hold the same, where a team has changed ours."""

_KEY = re.compile(KEY_PATTERN)


class Server:
    """What a server told of itself."""

    def __init__(self, answer: Mapping[str, Any]) -> None:
        self.locales: tuple[str, ...] = tuple(answer["locales"])
        self.collections: Mapping[str, Names] = answer["collections"]

    def is_localised(self, kind: str, name: str) -> bool:
        known = self.collections.get(collection_of(kind), {}).get(name, {})
        return bool(self.locales and known.get("localized"))

    def flat(self, kind: str, document: Mapping[str, Any], locale: str) -> dict[str, Any]:
        """A document in all languages as it is in one."""
        return {
            name: (value or {}).get(locale) if self.is_localised(kind, name) else value
            for name, value in document.items()
        }

    def held_in(self, kind: str, document: Fields, first: str) -> list[str]:
        """The languages of a document that are ours; `first` is that of a document in one."""
        key, state = document.get(MARKER) or "", document.get(STATE)
        if not state or not key.startswith(f"{kind}:") or not _KEY.match(key):
            return []  # Payload appends to the key of a copy
        return [one for one, own in state.items() if own] if self.is_localised(kind, STATE) else [first]

    def other_languages(self, kind: str, document: Fields, locale: str) -> set[str]:
        """Languages that a record's document is written in, besides one; of an asset none."""
        if kind == "asset" or not self.is_localised(kind, "title"):
            return set()
        return {one for one, title in (document.get("title") or {}).items() if title and one != locale}

    def words_in_others(self, document: Fields, locale: str) -> Fields:
        """The words of an upload in languages besides its main one, as fields of an asset."""
        said = {
            other: {name: text for name in WORDS if (text := (document.get(name) or {}).get(other))}
            for other in self.locales
            if other != locale and self.is_localised("asset", WORDS[0])
        }
        return {LANGUAGES: {other: words for other, words in said.items() if words}}

    def lacks(self, kind: str, more: Iterable[str] = ()) -> Iterator[Problem]:
        """What a kind's collection lacks; `more` are fields of a team's own mapping."""
        slug = collection_of(kind)
        known = self.collections.get(slug)
        if known is None:
            yield missing(NO_CONTENT_TYPE, f"Payload has no collection {slug} with a field {MARKER}")
            return
        own = (STATE, DIGEST) if kind == "asset" else (STATE, "_status")
        for name in (*own, *sorted(more)):
            if name not in known:
                yield missing(NO_FIELD, f"the collection {slug} of Payload has no field {name}")
        fields = fields_of(kind)
        yield from _inside(slug, fields, known)
        in_each = WORDS if kind == "asset" else (STATE, *map(name_of, fields))
        for name in in_each if self.locales else ():
            if name in known and not self.is_localised(kind, name):
                yield missing(NO_FIELD, f"the field {slug}.{name} of Payload is not localized")

    def lacks_locales(self, locales: Iterable[str]) -> Iterator[Problem]:
        """Languages that are not there; a server without any holds one, whichever it is."""
        wanted = list(dict.fromkeys(locales))
        for locale in wanted:
            if locale not in (self.locales or wanted[:1]):
                hint = "add it to `localization.locales` of its configuration"
                yield missing(NO_LANGUAGE, f"Payload has no language {locale}", hint)


def _inside(path: str, fields: Iterable[FieldModel], known: Names) -> Iterator[Problem]:
    for one in fields:
        name, place = name_of(one), f"{path}.{name_of(one)}"
        there: Names | None = known.get(name)
        wanted = TYPES.get(one.type, one.type)
        if there is None:
            yield missing(NO_FIELD, f"Payload has no field {place}")
        elif there["type"] not in {wanted, *OTHER_TYPES.get(wanted, ())}:
            yield missing(NO_FIELD, f"the field {place} of Payload is {there['type']} instead of {wanted}")
        elif one.type in ("group", "list"):
            yield from _inside(place, one.fields, there.get("fields", {}))
        elif one.type == "blocks":
            yield from _in_blocks(place, one, there.get("blocks", {}))


def _in_blocks(path: str, field: FieldModel, known: Names) -> Iterator[Problem]:
    for block in field.blocks:
        if block.name not in known:
            yield missing(NO_FIELD, f"the field {path} of Payload has no block {block.name}")
        else:
            yield from _inside(f"{path}.{block.name}", block.fields, known[block.name])


def page_of(
    flat: Fields,
    key: str,
    locale: str,
    fields: Iterable[FieldModel],
    address: str,
    more: Fields | None = None,
) -> Remote:
    """The page that a document in one language is; `address` is that of the server."""
    known, url = held(flat, fields), None
    if key.startswith("asset:"):
        known |= {name: value for name, value in {DIGEST: flat.get(DIGEST), **(more or {})}.items() if value}
        url = urljoin(f"{address}/", flat["url"]) if flat.get("url") else None
        state = _own(flat)
    else:
        state = "published" if flat.get("_status") == "published" else _hidden(flat)
    page, version = str(flat["id"]), canonical.digest([known, state])
    if url:
        page = media_id(page, url)
    return Remote(id=page, key=key, locale=locale, fields=known, state=state, version=version, url=url)


def _own(flat: Fields) -> State:
    """What we left it as."""
    return flat[STATE] if flat.get(STATE) in ("draft", "withdrawn") else "published"


def _hidden(flat: Fields) -> State:
    """Somebody may have hidden what we published."""
    return "draft" if _own(flat) == "published" else _own(flat)
