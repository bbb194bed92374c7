"""A digest of all code that content goes through: what older code has made is not taken for newer code's."""

import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, entry_points, requires, version
from pathlib import Path
from re import match

import pipeline
import schemas
import sources
import transport
from pipeline.config import Project
from schemas import canonical, plugins
from schemas.errors import ConfigError

OURS = (pipeline, schemas, sources, transport)
"""Packages whose every file counts."""


def code_of(project: Project) -> str:
    """Changes with Leopard, Python, the libraries and every plugin that a project's content goes through."""
    return canonical.digest([_ours(), *sorted(set(_foreign(project)))])


@cache
def _ours() -> str:
    folders = [folder for package in OURS for folder in package.__path__]
    names = [match(r"[\w.-]+", line) for line in requires("leopard-pipeline") or ()]
    known = [[found[0], version_of(found[0])] for found in names if found]
    return canonical.digest(
        [sys.version, version("leopard-pipeline"), known, [_stats(one) for one in folders]]
    )


def version_of(name: str) -> str | None:
    """Of an installed package."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _foreign(project: Project) -> Iterator[str]:
    """Which plugins there are; of other people's, their files and those beside them in the same package."""
    found, versions = entry_points(), dict[int, str]()  # of each distribution once: telling it takes a while
    for group in ("kinds", "sources", "steps"):
        for entry in found.select(group=f"leopard.{group}"):
            if entry.dist is not None and id(entry.dist) not in versions:
                versions[id(entry.dist)] = entry.dist.version
            yield f"{group} {entry.name} {entry.value} {versions.get(id(entry.dist), '')}"
    used = [type(source) for source in project.sources.values()]
    used += [plugins.find("steps", name) for name, _ in project.steps]
    for name in plugins.names("kinds"):
        with suppress(ConfigError):
            used.append(plugins.find("kinds", name))
    for kind in used:
        top = kind.__module__.partition(".")[0]
        if top in {package.__name__ for package in OURS}:
            continue
        module = sys.modules.get(top)
        folders = list(getattr(module, "__path__", ()))
        file = getattr(module, "__file__", None)
        yield canonical.digest([kind.__module__, *map(_stats, folders or ([file] if file else []))])


def _stats(where: str) -> list[list[str | int]]:
    path = Path(where)
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return [[str(file), (stat := file.stat()).st_size, stat.st_mtime_ns] for file in files]
