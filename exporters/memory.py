"""
Keep pages in memory: the reference of what an exporter does, and a channel whose faults can be arranged.

Read this one first to write your own. A channel keeps its pages for as long as the process lives.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import RLock
from typing import Literal

import orjson
from pydantic import Field

from exporters.base import Capabilities, ChannelOptions, Desired, Document, Exporter, Fields, Lookup, Remote
from exporters.public import shown
from schemas.errors import NotFound, Rejected, StaleWrite
from schemas.record import Record
from transport.files import digest_of, inside, read_bytes

Phase = Literal["before", "after"]
DOCUMENT = "pages.json"


@dataclass
class Fault:
    """What goes wrong once, before or after a call has had its effect."""

    verb: str
    phase: Phase = "before"
    error: BaseException | None = None
    delay: float = 0.0
    """Seconds."""
    skip: int = 0
    """Calls of the verb that are let through first."""


def trimmed(fields: Fields) -> Fields:
    """What many channels do: titles lose the spaces around them."""
    return {**fields, "title": fields["title"].strip()} if isinstance(fields.get("title"), str) else fields


@dataclass
class Store:
    """One channel's pages, and what happened to them."""

    pages: dict[str, Remote] = field(default_factory=dict)
    foreign: dict[str, Fields] = field(default_factory=dict)
    """Pages that are not ours: no verb touches them."""
    files: dict[str, bytes] = field(default_factory=dict)
    """Bytes of assets, by the id of their page."""
    links: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Ids that a page names, as far as they existed when it was written."""
    documents: dict[str, bytes] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    """Every call in its order: the verb, and the ident if it has one."""
    faults: list[Fault] = field(default_factory=list)
    on_call: Callable[[str, Phase], None] | None = None
    """Told of every call before and after its effect; may raise."""
    normaliser: Callable[[Fields], Fields] = trimmed
    stale: list[Remote] | None = None
    """Where given, what `read` and `find` answer instead of the truth."""
    counter: int = 0
    lock: RLock = field(default_factory=RLock)

    def next(self) -> str:
        self.counter += 1
        return str(self.counter)

    def add_foreign(self, fields: Fields) -> str:
        """Somebody makes a page of their own; returns its id."""
        self.foreign[page := f"f{self.next()}"] = fields
        return page

    def hand_edit(self, ident: str, fields: Fields) -> None:
        """Somebody edits a page of ours on the channel."""
        page = next(page for page in self.pages.values() if page.ident == ident)
        edited = {"fields": {**page.fields, **fields}, "version": self.next()}
        self.pages[page.id] = page.model_copy(update=edited)

    def freeze_reads(self) -> None:
        """From now on, `read` and `find` answer what was true until now, as a cache does."""
        self.stale = list(self.pages.values())

    @contextmanager
    def call(self, verb: str, ident: str = "") -> Iterator[None]:
        self.calls.append(f"{verb} {ident}".strip())
        self._meet(verb, "before")
        with self.lock:
            yield
        self._meet(verb, "after")

    def _meet(self, verb: str, phase: Phase) -> None:
        if self.on_call:
            self.on_call(verb, phase)
        for fault in [one for one in self.faults if (one.verb, one.phase) == (verb, phase)]:
            if fault.skip:
                fault.skip -= 1
                continue
            self.faults.remove(fault)
            time.sleep(fault.delay)
            if fault.error:
                raise fault.error


STORES: dict[str, Store] = {}
"""The channels of this process by name; clear it to forget them."""


class MemoryExporter(Exporter):
    """All capabilities; each call is one page."""

    name = "memory"
    capabilities = Capabilities(
        **dict.fromkeys(("delete", "unpublish", "drafts", "scheduling", "locales", "assets"), True),
        **dict.fromkeys(("references", "conditional", "lookup", "document"), True),
    )

    class Options(ChannelOptions):
        store: str = Field("default", description="Channels with the same store share their pages")

    options: Options

    @property
    def store(self) -> Store:
        return STORES.setdefault(self.options.store, Store())

    def render(self, record: Record, lookup: Lookup) -> Fields:
        fields = shown(record, lookup).model_dump(mode="json", exclude={"translations"}, exclude_none=True)
        return {**fields, "url": self.context.site.url_of(record)}

    def read(self) -> Iterator[Remote]:
        return self._seen("read")

    def find(self, idents: Iterable[str]) -> Iterator[Remote]:
        wanted = sorted(idents)
        return (page for page in self._seen("find", " ".join(wanted)) if page.ident in wanted)

    def _seen(self, verb: str, ident: str = "") -> Iterator[Remote]:
        with self.store.call(verb, ident):
            pages = list(self.store.pages.values()) if self.store.stale is None else self.store.stale
        yield from pages

    def create(self, desired: Desired) -> Remote:
        with self.store.call("create", desired.ident):
            return self._write(f"m{self.store.next()}", desired)

    def update(self, remote: Remote, desired: Desired) -> Remote:
        with self.store.call("update", remote.ident):
            self._check(remote)
            return self._write(remote.id, desired)

    def delete(self, remote: Remote) -> None:
        with self.store.call("delete", remote.ident):
            self._check(remote)
            for held in (self.store.pages, self.store.files, self.store.links):
                held.pop(remote.id, None)

    def unpublish(self, remote: Remote) -> Remote:
        with self.store.call("unpublish", remote.ident):
            page = self._check(remote)
            return self._keep(page.model_copy(update={"state": "withdrawn", "version": self.store.next()}))

    def normalise(self, fields: Fields) -> Fields:
        return self.store.normaliser(fields)

    def publish(self, remotes: Iterable[Remote], documents: Iterable[Document]) -> Iterator[Document]:
        with self.store.call("publish"):
            data = orjson.dumps([remote.fields for remote in remotes], option=orjson.OPT_SORT_KEYS)
            self.store.documents = {DOCUMENT: data}
        digest, size = digest_of([data])
        yield Document(path=DOCUMENT, digest=digest, size=size)

    def _check(self, remote: Remote) -> Remote:
        if remote.id in self.store.foreign:
            raise Rejected(f"{remote.id} is not ours")
        page = self.store.pages.get(remote.id)
        if page is None:
            raise NotFound(f"{remote.id} is not there any more")
        if remote.version is not None and remote.version != page.version:
            raise StaleWrite(f"{remote.id} has changed since it was last seen")
        return page

    def _write(self, page: str, desired: Desired) -> Remote:
        ids = {other.ident: other.id for other in self.store.pages.values()}
        self.store.links[page] = tuple(ids[ident] for ident in desired.references if ident in ids)
        if desired.file:
            path = inside(self.context.root, self.context.root / desired.file)
            self.store.files[page] = read_bytes(path, desired.file)
        made = Remote(id=page, key=desired.key, locale=desired.locale, state=desired.state)
        fields = {"fields": self.normalise(desired.fields), "url": desired.fields.get("url")}
        return self._keep(made.model_copy(update={**fields, "version": self.store.next()}))

    def _keep(self, page: Remote) -> Remote:
        self.store.pages[page.id] = page
        return page
