"""A small bench that ends with a verdict: ratios beside the bounds in `bounds.toml`, three tries for each."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks.harness import table
from benchmarks.harness.goals import Value, of, of_own_build, ratio
from benchmarks.harness.places import HERE
from benchmarks.harness.results import Line, Results
from benchmarks.harness.works import Asked, Works

BOUNDS = HERE / "bounds.toml"
DOCUMENTS, PLANNED = 1_000, 50_000
TRIES = 3
ONLY = ("floor", "libraries", "imports", "leopard")


@dataclass(frozen=True)
class Check:
    """A ratio of ours to something that we do not write; its bound has the same name."""

    name: str
    works: str
    value: Value
    at_least: bool = False

    def holds(self, found: float, bound: float) -> bool:
        return found >= bound if self.at_least else found <= bound


CHECKS = (
    Check("A: CPU, of the floor's", "A", ratio("A", DOCUMENTS, "leopard", "floor")),
    Check("B: CPU, of importing three libraries", "B", ratio("B", DOCUMENTS, "leopard", "libraries")),
    Check("B: imports, of importing three libraries", "B", ratio("B", DOCUMENTS, "imports", "libraries")),
    Check("C: CPU, of its own full build", "AC", of_own_build(DOCUMENTS)),
    Check("D: 20 ms, CPU of a loop of requests", "D", ratio("D", 20, "leopard", "requests", "cpu_ms")),
    Check("D: 100 ms, rate of wrk's", "D", of("D", 100, "leopard", "of_wrk"), at_least=True),
    Check("F: CPU, of the join's", "F", ratio("F", PLANNED, "plan", "join")),
)
Measure = Callable[[str], Results]
"""Measures these works once more, from nothing."""


def bounds() -> dict[str, float]:
    return dict(tomllib.loads(BOUNDS.read_text(encoding="utf-8")))


def asked(works: str, show: Callable[[Line], None]) -> Asked:
    return Asked(
        works,
        sizes=(DOCUMENTS,),
        small=(PLANNED,),
        only=ONLY,
        push=("--quick",),
        channels=("feed",),
        rounds=1 if works == "D" else 3,
        show=show,
    )


def measured(works: str, show: Callable[[Line], None] = lambda line: None) -> Results:
    """Ratios of three rounds (D: of one)."""
    results = Results(None, "quick")
    for part in filter(None, (works.replace("D", ""), "D" if "D" in works else "")):
        Works(asked(part, show), results).run()
    return results


def judged(measure: Measure, bound: Mapping[str, float]) -> tuple[list[table.Row], bool]:
    """Each check with its ratio, its bound and a verdict; and whether all hold or could not be measured.

    What does not hold is measured again, twice at most.
    """
    results = measure("ABCDF")
    lines: list[table.Row] = []
    fine = True
    for check in CHECKS:
        found, tries = check.value(results), 1
        while found is not None and not check.holds(found, bound[check.name]) and tries < TRIES:
            found, tries = check.value(measure(check.works)), tries + 1
        sign = "≥" if check.at_least else "≤"
        limit = f"{sign} {bound[check.name]:g}"
        if found is None:
            lines.append((check.name, "", limit, _why(results, check)))
            continue
        holds = check.holds(found, bound[check.name])
        fine = fine and holds
        verdict = "holds" if holds else f"REGRESSION in {tries} tries"
        lines.append((check.name, f"{found:.3f}", limit, verdict))
    return lines, fine


def _why(results: Results, check: Check) -> str:
    said = (one["failed"] for work in check.works for one in results.of(work) if "failed" in one)
    return f"not measured: {next(said, 'no figure')}"
