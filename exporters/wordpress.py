"""Publish to WordPress: pages, posts, reports and more as blocks, with terms, media and registered meta."""

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from html import escape
from mimetypes import guess_type
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlencode

from pydantic import Field

from exporters.base import Capabilities, Desired, Fields, Lookup, Remote, Write
from exporters.cms.base import CmsExporter, CmsOptions
from exporters.cms.content import Content
from exporters.cms.media import address_of, number_of
from exporters.dialects.wordpress.answers import in_batch, refusal
from exporters.dialects.wordpress.api import API, OTHER, STATUS, WordPressApi, status_of
from exporters.dialects.wordpress.blocks import media, relation
from exporters.dialects.wordpress.check import elsewhere, lacking, plugin_lacking, without_linked_data
from exporters.dialects.wordpress.fields import LONGEST_TERM, ROUTES, file_in, mapped, normalised
from exporters.dialects.wordpress.marks import marked
from exporters.dialects.wordpress.plugin import BUILT_IN, FILE, LONGEST_TYPE, plugin, version, written
from exporters.dialects.wordpress.tags import BATCH
from schemas.errors import Ambiguous, ChannelDown, LeopardError, NotFound, Transient, Unsupported
from schemas.model import MARKER, content_type
from schemas.plugins import names
from schemas.problems import Problem
from schemas.record import Record
from transport.secrets import Secret

_ABLE = ("delete", "unpublish", "drafts", "scheduling", "locales", "assets", "references", "lookup", "adopt")


class WordPressExporter(CmsExporter):
    """A WordPress from 6.1 on, by its own REST API."""

    name = "wordpress"
    capabilities = Capabilities(**dict.fromkeys(_ABLE, True), batch=BATCH)

    class Options(CmsOptions):
        username: str = Field(min_length=1, description="The user that writes; the role `editor` is enough")
        password: Secret = Field(
            description="An application password of that user, not the one to sign in with"
        )
        plugin: bool = Field(
            True,
            description="Whether the plug-in is there that `leopard channel setup` writes. Without it pages "
            "carry our key in their text, and only pages, articles, reports and topics are published",
        )

    options: Options
    wordpress: WordPressApi

    @contextmanager
    def session(self) -> Iterator[None]:
        with super().session():
            more = {name.partition(".")[0] for own in self.options.mapping.values() for name in own}
            self.wordpress = WordPressApi(self.api, plugin=self.options.plugin, more=more)
            self.wordpress.problems = self.problems
            yield

    def headers(self) -> Mapping[str, str]:
        said = f"{self.options.username}:{self.secret(self.options.password)}"
        return {"Authorization": f"Basic {b64encode(said.encode()).decode()}"}

    refusal = staticmethod(refusal)

    # What is sent.

    def content(self, record: Record, lookup: Lookup) -> Content:
        plain = super().content(record, lookup)
        shape = replace(plain, media=partial(media, plain), relation=partial(relation, plain))
        return shape if self.options.plugin else replace(shape, graph=None)  # nothing would print it

    def mapped(self, record: Record, content: Content) -> Fields:
        route, apart = self._route(record.kind), record.locale != self._locales[0]
        return mapped(record, content, route, plugin=self.options.plugin, apart=apart)

    def normalise(self, fields: Fields) -> Fields:
        return normalised(fields)

    def accept(self, desired: Desired) -> None:
        super().accept(desired)
        if self._route(desired.kind) in OTHER and desired.state != "published":
            raise Unsupported(f"{self.name} cannot hide {desired.key}: it has no drafts of a {desired.kind}")
        if desired.kind == "asset" and not desired.file:
            raise Unsupported(f"{self.name} takes media whose bytes are in the project, not at an address")
        terms = [*desired.fields.get("tags", ()), desired.fields.get("name", "")]
        long = [term for term in terms if len(escape(term, quote=False)) > LONGEST_TERM]
        if long:
            raise Unsupported(f"{self.name} holds {LONGEST_TERM} characters of a term, not {long[0][:40]}…")

    def _route(self, kind: str) -> str:
        """Where the pages of a kind are. Raises Unsupported."""
        if kind in ROUTES:
            return ROUTES[kind]
        if self.options.plugin and len(kind) <= LONGEST_TYPE:
            return content_type(kind).plural
        if kind == "report":
            return "posts"
        why = f"; its name is longer than {LONGEST_TYPE}" if self.options.plugin else " without our plug-in"
        raise Unsupported(f"{self.name} has no place for a {kind}{why}")

    def _body(self, desired: Desired) -> Fields:
        """A record as the API takes it. Makes the tags that are missing."""
        route, body = self._route(desired.kind), dict[str, Any]()
        for name, value in self.normalise(desired.fields).items():
            if name.startswith("meta."):
                body.setdefault("meta", {})[name.removeprefix("meta.")] = value
            elif name in ("featured_media", "parent"):
                body[name] = int(value)
            elif name == "categories":
                body[name] = [int(one) for one in value]
            elif name == "tags":
                body[name] = self.wordpress.tags.ids(desired.fields["tags"])
            elif name != "file":
                body[name] = value
        if route not in OTHER:
            body["status"] = status_of(desired, body.get("date_gmt"))
        if self.options.plugin:
            return {**body, "meta": {**body.get("meta", {}), MARKER: desired.ident}}
        name = "description" if route in OTHER else "content"
        return {**body, name: marked(body.get(name, ""), desired.ident, blocks=name == "content")}

    # What is there.

    def read(self) -> Iterator[Remote]:
        holds = self.wordpress.about().get("holds")
        kinds = [kind for kind in self._kinds() if holds is None or BUILT_IN.get(kind, kind) in holds]
        for route in sorted({self._route(kind) for kind in kinds}):
            yield from self.wordpress.listed(route)

    def find(self, idents: Iterable[str]) -> Iterator[Remote]:
        routes: dict[str, set[str]] = {}
        for ident in idents:
            with suppress(Unsupported):
                routes.setdefault(self._route(ident.partition(":")[0]), set()).add(ident)
        for route in sorted(routes):
            yield from self.wordpress.listed(route, routes[route])

    def get(self, page: str, key: str, locale: str) -> Remote | None:
        route = self._route(key.partition(":")[0])
        try:
            answer = self.api.call(
                "GET", f"{API}/{route}/{number_of(page)}", params=self.wordpress.asked(route)
            )
        except NotFound:
            return None
        return self.wordpress.as_if(route, answer, f"{key}@{locale}")

    @property
    def _locales(self) -> tuple[str, ...]:
        return self.options.locales or self.context.site.languages

    def _kinds(self) -> list[str]:
        """All kinds that have a place, published here or not."""
        known = ("report", *ROUTES) if not self.options.plugin else names("kinds")
        return [kind for kind in known if len(kind) <= LONGEST_TYPE]

    # What is written.

    def create(self, desired: Desired) -> Remote:
        if desired.file:
            return self._upload(desired)
        return self._send(desired, self._route(desired.kind))

    def update(self, remote: Remote, desired: Desired) -> Remote:
        route = self._route(desired.kind)
        if route == "media" and file_in(address_of(remote.id)) != desired.fields.get("file"):
            return self._replace(remote, desired)
        return self._send(desired, f"{route}/{number_of(remote.id)}")

    def _send(self, desired: Desired, path: str) -> Remote:
        asked, body = self.wordpress.asked(path.partition("/")[0]), self._body(desired)
        return self._settled(self.api.call("POST", f"{API}/{path}", params=asked, json=body), desired, body)

    def _settled(self, answer: Fields, desired: Desired, body: Fields) -> Remote:
        """The page that was written. Raises Ambiguous where more has to be asked and nobody answers."""
        try:
            return self._seen(answer, desired, body)
        except Transient as error:
            raise Ambiguous(error.message, hint=error.hint) from error

    def _seen(self, answer: Fields, desired: Desired, body: Fields) -> Remote:
        route = self._route(desired.kind)
        if body.get("status") == "publish" and answer["status"] == "future" and "date_gmt" not in body:
            now = {"status": "publish", "date_gmt": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")}
            path, asked = f"{API}/{route}/{answer['id']}", self.wordpress.asked(route)
            answer = self.api.call("POST", path, params=asked, json=now)
        found = next(self.wordpress.remotes(route, [answer]), None)
        if found is None or found.ident != desired.ident:
            hint = "see that the plug-in of `leopard channel setup` is active, and that nothing filters texts"
            raise ChannelDown(f"WordPress did not keep our key on {route}/{answer['id']}", hint=hint)
        return found

    def write_many(self, writes: Iterable[Write]) -> dict[str, Remote | LeopardError]:
        outcomes: dict[str, Remote | LeopardError] = {}
        batch, wanted = list[tuple[Desired, Fields]](), list(writes)
        self.wordpress.tags.prepare(tag for one in wanted for tag in one.desired.fields.get("tags", ()))
        for one in wanted:
            try:
                if one.desired.file:
                    done = self.update(one.remote, one.desired) if one.remote else self.create(one.desired)
                    outcomes[one.desired.ident] = done
                else:
                    batch.append((one.desired, self._request(one)))
            except ChannelDown:
                raise
            except LeopardError as error:
                outcomes[one.desired.ident] = error
        return outcomes | dict(self._batched(batch))

    def _request(self, one: Write) -> Fields:
        route = self._route(one.desired.kind)
        path = f"{route}/{number_of(one.remote.id)}" if one.remote else route
        asked = urlencode(self.wordpress.asked(route))
        return {"method": "POST", "path": f"/wp/v2/{path}?{asked}", "body": self._body(one.desired)}

    def _batched(self, batch: list[tuple[Desired, Fields]]) -> Iterator[tuple[str, Remote | LeopardError]]:
        """Each outcome by the key in its answer; a refusal has none, so its place in the row counts."""
        if not batch:
            return
        sent = {"requests": [request for _, request in batch]}
        answers = self.api.call("POST", "/wp-json/batch/v1", json=sent)["responses"]
        written = [answer["body"] for answer in answers if answer["status"] < 300]
        with suppress(LeopardError):  # else each of them is asked about by itself
            self.wordpress.tags.learn(tag for one in written for tag in one.get("tags", ()))
        for (desired, request), answer in zip(batch, answers, strict=True):
            if answer["status"] >= 300:
                what = f"POST {request['path'].partition('?')[0]} in a batch"
                yield desired.ident, in_batch(answer["status"], answer["body"], what)
                continue
            try:
                done = self._settled(answer["body"], desired, request["body"])
            except LeopardError as error:
                yield desired.ident, error
            else:
                yield done.ident, done

    def _upload(self, desired: Desired) -> Remote:
        """New media, with all their words, in one request."""
        body, name = self._body(desired), desired.fields["file"]
        meta = body.pop("meta", {})
        form = {**body, **{f"meta[{key}]": value for key, value in meta.items() if value is not None}}
        # a name of its own: media and pages share their slugs
        form["slug"] = f"media-{PurePosixPath(name).stem}"
        data, kind = self.bytes_of(desired.file or ""), guess_type(name)[0] or "application/octet-stream"
        asked, path = self.wordpress.asked("media"), f"{API}/media"
        answer = self.api.call("POST", path, params=asked, data=form, files={"file": (name, data, kind)})
        return self._settled(answer, desired, {})

    def _replace(self, remote: Remote, desired: Desired) -> Remote:
        """Other bytes are other media: WordPress cannot change a file. What they replace goes."""
        copies = self.wordpress.copies("media", desired.ident)
        there = (one for one in copies if file_in(address_of(one.id)) == desired.fields["file"])
        known = next(there, None)
        done = self._send(desired, f"media/{number_of(known.id)}") if known else self._upload(desired)
        for old in copies:
            if old.id != done.id:
                with suppress(NotFound):
                    self.delete(old)
        return done

    def delete(self, remote: Remote) -> None:
        path = f"{self._route(remote.key.partition(':')[0])}/{number_of(remote.id)}"
        self.api.call("DELETE", f"{API}/{path}", params={"force": "true", "_fields": "deleted"})

    def unpublish(self, remote: Remote) -> Remote:
        route = self._route(remote.key.partition(":")[0])
        if route in OTHER:
            raise Unsupported(
                f"{self.name} cannot hide {remote.key} and keep it: only posts and pages have states"
            )
        path, asked = f"{API}/{route}/{number_of(remote.id)}", self.wordpress.asked(route)
        answer = self.api.call("POST", path, params=asked, json={"status": STATUS["withdrawn"]})
        return self.wordpress.as_if(route, answer, remote.ident)

    # Before the first write.

    def check(self) -> Iterator[Problem]:
        kinds = self.options.kinds or self._kinds()
        yield from lacking(self.api, self.options.username, kinds)
        if self.options.plugin:
            yield from plugin_lacking(self.api, version(self._kinds(), self.context.site, self._locales))
        else:
            yield from elsewhere(self.api, kinds, self.context.site)
            yield without_linked_data()

    def setup(self, folder: Path) -> Iterator[str]:
        if not self.options.plugin:
            return
        path = folder / FILE
        if written(path, plugin(self._kinds(), self.context.site, self._locales)):
            yield f"Wrote {path}: put it into wp-content/mu-plugins of {self.options.url}."
