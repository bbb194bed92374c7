"""
Plan a project in this process: `planning.py PROJECT CHANNEL…`; what the comparison of its channels takes.

Prints JSON: `cpu` and `wall` of planning, in which content that is read and changed is set against what
the ledger remembers; `changes`; and by how many MiB memory grew from the configuration on.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Clock:
    """Processor and other seconds, but for those of one function."""

    def __init__(self) -> None:
        self.cpu, self.wall = time.process_time(), time.perf_counter()

    def without(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, whose time does not count."""

        def aside(*words: Any) -> Any:
            cpu, wall = time.process_time(), time.perf_counter()
            try:
                return function(*words)
            finally:
                self.cpu += time.process_time() - cpu
                self.wall += time.perf_counter() - wall

        return aside

    def passed(self) -> dict[str, float]:
        return {"cpu": time.process_time() - self.cpu, "wall": time.perf_counter() - self.wall}


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    from pipeline.config import load
    from pipeline.ledger import Ledger
    from pipeline.planner import Planner

    root, names = Path(sys.argv[1]), sys.argv[2:]
    project = load(root)
    before = peak()
    with Ledger(project.written.ledger, root) as ledger:
        planner = Planner(project, ledger)
        clock = Clock()
        planner.preparation.prepare = clock.without(planner.preparation.prepare)  # type: ignore[method-assign]
        planned = planner.plan(names)
        passed = clock.passed()
    changes = sum(len(one.changes) for one in planned.plan.channels)
    found = {**passed, "grown": peak() - before, "changes": changes}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
