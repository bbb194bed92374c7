"""What all sources that read files of the project share: listing, safety, origins."""

import os
from abc import abstractmethod
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from schemas.errors import ContentError
from schemas.problems import Origin, Problem
from sources.base import COMPLETE, Input, Inputs, Outcome, Raw, Reading, Source, SourceContext, SourceOptions
from transport.files import MAX_DOCUMENT, inside, read_text


class FileSource(Source):
    """Files in a folder (or one file), in order of their paths. Hidden files are left out."""

    suffixes: ClassVar[tuple[str, ...]]
    limit: ClassVar[int | None] = MAX_DOCUMENT

    class Options(SourceOptions):
        path: str = Field(description="A file, or a folder that is read with all that is below it")

    options: Options

    def __init__(self, options: Any, context: SourceContext) -> None:
        super().__init__(options, context)
        self.base = context.root / self.options.path

    def shown(self, path: Path) -> str:
        """The path as people know it: from the project folder, with forward slashes."""
        return Path(os.path.relpath(path, self.context.root)).as_posix()

    def inputs(self) -> Inputs:
        if not self.base.exists():
            message = f"{self.options.path} does not exist"
            hint = "create it, or correct `path` in leopard.yaml"
            place = Origin(path=self.options.path)
            yield Problem(code="source.missing", message=message, hint=hint, origin=place)
            return Outcome(state="failed", reason=message)
        outcome = COMPLETE
        for entry in self._walk(self.base, frozenset()):
            if isinstance(entry, Problem):
                outcome = Outcome(state="partial", reason=entry.message)
                yield entry
            else:
                yield Input(name=self.shown(entry), fingerprint=fingerprint(entry))
        return outcome

    def _walk(self, place: Path, above: frozenset[Path]) -> Iterator[Path | Problem]:
        try:
            real = inside(self.base if self.base.is_dir() else self.base.parent, place)
        except ContentError as error:
            shown = self.shown(place)
            yield Problem(
                code=error.code,
                message=f"{shown} is a link that leads out of {self.options.path}",
                hint=error.hint,
                origin=Origin(path=shown),
            )
            return
        if real in above:  # a link to a folder that it is in
            return
        if not real.is_dir():
            yield place
            return
        try:
            with os.scandir(place) as entries:
                names = sorted(entry.name for entry in entries if not entry.name.startswith("."))
        except OSError as error:
            shown = self.shown(place)
            yield Problem(
                code="file.unreadable",
                message=f"cannot list {shown}: {(error.strerror or str(error)).lower()}",
                hint="check that you may read the folder",
                origin=Origin(path=shown),
            )
            return
        for name in names:
            path = place / name
            if path.is_dir() or path.suffix.lower() in self.suffixes:
                yield from self._walk(path, above | {real})

    def read(self, part: Input) -> Reading:
        try:
            path = inside(
                self.base if self.base.is_dir() else self.base.parent, self.context.root / part.name
            )
            outcome = yield from self.parse(self.text(path, part.name), part)
        except ContentError as error:
            origin = error.origin or Origin(path=part.name)
            yield error.problem.model_copy(update={"origin": origin})
            return Outcome(state="partial", reason=f"{part.name}: {error.message}")
        return outcome

    def text(self, path: Path, shown: str) -> str:
        """The text of one input. Raises ContentError."""
        return read_text(path, shown, limit=self.limit)

    @abstractmethod
    def parse(self, text: str, part: Input) -> Generator[Raw | Problem, None, Outcome]:
        """Yield the raw records of one file's text. May raise ContentError for the whole of it."""

    def name_of(self, part: Input) -> tuple[str, str | None]:
        """The path inside the source without suffix, and the language if the last part of it is one."""
        path = self.context.root / part.name
        relative = path.relative_to(self.base) if self.base.is_dir() else Path(path.name)
        stem = relative.with_suffix("")
        tag = stem.suffix.removeprefix(".")
        if tag in self.context.site.languages:
            return stem.with_suffix("").as_posix(), tag
        return stem.as_posix(), None


def fingerprint(path: Path) -> str | None:
    """What changes when a file does, without opening it; None if it cannot be looked at."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return f"{stat.st_size}-{stat.st_mtime_ns}-{stat.st_ctime_ns}-{stat.st_ino}"
