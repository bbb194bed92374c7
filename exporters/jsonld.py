"""Publish records as schema.org graphs (JSON-LD 1.1): one file a record, and one graph of all."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import orjson
from pydantic import Field

from exporters.base import Desired, Fields, Listed, Lookup, Remote
from exporters.common.documents import DocumentExporter
from exporters.common.json_text import document, dumps, item
from exporters.common.linked_data import CONTEXT, graph
from exporters.common.parts import urn_of
from exporters.common.public import shown
from schemas.record import Record

ABOUT = "urn:leopard:jsonld:1"
SUFFIX = ".jsonld"


class JsonLdExporter(DocumentExporter):
    """`<kind>/<name>.<locale>.jsonld` for each record, from its key alone, and the document of all graphs."""

    name = "jsonld"
    reads_fields = False
    kinds_with_files = None
    marker = f'"{ABOUT}"'.encode()
    each_language = False

    class Options(DocumentExporter.Options):
        path: str = Field(
            pattern=r"[^/]\.jsonld$",
            description="The document with the graphs of all records; their own files are in folders beside",
        )
        limit: int | None = Field(
            None, ge=1, description="Graphs in the document, the newest; by default all. Files are always all"
        )

    options: Options

    def describe(self, record: Record, lookup: Lookup) -> Fields:
        return graph(shown(record, lookup), self.links(record, lookup))

    def item(self, fields: Fields, *, first: bool) -> bytes:
        return item({name: value for name, value in fields.items() if name != "@context"}, first=first)

    def piece(self, desired: Desired) -> str | None:
        return None if desired.kind == "asset" else dumps(desired.fields).decode()

    def whole(self, locale: str, items: Iterable[bytes]) -> Iterator[bytes]:
        return document({"@context": [CONTEXT, {"leopard": ABOUT}]}, "@graph", items)

    def files_of(self, remote: Listed) -> tuple[str, ...]:
        if remote.key.startswith("asset:"):
            return super().files_of(remote)
        return (remote.id,)

    def remote(self, key: str, locale: str, fields: Fields) -> Remote:
        made = super().remote(key, locale, fields)
        if key.startswith("asset:"):
            return made
        relative = _path(key, locale)
        return made.model_copy(update={"id": relative, "url": self.address(relative)})

    def is_ours(self, path: Path, relative: str) -> bool:
        if relative == self.file.name or relative.startswith(f"{self.assets}/"):
            return super().is_ours(path, relative)
        kind, _, rest = relative.removesuffix(SUFFIX).partition("/")
        name, _, locale = rest.rpartition(".")
        try:
            value = orjson.loads(path.read_bytes())
        except orjson.JSONDecodeError:
            return False
        urn = urn_of(f"{kind}:{name}@{locale}", self.context.site)
        return isinstance(value, dict) and value.get("@id") == urn

    def _write(self, desired: Desired, before: tuple[str, ...]) -> Remote:
        if desired.kind == "asset":
            return super()._write(desired, before)
        now = self.remote(desired.key, desired.locale, desired.fields)
        self.put(now.id, [dumps(desired.fields), b"\n"], remembered=now.id in before)
        return now


def _path(key: str, locale: str) -> str:
    kind, _, name = key.partition(":")
    return f"{kind}/{name}.{locale}{SUFFIX}"
