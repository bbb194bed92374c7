"""Publish to the small CMS of `tests/servers/loopback.py`: an exporter over HTTP, as people write it."""

import base64
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from pydantic import Field

from exporters.base import Capabilities, ChannelOptions, Desired, Exporter, Fields, Lookup, Remote, Write
from exporters.base import reference as symbol
from exporters.common.public import shown
from schemas.errors import LeopardError, NotFound, Rejected, StaleWrite
from schemas.record import Record, references
from transport.files import inside, read_bytes
from transport.session import ApiSession


class LoopbackExporter(Exporter):
    """Pages by number; an asset is a page that has bytes."""

    name = "loopback"
    capabilities = Capabilities(
        **dict.fromkeys(("delete", "unpublish", "drafts", "locales", "assets"), True),
        **dict.fromkeys(("references", "conditional", "lookup"), True),
        batch=5,
    )

    class Options(ChannelOptions):
        url: str = Field(description="Address of the CMS")
        batch: int = Field(5, ge=1, le=5, description="Most writes in one request")

    options: Options

    def __init__(self, options: Any, context: Any) -> None:
        super().__init__(options, context)
        self.capabilities = type(self).capabilities.model_copy(update={"batch": options.batch})

    @contextmanager
    def session(self) -> Iterator[None]:
        with ApiSession(self.options.url) as self.api:
            yield

    def render(self, record: Record, lookup: Lookup) -> Fields:
        seen = shown(record, lookup)
        fields = seen.model_dump(mode="json", exclude={"translations", "image"}, exclude_none=True)
        named = [lookup.get(key, record.locale) for _, _, key in references(seen)]
        links = {other.ident: symbol(other) for other in named if other and other.kind != "asset"}
        image = lookup.get(seen.image, record.locale) if seen.image else None
        shows = {"image": symbol(image)} if image else {}
        return {**fields, **shows, "links": [links[ident] for ident in sorted(links)]}

    def read(self) -> Iterator[Remote]:
        return self._pages(marked=1)

    def find(self, idents: Iterable[str]) -> Iterator[Remote]:
        wanted = sorted(idents)
        return self._pages(ident=wanted) if wanted else iter(())

    def _pages(self, **query: Any) -> Iterator[Remote]:
        after = "0"
        while after is not None:
            answer = self.api.call("GET", "/pages", params={**query, "after": after, "limit": 3})
            yield from map(_remote, answer["pages"])
            after = answer["next"]

    def create(self, desired: Desired) -> Remote:
        return _remote(self.api.call("POST", "/pages", json=self._sent(desired)))

    def update(self, remote: Remote, desired: Desired) -> Remote:
        sent, expected = self._sent(desired), _expected(remote)
        return _remote(self.api.call("PUT", f"/pages/{remote.id}", json=sent, headers=expected))

    def write_many(self, writes: Iterable[Write]) -> dict[str, Remote | LeopardError]:
        sent: list[Fields] = []
        outcomes: dict[str, Remote | LeopardError] = {}
        for one in writes:
            page = {"id": int(one.remote.id), "version": one.remote.version} if one.remote else {}
            try:
                sent.append({**self._sent(one.desired), **page})
            except LeopardError as error:  # its bytes are gone; the others go on
                outcomes[one.desired.ident] = error
        answer = self.api.call("POST", "/batch", json={"writes": sent})
        return outcomes | {ident: _outcome(one) for ident, one in answer["outcomes"].items()}

    def delete(self, remote: Remote) -> None:
        self.api.call("DELETE", f"/pages/{remote.id}", headers=_expected(remote))

    def unpublish(self, remote: Remote) -> Remote:
        sent, expected = {"state": "withdrawn"}, _expected(remote)
        return _remote(self.api.call("PUT", f"/pages/{remote.id}", json=sent, headers=expected))

    def normalise(self, fields: Fields) -> Fields:
        title = fields.get("title")
        return {**fields, "title": title.strip()} if isinstance(title, str) else fields

    def _sent(self, desired: Desired) -> Fields:
        sent: Fields = {"ident": desired.ident, "fields": desired.fields, "state": desired.state}
        if desired.file:
            data = read_bytes(inside(self.context.root, self.context.root / desired.file), desired.file)
            sent["bytes"] = base64.b64encode(data).decode()
        return sent


def _expected(remote: Remote) -> dict[str, str]:
    return {"If-Match": remote.version} if remote.version else {}


def _remote(page: Fields) -> Remote:
    key, _, locale = page["ident"].rpartition("@")
    held = {name: page[name] for name in ("id", "fields", "version", "state")}
    return Remote(key=key, locale=locale, url=page["fields"].get("url"), **held)


def _outcome(one: Fields) -> Remote | LeopardError:
    if "page" in one:
        return _remote(one["page"])
    kind = {404: NotFound, 412: StaleWrite}.get(one["status"], Rejected)
    return kind(one["message"])
