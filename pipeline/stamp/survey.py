"""What the outcome of a run depends on, as far as files tell: content, code, configuration, output."""

import os
import sys
from array import array
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import exporters
import pipeline
import schemas
import sources
import transport
from exporters.base import Exporter, Listed
from pipeline.config import Project
from pipeline.ledger import Ledger
from pipeline.stamp.form import AT_ONCE, NAMED, PATHS, WALKED, WRITTEN, Piece, installed, pieces, way
from schemas import plugins
from schemas.errors import ConfigError
from sources.base import Listing, Source

OURS = (pipeline, schemas, sources, exporters, transport)


def is_told_by_files(source: Source) -> bool:
    """Do files of this machine alone tell whether a source gives what it gave?"""
    return _vouches(type(source), "listings", "inputs") and source.listings() is not None


def is_told_by_output(exporter: Exporter) -> bool:
    """Do the files that a channel names tell all that it would be asked for?"""
    return _vouches(type(exporter), "files", "absent")


def _vouches(kind: type, one: str, other: str) -> bool:
    """Whoever has written the other method anew may look at more than what this one knows of."""
    written = [
        next(at for at, base in enumerate(kind.__mro__) if name in vars(base)) for name in (one, other)
    ]
    return written[0] <= written[1]


def of_source(source: Source) -> Iterator[Piece]:
    """What a source that is told by files has to read. Raises OSError, OverflowError."""
    for at, listing in enumerate(source.listings() or ()):
        if at == 0:
            yield way(_first(listing))
        yield from pieces(WALKED if listing.whole else NAMED, listing.folder, listing.names)
        yield from (way(os.path.join(listing.folder, name)) for name in listing.links)


def _first(listing: Listing) -> str:
    return listing.folder if listing.whole else os.path.join(listing.folder, listing.names[0])


def of_media(root: Path, media: Iterable[str]) -> Iterator[Piece]:
    """Files that records name, from the project. Raises OSError, OverflowError."""
    paths = (os.path.join(root, path) for path in media)
    for folder, names in _by_folder(paths):
        yield way(folder)
        yield from pieces(NAMED, folder, names)
        full = (os.path.join(folder, name) for name in names)
        yield from (way(path) for path in full if os.path.islink(path))


def of_output(exporter: Exporter, ledger: Ledger) -> Iterator[Piece]:
    """The files of a channel. Raises OSError if one is not there."""
    documents = ledger.pages.documents(exporter.context.name)
    for folder, names in _by_folder(exporter.files(held_files(exporter, ledger), documents)):
        for piece in pieces(WRITTEN, folder, names):
            if 0 in array("Q", piece.seen):
                raise OSError(f"a file in {folder} is empty")
            yield piece


def held_files(exporter: Exporter, ledger: Ledger) -> Iterator[Listed]:
    """The pages of a channel that have files."""
    name, kinds = exporter.context.name, exporter.kinds_with_files
    return ledger.pages.with_files(name, kinds, fields_of_all=_needs_fields(exporter))


def gone(exporter: Exporter, ledger: Ledger) -> Iterator[str]:
    """Pages and documents of a channel that can be seen not to be there any more."""
    documents = ledger.pages.documents(exporter.context.name)
    return exporter.absent(held_files(exporter, ledger), documents)


def _needs_fields(exporter: Exporter) -> bool:
    """Also where somebody has written `files_of` anew and does not say that it does not."""
    knows_files = hasattr(exporter, "files_of")
    return exporter.reads_fields or (knows_files and not _vouches(type(exporter), "reads_fields", "files_of"))


def _by_folder(paths: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    """Folders and names in them; a folder may come again, so that few names are held at once."""
    found: dict[str, list[str]] = {}
    for at, path in enumerate(paths, 1):
        folder, name = os.path.split(path)
        found.setdefault(folder, []).append(name)
        if at % (4 * AT_ONCE) == 0:
            yield from found.items()
            found = {}
    yield from found.items()


def of_code(project: Project) -> Iterator[Piece]:
    """Our own code, that of plugins, and the folders that packages are installed in. Raises OSError."""
    for path in PATHS:
        if os.path.isdir(path):
            yield installed(path)
    for place in dict.fromkeys(chain(_places(OURS), _foreign(project))):
        if os.path.isdir(place):
            for folder, inner, names in os.walk(place):
                inner[:] = sorted(name for name in inner if name != "__pycache__")
                yield from pieces(NAMED, folder, sorted(one for one in names if one.endswith(".py")))
        else:
            yield from pieces(NAMED, *_split(place))


def _split(path: str) -> tuple[str, list[str]]:
    folder, name = os.path.split(path)
    return folder, [name]


def _places(modules: Iterable[Any]) -> Iterator[str]:
    for module in modules:
        yield from getattr(module, "__path__", None) or filter(None, [getattr(module, "__file__", None)])


def _foreign(project: Project) -> Iterator[str]:
    """Where other people's plugins are that content goes through."""
    used: list[type] = [type(one) for one in (*project.sources.values(), *project.channels.values())]
    used += [plugins.find("steps", name) for name, _ in project.steps]
    for name in plugins.names("kinds"):
        try:
            used.append(plugins.find("kinds", name))
        except ConfigError:
            continue
    tops = {kind.__module__.partition(".")[0] for kind in used} - {module.__name__ for module in OURS}
    return _places(sys.modules[top] for top in sorted(tops) if top in sys.modules)
