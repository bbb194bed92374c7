"""
What every exporter keeps, as tests: inherit from ExporterConformance and give it an exporter to try.

    class TestGhost(ExporterConformance):
        @pytest.fixture
        def exporter(self, tmp_path, server):
            options = GhostExporter.Options(url=server.address, token="…")
            return GhostExporter(options, context(tmp_path))

The channel must be empty at the start of each test. Whatever the exporter promises is tried, and whatever it
does not promise must be refused. `pages` and then `together`, read from top to bottom, are a tour of what an
exporter is.
"""

from exporters.conformance.pages import PageConformance
from exporters.conformance.together import TogetherConformance

__all__ = ["ExporterConformance"]


class ExporterConformance(PageConformance, TogetherConformance):
    """The suite. `Trying` has the attributes and fixtures in which a channel says what is peculiar to it."""
