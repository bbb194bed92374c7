"""Publish to Strapi 5: content types with components, a dynamic zone, relations and media."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import requests
from pydantic import Field

from exporters.base import Capabilities, Desired, Fields, Lookup, Remote, State
from exporters.cms.base import CmsExporter, CmsOptions
from exporters.cms.content import Content
from exporters.cms.linked_data import with_graph
from exporters.dialects.strapi.check import Check, doubled
from exporters.dialects.strapi.content import related_in
from exporters.dialects.strapi.media import MARK, Library, file_fields, file_held, public_at
from exporters.dialects.strapi.refusals import refusal
from exporters.dialects.strapi.schema import STATE, Schema, files_of, plural, schema_of
from exporters.dialects.strapi.turns import Turns, turns_at
from exporters.dialects.strapi.values import (
    any_of,
    compared,
    held,
    populate,
    related,
    sent,
    shaped,
    state_of,
    unasked,
)
from schemas import canonical, plugins
from schemas.asset import Asset
from schemas.errors import NotFound, Rejected, Unsupported
from schemas.model import MARKER
from schemas.problems import Problem
from schemas.record import Record
from transport.files import write_atomic
from transport.secrets import Secret

PAGE = 100
"""Most entries that Strapi lists at once, as it comes."""
AT_ONCE = 20
"""Keys that are looked up in one request: its address must not grow too long."""
_OLDEST = {"sort[0]": "createdAt:asc", "sort[1]": "id:asc", "locale": "*"}
"""Entries in all languages, the oldest first."""


class StrapiExporter(CmsExporter):
    """One document a record, with one version a language; one file of the media library an asset."""

    name = "strapi"
    capabilities = Capabilities(
        **dict.fromkeys(("delete", "unpublish", "drafts", "locales"), True),
        **dict.fromkeys(("assets", "references", "lookup", "adopt"), True),
    )

    class Options(CmsOptions):
        token: Secret = Field(description="An API token of Strapi: `env:NAME` or `file:PATH`")

    options: Options
    refusal = staticmethod(refusal)

    @cached_property
    def schema(self) -> Schema:
        return schema_of(tuple(self.options.kinds or plugins.names("kinds")))

    @contextmanager
    def session(self) -> Iterator[None]:
        with super().session():
            self.api.http.auth = self._signed  # `setup` comes before there is a token, and asks nothing
            yield

    def _signed(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self.secret(self.options.token)}"
        return request

    # Records as fields.

    def content(self, record: Record, lookup: Lookup) -> Content:
        return related_in(super().content(record, lookup), record, self.schema)

    def mapped(self, record: Record, content: Content) -> Fields:
        if isinstance(record, Asset):
            return file_fields(record, content.words_of(record))
        return shaped(record.key, content.of(record), self.schema)

    def normalise(self, fields: Fields) -> Fields:
        kind = str(fields.get(MARKER)).partition(":")[0]
        if kind in self.schema.types:
            fields = with_graph(fields, public_at(self.options.url))
            return compared(fields, self.schema.types[kind], self.schema)
        return file_held(fields)

    # What is there.

    def read(self) -> Iterator[Remote]:
        for kind in self.schema.kinds:
            yield from self._entries(kind, {f"filters[{MARKER}][$startsWith]": f"{kind}:"})
        yield from self._files({"filters[name][$startsWith]": MARK})

    def find(self, idents: Iterable[str]) -> Iterator[Remote]:
        wanted = set(idents)
        for kind in sorted({ident.partition(":")[0] for ident in wanted}):
            keys = sorted({ident.rpartition("@")[0] for ident in wanted if ident.startswith(f"{kind}:")})
            for at in range(0, len(keys), AT_ONCE):
                found = self._keyed(kind, keys[at : at + AT_ONCE])
                yield from (page for page in found if page.ident in wanted)

    def _keyed(self, kind: str, keys: Iterable[str]) -> Iterator[Remote]:
        if kind in self.schema.types:
            yield from self._entries(kind, any_of(MARKER, keys))
        elif kind == "asset":
            yield from self._files(any_of("name", keys))

    def get(self, page: str, key: str, locale: str) -> Remote | None:
        kind = key.partition(":")[0]
        try:
            if kind == "asset":
                return self._library.file(page, key)
            return self._one(kind, page, key, locale)
        except NotFound:
            return None

    def _one(self, kind: str, page: str, key: str, locale: str) -> Remote:
        """One document in one language. Raises NotFound."""
        path, query = f"/api/{plural(kind)}/{page}", {"locale": locale, **self._whole(kind)}
        draft = self.api.call("GET", path, params={**query, "status": "draft"})["data"]
        public = {"locale": locale, "status": "published", "fields[0]": "locale"}
        try:
            self.api.call("GET", path, params=public)
        except NotFound:
            return self._entry(kind, draft, key, state_of(draft))
        return self._entry(kind, draft, key, "published")

    def _entries(self, kind: str, filters: Mapping[str, str]) -> Iterator[Remote]:
        """Entries in all languages, as they are in the drafts, which hold what people wrote last."""
        drafts = self._listed(kind, {**filters, "status": "draft", **self._whole(kind)})
        public: set[tuple[str, str]] | None = None
        first: dict[str, str] = {}
        for draft in drafts:
            if public is None:
                public = self._public(kind, filters)
            key, document, locale = draft[MARKER], draft["documentId"], draft["locale"]
            state: State = "published" if (document, locale) in public else state_of(draft)
            page = self._entry(kind, draft, key, state)
            if first.setdefault(page.ident, document) == document:
                yield page
            else:
                self._double(page, first[page.ident])

    def _oldest(self, desired: Desired) -> str | None:
        """The first document that carries the key, in whichever language."""
        first = {**_OLDEST, "pagination[pageSize]": "1", "pagination[withCount]": "false"}
        query = {**first, **any_of(MARKER, [desired.key]), "status": "draft", "fields[0]": "locale"}
        found = self.api.call("GET", f"/api/{plural(desired.kind)}", params=query)["data"]
        return str(found[0]["documentId"]) if found else None

    def _public(self, kind: str, filters: Mapping[str, str]) -> set[tuple[str, str]]:
        """Documents and languages that are published; a draft does not tell."""
        listed = self._listed(kind, {**filters, "status": "published", "fields[0]": "locale"})
        return {(one["documentId"], one["locale"]) for one in listed}

    def _files(self, filters: Mapping[str, str]) -> Iterator[Remote]:
        first: dict[str, str] = {}
        for page in self._library.files(filters):
            if first.setdefault(page.key, page.id) == page.id:
                yield page
            else:
                self._double(page, first[page.key])

    def _listed(self, kind: str, query: Mapping[str, str]) -> Iterator[Any]:
        """Page through entries, the oldest first."""
        at, last = 1, 1
        while at <= last:
            number = {"pagination[page]": str(at), "pagination[pageSize]": str(PAGE)}
            answer = self.api.call("GET", f"/api/{plural(kind)}", params={**_OLDEST, **query, **number})
            yield from answer["data"]
            at, last = at + 1, answer["meta"]["pagination"]["pageCount"]

    def _double(self, page: Remote, first: str) -> None:
        problem = doubled(page, first, self.context.name)
        if problem not in self.problems:
            self.problems.append(problem)

    def _whole(self, kind: str) -> dict[str, str]:
        return dict(populate(self.schema.types[kind], self.schema))

    def _entry(self, kind: str, entry: Mapping[str, Any], key: str, state: State) -> Remote:
        fields = held(entry, self.schema.types[kind], self.schema)
        version = canonical.digest(fields)
        document, locale = entry["documentId"], entry["locale"]
        return Remote(id=document, key=key, locale=locale, fields=fields, state=state, version=version)

    @property
    def _library(self) -> Library:
        return Library(self.api, self.context.site.default_locale)

    @property
    def _turns(self) -> Turns:
        return turns_at(self.options.url)

    # Writing.

    def create(self, desired: Desired) -> Remote:
        if desired.kind == "asset":
            with self._turns.take({desired.key}, set()):
                return self._upload(desired, next(self._files(any_of("name", [desired.key])), None))
        with self._turn(desired) as fields:
            document = self._oldest(desired)
            return self._write(desired, fields, document, None if document else {})

    def update(self, remote: Remote, desired: Desired) -> Remote:
        if desired.kind == "asset":
            return self._upload(desired, remote)
        with self._turn(desired, remote.id) as fields:
            page = self._write(desired, fields, remote.id, remote.fields or None)
            if remote.state == "published" and desired.state != "published":
                self._hide(page, desired.state)
            return page

    @contextmanager
    def _turn(self, desired: Desired, *documents: str) -> Iterator[Fields]:
        """Held while a page is written; gives its fields as Strapi is told them."""
        attributes = self.schema.types[desired.kind]
        fields = self.normalise(desired.fields)
        with self._turns.take({desired.key, *documents}, related(fields, attributes, self.schema)):
            yield sent(fields, attributes, self.schema)

    def _write(self, desired: Desired, fields: Fields, document: str | None, before: Fields | None) -> Remote:
        """Create a document, or bring one language of it to what is desired.

        The answer holds all that was sent, and all that `before` filled in; everything if that is not known.
        """
        self._know(desired.locale)
        kind, published = desired.kind, desired.state == "published"
        data = {**fields, MARKER: desired.key, STATE: None if published else desired.state}
        query = {"locale": desired.locale, "status": "published" if published else "draft"}
        path = f"/api/{plural(kind)}" + (f"/{document}" if document else "")
        attributes, known = self.schema.types[kind], None if before is None else [fields, before]
        asked = {**query, **dict(populate(attributes, self.schema, among=known))}
        answer = self.api.call("PUT" if document else "POST", path, params=asked, json={"data": data})
        entry = {**unasked(attributes), **answer["data"]}
        return self._entry(kind, entry, desired.key, desired.state)

    def _upload(self, desired: Desired, known: Remote | None) -> Remote:
        """The bytes travel only where they are other ones, or where nobody knows."""
        fields, path = desired.fields, desired.file or ""
        told = ("digest", "focalPoint")
        if known and all(known.fields.get(name) == fields.get(name) for name in told):
            return self._library.describe(known.id, fields)
        return self._library.upload(known.id if known else None, path, self.bytes_of(path), fields)

    def unpublish(self, remote: Remote) -> Remote:
        kind = remote.key.partition(":")[0]
        if kind == "asset":
            raise Unsupported("strapi cannot hide a file of its media library and keep it")
        self._hide(remote, "withdrawn")
        return self._one(kind, remote.id, remote.key, remote.locale)

    def _hide(self, page: Remote, state: State) -> None:
        path = f"/api/{plural(page.key.partition(':')[0])}/{page.id}/unpublish"
        self.api.call("POST", path, params={"locale": page.locale}, json={STATE: state})

    def delete(self, remote: Remote) -> None:
        kind = remote.key.partition(":")[0]
        if kind == "asset":
            self._library.delete(remote.id)
            return
        path, query = f"/api/{plural(kind)}/{remote.id}", {"locale": remote.locale}
        there = {**query, "status": "draft", "fields[0]": "locale"}
        self.api.call("GET", path, params=there)  # DELETE succeeds in any case
        self.api.call("DELETE", path, params=query)

    @cached_property
    def _locales(self) -> frozenset[str]:
        return frozenset(one["code"] for one in self.api.call("GET", "/api/i18n/locales"))

    def _know(self, locale: str) -> None:
        """Strapi takes any language, and shows it nowhere."""
        if locale not in self._locales:
            hint = "add it in Strapi under Settings, Internationalization"
            raise Rejected(f"Strapi has no language {locale}", hint=hint)

    # The target.

    def check(self) -> Iterator[Problem]:
        locales = self.options.locales or self.context.site.languages
        yield from Check(self.api, self.schema, locales, self.options.mapping).problems()

    def setup(self, folder: Path) -> Iterator[str]:
        for path, text in files_of(self.schema):
            place = folder / path
            if not place.is_file() or place.read_bytes() != text.encode():
                write_atomic(place, [text.encode()])
                yield f"{path} was written"
