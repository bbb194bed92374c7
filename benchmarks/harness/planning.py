"""
Plan a project in this process: `planning.py PROJECT CHANNEL…`; what the comparison of its channels takes.

Prints JSON: `cpu` and `wall` of the spans `plan`, in which content that is read and changed already is set
against what the ledger remembers; `changes`; and by how many MiB memory grew from the configuration on.
"""

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any


class Spans:
    """Sums up what the spans called `plan` take."""

    def __init__(self) -> None:
        self.cpu = self.wall = 0.0

    def begin(self, span: Any) -> None:
        span.kept[id(self)] = time.process_time(), time.perf_counter()

    def end(self, span: Any) -> None:
        cpu, wall = span.kept.pop(id(self))
        if span.name == "plan":
            self.cpu += time.process_time() - cpu
            self.wall += time.perf_counter() - wall


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    from pipeline.config import load
    from pipeline.ledger import Ledger
    from pipeline.observe.spans import observing
    from pipeline.planner import Planner

    root, names = Path(sys.argv[1]), sys.argv[2:]
    project, spans = load(root), Spans()
    before = peak()
    with Ledger(project.written.ledger, root) as ledger, observing(spans):  # type: ignore[arg-type]
        planned = Planner(project, ledger).plan(names)
    changes = sum(len(one.changes) for one in planned.plan.channels)
    found = {"cpu": spans.cpu, "wall": spans.wall, "grown": peak() - before, "changes": changes}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
