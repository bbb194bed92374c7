"""What channels of whole documents share: one document a language, put together from remembered items."""

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, ClassVar

from pydantic import Field

from exporters.base import Capabilities, Desired, Document, Fields, Listed, Lookup, Remote
from exporters.common.folder import FolderExporter, asset_file
from schemas.asset import Asset
from schemas.record import Record

LARGEST_IN_MEMORY = 1 << 19
"""Bytes of one document's items that are held before they go to disk."""


class DocumentExporter(FolderExporter):
    """Items are made one by one and remembered; the documents are written when all are known.

    A subclass says what an item holds (`describe`), how it is written (`item`), and what stands around
    all of them (`whole`). Memory does not grow with the number of items.
    """

    capabilities = Capabilities(reads=False, delete=True, assets=True, locales=True, document=True)
    reads_fields = False
    kinds_with_files: ClassVar[tuple[str, ...] | None] = ("asset",)
    marker: ClassVar[bytes]
    """Stands in the first bytes of every document of ours, so that we know it again."""
    each_language: ClassVar[bool] = True
    """One document a language; else one for all."""

    class Options(FolderExporter.Options):
        path: str = Field(
            pattern=r"[^/]\.[a-z]+$",
            description="The document in the first language; in others, their tag stands before the suffix",
        )
        limit: int | None = Field(None, ge=1, description="Items in a document, the newest; by default all")

    options: Options

    @property
    def file(self) -> Path:
        return self.context.root / self.options.path

    @property
    def folder(self) -> Path:
        return self.file.parent

    @property
    def assets(self) -> str:
        return f"{self.file.stem}-assets"

    @abstractmethod
    def describe(self, record: Record, lookup: Lookup) -> Fields:
        """What is to be remembered of a record: all that `item` needs. Pure; may raise Unsupported."""

    @abstractmethod
    def item(self, fields: Fields, *, first: bool) -> bytes:
        """One item as it stands in the document, with what parts it from the one before."""

    def item_of(self, remote: Listed, *, first: bool) -> bytes:
        """The same of a page; one that takes what is written as it is need not wait for the fields."""
        return self.item(remote.fields, first=first)

    @abstractmethod
    def whole(self, locale: str, items: Iterable[bytes]) -> Iterator[bytes]:
        """The whole document in a language around its items."""

    def render(self, record: Record, lookup: Lookup) -> Fields:
        if isinstance(record, Asset):
            path, url = self.asset_path(record), self.asset_url(record)
            return {"file": path, "digest": record.digest, "url": url} if path else {"url": url}
        return self.describe(record, lookup)

    def piece(self, desired: Desired) -> str | None:
        return None if desired.kind == "asset" else self.item(desired.fields, first=True).decode()

    def files_of(self, remote: Listed) -> tuple[str, ...]:
        held = asset_file(remote.key, remote.fields)
        return (held[0],) if held else ()

    def is_ours(self, path: Path, relative: str) -> bool:
        if relative.startswith(f"{self.assets}/"):
            return self.key_of_asset(path, relative) is not None
        with path.open("rb") as file:
            return self.marker in file.read(4096)

    def read(self) -> Iterator[Remote]:
        """Nothing: a document is made from what is remembered, and not read back."""
        return iter(())

    def create(self, desired: Desired) -> Remote:
        return self._write(desired, ())

    def update(self, remote: Remote, desired: Desired) -> Remote:
        before = self.files_of(remote)
        for relative in before:
            self.require(relative)
        return self._write(desired, before)

    def _write(self, desired: Desired, before: tuple[str, ...]) -> Remote:
        if held := asset_file(desired.key, desired.fields):
            self.copy(*held, desired.file, remembered=held[0] in before)
        now = self.remote(desired.key, desired.locale, desired.fields)
        self.discard(set(before) - set(self.files_of(now)))
        return now

    def remote(self, key: str, locale: str, fields: Fields) -> Remote:
        """An item as a page of the channel."""
        return Remote(id=f"{key}@{locale}", key=key, locale=locale, fields=fields, url=fields.get("url"))

    def delete(self, remote: Remote) -> None:
        for relative in self.files_of(remote):
            self.remove(relative)

    def publish(self, remotes: Iterable[Listed], documents: Iterable[Document]) -> Iterator[Document]:
        last, written = tuple(documents), set()
        with ExitStack() as stack:
            drafts = self._drafts(remotes, stack)
            for locale, draft in drafts.items():
                draft.seek(0)
                for name, chunks in self.pieces(locale, iter(partial(draft.read, 1 << 20), b"")):
                    written.add(name)
                    yield self.publish_document(name, chunks, last)
        self.discard(before.path for before in last if before.path not in written)

    def pieces(self, locale: str, items: Iterable[bytes]) -> Iterator[tuple[str, Iterable[bytes]]]:
        """Name and bytes of each document that holds the items of a language; by default one."""
        yield self.document_name(locale), self.whole(locale, items)

    def _drafts(self, remotes: Iterable[Listed], stack: ExitStack) -> dict[str, IO[bytes]]:
        """Per document, the items as they stand in it; large ones on disk."""
        drafts: dict[str, IO[bytes]] = {}
        count: dict[str, int] = {}
        languages = tuple(self.options.locales or self.context.site.languages)
        with self.disk(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            for locale in languages if self.each_language else (self.context.site.default_locale,):
                self._draft(locale, drafts, stack)
            for remote in remotes:
                locale = remote.locale if self.each_language else self.context.site.default_locale
                at = count.get(locale, 0)
                if remote.key.startswith("asset:") or at == self.options.limit:
                    continue
                self._draft(locale, drafts, stack).write(self.item_of(remote, first=at == 0))
                count[locale] = at + 1
        return drafts

    def _draft(self, locale: str, drafts: dict[str, IO[bytes]], stack: ExitStack) -> IO[bytes]:
        if locale not in drafts:
            draft = SpooledTemporaryFile(LARGEST_IN_MEMORY, dir=str(self.folder))  # noqa: SIM115 - the stack closes it
            drafts[locale] = stack.enter_context(draft)
        return drafts[locale]

    def document_name(self, locale: str) -> str:
        """The document's name in a language."""
        first = locale == self.context.site.default_locale or not self.each_language
        return self.file.name if first else f"{self.file.stem}.{locale}{self.file.suffix}"
