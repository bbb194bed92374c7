"""Which folders a project reads, and a signal whenever a file in one of them is saved."""

import os
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

from watchfiles import Change, DefaultFilter, watch

from pipeline.config import Project

EVERY = 1_000
"""Milliseconds between two glances at the clock, at leopard.yaml, and at which folders there are."""


def folders_of(project: Project, files: Iterable[str]) -> set[Path]:
    """Where everything lies that is read, and all `files` that records name; none inside another."""
    paths = (getattr(source.options, "path", None) for source in project.sources.values())
    places = [project.root / path for path in paths if isinstance(path, str)]
    places += [project.root / path for path in files]
    there = {place if place.is_dir() else place.parent for place in places}
    return {folder for folder in there if folder.is_dir() and not there.intersection(folder.parents)}


def changes(folders: set[Path], stop: threading.Event) -> Iterator[bool]:
    """Whether something was saved, as soon as it was, and every now and then; ends when told to stop."""
    if not folders:
        while not stop.wait(EVERY / 1000):
            yield False
        return
    found = watch(
        *folders,
        watch_filter=_Content(folders),
        stop_event=stop,
        rust_timeout=EVERY,
        yield_on_timeout=True,
        raise_interrupt=False,
    )
    for one in found:
        yield bool(one)


class _Content(DefaultFilter):
    """Lets through what is not hidden, nor a draft of an editor."""

    def __init__(self, folders: set[Path]) -> None:
        super().__init__()
        self.folders = tuple(f"{folder}{os.sep}" for folder in folders)

    def __call__(self, change: Change, path: str) -> bool:
        inner = next((path.removeprefix(one) for one in self.folders if path.startswith(one)), path)
        hidden = any(part.startswith(".") for part in inner.split(os.sep))
        return not hidden and super().__call__(change, inner)
