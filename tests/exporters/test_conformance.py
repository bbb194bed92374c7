"""The suite that ships with the package on the exporters that need no server; and what it catches."""

from typing import ClassVar, get_args

import pytest

from exporters import memory
from exporters.conformance import ExporterConformance
from exporters.json_files import JsonExporter
from exporters.jsonfeed import JsonFeedExporter
from exporters.memory import MemoryExporter
from exporters.trial import Foreign, context


class TestMemory(ExporterConformance):
    options: ClassVar = {}

    @pytest.fixture
    def exporter(self, tmp_path, monkeypatch):
        monkeypatch.setattr(memory, "STORES", {})
        return MemoryExporter(MemoryExporter.Options(**self.options), context(tmp_path))

    @pytest.fixture
    def foreign(self, exporter):
        page = exporter.store.add_foreign({"title": "Theirs"})
        return Foreign(page, lambda: exporter.store.foreign[page])

    @pytest.fixture
    def media(self, exporter):
        return lambda page: exporter.store.files[page.id]


class TestMemoryThatCanDoLittle(TestMemory):
    options: ClassVar = {"without": get_args(memory.Ability)}


class TestMemoryOfDocuments(TestMemory):
    options: ClassVar = {"documents": True}


class TestJson(ExporterConformance):
    no_such_id = "page/no-such.en.json"

    @pytest.fixture
    def exporter(self, tmp_path):
        return JsonExporter(JsonExporter.Options(path="public"), context(tmp_path))

    @pytest.fixture
    def foreign(self, exporter):
        path = exporter.folder / "page" / "theirs.en.json"
        path.parent.mkdir(parents=True)
        path.write_text('{"title": "Theirs"}')
        return Foreign("page/theirs.en.json", path.read_bytes)

    @pytest.fixture
    def media(self, exporter):
        return lambda page: (exporter.folder / page.fields["file"]).read_bytes()


class TestJsonFeed(ExporterConformance):
    notices_vanished = False

    @pytest.fixture
    def exporter(self, tmp_path):
        return JsonFeedExporter(JsonFeedExporter.Options(path="public/feed.json"), context(tmp_path))

    @pytest.fixture
    def foreign(self, exporter):
        path = exporter.folder / "other.json"
        path.parent.mkdir(parents=True)
        path.write_text('{"version": "https://jsonfeed.org/version/1.1", "title": "Theirs", "items": []}')
        return Foreign("other.json", path.read_bytes)

    @pytest.fixture
    def media(self, exporter):
        return lambda page: (exporter.folder / page.fields["file"]).read_bytes()
