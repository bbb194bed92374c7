"""What every source keeps, against a real server: a subclass gives `server_url`, `fill`, `options` and `change`."""

import pytest

from schemas.site import Site
from sources.base import SourceContext
from sources.conformance import RemoteConformance
from transport.fault_proxy import FaultProxy


class RealSource(RemoteConformance):
    """`of`: the source; `options`: all but its `url`; `fill`: something is there; `change`: it becomes another."""

    @pytest.fixture
    def proxy(self, server_url, fill):
        with FaultProxy(server_url) as proxy:
            yield proxy

    @pytest.fixture
    def source(self, proxy, options, tmp_path):
        site = Site(title="Leopards", url="https://example.org", languages=["en", "fr"])
        known = {"rate": 10_000, **options}
        return self.of(self.of.Options(url=proxy.address, **known), SourceContext(tmp_path, site))
