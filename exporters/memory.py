"""
Keep pages in memory: the reference of what an exporter does, and a channel whose faults can be arranged.

Read this one first to write your own. A channel keeps its pages for as long as the process lives.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Literal, get_args

import orjson
from pydantic import Field

from exporters.base import (
    Capabilities,
    ChannelOptions,
    Desired,
    Document,
    Exporter,
    Fields,
    Listed,
    Lookup,
    Remote,
    Write,
    reference,
)
from exporters.common.links import Links
from exporters.common.public import shown
from exporters.memory_store import Fault, Store
from schemas.base import RichText
from schemas.errors import LeopardError, NotFound, Rejected, StaleWrite, Unsupported
from schemas.record import Record, references
from schemas.walk import replace
from transport.files import digest_of, inside, read_bytes

__all__ = ["STORES", "Fault", "MemoryExporter", "Store"]

DOCUMENT = "pages.json"

STORES: dict[str, Store] = {}
"""The channels of this process by name; clear it to forget them."""

Ability = Literal[
    "delete", "unpublish", "drafts", "scheduling", "locales", "assets",
    "references", "conditional", "lookup", "adopt", "batch",
]  # fmt: skip
PAGES_ONLY: tuple[Ability, ...] = ("references", "conditional", "adopt", "batch")
"""What a channel of whole documents has no use for."""


class Symbols(Links):
    """Keys stay in prose as they are, as far as they name what may be shown."""

    def url(self, key: str) -> str | None:
        return key if self.record(key) else None


class MemoryExporter(Exporter):
    """Everything that a channel of pages can do, or less where the options say so."""

    name = "memory"
    capabilities = Capabilities(
        **{name: True for name in get_args(Ability) if name != "batch"}, batch=10, document=True
    )

    class Options(ChannelOptions):
        store: str = Field("default", description="Channels with the same store share their pages")
        documents: bool = Field(False, description="Write one whole document in place of single pages")
        without: tuple[Ability, ...] = Field((), description="Capabilities that are taken away")

    options: Options

    def __init__(self, options: Any, context: Any) -> None:
        super().__init__(options, context)
        missing = {*options.without, *(PAGES_ONLY if options.documents else ())}
        less = {name: Capabilities.model_fields[name].default for name in missing}
        promised = {"document": options.documents, **less}
        self.capabilities = type(self).capabilities.model_copy(update=promised)

    @property
    def store(self) -> Store:
        return STORES.setdefault(self.options.store, Store())

    def render(self, record: Record, lookup: Lookup) -> Fields:
        symbols = Symbols(self.context.site, lookup, record.locale, lambda asset: asset.url)
        seen = replace(shown(record, lookup), RichText, lambda rich, path: symbols.prose(rich))
        fields = seen.model_dump(mode="json", exclude={"translations"}, exclude_none=True)
        fields["url"] = self.context.site.url_of(record)
        if self.capabilities.references:
            named = (lookup.get(key, record.locale) for _, _, key in references(seen))
            links = {other.ident: reference(other) for other in named if other}
            fields["links"] = [links[ident] for ident in sorted(links)]
        return fields

    def read(self) -> Iterator[Remote]:
        return self._seen("read")

    def find(self, idents: Iterable[str]) -> Iterator[Remote]:
        self._need("lookup")
        wanted = sorted(idents)
        return (page for page in self._seen("find", " ".join(wanted)) if page.ident in wanted)

    def _seen(self, verb: str, ident: str = "") -> Iterator[Remote]:
        with self.store.call(verb, ident):
            pages = list(self.store.pages.values()) if self.store.stale is None else self.store.stale
        yield from pages

    def get(self, page: str, key: str, locale: str) -> Remote | None:
        self._need("adopt")
        with self.store.call("get", page):
            ours, theirs = self.store.pages.get(page), self.store.foreign.get(page)
        if ours or theirs is None:
            return ours and ours.model_copy(update={"key": key, "locale": locale})
        return Remote(id=page, key=key, locale=locale, fields=theirs)

    def create(self, desired: Desired) -> Remote:
        with self.store.call("create", desired.ident):
            return self._create(desired)

    def update(self, remote: Remote, desired: Desired) -> Remote:
        with self.store.call("update", desired.ident):
            return self._update(remote, desired)

    def write_many(self, writes: Iterable[Write]) -> dict[str, Remote | LeopardError]:
        self._need("batch")
        batch = list(writes)
        with self.store.call("write_many", " ".join(one.desired.ident for one in batch)):
            return {one.desired.ident: self._outcome(one) for one in reversed(batch)}

    def _outcome(self, one: Write) -> Remote | LeopardError:
        try:
            with self.store.met("update" if one.remote else "create"):
                return self._update(one.remote, one.desired) if one.remote else self._create(one.desired)
        except LeopardError as error:
            return error

    def _create(self, desired: Desired) -> Remote:
        return self._write(desired.ident if self.capabilities.document else f"m{self.store.next()}", desired)

    def _update(self, remote: Remote, desired: Desired) -> Remote:
        if self.capabilities.adopt and remote.id in self.store.foreign:
            self.store.pages[remote.id] = remote
            del self.store.foreign[remote.id]
        self._check(remote)
        return self._write(remote.id, desired)

    def delete(self, remote: Remote) -> None:
        self._need("delete")
        with self.store.call("delete", remote.ident):
            self._check(remote)
            self.store.pages.pop(remote.id)
            self.store.files.pop(remote.id, None)

    def unpublish(self, remote: Remote) -> Remote:
        self._need("unpublish")
        with self.store.call("unpublish", remote.ident):
            page = self._check(remote)
            return self._keep(page.model_copy(update={"state": "withdrawn", "version": self.store.next()}))

    def normalise(self, fields: Fields) -> Fields:
        return self.store.normaliser(fields)

    def publish(self, remotes: Iterable[Listed], documents: Iterable[Document]) -> Iterator[Document]:
        if not self.capabilities.document:
            return
        with self.store.call("publish"):
            data = orjson.dumps([remote.fields for remote in remotes], option=orjson.OPT_SORT_KEYS)
            self.store.documents = {DOCUMENT: data}
        digest, size = digest_of([data])
        yield Document(path=DOCUMENT, digest=digest, size=size)

    def _need(self, ability: Ability) -> None:
        if not getattr(self.capabilities, ability) or (ability == "batch" and self.capabilities.batch == 1):
            raise Unsupported(f"{self.name} was told to do without {ability}")

    def _check(self, remote: Remote) -> Remote:
        """The page as it is now, if it is ours and as it was last seen."""
        if remote.id in self.store.foreign:
            raise Rejected(f"{remote.id} is not ours")
        page = self.store.pages.get(remote.id)
        if page is None:
            raise NotFound(f"{remote.id} is not there any more")
        if self.capabilities.conditional and remote.version not in (None, page.version):
            raise StaleWrite(f"{remote.id} has changed since it was last seen")
        return page

    def _write(self, page: str, desired: Desired) -> Remote:
        self.accept(desired)
        fields = self.normalise(desired.fields)
        for link in fields.get("links", ()):
            if link not in (page, *self.store.pages):
                raise Rejected(f"there is no page {link} to link to")
        if desired.file:
            path = inside(self.context.root, self.context.root / desired.file)
            self.store.files[page] = read_bytes(path, desired.file)
        made = Remote(id=page, key=desired.key, locale=desired.locale, state=desired.state)
        held = {"fields": fields, "url": fields.get("url"), "version": self.store.next()}
        return self._keep(made.model_copy(update=held))

    def _keep(self, page: Remote) -> Remote:
        self.store.pages[page.id] = page
        return page
