"""A commit whose answer is lost: nothing is done twice or forgotten, wherever in a run it is."""

from itertools import count

import pytest
from cutter import Cutter

from exporters import memory
from pipeline.ledger import Ledger
from pipeline.ledger.lock import locked
from pipeline.trial import Trial
from schemas.errors import LedgerError

# The cursor of a connection that was cut cannot be closed any more, of which the driver warns.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
STRIDE = 3


@pytest.fixture
def cutter(postgres_server):
    """Makes a proxy, and the address of a new ledger behind it and without it."""

    def make(number, how):
        direct, proxy = postgres_server.schema(), Cutter(postgres_server.port, number, how)
        return proxy, proxy.address(direct), direct

    return make


def fact(direct, root):
    with Ledger(direct, root) as ledger:
        return ledger.fact("mine")


@pytest.mark.parametrize(("how", "kept"), [("after", "1"), ("before", None)])
def test_inside_a_run_it_is_found_out(cutter, tmp_path, how, kept):
    proxy, address, direct = cutter(1000, how)
    with proxy, Ledger(address, tmp_path) as ledger, locked(ledger, "run"):
        proxy.number = proxy.seen + 1
        if kept:
            ledger.set_fact("mine", "1")
        else:
            with pytest.raises(LedgerError, match="cannot be used"):
                ledger.set_fact("mine", "1")
        assert proxy.has_cut
        assert fact(direct, tmp_path) == kept
        ledger.set_fact("mine", "2")  # the run goes on, with the same right
        assert fact(direct, tmp_path) == "2"


@pytest.mark.parametrize("how", ["after", "before"])
def test_outside_a_run_nobody_says_that_it_was_done(cutter, tmp_path, how):
    proxy, address, direct = cutter(1000, how)
    with proxy, Ledger(address, tmp_path) as ledger:
        proxy.number = proxy.seen + 1
        with pytest.raises(LedgerError, match="cannot be used"):
            ledger.set_fact("mine", "1")
        assert fact(direct, tmp_path) == ("1" if how == "after" else None)


@pytest.mark.parametrize("how", ["after", "before"])
@pytest.mark.parametrize("options", [{"without": ["batch"]}, {}, {"documents": True}], ids=str)
def test_each_commit_of_a_run_in_turn(cutter, tmp_path, monkeypatch, how, options):
    for number in count(1, STRIDE):
        store = memory.Store()
        monkeypatch.setattr(memory, "STORES", {"default": store})
        proxy, address, direct = cutter(number, how)
        root = tmp_path / str(number)
        root.mkdir()
        with proxy:
            trial = Trial(root, {"use": "memory", "workers": 2, **options}, address=address)
            for name in "abcd":
                trial.page(name, name, links=["a"] if name != "a" else [])
            problems, ended = _run(trial)
            trial.close()
            if not proxy.has_cut:
                assert (problems, ended) == ([], True)
                return
        assert all("cannot be used" in told for told in problems), problems
        if how == "after" and number > 2:  # the first makes the tables, and the second takes the lock
            assert (problems, ended) == ([], True), number
        again = Trial(root, {"use": "memory", "workers": 2, **options}, address=direct)
        for _ in range(2):
            assert _run(again) == ([], True)
        assert again.plan().changes == ()
        again.close()
        held = sorted((page.ident, page.fields["title"]) for page in store.pages.values())
        assert held == [(f"page:{name}@en", name) for name in "abcd"]


def _run(trial):
    """What was told, and whether the run came to its end."""
    try:
        return [problem.message for problem in trial.run().problems], True
    except LedgerError as error:
        return [error.message], False
