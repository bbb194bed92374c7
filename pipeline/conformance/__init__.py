"""
What every channel keeps under the core, as tests: say how it is configured, and inherit.

    class TestGhost(WireConformance):
        @pytest.fixture
        def proxy(self, server):
            with FaultProxy(server.address) as proxy:
                yield proxy

        @pytest.fixture
        def channel(self, proxy):
            return {"use": "ghost", "url": proxy.address, "token": "…"}

All tests of ExporterConformance are among these. A channel that is not behind HTTP inherits from
ChannelConformance; one whose faults can be arranged in another way, from FaultConformance.
"""

from pipeline.conformance.channel import ChannelConformance
from pipeline.conformance.faults import FaultConformance, WireConformance

__all__ = ["ChannelConformance", "FaultConformance", "WireConformance"]
