"""The suites that ship with the package, on exporters at hand; and what they catch."""

from typing import ClassVar, get_args

import pytest

from exporters import memory
from exporters.memory import Fault
from exporters.trial import Foreign
from pipeline.conformance import ChannelConformance, FaultConformance, WireConformance
from schemas.errors import Ambiguous, ChannelDown, Transient
from transport.fault_proxy import FaultProxy

ERRORS = {
    "refuse": ("before", Ambiguous),
    "error_before": ("before", Transient),
    "html": ("before", ChannelDown),
    "lost": ("after", Ambiguous),
}


class Calls:
    """What reached a channel in memory."""

    def __init__(self, store):
        self.store = store

    @property
    def requests(self):
        return self.store.calls

    @property
    def writes(self):
        return [
            call for call in self.store.calls if call.split()[0] not in ("read", "find", "get", "publish")
        ]


class Memory(ChannelConformance):
    more: ClassVar = {}

    @pytest.fixture
    def channel(self, monkeypatch):
        monkeypatch.setattr(memory, "STORES", {})
        return {"use": "memory", **self.more}

    @pytest.fixture
    def store(self, exporter):
        return exporter.store

    @pytest.fixture
    def traffic(self, store):
        return Calls(store)

    @pytest.fixture
    def foreign(self, store):
        page = store.add_foreign({"title": "Theirs"})
        return Foreign(page, lambda: store.foreign[page])

    @pytest.fixture
    def media(self, store):
        return lambda page: store.files[page.id]

    @pytest.fixture
    def hand_edit(self, store):
        return lambda ident, title: store.hand_edit(ident, {"title": title})


class TestMemory(Memory, FaultConformance):
    batches = True

    @pytest.fixture
    def fault(self, store):
        def arrange(kind, verb):
            phase, error = ERRORS[kind]
            called = "write_many" if verb == "create many" and self.batches else verb.split()[0]
            store.faults.append(Fault(called, phase, error(f"{kind} of {verb}")))

        yield arrange
        assert not store.faults, "the fault did not strike"


class TestMemoryThatCanDoLittle(TestMemory):
    """Pages can be created, updated and read."""

    more: ClassVar = {"without": list(get_args(memory.Ability))}
    batches = False


class TestMemoryOfDocuments(Memory):
    more: ClassVar = {"documents": True}


class TestLoopback(WireConformance):
    """Over HTTP, with faults on the wire."""

    @pytest.fixture
    def proxy(self, loopback):
        with FaultProxy(loopback.address) as proxy:
            yield proxy

    @pytest.fixture
    def channel(self, proxy, loopback_plugin):
        return {"use": "loopback", "url": proxy.address}

    @pytest.fixture
    def environment(self, loopback_environment):
        return loopback_environment

    @pytest.fixture
    def foreign(self, loopback):
        page = loopback.pages.create({"fields": {"title": "Theirs"}})
        return Foreign(page["id"], lambda: loopback.pages.get(page["id"]))

    @pytest.fixture
    def media(self, loopback):
        return lambda page: loopback.pages.media(page.id)

    @pytest.fixture
    def hand_edit(self, loopback):
        def edit(ident, title):
            (page,) = loopback.pages.all([ident])
            loopback.pages.update(page["id"], {"fields": {**page["fields"], "title": title}}, None)

        return edit


class TestJson(ChannelConformance):
    no_such_id = "page/no-such.en.json"

    @pytest.fixture
    def channel(self):
        return {"use": "json", "path": "public"}

    @pytest.fixture
    def foreign(self, exporter):
        path = exporter.folder / "page" / "theirs.en.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('{"title": "Theirs"}')
        return Foreign("page/theirs.en.json", path.read_bytes)

    @pytest.fixture
    def media(self, exporter):
        return lambda page: (exporter.folder / page.fields["file"]).read_bytes()

    @pytest.fixture
    def hand_edit(self, exporter):
        def edit(ident, title):
            path = exporter.folder / (ident.replace(":", "/").replace("@", ".") + ".json")
            path.write_text(path.read_text().replace("Three", title))

        return edit


class TestJsonFeed(ChannelConformance):
    notices_vanished = False

    @pytest.fixture
    def channel(self):
        return {"use": "jsonfeed", "path": "public/feed.json"}

    @pytest.fixture
    def foreign(self, exporter):
        path = exporter.folder / "other.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('{"version": "https://jsonfeed.org/version/1.1", "title": "Theirs", "items": []}')
        return Foreign("other.json", path.read_bytes)

    @pytest.fixture
    def media(self, exporter):
        return lambda page: (exporter.folder / page.fields["file"]).read_bytes()
