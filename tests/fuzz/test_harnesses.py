"""Every harness bears what the search begins with, and what it has found once."""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from targets import TARGETS

FOUND = sorted((HERE / "regressions").rglob("*.bin"))


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_are_borne(name):
    seeds = TARGETS[name].seeds()
    assert seeds
    for seed in seeds:
        TARGETS[name].run(seed)


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_that_are_cut_or_joined_are_borne(name):
    for seed in TARGETS[name].seeds()[:10]:
        for end in range(0, len(seed), max(1, len(seed) // 20)):
            TARGETS[name].run(seed[:end])
        TARGETS[name].run(seed + seed)
    TARGETS[name].run(b"")


@pytest.mark.parametrize("path", FOUND, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_what_was_found_once_is_borne(path):
    TARGETS[path.parent.name].run(path.read_bytes())


def test_a_broken_promise_is_noticed(monkeypatch):
    """Else the search would find nothing, whatever there is."""

    def broken(*_, **__):
        raise ValueError("a parser's own")

    monkeypatch.setattr("sources.common.csv_rows.csv.reader", broken)
    with pytest.raises(ValueError, match="a parser's own"):
        TARGETS["csv"].run(b"title\nA\n")
