"""Publish to Payload 3: documents with blocks, groups, relations, rich text and uploads, in all languages."""

import json
import mimetypes
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import Any
from zlib import crc32

import requests

from exporters.base import Capabilities, Desired, Fields, Remote, State
from exporters.cms.media import number_of
from exporters.dialects.payload.check import (
    INSTALL,
    Broken,
    NoRoute,
    Taken,
    collection_of,
    lacks_rights,
    refusal,
)
from exporters.dialects.payload.mapping import PayloadMapping, PayloadOptions
from exporters.dialects.payload.schema import FILE, written
from exporters.dialects.payload.server import Server, page_of
from exporters.dialects.payload.values import DIGEST, LANGUAGES, MEDIA, STATE, WORDS, related, sent
from schemas import plugins
from schemas.errors import ChannelDown, NotFound, Rejected, StaleWrite, Unsupported
from schemas.model import MARKER, content_types
from schemas.problems import Problem
from transport.files import write_atomic

PAGE = 100
"""Documents that are listed at once."""
AT_ONCE = 40
"""Keys that are looked up in one request: its address must not grow too long."""
_ALL = {"locale": "all", "depth": "0", "draft": "true"}
"""Documents in every language, as people wrote them last, with ids in place of what they refer to."""
_LOCKS = tuple(Lock() for _ in range(64))
"""The languages of a record are one document: one write of it at a time."""


class PayloadExporter(PayloadMapping):
    """One document a record, in one collection a kind, with all its languages; one upload an asset."""

    name = "payload"
    capabilities = Capabilities(
        **dict.fromkeys(("delete", "unpublish", "drafts", "locales", "assets"), True),
        **dict.fromkeys(("references", "conditional", "lookup", "adopt"), True),
    )

    class Options(PayloadOptions):
        pass

    refusal = staticmethod(refusal)

    @contextmanager
    def session(self) -> Iterator[None]:
        with super().session():
            self.api.http.auth = self._signed  # not a header: `setup` comes before there is a key
            self._server: Server | None = None
            yield

    def _signed(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        key = self.secret(self.options.api_key)
        request.headers["Authorization"] = f"{self.options.users} API-Key {key}"
        return request

    # What is there.

    def read(self) -> Iterator[Remote]:
        for kind in plugins.names("kinds"):
            if kind in ("asset", *self.kinds) or collection_of(kind) in self._known.collections:
                yield from self._listed(kind, {f"where[{MARKER}][exists]": "true"})

    def find(self, idents: Iterable[str]) -> Iterator[Remote]:
        wanted = set(idents)
        for kind in sorted({ident.partition(":")[0] for ident in wanted}):
            keys = sorted({ident.rpartition("@")[0] for ident in wanted if ident.startswith(f"{kind}:")})
            for at in range(0, len(keys), AT_ONCE):
                query = {f"where[{MARKER}][in]": ",".join(keys[at : at + AT_ONCE])}
                yield from (page for page in self._listed(kind, query) if page.ident in wanted)

    def get(self, page: str, key: str, locale: str) -> Remote | None:
        try:
            return self._page(self._document(key, page), key, locale)
        except NotFound:
            return None

    def _listed(self, kind: str, query: Mapping[str, str]) -> Iterator[Remote]:
        """Our pages among the documents that match, in each language that is ours."""
        known, at = self._known, 1
        if collection_of(kind) not in known.collections:
            raise ChannelDown(f"Payload has no collection {collection_of(kind)} of ours", hint=INSTALL)
        while at:
            asked = {**query, **_ALL, "sort": "id", "limit": str(PAGE), "page": str(at)}
            answer = self.api.call("GET", _path(kind), params=asked)
            for document in answer["docs"]:
                for locale in known.held_in(kind, document, self.context.site.default_locale):
                    yield self._page(document, document[MARKER], locale)
            at = answer["nextPage"] if answer["hasNextPage"] else 0

    def _document(self, key: str, page: object) -> Fields:
        """A document in all languages. Raises NotFound."""
        found: Fields = self.api.call("GET", _path(_kind(key), page), params=_ALL)
        return found

    def _page(self, document: Fields, key: str, locale: str) -> Remote:
        """The page that a document in all languages is in one of them."""
        kind, known = _kind(key), self._known
        flat = known.flat(kind, document, locale)
        more = known.words_in_others(document, locale) if kind == "asset" else {}
        return page_of(flat, key, locale, self.ours(kind), self.options.url, more)

    # Writing.

    def create(self, desired: Desired) -> Remote:
        with self._alone(desired.key):
            self._ready(desired)
            if desired.locale == self.context.site.default_locale:
                try:
                    return self._send(desired, None)
                except Taken:
                    pass
            return self._send(desired, self._by_key(desired))

    def update(self, remote: Remote, desired: Desired) -> Remote:
        with self._alone(desired.key):
            self._ready(desired)
            return self._send(desired, self._unchanged(remote))

    def unpublish(self, remote: Remote) -> Remote:
        with self._alone(remote.key):
            document = self._unchanged(remote)
            hidden = {STATE: "withdrawn"}
            if _kind(remote.key) != "asset":
                self._one_status(remote.key, document, remote.locale, "withdrawn")
                hidden["_status"] = "draft"
            self._write(remote.key, document, remote.locale, json=hidden)
            return self._page(self._document(remote.key, remote.id), remote.key, remote.locale)

    def delete(self, remote: Remote) -> None:
        kind, known = _kind(remote.key), self._known
        with self._alone(remote.key):
            document = self._unchanged(remote)
            if document.get(MARKER) != remote.key:
                raise NotFound(f"{remote.ident} is not ours any more")
            others = known.other_languages(kind, document, remote.locale)
            if not others:
                self.api.call("DELETE", _path(kind, remote.id), params={"trash": "true"})
                return
            empty: Fields = {**sent({}, self.ours(kind)), STATE: None}
            if known.is_localised(kind, "_status"):
                empty["_status"] = "draft"
            if not others.intersection(known.held_in(kind, document, remote.locale)):
                empty[MARKER] = None  # what is left, people wrote
            self._write(remote.key, document, remote.locale, json=empty)

    def _alone(self, key: str) -> Lock:
        return _LOCKS[crc32(f"{self.options.url} {key}".encode()) % len(_LOCKS)]

    def _by_key(self, desired: Desired) -> Fields | None:
        """The document that carries the key, be it in the trash."""
        query = {f"where[{MARKER}][equals]": desired.key, "limit": "1", "trash": "true", **_ALL}
        return next(iter(self.api.call("GET", _path(desired.kind), params=query)["docs"]), None)

    def _unchanged(self, remote: Remote) -> Fields:
        """The document of a page, if it is as we last saw it. Raises NotFound, StaleWrite."""
        document = self._document(remote.key, remote.id)
        if document.get(MARKER) not in (None, "", remote.key):
            raise NotFound(f"{remote.ident}: Payload has given its number to {document[MARKER]}")
        now = self._page(document, remote.key, remote.locale)
        if remote.version is not None and now.version != remote.version:
            raise StaleWrite(f"somebody changed {remote.ident} in Payload since we last looked")
        return document

    def _send(self, desired: Desired, document: Fields | None) -> Remote:
        """Make a document, or bring one language of it to what is desired."""
        kind, fields = desired.kind, self.normalise(desired.fields)
        body = {**sent(fields, self.ours(kind)), MARKER: desired.key, STATE: desired.state}
        if document and document.get("deletedAt"):
            body["deletedAt"] = None
        if kind == "asset":
            return self._upload(desired, {**body, DIGEST: fields.get(DIGEST)}, document)
        if document:
            self._one_status(desired.key, document, desired.locale, desired.state)
        body["_status"] = "published" if desired.state == "published" else "draft"
        try:
            answer = self._write(desired.key, document, desired.locale, json=body)
        except Broken:
            self._miss(desired)
            raise
        return page_of(answer, desired.key, desired.locale, self.ours(kind), self.options.url)

    def _write(self, key: str, document: Fields | None, locale: str, **said: Any) -> Fields:
        """Write one language of a document, or a new one; the document in that language."""
        path = _path(_kind(key), document["id"] if document else None)
        query = {"locale": locale, "fallback-locale": "none", "depth": "0", "trash": "true"}
        done: Fields = self.api.call("PATCH" if document else "POST", path, params=query, **said)["doc"]
        return done

    def _one_status(self, key: str, document: Fields, locale: str, state: State) -> None:
        """Without `localizeStatus`, hiding one language would hide all, and showing one show all."""
        status = document.get("_status")
        others = [one for one in self._known.held_in(_kind(key), document, locale) if one != locale]
        if isinstance(status, str) and others and (status == "published") != (state == "published"):
            raise Rejected(
                f"its languages share one status in Payload, and {', '.join(others)} is {status}",
                hint="switch on `localizeStatus`, as the collections that `leopard channel setup` writes do",
            )

    def _miss(self, desired: Desired) -> None:
        """Payload says nothing of why a write fails that names a document which is gone. Raises Rejected."""
        named: dict[str, set[str]] = {}
        for collection, page in related(self.normalise(desired.fields), self.ours(desired.kind)):
            named.setdefault(collection, set()).add(page)
        for collection, pages in sorted(named.items()):
            query = {"where[id][in]": ",".join(sorted(pages)), "limit": "0", "depth": "0"}
            there = self.api.call("GET", f"/api/{collection}", params=query)["docs"]
            if lost := sorted(pages - {str(one["id"]) for one in there}):
                raise Rejected(
                    f"{desired.ident} names what is not in Payload any more: {collection} {', '.join(lost)}",
                    hint="sync with --refresh, which makes it again",
                )

    def _upload(self, desired: Desired, body: Fields, document: Fields | None) -> Remote:
        """The bytes, where the server has others, and their words in each language."""
        key, locale = desired.key, desired.locale
        said: dict[str, Any] = {"json": body}
        if document is None or document.get(DIGEST) != body[DIGEST]:
            name, data = PurePosixPath(desired.file or "").name, self.bytes_of(desired.file or "")
            media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
            said = {"files": {"file": (name, data, media_type)}, "data": {"_payload": json.dumps(body)}}
        now = self._write(key, document, locale, **said)
        others: Mapping[str, Fields] = desired.fields.get(LANGUAGES) or {}
        before = self._page(document, key, locale).fields.get(LANGUAGES, {}) if document else {}
        for other in sorted({*others, *before} & set(self._known.locales)):
            words = {name: others.get(other, {}).get(name) for name in WORDS}
            self._write(key, now, other, json=words)
        return self._page(self._document(key, now["id"]), key, locale)

    # The server.

    @property
    def _known(self) -> Server:
        """What the server told of itself, asked once a session."""
        if self._server is None:
            try:
                self._server = Server(self.api.call("GET", f"/api/{MEDIA}/leopard"))
            except (NoRoute, NotFound):
                what = f"{self.options.url} is no Payload with the collections of Leopard"
                raise ChannelDown(what, hint=f"check the address; else {INSTALL}") from None
        return self._server

    def _ready(self, desired: Desired) -> None:
        """Payload drops what it does not know, and writes an unknown language over the main one: ask first.

        Raises ChannelDown, Unsupported.
        """
        for problem in self._known.lacks(desired.kind, self.added(desired.kind)):
            raise ChannelDown(problem.message, hint=problem.hint)
        for problem in self._known.lacks_locales((self.context.site.default_locale, desired.locale)):
            raise Unsupported(problem.message, hint=problem.hint)

    def check(self) -> Iterator[Problem]:
        known, kinds = self._known, ("asset", *self.kinds)
        yield from known.lacks_locales(self.locales)
        for kind in kinds:
            yield from known.lacks(kind, self.added(kind))
        yield from lacks_rights(kinds, self.api.call("GET", "/api/access"))

    def setup(self, folder: Path) -> Iterator[str]:
        text = written(content_types(plugins.names("kinds")), self.locales).encode()
        place = folder / FILE
        if not place.is_file() or place.read_bytes() != text:
            write_atomic(place, [text])
            yield f"{FILE} was written; put it beside payload.config, import it there, and start anew"


def _kind(key: str) -> str:
    return key.partition(":")[0]


def _path(kind: str, page: object = None) -> str:
    return f"/api/{collection_of(kind)}" + (f"/{number_of(str(page))}" if page is not None else "")
