"""Publish every record as a Markdown file with fields in front, for static site generators and Git CMSs."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import Field

from exporters.base import Capabilities, Desired, Fields, Listed, Lookup, Remote
from exporters.common.flavours import FLAVOURS, Flavour, FlavourName
from exporters.common.folder import FolderExporter, asset_file
from exporters.common.front_matter import dump, inert, read
from exporters.common.html import body
from exporters.common.json_text import MARKER, dumps, without_empty
from exporters.common.json_text import load as load_json
from exporters.common.links import Links
from exporters.common.parts import authors_of, image_url, plain_text, rfc3339
from exporters.common.public import shown
from exporters.common.record_fields import clean, record_fields
from schemas.asset import Asset
from schemas.record import Record
from transport.files import MAX_DOCUMENT, file_digest

OURS = "leopard"
"""The field by which our own files are known."""
BODY = "body"
_IN_FRONT = {"title", "slug", "url", "summary", "tags", "authors", "body", "blocks", "abstract", "status"}
"""Fields that stand elsewhere in the file; `published_at` and the like stay as they are."""


class MarkdownExporter(FolderExporter):
    """One file a record and language. What people change in it is seen when the channel is looked at."""

    name = "markdown"
    reads_fields = False
    capabilities = Capabilities(delete=True, assets=True, locales=True, lookup=True)

    class Options(FolderExporter.Options):
        path: str = Field(min_length=1, description="Folder of the generator's project, or of the files")
        flavour: FlavourName = Field(
            "plain", description="Whose folders and names of fields are used: those of which generator"
        )

    options: Options

    @property
    def flavour(self) -> Flavour:
        return FLAVOURS[self.options.flavour]

    @property
    def folder(self) -> Path:
        return self.context.root / self.options.path

    @property
    def assets(self) -> str:
        return self.flavour.assets

    def address(self, relative: str) -> str:
        return super().address(relative.removeprefix(self.flavour.public))

    def files_of(self, remote: Listed) -> tuple[str, ...]:
        held = asset_file(remote.key, remote.fields)
        return (remote.id, held[0]) if held else (remote.id,)

    def is_ours(self, path: Path, relative: str) -> bool:
        if relative.startswith(f"{self.assets}/"):
            return self.key_of_asset(path, relative) is not None
        return self._fields(path, relative) is not None

    def render(self, record: Record, lookup: Lookup) -> Fields:
        links = self.links(record, lookup)
        whole = record_fields(record, lookup, links)
        if isinstance(record, Asset):
            path = self._facts_path(record.key, record.locale)
            facts: Fields = without_empty({**whole, "file": self.asset_path(record), MARKER: {"path": path}})
            return facts
        seen = shown(record, lookup)
        known = self._front(seen, links)
        front = {name: known[field] for field, name in self.flavour.names.items() if field in known}
        rest = {name: value for name, value in whole.items() if name not in _IN_FRONT}
        ours = {"record": rest, OURS: {"path": self.flavour.path(seen)}}
        return {**without_empty(clean({**front, **ours})), BODY: inert(clean(body(seen, links)))}

    def _front(self, record: Record, links: Links) -> Fields:
        image = image_url(record, links)
        return {
            **self.flavour.fixed,
            "title": plain_text(record.title),
            "slug": record.slug,
            "url": links.site.url_of(record),
            "path": f"{links.site.path_of(record).rstrip('/')}/",
            "date": rfc3339(record.published_at or record.embargo_until),
            "updated": rfc3339(record.updated_at),
            "expires": rfc3339(record.expires_at),
            "summary": plain_text(record.summary),
            "tags": [plain_text(tag) for tag in record.tags],
            "authors": [plain_text(one.display) for one in authors_of(record)],
            "image": image,
            "images": [image] if image else [],
            "locale": record.locale,
            "key": record.key,
        }

    def read(self) -> Iterator[Remote]:
        for path, relative in self._texts():
            with self.disk(path, "read"):
                fields = self._fields(path, relative)
            if fields is not None:
                yield self._remote(relative, fields, file_digest(path)[0])

    def find(self, idents: Iterable[str]) -> Iterator[Remote]:
        wanted = frozenset(idents)
        return (remote for remote in self.read() if remote.ident in wanted) if wanted else iter(())

    def _texts(self) -> Iterator[tuple[Path, str]]:
        """Every file that may be one of ours; what else a generator's project holds is not looked at."""
        flavour = self.flavour
        tops = [flavour.texts] if flavour.texts else self._tops()
        for top in dict.fromkeys([*tops, flavour.data]):
            for path, relative in self.below(self.folder / top):
                if relative.endswith((".md", ".json")):
                    yield path, relative

    def _tops(self) -> list[str]:
        flavour = self.flavour
        with self.disk(self.folder, "read"):
            there = sorted(self.folder.iterdir()) if self.folder.is_dir() else []
        folders = [one.name for one in there if one.is_dir() and not one.is_symlink()]
        return [name for name in folders if name.startswith(flavour.collections) and name != flavour.assets]

    def _fields(self, path: Path, relative: str) -> Fields | None:
        """What one of our files holds; None for any other file. Raises OSError."""
        if relative.endswith(".json"):
            fields = load_json(path)
            return fields if fields and fields[MARKER].get("path") == relative else None
        found = read(path, MAX_DOCUMENT)
        if found is None:
            return None
        front, text = found
        ours, record = front.get(OURS), front.get("record")
        if not isinstance(ours, dict) or ours.get("path") != relative or not isinstance(record, dict):
            return None
        return {**front, BODY: text} if {"key", "locale"} <= set(record) else None

    def _remote(self, relative: str, fields: Fields, version: str) -> Remote:
        named = fields if relative.endswith(".json") else fields["record"]
        known = {"key": str(named["key"]), "locale": str(named["locale"])}
        return Remote(id=relative, fields=fields, version=version, url=self._url(fields), **known)

    def _url(self, fields: Fields) -> str | None:
        path = fields.get(self.flavour.names.get("path", ""))
        return f"{self.context.site.url.rstrip('/')}{path}" if path else fields.get("url")

    def create(self, desired: Desired) -> Remote:
        return self._write(desired, None)

    def update(self, remote: Remote, desired: Desired) -> Remote:
        self.require(remote.id)
        return self._write(desired, remote)

    def _write(self, desired: Desired, remote: Remote | None) -> Remote:
        fields, before = desired.fields, self.files_of(remote) if remote else ()
        if held := asset_file(desired.key, fields):
            self.copy(*held, desired.file, remembered=held[0] in before)
        path: str = fields[MARKER]["path"] if MARKER in fields else fields[OURS]["path"]
        version, _ = self.put(path, [self._bytes(fields)], remembered=path in before)
        now = self._remote(path, fields, version)
        self.discard(set(before) - set(self.files_of(now)))
        return now

    def _bytes(self, fields: Fields) -> bytes:
        if MARKER in fields:
            return dumps(fields) + b"\n"
        front = {name: value for name, value in fields.items() if name != BODY}
        return dump(front, fields[BODY], self.flavour.names.values(), self.flavour.instants)

    def piece(self, desired: Desired) -> str | None:
        return self._bytes(desired.fields).decode()

    def delete(self, remote: Remote) -> None:
        first, *others = self.files_of(remote)
        self.discard(others)
        self.remove(first)

    def _facts_path(self, key: str, locale: str) -> str:
        return f"{self.flavour.data}/assets/{key.partition(':')[2]}.{locale}.json"
