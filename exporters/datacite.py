"""Publish reports that have a DOI as DataCite 4.6 metadata (https://schema.datacite.org/meta/kernel-4.6/)."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

from pydantic import Field

from exporters.base import Capabilities, Desired, Document, Fields, Listed, Lookup, Remote
from exporters.common.bibliography import work_of
from exporters.common.folder import FolderExporter
from exporters.common.json_text import MARKER, document, dumps, item, load
from exporters.common.parts import urn_of
from exporters.common.public import shown
from exporters.dialects.datacite.record import attributes, other_title
from exporters.dialects.datacite.xml import xml
from schemas.record import Record

INDEX = "index.json"
FORMAT = {"format": 1}


class DataCiteExporter(FolderExporter):
    """One file a DOI, as they are deposited, at a path that the record's key gives; and an index."""

    name = "datacite"
    capabilities = Capabilities(reads=False, delete=True, locales=True, document=True)

    class Options(FolderExporter.Options):
        path: str = Field(min_length=1, description="Folder that the files are written to")
        kinds: tuple[str, ...] | None = Field(("report",), description="Only reports can have a DOI")
        format: Literal["json", "xml", "both"] = Field(
            "json", description="`json` for DataCite's REST API, `xml` for its MDS, or `both`"
        )

    options: Options

    @property
    def folder(self) -> Path:
        return self.context.root / self.options.path

    def files_of(self, remote: Listed) -> tuple[str, ...]:
        return tuple(remote.fields.get("files", ()))

    def is_ours(self, path: Path, relative: str) -> bool:
        if relative == INDEX:
            return load(path) is not None
        name, locale, _ = relative.rsplit(".", 2)
        urn = urn_of(f"{name.replace('/', ':', 1)}@{locale}", self.context.site)
        return urn.encode() in path.read_bytes()

    def render(self, record: Record, lookup: Lookup) -> Fields:
        """Metadata and where they go; of what has no file here, why."""
        work = work_of(record, self.links(record, lookup), lookup)
        if work.doi is None:
            return {"left_out": "it has no DOI"}
        here = self.options.locales or self.context.site.languages
        alternates = (record.locale, *shown(record, lookup).alternates)
        spoken = [tag for tag in here if tag in alternates]
        if spoken[0] != record.locale:
            return {"left_out": f"its DOI is described in {spoken[0]}"}
        others = (lookup.get(record.key, tag) for tag in spoken[1:])
        translated = [other_title(work_of(one, self.links(one, lookup), lookup)) for one in others if one]
        formats = ("json", "xml") if self.options.format == "both" else (self.options.format,)
        return {
            "metadata": attributes(work, translated),
            "files": [f"{record.key.replace(':', '/')}.{record.locale}.{one}" for one in formats],
        }

    def read(self) -> Iterator[Remote]:
        """Nothing: files are made from what is remembered, and not read back."""
        return iter(())

    def create(self, desired: Desired) -> Remote:
        return self._write(desired, ())

    def update(self, remote: Remote, desired: Desired) -> Remote:
        before = self.files_of(remote)
        for relative in before:
            self.require(relative)
        return self._write(desired, before)

    def _write(self, desired: Desired, before: tuple[str, ...]) -> Remote:
        fields = desired.fields
        now = Remote(id=desired.ident, key=desired.key, locale=desired.locale, fields=fields)
        for relative in self.files_of(now):
            metadata = fields["metadata"]
            self.put(relative, [_bytes(relative, metadata)], remembered=relative in before)
        self.discard(set(before) - set(self.files_of(now)))
        return now

    def piece(self, desired: Desired) -> str | None:
        fields = desired.fields
        files = (_bytes(relative, fields["metadata"]).decode() for relative in fields.get("files", ()))
        return "\n".join(files) or None

    def delete(self, remote: Remote) -> None:
        for relative in self.files_of(remote):
            self.remove(relative)

    def publish(self, remotes: Iterable[Listed], documents: Iterable[Document]) -> Iterator[Document]:
        entries = (_entry(remote) for remote in remotes if self.files_of(remote))
        listed = (item(entry, first=at == 0) for at, entry in enumerate(entries))
        yield self.publish_document(INDEX, document({MARKER: FORMAT}, "records", listed), documents)


def _bytes(relative: str, metadata: Fields) -> bytes:
    return xml(metadata) if relative.endswith(".xml") else dumps(metadata) + b"\n"


def _entry(remote: Listed) -> Fields:
    metadata = remote.fields["metadata"]
    return {
        "doi": metadata["doi"],
        "title": metadata["titles"][0]["title"],
        "url": metadata["url"],
        "key": remote.key,
        "files": remote.fields["files"],
    }
