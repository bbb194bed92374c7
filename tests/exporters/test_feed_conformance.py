"""What every channel keeps, kept by feeds: RSS, Atom, and a JSON feed in pages."""

import pytest

from exporters.trial import Foreign
from pipeline.conformance import ChannelConformance


class XmlFeed(ChannelConformance):
    """Feeds that are not read back."""

    notices_vanished = False
    use = ""

    @pytest.fixture
    def channel(self):
        return {"use": self.use, "path": "public/feed.xml"}

    @pytest.fixture
    def foreign(self, exporter):
        path = exporter.folder / "other.xml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("<rss/>")
        return Foreign("other.xml", path.read_bytes)

    @pytest.fixture
    def media(self, exporter):
        return lambda page: (exporter.folder / page.fields["file"]).read_bytes()


class TestRss(XmlFeed):
    use = "rss"


class TestAtom(XmlFeed):
    use = "atom"


class TestPagedJsonFeed(ChannelConformance):
    notices_vanished = False

    @pytest.fixture
    def channel(self):
        return {"use": "jsonfeed", "path": "public/feed.json", "page_size": 2}

    @pytest.fixture
    def media(self, exporter):
        return lambda page: (exporter.folder / page.fields["file"]).read_bytes()
