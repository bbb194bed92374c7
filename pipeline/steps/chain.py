"""Which steps a project has, in the order in which they run. Not a step itself."""

from typing import Any

from pipeline.config import Project
from schemas import plugins

BEFORE = ("slugs", "markdown", "resolve", "sanitise")
"""Steps that no content can do without; they run first unless the configuration places them."""
AFTER = ("summarise",)


def chain(project: Project) -> list[tuple[str, Any]]:
    """Names and options of all steps, in the order in which they run."""
    written = {name for name, _ in project.steps}
    before = [(name, _defaults(name)) for name in BEFORE if name not in written]
    after = [(name, _defaults(name)) for name in AFTER if name not in written]
    return [*before, *project.steps, *_clean_again(project), *after]


def _clean_again(project: Project) -> list[tuple[str, Any]]:
    """Steps that are not ours may bring HTML in, so what they leave is sanitised once more."""
    foreign = [n for n, _ in project.steps if not plugins.find("steps", n).__module__.startswith("pipeline.")]
    return [("sanitise", dict(project.steps).get("sanitise", _defaults("sanitise")))] if foreign else []


def _defaults(name: str) -> Any:
    return plugins.find("steps", name).Options()
