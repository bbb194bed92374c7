"""Publish every record as one JSON file, with an index and the assets beside them."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import Field

from exporters.base import Capabilities, Desired, Document, Fields, Listed, Lookup, Remote
from exporters.common.folder import FolderExporter, asset_file
from exporters.common.json_text import MARKER, document, dumps, item, load, without_empty
from exporters.common.links import Links
from exporters.common.public import shown
from exporters.common.record_fields import located
from schemas.asset import Asset
from schemas.base import RichText
from schemas.record import Path as FieldPath
from schemas.record import Record, references
from schemas.report import ReportFile
from schemas.walk import replace
from transport.files import file_digest

FORMAT = {"format": 1}
INDEX = "index.json"
_UNTOLD = {"file": None, "path": None}
_LISTED = ("key", "kind", "locale", "title", "slug", "url", "published_at", "updated_at")
_OF_ASSETS = ("credit", "licence", "width", "height", "media_type", "focal_point", "decorative")


class JsonExporter(FolderExporter):
    """One file a record, at a path that its key gives: it stays when slug or title change."""

    name = "json"
    writes_anywhere = True
    reads_fields = False
    capabilities = Capabilities(delete=True, assets=True, locales=True, lookup=True, document=True)

    class Options(FolderExporter.Options):
        path: str = Field(min_length=1, description="Folder that the files are written to")

    options: Options

    @property
    def folder(self) -> Path:
        return self.context.root / self.options.path

    def files_of(self, remote: Listed) -> tuple[str, ...]:
        held = asset_file(remote.key, remote.fields)
        return (remote.id, held[0]) if held else (remote.id,)

    def is_ours(self, path: Path, relative: str) -> bool:
        fields = load(path)
        return fields is not None and (relative == INDEX or _path(fields) == relative)

    def render(self, record: Record, lookup: Lookup) -> Fields:
        links = self.links(record, lookup)
        seen = replace(shown(record, lookup), RichText, lambda rich, _: links.prose(rich))
        seen = replace(located(seen, links), ReportFile, lambda one, _: one.model_copy(update=_UNTOLD))
        fields = seen.model_dump(mode="json", exclude={"translations"}, exclude_none=True)
        for path, mark, key in references(seen):
            if mark.kinds == ("asset",):
                _put(fields, path, _asset(links.asset(key), links))
        if isinstance(record, Asset):
            fields |= {"file": self.asset_path(record), "path": None, "url": self.asset_url(record)}
        else:
            fields |= {"url": self.context.site.url_of(record), "external_url": fields.get("url")}
        return {**without_empty(fields), MARKER: FORMAT}

    def piece(self, desired: Desired) -> str | None:
        return dumps(desired.fields).decode()

    def read(self) -> Iterator[Remote]:
        for path, relative in self.below(self.folder):
            if not relative.endswith(".json") or relative == INDEX:
                continue
            if (remote := self._page(path, relative)) is not None:
                yield remote

    def find(self, idents: Iterable[str]) -> Iterator[Remote]:
        for ident in idents:
            key, _, locale = ident.rpartition("@")
            relative = _path({"key": key, "locale": locale})
            path = self.place(relative)
            if (
                path.is_file()
                and not path.is_symlink()
                and (remote := self._page(path, relative)) is not None
            ):
                yield remote

    def _page(self, path: Path, relative: str) -> Remote | None:
        with self.disk(path, "read"):
            fields, version = load(path), file_digest(path)[0]
        if fields is None or _path(fields) != relative:
            return None
        return self._remote(relative, fields, version)

    def create(self, desired: Desired) -> Remote:
        return self._write(desired, None)

    def update(self, remote: Remote, desired: Desired) -> Remote:
        self.require(remote.id)
        return self._write(desired, remote)

    def _write(self, desired: Desired, remote: Remote | None) -> Remote:
        path = _path(desired.fields)
        before = self.files_of(remote) if remote else ()
        if held := asset_file(desired.key, desired.fields):
            self.copy(*held, desired.file, remembered=held[0] in before)
        version, _ = self.put(path, [dumps(desired.fields), b"\n"], remembered=path in before)
        now = self._remote(path, desired.fields, version)
        self.discard(set(before) - set(self.files_of(now)))
        return now

    def delete(self, remote: Remote) -> None:
        first, *others = self.files_of(remote)
        self.discard(others)
        self.remove(first)

    def publish(self, remotes: Iterable[Listed], documents: Iterable[Document]) -> Iterator[Document]:
        site = self.context.site
        head = {"site": {"title": site.title, "url": site.url}, MARKER: FORMAT}
        listed = (item(_entry(remote), first=at == 0) for at, remote in enumerate(remotes))
        yield self.publish_document(INDEX, document(head, "records", listed), documents)

    def _remote(self, path: str, fields: Fields, version: str) -> Remote:
        return Remote(
            id=path,
            key=fields["key"],
            locale=fields["locale"],
            fields=fields,
            version=version,
            url=self.address(path),
        )


def _path(fields: Fields) -> str:
    """Where a record's file is, from its key and language alone."""
    kind, _, name = str(fields.get("key")).partition(":")
    return f"{kind}/{name}.{fields.get('locale')}.json"


def _entry(remote: Listed) -> Fields:
    listed = {name: remote.fields[name] for name in _LISTED if name in remote.fields}
    return {**listed, "path": remote.id, "digest": remote.version}


def _asset(asset: Asset | None, links: Links) -> Fields | None:
    """All that must travel with an asset wherever it is shown."""
    if asset is None:
        return None
    words = {"alt": links.alt(asset), "caption": links.words(asset.caption)}
    return {
        **asset.model_dump(mode="json", include=set(_OF_ASSETS)),
        **words,
        "key": asset.key,
        "url": links.asset_url(asset),
        "decorative": asset.decorative or None,
    }


def _put(fields: Any, path: FieldPath, value: Any) -> None:
    for part in path[:-1]:
        fields = fields[part]
    fields[path[-1]] = value
