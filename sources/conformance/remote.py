"""
What every source on the web keeps besides: inherit from RemoteConformance and put a proxy before the server.

    class TestFeed(RemoteConformance):
        @pytest.fixture
        def proxy(self, server):
            with FaultProxy(server.address) as proxy:
                yield proxy

        @pytest.fixture
        def source(self, proxy, context):
            return FeedSource(FeedSource.Options(url=proxy.address + "/feed.xml"), context)

        @pytest.fixture
        def change(self, server):
            return lambda: server.put("/feed.xml", OTHER)  # with other records, or other words in them
"""

from collections.abc import Callable

import pytest

from schemas.problems import Origin, Problem
from sources.base import COMPLETE, Source
from sources.conformance.reading import SourceConformance, drain, read_all
from transport.addresses import shown
from transport.fault_proxy import Fault, FaultProxy, Kind

ALWAYS = 1_000
LOST: tuple[Kind, ...] = ("refuse", "lost", "truncate", "error_before", "html")


def anew(source: Source) -> Source:
    """The same source in the next run."""
    return type(source)(source.options, source.context)


class RemoteConformance(SourceConformance):
    """The suite for sources on the web. A subclass gives `proxy`, `source` and `change`."""

    @pytest.fixture(autouse=True)
    def _impatient(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("transport.fetch.BACKOFF", 0.0)

    @pytest.fixture
    def proxy(self) -> FaultProxy:
        raise NotImplementedError("give a fixture `proxy`")

    @pytest.fixture
    def change(self) -> Callable[[], object]:
        raise NotImplementedError("give a fixture `change`")

    @pytest.fixture
    def missing(self, source: Source, proxy: FaultProxy) -> Source:
        proxy.faults.append(Fault("error_before", method=".*", times=ALWAYS, status=404))
        return source

    @pytest.fixture
    def broken(self, source: Source, proxy: FaultProxy) -> Source:
        proxy.faults.append(Fault("html", method=".*", times=ALWAYS))
        return source

    def check_place(self, source: Source, place: Origin) -> None:
        """At the configured address."""
        assert place.path == shown(source.options.url)

    def test_a_changed_file_has_another_fingerprint(  # type: ignore[override]
        self, source: Source, change: Callable[[], object]
    ) -> None:
        before = self.parts(source)
        assert self.parts(anew(source)) == before
        change()
        after = self.parts(anew(source))
        assert [one.name for one in after] == [one.name for one in before]
        assert after[0].fingerprint != before[0].fingerprint
        assert (after[0].changed_at or 0) > (before[0].changed_at or 0)

    def test_what_vanishes_before_it_is_read_is_not_taken_for_empty(  # type: ignore[override]
        self, source: Source
    ) -> None:
        part = self.parts(source)[0]
        for path in (source.context.root / ".leopard").rglob("*"):
            if path.is_file():
                path.unlink()
        found, outcome = drain(source.read(part))
        assert outcome.state != "complete"
        assert any(isinstance(one, Problem) for one in found)

    def test_an_input_that_is_cut_anywhere(  # type: ignore[override]
        self, source: Source, proxy: FaultProxy
    ) -> None:
        """An answer that breaks off is tried again, and never taken for whole."""
        proxy.faults.append(Fault("truncate", method=".*", times=1))
        assert read_all(source)[2] == COMPLETE
        assert len(proxy.requests) > 1

    def test_one_run_asks_once(self, source: Source, proxy: FaultProxy) -> None:
        read_all(source)
        count = len(proxy.requests)
        read_all(source)
        assert len(proxy.requests) == count

    @pytest.mark.parametrize("kind", LOST)
    def test_a_failure_is_no_emptiness(self, source: Source, proxy: FaultProxy, kind: Kind) -> None:
        proxy.faults.append(Fault(kind, method=".*", times=ALWAYS))
        records, problems, outcome = read_all(source)
        assert not records
        assert problems
        assert outcome.state != "complete"
        assert outcome.reason

    @pytest.mark.parametrize("kind", LOST)
    def test_the_last_good_state_stays(
        self, source: Source, proxy: FaultProxy, change: Callable[[], object], kind: Kind
    ) -> None:
        whole = read_all(source)[0]
        change()
        proxy.faults.append(Fault(kind, method=".*", times=ALWAYS))
        for _ in range(2):
            records, problems, outcome = read_all(anew(source))
            assert [raw.data for raw in records] == [raw.data for raw in whole]
            assert any(problem.severity == "error" for problem in problems)
            assert outcome.state == "partial"
        proxy.faults.clear()
        records, problems, outcome = read_all(anew(source))
        assert [raw.data for raw in records] != [raw.data for raw in whole]
        assert (problems, outcome) == ([], COMPLETE)

    def test_nothing_leads_into_the_private_network(
        self, source: Source, proxy: FaultProxy, tmp_path: object
    ) -> None:
        with FaultProxy(f"http://127.0.0.1:{proxy.address.rpartition(':')[2].partition('/')[0]}") as canary:
            leads = {"Location": canary.address + "/"}
            proxy.faults.append(Fault("error_before", method=".*", times=ALWAYS, status=302, headers=leads))
            assert read_all(source)[2].state == "failed"
            assert canary.requests == []
