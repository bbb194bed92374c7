"""Where each record goes, and what is never done: replace a file unasked, or write outside the project."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from slugify import slugify

from pipeline.importing.collect import Found
from pipeline.importing.text import as_markdown, as_yaml
from schemas.base import KEY_PATTERN, KIND_PATTERN
from schemas.errors import ConfigError, ContentError
from schemas.problems import Origin, Problem
from sources.base import SourceContext
from transport.files import inside, write_atomic

Form = Literal["yaml", "markdown"]
SUFFIXES: dict[Form, str] = {"yaml": ".yaml", "markdown": ".md"}
LONGEST_NAME = 100
"""Characters of a part of a path."""


@dataclass(frozen=True)
class Written:
    """A file and what was done about it; `problem` says why where that is nothing."""

    path: str
    state: Literal["written", "replaced", "unchanged", "kept", "refused"]
    key: Any
    problems: int = 0
    problem: Problem | None = None


class Writer:
    """Writes records below a folder of the project: KIND/NAME each, in another language KIND/NAME.fr."""

    def __init__(self, context: SourceContext, to: str, form: Form, *, force: bool = False) -> None:
        self.context, self.to, self.form, self.force = context, to.strip("/"), form, force
        self.taken: set[str] = set()
        try:
            inside(context.root, context.root / to)
        except ContentError as error:
            hint = "say --to with a folder of the project, such as content/imported"
            raise ConfigError(f"files cannot be written to {to}: {error.message}", hint=hint) from None

    def write(self, found: list[Found]) -> Iterator[Written]:
        """Write each record, in order; raises ConfigError if the disk does not take it."""
        for one in found:
            yield self._one(one, self._path(one))

    def _path(self, found: Found) -> str:
        """A path of its own for each record, from the project."""
        kind = (
            found.kind
            if isinstance(found.kind, str) and re.fullmatch(KIND_PATTERN, found.kind)
            else "unknown"
        )
        is_key = isinstance(found.key, str) and re.fullmatch(KEY_PATTERN, found.key)
        name = found.key.partition(":")[2] if is_key else found.name
        parts = [part if is_key else slugify(part) for part in name.split("/")]
        stem = "/".join(part[:LONGEST_NAME].strip(".") for part in parts if part) or "record"
        site = self.context.site
        language = f".{found.locale}" if found.locale in site.languages[1:] else ""
        path, count = f"{self.to}/{kind}/{stem}{language}{SUFFIXES[self.form]}", 1
        while path.lower() in self.taken:
            count += 1
            path = f"{self.to}/{kind}/{stem}-{count}{language}{SUFFIXES[self.form]}"
        self.taken.add(path.lower())
        return path

    def _one(self, found: Found, shown: str) -> Written:
        path = self.context.root / shown
        data = _moved(found.data, os.path.dirname(found.path), os.path.dirname(shown))
        render = as_yaml if self.form == "yaml" else as_markdown
        text = render(found, data, shown, self.context)
        if text is None:
            return self._refused(found, shown)
        try:
            inside(self.context.root, path.parent)
            before = path.read_bytes() if path.exists() else None
            is_there = before is not None or path.is_symlink()
            if before == text.encode() and not path.is_symlink():
                return Written(shown, "unchanged", found.key, len(found.problems))
            if is_there and not self.force:
                return self._kept(found, shown)
            write_atomic(path, [text.encode()])
        except ContentError as error:
            raise ConfigError(error.message, hint=error.hint) from None
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise ConfigError(
                f"{shown} cannot be written: {why}", hint="make room, or mend its rights"
            ) from None
        return Written(shown, "replaced" if is_there else "written", found.key, len(found.problems))

    def _kept(self, found: Found, shown: str) -> Written:
        message = f"{shown} exists, and is left as it is"
        hint = "--force replaces it, with all that was changed in it"
        problem = Problem(
            code="import.exists", severity="warning", message=message, hint=hint, origin=Origin(path=shown)
        )
        return Written(shown, "kept", found.key, len(found.problems), problem)

    def _refused(self, found: Found, shown: str) -> Written:
        message = f"{_named(found)} holds something that no {self.form} file can say, and is not written"
        hint = "correct it where it comes from: an empty name of a field, or a character nobody can see"
        problem = Problem(
            code="import.unwritable", message=message, hint=hint, origin=Origin(path=found.place)
        )
        return Written(shown, "refused", found.key, len(found.problems), problem)


def _named(found: Found) -> str:
    return found.key if isinstance(found.key, str) and found.key.isprintable() else "a record"


def _moved(data: dict[str, Any], before: str, now: str) -> dict[str, Any]:
    """The same with the paths of files as they count from another folder; addresses stay addresses."""
    moved = dict(data)
    if isinstance(moved.get("file"), str) and moved["file"]:
        moved["file"] = os.path.relpath(os.path.join(before, moved["file"]), now or ".").replace(os.sep, "/")
    if isinstance(moved.get("files"), list):
        moved["files"] = [
            _moved(one, before, now) if isinstance(one, dict) else one for one in moved["files"]
        ]
    return moved


def reader_of(paths: dict[str, str], to: str, root: Path) -> str | None:
    """The name of the source, of those with a path, that reads what is written to a folder."""
    target = root / to
    return next((name for name, path in paths.items() if target.is_relative_to(root / path)), None)
