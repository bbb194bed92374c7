"""Which code it is: workers elsewhere must have the same, or they would make something else."""

import platform
from collections.abc import Iterable
from functools import cache
from hashlib import blake2b
from importlib.metadata import entry_points, requires
from pathlib import Path
from re import match

import exporters
import pipeline
import schemas
import sources
import transport
from pipeline.cache.code import version_of

OURS = (exporters, pipeline, schemas, sources, transport)

Versions = tuple[tuple[str, str], ...]
"""Names of packages, and what each is."""


def versions() -> Versions:
    """What is installed here of all that content goes through."""
    found = {"Python": platform.python_version(), "leopard-pipeline": _code()}
    for line in requires("leopard-pipeline") or ():
        name = match(r"[\w.-]+", line)
        if name and "extra ==" not in line:
            found[name[0]] = version_of(name[0]) or "missing"
    for group in ("kinds", "sources", "steps", "exporters"):
        for entry in entry_points(group=f"leopard.{group}"):
            package = entry.dist.name if entry.dist else entry.value
            if package != "leopard-pipeline":
                found[package] = entry.dist.version if entry.dist else "unknown"
    return tuple(sorted(found.items()))


def difference(ours: Iterable[tuple[str, str]], theirs: Iterable[tuple[str, str]]) -> str | None:
    """The first difference, in words; `ours` is what is here, `theirs` what the run has."""
    here, there = dict(ours), dict(theirs)
    for name in sorted({*here, *there}):
        if here.get(name) != there.get(name):
            if name == "leopard-pipeline":
                return "it has another leopard-pipeline"
            return f"it has {name} {here.get(name, 'not')}, and the run {there.get(name, 'not')}"
    return None


@cache
def _code() -> str:
    """A digest of Leopard's own code."""
    summed = blake2b(digest_size=16)
    for package in OURS:
        for folder in package.__path__:
            for path in sorted(Path(folder).rglob("*.py")):
                summed.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes())
    return summed.hexdigest()
