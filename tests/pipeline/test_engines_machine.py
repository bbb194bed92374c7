"""Whatever happens to content and configuration: what processes read and make is what this one reads and makes."""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import invariant

sys.path.insert(0, str(Path(__file__).resolve().parent))

from engines import let_small_parts_travel, opened, prepared, using
from test_cache_machine import Content

from pipeline.config import load


class Elsewhere(Content):
    """The same project, prepared by workers with what is remembered, and here without."""

    def __init__(self):
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        let_small_parts_travel(self.patch, size=2)

    @invariant()
    def both_are_the_same(self):
        if (self.root / "content/pages").exists():
            project = using(self.root, "{use: processes, workers: 2}")
            with opened(project) as engine:
                known = prepared(project, engine, self.at, afresh=False)
            assert known == prepared(load(self.root), at=self.at, afresh=True)

    def teardown(self):
        self.patch.undo()
        super().teardown()


TestElsewhere = Elsewhere.TestCase
TestElsewhere.settings = settings(
    max_examples=int(os.environ.get("LEOPARD_EXAMPLES", "6")),
    stateful_step_count=10,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
