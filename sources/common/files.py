"""What all sources that read files of the project share: listing, safety, origins."""

import os
import re
from abc import abstractmethod
from collections.abc import Callable, Generator, Iterator
from functools import cached_property, partial
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Any, ClassVar

from pydantic import Field

from schemas.errors import ContentError
from schemas.problems import Origin, Problem
from schemas.record import Path as FieldPath
from sources.base import (
    COMPLETE,
    Input,
    Inputs,
    Listing,
    Outcome,
    Raw,
    Reading,
    Source,
    SourceContext,
    SourceOptions,
)
from sources.common.places import Places, nearest
from transport.files import MAX_DOCUMENT, fingerprint, fingerprint_of, inside, read_text

_INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

Records = Generator[Raw | Problem, None, Outcome]


class FolderSource(Source):
    """Files in a folder (or one file): a folder's files by name, then the folders in it by name.

    Hidden files are left out, and so are links to folders: what lies inside is read at its own place.
    """

    suffixes: ClassVar[tuple[str, ...]]
    lists_ahead = reads_anywhere = True

    class Options(SourceOptions):
        path: str = Field(description="A file, or a folder that is read with all that is below it")

    options: Options

    def __init__(self, options: Any, context: SourceContext) -> None:
        super().__init__(options, context)
        self.base = context.root / self.options.path
        self._safe: str | None = None

    @cached_property
    def base_shown(self) -> str:
        """The source's own path, as people know it."""
        return self.shown(self.base)

    def shown(self, path: Path) -> str:
        """The path as people know it: from the project folder, with forward slashes."""
        return Path(os.path.relpath(path, self.context.root)).as_posix()

    def inputs(self) -> Inputs:
        try:
            is_folder = S_ISDIR(self.base.stat().st_mode)
            self._real(self.base / "_" if is_folder else self.base, self.options.path)
        except (OSError, ValueError, ContentError) as error:
            yield (problem := self._missing(error))
            return Outcome(state="failed", reason=problem.message)
        outcome = COMPLETE
        for entry in self._walk() if is_folder else self._linked(self.base, self.shown(self.base)):
            if isinstance(entry, Problem):
                outcome = outcome.worst(Outcome(state="partial", reason=entry.message))
            yield entry
        return outcome

    def listings(self) -> Iterator[Listing]:
        base = os.fspath(self.base)
        if not S_ISDIR(os.stat(base).st_mode):
            folder, name = os.path.split(base)
            yield Listing(folder, [name], [name] if os.path.islink(base) else [], whole=False)
            return
        waiting = [base]
        while waiting:
            listing, folders = self._listing(waiting.pop())
            yield listing
            waiting += [os.path.join(listing.folder, name) for name in sorted(folders, reverse=True)]

    def _listing(self, folder: str) -> tuple[Listing, list[str]]:
        """What is read of a folder, and the folders in it."""
        names, links, folders = [], [], []
        with os.scandir(folder) as entries:
            for entry in entries:
                name = entry.name
                if name.startswith("."):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    folders.append(name)
                elif entry.is_symlink():
                    links.append(name)
                elif name.lower().endswith(self.suffixes):
                    names.append(name)
        return Listing(folder, sorted(names + links), sorted(links)), folders

    def _missing(self, error: Exception) -> Problem:
        if isinstance(error, ContentError):
            return error.problem
        why = "does not exist" if isinstance(error, FileNotFoundError) else f"cannot be read: {_why(error)}"
        return Problem(
            code="source.missing",
            message=f"{self.options.path} {why}",
            hint="create it, or correct `path` in leopard.yaml",
            origin=Origin(path=self.options.path),
        )

    def _walk(self) -> Iterator[Input | Problem]:
        waiting = [(self.base, self.shown(self.base))]
        while waiting:
            path, shown = waiting.pop()
            try:
                with os.scandir(path) as listing:
                    entries = sorted((e for e in listing if not e.name.startswith(".")), key=lambda e: e.name)
            except OSError as error:
                yield _unreadable("list", shown, error).problem
                continue
            yield from self._files(entries, path, shown)
            folders = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
            waiting += [(path / name, f"{shown}/{name}") for name in reversed(folders)]

    def _files(self, entries: list[os.DirEntry[str]], folder: Path, shown: str) -> Iterator[Input | Problem]:
        for entry in entries:
            is_link, name = entry.is_symlink(), f"{shown}/{entry.name}"
            if is_link and (folder / entry.name).is_dir():
                yield from self._outside(folder / entry.name, name)
            elif entry.name.lower().endswith(self.suffixes) and not entry.is_dir(follow_symlinks=False):
                if is_link:
                    yield from self._linked(folder / entry.name, name)
                else:
                    yield self._input(name, partial(entry.stat, follow_symlinks=False))

    def _linked(self, path: Path, shown: str) -> Iterator[Input | Problem]:
        """What may be a link, if it stays inside the source."""
        try:
            self._real(path, shown)
        except ContentError as error:
            yield _unseen(shown) if _INVISIBLE.search(shown) else error.problem
        except OSError as error:
            yield _unreadable("read", shown, error).problem
        else:
            yield self._input(shown, path.stat)

    def _input(self, shown: str, look: Callable[[], os.stat_result]) -> Input | Problem:
        """One file by what `look` sees of it; a problem if nobody can read it, or even its name."""
        if _INVISIBLE.search(shown):
            return _unseen(shown)
        try:
            stat = look()
        except OSError as error:
            return _unreadable("read", shown, error).problem
        if S_ISREG(stat.st_mode):
            return Input(name=shown, fingerprint=fingerprint_of(stat))
        message = f"{shown} is a device or a pipe, not a file"
        return Problem(code="file.special", message=message, hint="remove it", origin=Origin(path=shown))

    def _outside(self, path: Path, shown: str) -> Iterator[Problem]:
        try:
            self._real(path, shown)
        except ContentError as error:
            yield error.problem

    def _real(self, path: Path, shown: str) -> Path:
        """The file with links followed. Raises ContentError if it is not inside the source.

        The source has to be inside the project, unless the configuration itself says `../…`.
        """
        name = os.fspath(path)
        folder = os.path.dirname(name)
        try:
            if folder != self._safe:
                if not self.base_shown.startswith("../"):
                    inside(self.context.root, self._root(path))
                inside(self._root(path), path.parent)
                self._safe = folder
            return inside(self._root(path), path) if os.path.islink(name) else path
        except ContentError as error:
            loops = error.code == "file.link_loop"
            message = f"{shown} is a link that leads {'back to itself' if loops else 'out of its folder'}"
            hint, origin = error.hint, Origin(path=shown)
            raise ContentError(message, code=error.code, hint=hint, origin=origin) from error

    def _root(self, path: Path) -> Path:
        """The folder that a file may not lie outside of."""
        return self.base if path != self.base else self.base.parent

    def read(self, part: Input) -> Reading:
        return self.reading(part, self.records)

    def reading(self, part: Input, records: Callable[[Path, Input], Records]) -> Reading:
        """What `records` gives of the file that is meant, if it may be read."""
        try:
            real = self._real(self.context.root / part.name, part.name)
            outcome = yield from records(real, part)
        except ContentError as error:
            yield error.problem.model_copy(update={"origin": error.origin or Origin(path=part.name)})
            return Outcome(state="partial", reason=f"{part.name}: {error.message}")
        return outcome

    @abstractmethod
    def records(self, path: Path, part: Input) -> Records:
        """Yield the raw records of one file. May raise ContentError where it cannot go on."""

    def name_of(self, part: Input) -> tuple[str, str | None]:
        """The path inside the source without suffix, and the language if the last part of it is one."""
        start = f"{self.base_shown}/"
        if part.name.startswith(start):
            relative = part.name.removeprefix(start)
        else:
            relative = part.name.rpartition("/")[2]
        stem = _without_suffix(relative)
        tag = stem.rpartition("/")[2].rpartition(".")[2]
        if tag in self.context.site.languages and (bare := _without_suffix(stem)) != stem:
            return bare, tag
        return stem, None


def _without_suffix(path: str) -> str:
    """A path without what follows the last dot of its last part, if something stands before that."""
    above, mark, last = path.rpartition("/")
    stem, dot, suffix = last.rpartition(".")
    return f"{above}{mark}{stem}" if stem and dot and suffix else path


class FileSource(FolderSource):
    """Files that are read as a whole: documents of people's size."""

    limit: ClassVar[int | None] = MAX_DOCUMENT

    def __init__(self, options: Any, context: SourceContext) -> None:
        super().__init__(options, context)
        self._known: tuple[tuple[str, str | None] | None, Places] = (None, {})

    def records(self, path: Path, part: Input) -> Records:
        return (yield from self.parse(self.text(path, part.name), part))

    def text(self, path: Path, shown: str) -> str:
        """The text of one input. Raises ContentError."""
        return read_text(path, shown, limit=self.limit)

    @abstractmethod
    def parse(self, text: str, part: Input) -> Records:
        """Yield the raw records of one file's text. May raise ContentError for the whole of it."""

    def places(self, text: str) -> Places:
        """Where each field of one file's text stands."""
        return {}

    def locate(self, origin: Origin, path: FieldPath) -> Origin:
        places = self._places_in(origin.path)
        whole = (origin.line, origin.column)
        record = next((p for p in places if len(p) < 2 and places[p] == whole and _is_record(p)), ())
        line, column = nearest(places, (*record, *path)) or whole
        return origin.model_copy(update={"line": line, "column": column})

    def _places_in(self, shown: str) -> Places:
        path = self.context.root / shown
        of = shown, fingerprint(path)
        if self._known[0] != of:
            try:
                self._known = of, self.places(self.text(self._real(path, shown), shown))
            except ContentError:
                self._known = of, {}
        return self._known[1]


def _is_record(path: FieldPath) -> bool:
    """All of the document, or one item of a list."""
    return not path or isinstance(path[0], int)


def _unseen(shown: str) -> Problem:
    plain = shown.encode("unicode_escape").decode()
    message, hint = "its name holds a character nobody can see", "rename it"
    return Problem(code="file.name", message=message, hint=hint, origin=Origin(path=plain))


def _unreadable(what: str, shown: str, error: OSError) -> ContentError:
    return ContentError(
        f"cannot {what} {shown}: {_why(error)}",
        code="file.unreadable",
        hint="check that it exists and that you may read it",
        origin=Origin(path=shown),
    )


def _why(error: Exception) -> str:
    return ((error.strerror if isinstance(error, OSError) else None) or str(error)).lower()
