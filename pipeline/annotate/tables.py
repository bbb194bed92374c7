"""Every table of a project in which something is wrong, as a copy that says so."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from slugify import slugify

from pipeline.annotate.csv_copy import csv_copy
from pipeline.annotate.notes import Notes, notes_of
from pipeline.annotate.xlsx_copy import xlsx_copy
from pipeline.config import Project
from schemas.errors import ConfigError, ContentError
from schemas.problems import Origin, Problem
from sources.base import Input, Source
from sources.common.tables import Original, Tabular
from transport.files import write_atomic

_BOOKS = (".xlsx", ".xlsm")


@dataclass(frozen=True)
class Copy:
    """A table that was copied, or why not. Paths are as people know them."""

    table: str
    path: Path
    rows: int = 0
    problem: Problem | None = None


def check_folder(project: Project, folder: Path) -> None:
    """Raises ConfigError if copies in this folder would be read as content."""
    target = folder.resolve()
    for name, source in project.sources.items():
        path = getattr(source.options, "path", None)
        if isinstance(path, str) and target.is_relative_to((project.root / path).resolve()):
            hint = "name a folder that no source reads"
            raise ConfigError(f"the source {name} reads {folder}, so no copies can be there", hint=hint)


def annotate(project: Project, problems: Sequence[Problem], folder: Path) -> Iterator[Copy]:
    """Write copies of all tables with problems into a folder; a file that exists is left alone."""
    about: dict[str, list[Problem]] = {}
    for problem in problems:
        if problem.origin is not None:
            about.setdefault(problem.origin.path, []).append(problem)
    for name, source in project.sources.items():
        if not isinstance(source, Tabular):
            continue
        for part in _inputs(source):
            if part.name in about:
                yield _copied(source, part.name, about[part.name], folder / name)


def _inputs(source: Source) -> Iterator[Input]:
    yield from (part for part in source.inputs() if isinstance(part, Input))


def _copied(source: Tabular, shown: str, problems: list[Problem], folder: Path) -> Copy:
    path, notes = folder / _file_name(shown), notes_of(problems)
    try:
        if not notes.rows:
            raise ContentError("none of its problems is about a row", code="annotate.no_rows")
        found = source.original(shown)
        if found is None:
            raise ContentError("it is not kept any more", code="source.gone", hint="run again")
        if path.exists() or path.is_symlink():
            message, hint = f"{path} exists, and is left as it is", "remove it, or name another folder"
            raise ContentError(message, code="annotate.exists", hint=hint)
        write_atomic(path, [_copy(found, shown, notes)])
    except ContentError as error:
        origin = error.origin or Origin(path=shown)
        problem = error.problem.model_copy(update={"origin": origin, "severity": "warning"})
        return Copy(shown, path, problem=problem)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise ConfigError(f"{path} cannot be written: {why}", hint="make room, or mend its rights") from None
    return Copy(shown, path, len(notes.rows))


def _copy(found: Original, shown: str, notes: Notes) -> bytes:
    if found.delimiter is not None:
        return csv_copy(found.path, shown, found.delimiter, notes)
    return xlsx_copy(found.path, shown, notes, found.header)


def _file_name(shown: str) -> str:
    """Of the copy: the path of the file, or the words of the address as .csv."""
    if "://" in shown:
        return f"{slugify(shown.partition('://')[2], max_length=100) or 'sheet'}.csv"
    path = "/".join(part for part in shown.split("/") if part not in ("", ".", ".."))
    return f"{path[: -len('.xlsm')]}.xlsx" if path.lower().endswith(_BOOKS) else path
