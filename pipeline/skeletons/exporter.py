"""What a new exporter begins with: a channel of files that keeps the suite."""

from pipeline.skeletons.package import package

EXPORTER = '''\
"""Publish to {name}: one JSON file a record. Put the calls of your channel in place of the files."""

import json
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path

from exporters.base import Capabilities, ChannelOptions, Desired, Exporter, Fields, Lookup, Remote
from exporters.common.public import shown
from pydantic import Field
from schemas.errors import NotFound
from schemas.record import Record
from transport.files import write_atomic

MARKER = "leopard-{dashed}"


class {class_}(Exporter):
    name = "{name}"
    capabilities = Capabilities(delete=True, locales=True, lookup=True)

    class Options(ChannelOptions):
        path: str = Field(min_length=1, description="Folder that the files are written to")

    options: Options

    def render(self, record: Record, lookup: Lookup) -> Fields:
        fields = shown(record, lookup).model_dump(mode="json", exclude={{"translations"}}, exclude_none=True)
        return {{**fields, "url": self.context.site.url_of(record)}}

    def read(self) -> Iterator[Remote]:
        pages = (self.page(path) for path in sorted(self.folder.glob("*.json")))
        return (page for page in pages if page is not None)

    def find(self, idents: Iterable[str]) -> Iterator[Remote]:
        pages = (self.page(self.file(ident)) for ident in idents)
        return (page for page in pages if page is not None)

    def create(self, desired: Desired) -> Remote:
        path = self.file(desired.ident)
        page = Remote(id=path.name, key=desired.key, locale=desired.locale, fields=desired.fields)
        write_atomic(path, [json.dumps({{"made_by": MARKER, **page.model_dump()}}).encode()])
        return page

    def update(self, remote: Remote, desired: Desired) -> Remote:
        if not (self.folder / remote.id).exists():
            raise NotFound(f"{{remote.id}} is not there any more")
        return self.create(desired)

    def delete(self, remote: Remote) -> None:
        try:
            (self.folder / remote.id).unlink()
        except FileNotFoundError:
            raise NotFound(f"{{remote.id}} is not there any more") from None

    @property
    def folder(self) -> Path:
        return self.context.root / self.options.path

    def file(self, ident: str) -> Path:
        return self.folder / f"{{sha256(ident.encode()).hexdigest()[:16]}}.json"

    def page(self, path: Path) -> Remote | None:
        try:
            held = json.loads(path.read_bytes())
        except (FileNotFoundError, ValueError):
            return None
        return Remote(**held) if held.pop("made_by", None) == MARKER else None
'''

EXPORTER_TEST = '''\
"""The suite that every channel keeps."""

import pytest
from exporters.trial import Foreign
from pipeline.conformance import ChannelConformance


class Test{class_}(ChannelConformance):
    @pytest.fixture
    def channel(self):
        return {{"use": "{name}", "path": "public"}}

    @pytest.fixture
    def foreign(self, exporter):
        path = exporter.folder / "theirs.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text('{{"title": "Theirs"}}')
        return Foreign(path.name, path.read_text)

    @pytest.fixture
    def hand_edit(self, exporter):
        def edit(ident, title):
            path = exporter.file(ident)
            path.write_text(path.read_text().replace("Three", title))

        return edit
'''


def exporter(name: str) -> dict[str, str]:
    """A channel of files, to be replaced by a real one."""
    use = "In leopard.yaml: `channels: {website: {use: NAME, path: public}}`".replace("NAME", name)
    return package(
        "exporter", name, EXPORTER, EXPORTER_TEST, use, "exporters.conformance", "pipeline.conformance"
    )
