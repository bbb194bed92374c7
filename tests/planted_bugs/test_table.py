"""The table of planted bugs fits the code: a mistake that can no longer be planted proves nothing."""

import importlib.util
from pathlib import Path

import pytest

HERE = Path(__file__).parent
spec = importlib.util.spec_from_file_location("bugs", HERE / "bugs.py")
table = importlib.util.module_from_spec(spec)
spec.loader.exec_module(table)


@pytest.mark.parametrize("bug", table.BUGS, ids=lambda bug: bug.name)
def test_the_bug_can_be_planted(bug):
    root = HERE.parents[1]
    assert bug.old in (root / bug.file).read_text(encoding="utf-8")
    assert bug.old != bug.new
    assert (root / bug.tests).exists()


def test_there_are_enough():
    assert len(table.BUGS) >= 20
    assert len({bug.name for bug in table.BUGS}) == len(table.BUGS)
