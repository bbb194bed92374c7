"""The table of planted bugs fits the code: a mistake that can no longer be planted proves nothing."""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from bugs import BUGS, Bug
from found import FOUND
from stamped import STAMPED

ALL = (*BUGS, *map(Bug._make, (*FOUND, *STAMPED)))


@pytest.mark.parametrize("bug", ALL, ids=lambda bug: bug.name)
def test_the_bug_can_be_planted(bug):
    root = HERE.parents[1]
    assert bug.old in (root / bug.file).read_text(encoding="utf-8")
    assert bug.old != bug.new
    assert (root / bug.tests).exists()


def test_there_are_enough():
    assert len(ALL) >= 20
    assert len({bug.name for bug in ALL}) == len(ALL)
