"""What every channel keeps when something goes wrong on the way to it."""

import os
from collections.abc import Callable, Iterator, Mapping

import pytest

from pipeline.conformance.channel import PUBLISHED, ChannelConformance
from pipeline.trial import Trial
from transport.fault_proxy import Fault, FaultProxy, Kind

VERBS = ("create", "create many", "update", "delete")


class FaultConformance(ChannelConformance):
    """Whatever happens on the way, the next run comes to the same end, and nothing is made twice."""

    @pytest.fixture
    def fault(self) -> Iterator[Callable[[Kind, str], None]]:
        """Makes the next write of a verb go wrong."""
        raise NotImplementedError("give a fixture `fault`, or inherit from WireConformance")

    def change(self, trial: Trial, verb: str) -> dict[str, str]:
        """Change the content so that the verb is needed; the titles that must come of it."""
        wanted = dict(PUBLISHED)
        if verb == "delete":
            trial.remove("three")
            del wanted["page:three@en"]
        elif verb == "update":
            trial.page("three", "Changed")
            wanted["page:three@en"] = "Changed"
        else:
            for name in ("five", "six", "seven") if verb == "create many" else ("five",):
                trial.page(name, name.title())
                wanted[f"page:{name}@en"] = name.title()
        return wanted

    def check_end(self, trial: Trial, wanted: dict[str, str]) -> None:
        trial.converge()
        assert self.titles(trial) == wanted
        assert not trial.plan(refresh=True).changes

    @pytest.mark.parametrize("verb", VERBS)
    @pytest.mark.parametrize("kind", ["error_before", "refuse", "html", "lost"])
    def test_a_fault(
        self, published: Trial, fault: Callable[[Kind, str], None], kind: Kind, verb: str
    ) -> None:
        """A write fails, or nobody knows whether it was done, or the channel is down."""
        self.skip_unless(verb != "delete" or published.exporter.capabilities.delete)
        wanted = self.change(published, verb)
        fault(kind, verb)
        self.check_end(published, wanted)


class WireConformance(FaultConformance):
    """The suite for a channel behind HTTP. Give `proxy` too, and let `channel` name its address."""

    @pytest.fixture
    def proxy(self) -> FaultProxy:
        raise NotImplementedError("give a fixture `proxy`: a FaultProxy before the server")

    @pytest.fixture
    def traffic(self, proxy: FaultProxy) -> FaultProxy:
        return proxy

    @pytest.fixture
    def fault(self, proxy: FaultProxy) -> Iterator[Callable[[Kind, str], None]]:
        yield lambda kind, verb: proxy.faults.append(Fault(kind))
        assert not any(fault.times for fault in proxy.faults), "the fault did not strike"

    @pytest.fixture
    def environment(self) -> Mapping[str, str]:
        """Of the process that is killed: the exporter must be installed in it too."""
        return os.environ

    @pytest.mark.parametrize("verb", VERBS)
    @pytest.mark.parametrize("kind", ["error_after", "truncate"])
    def test_an_answer_that_is_spoilt(
        self, published: Trial, fault: Callable[[Kind, str], None], kind: Kind, verb: str
    ) -> None:
        """The server has done it, and says that it has not, or half of what it has to say."""
        self.skip_unless(verb != "delete" or published.exporter.capabilities.delete)
        wanted = self.change(published, verb)
        fault(kind, verb)
        self.check_end(published, wanted)

    @pytest.mark.parametrize("verb", VERBS)
    @pytest.mark.parametrize("kind", ["refuse", "lost"])
    def test_being_killed(
        self, published: Trial, proxy: FaultProxy, environment: Mapping[str, str], kind: Kind, verb: str
    ) -> None:
        """The process dies before the server has done it, or after."""
        self.skip_unless(verb != "delete" or published.exporter.capabilities.delete)
        wanted = self.change(published, verb)
        with published.start(environment) as process:
            proxy.faults.append(Fault(kind, act=process.kill))
            assert process.wait() < 0, "the fault did not strike"
        self.check_end(published, wanted)
