"""
Publish to Ghost: pages and posts as its editor has them, topics as tags, images with their words.

What is ours carries an internal tag, `#leopard KEY@LOCALE`; the tag of a topic a comment in its header. Ghost
keeps images and cannot list them: for each one an internal tag remembers where it is.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from pydantic import Field

from exporters.base import Capabilities, Desired, Fields, Lookup, Remote
from exporters.cms.base import CmsExporter, CmsOptions
from exporters.cms.content import Content
from exporters.cms.lexical import shown
from exporters.dialects.ghost.api import API, Token, refusal, uploaded
from exporters.dialects.ghost.check import lacks
from exporters.dialects.ghost.fields import (
    LONGEST,
    MARK,
    OUR_POSTS,
    OUR_TAGS,
    WITHDRAWN,
    asset_fields,
    fields_of,
    file_of,
    ident_of,
    normalised,
    post_fields,
    query_for,
    state_of,
    topic_fields,
    with_files,
)
from exporters.dialects.ghost.head import LONGEST_GRAPH
from exporters.dialects.ghost.sending import post_sent, tag_sent
from exporters.dialects.ghost.slugs import may_be_called, redirected
from schemas import canonical
from schemas.asset import Asset
from schemas.errors import LeopardError, NotFound, StaleWrite, Unsupported
from schemas.problems import Problem
from schemas.record import Record
from transport.secrets import Secret

KINDS = ("page", "article", "report", "topic")
_HOMES = {"page": "pages", "topic": "tags", "asset": "tags"}
"""Where the records of a kind are; all others are posts."""
_WITHOUT_PLACE = ("species", "statistic", "person", "organisation")
_AT_ONCE = 100
"""Most items that Ghost lists in one answer."""


class GhostExporter(CmsExporter):
    """Ghost 6 by its Admin API."""

    name = "ghost"
    capabilities = Capabilities(
        **dict.fromkeys(("delete", "unpublish", "drafts", "scheduling", "assets"), True),
        **dict.fromkeys(("conditional", "lookup", "adopt"), True),
    )

    class Options(CmsOptions):
        kinds: tuple[str, ...] | None = Field(
            KINDS, description="Kinds that are published here; by default pages, articles, reports and topics"
        )
        key: Secret = Field(
            description="Admin API key of a custom integration, or a staff token: `env:NAME`, or `file:PATH`"
        )

    longest_graph = LONGEST_GRAPH
    options: Options
    refusal = staticmethod(refusal)

    @contextmanager
    def session(self) -> Iterator[None]:
        token = Token(self.secret(self.options.key))
        with super().session():
            self.api.http.auth = token
            self.api.http.headers["Accept-Version"] = "v6.0"
            yield

    # What it should hold.

    def render(self, record: Record, lookup: Lookup) -> Fields:
        fields = super().render(record, lookup)
        return fields if record.kind == "asset" else with_files(fields, self.content(record, lookup))

    def mapped(self, record: Record, content: Content) -> Fields:
        if isinstance(record, Asset):
            return asset_fields(record, content)
        if record.kind == "topic":
            return topic_fields(record, content)
        return post_fields(record, content, topics="topic" in (self.options.kinds or ("topic",)))

    def accept(self, desired: Desired) -> None:
        super().accept(desired)
        if desired.kind in _WITHOUT_PLACE:
            raise Unsupported(f"ghost has no place for records of kind {desired.kind}")
        if _home(desired.key) == "tags" and desired.state in ("draft", "scheduled"):
            raise Unsupported("ghost holds no drafts of tags")
        if len(MARK + desired.ident) > LONGEST["name"]:
            raise Unsupported(f"ghost can mark keys of {LONGEST['name'] - len(MARK)} characters at most")
        names = [*(desired.fields.get("tags") or ()), desired.fields.get("name") or ""]
        words = {**desired.fields, "name": max(names, key=len)}
        for name, longest in LONGEST.items():
            if len(str(words.get(name) or "")) > longest:
                raise Unsupported(f"in ghost, {name} may have {longest} characters", hint="shorten it")

    def seen(self, desired: Desired) -> Fields:
        return dict(shown(desired.fields))

    def normalise(self, fields: Fields) -> Fields:
        return normalised(fields)

    # What it holds.

    def read(self) -> Iterator[Remote]:
        seen: dict[str, Remote] = {}
        for home, query in (("pages", OUR_POSTS), ("posts", OUR_POSTS), ("tags", OUR_TAGS)):
            for remote in self._listed(home, query):
                if seen.setdefault(remote.ident, remote) is remote:
                    yield remote
                else:
                    self._copied(remote, seen[remote.ident])

    def find(self, idents: Iterable[str]) -> Iterator[Remote]:
        homes: dict[str, list[str]] = {}
        for ident in sorted(set(idents)):
            homes.setdefault(_home(ident), []).append(ident)
        for home, wanted in homes.items():
            for at in range(0, len(wanted), _AT_ONCE):
                some = wanted[at : at + _AT_ONCE]
                found: dict[str, Remote] = {}
                for remote in self._listed(home, query_for(home, some)):
                    found.setdefault(remote.ident, remote)
                yield from (found[ident] for ident in some if ident in found)

    def get(self, page: str, key: str, locale: str) -> Remote | None:
        home = _home(key)
        with suppress(NotFound):
            return _remote(home, self._item(home, page.rpartition("/")[2]), f"{key}@{locale}")
        return None

    def _listed(self, home: str, query: str) -> Iterator[Remote]:
        """Ours among what matches, drafts included, the oldest first."""
        page: int | None = 1
        while page:
            asked = {"filter": query, "order": "id asc", "limit": _AT_ONCE, "page": page}
            answer = self.api.call("GET", f"{API}/{home}/", params={**_params(home), **asked})
            for item in answer[home]:
                if ident := ident_of(home, item):
                    yield _remote(home, item, ident)
            page = answer["meta"]["pagination"]["next"]

    def _item(self, home: str, number: str) -> Fields:
        item: Fields = self.api.call("GET", f"{API}/{home}/{number}/", params=_params(home))[home][0]
        return item

    def _current(self, remote: Remote) -> tuple[str, Fields]:
        """Where a page of ours is, and what it is now. Raises NotFound, and StaleWrite if it has changed.

        Ghost compares the times of posts itself, but in whole seconds, and those of tags not at all.
        """
        home = _home(remote.ident)
        if remote.key.startswith("asset:"):
            asked = {"filter": query_for(home, [remote.ident])}
            found = self.api.call("GET", f"{API}/tags/", params=asked)["tags"]
            item = next((one for one in found if one["feature_image"] == remote.id), None)
            if item is None:
                raise NotFound(f"no tag remembers {remote.key} any more")
        else:
            item = self._item(home, remote.id.rpartition("/")[2])
        if remote.version not in (None, _remote(home, item, remote.ident).version):
            raise StaleWrite(f"{remote.key} has changed on the channel since it was last seen")
        return home, item

    def _copied(self, copy: Remote, remote: Remote) -> None:
        """Whoever duplicates a post in Ghost duplicates our mark."""
        told = f"{copy.url} carries the mark of {remote.key}, which is {remote.url}; it is left alone"
        hint = f"remove the tag {MARK}{remote.ident} from the copy"
        known = {"severity": "warning", "hint": hint, "key": remote.key, "locale": remote.locale}
        self.problems.append(Problem(code="channel.duplicate", message=told, **known))

    # Writing.

    def create(self, desired: Desired) -> Remote:
        home = _home(desired.ident)
        sent = self._sent(home, desired, {})
        made = self.api.call("POST", f"{API}/{home}/", params=_params(home), json={home: [sent]})
        return _remote(home, made[home][0], desired.ident)

    def update(self, remote: Remote, desired: Desired) -> Remote:
        home, item = self._current(remote)
        if _is_done(home, item, desired):
            return _remote(home, item, desired.ident)
        sent = self._sent(home, desired, item)
        if not may_be_called(self.api, home, item, sent.get("slug")):
            del sent["slug"]
        if item.get("status") == "published" and desired.state == "scheduled":
            item = self._put(home, item, {"status": "draft"})
        done = self._put(home, item, sent)
        self.problems.extend(redirected(self.api, item, done))
        return _remote(home, done, desired.ident)

    def unpublish(self, remote: Remote) -> Remote:
        home, item = self._current(remote)
        if home == "tags":
            is_asset = remote.key.startswith("asset:")
            digest = f"{WITHDRAWN} {fields_of(home, item).get('digest') or ''}"
            sent: Fields = {"description": digest} if is_asset else {"visibility": "internal"}
        else:
            tags = [*({"id": tag["id"]} for tag in item["tags"]), {"name": WITHDRAWN}]
            sent = {"status": "draft", "tags": tags}
        return _remote(home, self._put(home, item, sent), remote.ident)

    def delete(self, remote: Remote) -> None:
        home, item = self._current(remote)
        self.api.call("DELETE", f"{API}/{home}/{item['id']}/")
        for tag in item.get("tags", ()):
            if tag["name"].startswith(MARK):
                with suppress(NotFound):
                    self.api.call("DELETE", f"{API}/tags/{tag['id']}/")

    def _sent(self, home: str, desired: Desired, item: Fields) -> Fields:
        """The members of a request; `item` is what is there."""
        if desired.kind == "asset":
            known = {"name": MARK + desired.ident, "description": desired.fields.get("digest")}
            return {**known, "feature_image": self._uploaded(desired, item)}
        return tag_sent(desired, item) if home == "tags" else post_sent(desired, item, datetime.now(UTC))

    def _uploaded(self, desired: Desired, item: Fields) -> str:
        """The address of an asset's bytes, which are sent unless they are there."""
        name: str = desired.fields["file"]
        there = item.get("feature_image")
        if there and file_of(there) == name:
            return str(there)
        if desired.file is None:
            return name
        return uploaded(self.api, name, lambda: self.bytes_of(desired.file or ""))

    def _put(self, home: str, item: Fields, sent: Fields) -> Fields:
        body = sent if home == "tags" else {**sent, "updated_at": item["updated_at"]}
        path = f"{API}/{home}/{item['id']}/"
        done: Fields = self.api.call("PUT", path, params=_params(home), json={home: [body]})[home][0]
        return done

    # Before the first write.

    def check(self) -> Iterator[Problem]:
        language = (self.options.locales or self.context.site.languages)[0]
        try:
            yield from lacks(self.api, language)
            for _ in self.read():
                pass
        except LeopardError as error:
            yield error.problem
        yield from self.problems


def _home(ident: str) -> str:
    return _HOMES.get(ident.partition(":")[0], "posts")


def _params(home: str) -> dict[str, str]:
    return {} if home == "tags" else {"include": "tags,authors", "formats": "lexical"}


def _is_done(home: str, item: Fields, desired: Desired) -> bool:
    """Does it hold all of it already, as after a write whose answer was lost?"""
    now, held = _remote(home, item, desired.ident), normalised(desired.fields)
    same = all(now.fields.get(name) == value for name, value in held.items())
    return same and now.state == desired.state and ident_of(home, item) == desired.ident


def _remote(home: str, item: Fields, ident: str) -> Remote:
    key, _, locale = ident.rpartition("@")
    page, fields, url = f"{home}/{item['id']}", fields_of(home, item), item.get("url")
    if key.startswith("asset:"):
        url = page = item["feature_image"] or ""
    state = state_of(home, item)
    version = f"{item['updated_at']} {canonical.digest([fields, state])[:16]}"
    return Remote(id=page, key=key, locale=locale, fields=fields, version=version, state=state, url=url)
