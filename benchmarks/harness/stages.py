"""
One sync of a project in this process, by its stages; started by `python -m benchmarks profile`.

    python -m benchmarks.harness.stages PROJECT [--functions N]

Prints JSON: per stage the seconds of wall and of processor time (`read`, `transform` and `plan` follow each
other, channels of `apply` go on side by side and share one figure); or else, by cProfile in every thread,
the N functions that took longest. A profiled run is slower, so its stages are not printed.
"""

import argparse
import cProfile
import json
import pstats
import threading
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
WAITING = (
    "<method 'acquire' of '_thread.lock' objects>",
    "<method 'get' of '_queue.SimpleQueue' objects>",
    "<built-in method time.sleep>",
)
"""Where threads wait for others: no work of theirs."""


class Clock:
    """Notes when stages begin and end; told by the spans of a run (`pipeline.observe.spans`)."""

    def __init__(self) -> None:
        self.at: dict[str, tuple[float, float]] = {"began": self.now()}
        self.facts: list[dict[str, Any]] = []

    @staticmethod
    def now() -> tuple[float, float]:
        return time.perf_counter(), time.process_time()

    def begin(self, span: Any) -> None:
        self.at.setdefault(f"{span.name} begins", self.now())
        span.kept[id(self)] = self.now()

    def end(self, span: Any) -> None:
        wall, cpu = self.now()
        before = span.kept.pop(id(self))
        if span.name in ("read", "plan", "apply"):
            took = {"wall": round(wall - before[0], 3), "cpu": round(cpu - before[1], 3)}
            self.facts.append({"span": span.name, **span.facts, **took})
        self.at[f"{span.name} ends"] = (wall, cpu)

    def done(self, within: Any, ident: str, action: str) -> None:
        """A change of a channel; not a stage."""

    def came_due(self, channel: str, seconds: float) -> None:
        """Nor is this."""

    def stages(self) -> dict[str, tuple[float, float]]:
        """Wall and processor seconds of each stage, in order."""
        order = [
            ("imports, configuration, ledger", "began", "run begins"),
            ("settled?", "run begins", "read begins"),
            ("read and validate", "read begins", "read ends"),
            ("transform (references, steps)", "read ends", "plan begins"),
            ("render and plan", "plan begins", "plan ends"),
            ("guards, memory of the run", "plan ends", "apply begins"),
            ("apply", "apply begins", "apply ends"),
            ("settle, end of the run", "apply ends", "run ends"),
        ]
        if "read begins" not in self.at:
            order.append(("settled: nothing to do", "run begins", "run ends"))
        known = [(name, self.at[a], self.at[b]) for name, a, b in order if a in self.at and b in self.at]
        return {name: (b[0] - a[0], b[1] - a[1]) for name, a, b in known}


def profiled_threads(profiles: list[cProfile.Profile]) -> None:
    """Let every thread that begins from now on be profiled as well."""
    plain = threading.Thread.run

    def run(self: threading.Thread) -> None:
        profile = cProfile.Profile()
        profiles.append(profile)
        profile.enable()
        try:
            plain(self)
        finally:
            profile.disable()

    threading.Thread.run = run  # type: ignore[method-assign]


def sync(root: Path, clock: Clock) -> int:
    """One run; how many changes it made."""
    from pipeline.config import load
    from pipeline.ledger import Ledger
    from pipeline.observe.spans import observing
    from pipeline.run import Sync

    project = load(root)
    with Ledger(project.written.ledger, root) as ledger, observing(clock):  # type: ignore[arg-type]
        report = Sync(project, ledger).run()
    return sum(sum(one.done.values()) for one in report.applied)


def top(profiles: list[cProfile.Profile], count: int) -> dict[str, list[dict[str, Any]]]:
    """The functions that took longest in themselves; and of ours those that did with all they call."""
    all_of = pstats.Stats(profiles[0])
    for one in profiles[1:]:
        all_of.add(one)
    stats: dict[Any, Any] = all_of.stats  # type: ignore[attr-defined]
    busy = [(where, found) for where, found in stats.items() if where[2] not in WAITING]
    own = sorted(busy, key=lambda item: -item[1][2])[:count]
    ours = [(where, found) for where, found in busy if Path(where[0]).is_relative_to(ROOT)]
    whole = sorted(ours, key=lambda item: -item[1][3])[:count]
    return {"own": [_line(*one) for one in own], "whole": [_line(*one) for one in whole]}


def _line(where: tuple[str, int, str], found: tuple[int, int, float, float, Any]) -> dict[str, Any]:
    file, line, name = where
    _, calls, own, whole, _ = found
    shown = f"{_short(file)}:{line} {name}" if line else name
    return {"function": shown, "calls": calls, "own": round(own, 3), "whole": round(whole, 3)}


def _short(file: str) -> str:
    if Path(file).is_relative_to(ROOT):
        return Path(file).relative_to(ROOT).as_posix()
    parts = Path(file).parts
    at = parts.index("site-packages") + 1 if "site-packages" in parts else max(0, len(parts) - 3)
    return "/".join(parts[at:])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("project", type=Path)
    parser.add_argument("--functions", type=int, default=0)
    asked = parser.parse_args()
    clock = Clock()
    if not asked.functions:
        changes = sync(asked.project, clock)
        print(json.dumps({"changes": changes, "stages": clock.stages(), "spans": clock.facts}))
        return
    profiles = [cProfile.Profile()]
    profiled_threads(profiles)
    profiles[0].enable()
    changes = sync(asked.project, clock)
    profiles[0].disable()
    print(json.dumps({"changes": changes, **top(profiles, asked.functions)}))


if __name__ == "__main__":
    main()
