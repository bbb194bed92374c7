"""Plugins by name: kinds, sources, steps and exporters, ours and other people's, by entry point."""

import re
from difflib import get_close_matches
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from schemas.errors import ConfigError


@cache
def _table(group: str) -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=f"leopard.{group}")}


def names(group: str) -> list[str]:
    """Names in one group: `kinds`, `sources`, `steps` or `exporters`."""
    return sorted(_table(group))


@cache
def find(group: str, name: str) -> Any:
    """Import one plugin, and only that one. Raises ConfigError with the nearest name."""
    entry = _table(group).get(name)
    if entry is None:
        raise ConfigError(f"there is no {group.removesuffix('s')} called {name!r}", hint=_hint(group, name))
    try:
        return entry.load()
    except (ImportError, AttributeError) as error:
        raise ConfigError(
            f"the {group.removesuffix('s')} {name!r} cannot be loaded: {error}",
            hint=f"install or mend the package that offers {entry.value}",
        ) from error


def nearest(word: str, known: list[str]) -> str | None:
    """What is spelt most like `word`, if anything is near."""
    return next(iter(get_close_matches(word, known, n=1, cutoff=0.6)), None)


def did_you_mean(word: str, known: list[str]) -> str | None:
    """`did you mean …?` if something known is near."""
    near = nearest(word, known)
    return f"did you mean {near!r}?" if near else None


def _hint(group: str, name: str) -> str:
    known = names(group)
    return did_you_mean(name, known) or f"there are: {', '.join(known)}"


def is_name(text: str) -> bool:
    """May `text` name a source or a channel of a project?"""
    return re.fullmatch(r"[a-z][a-z0-9_-]{0,63}", text) is not None
