"""Files that records name: find them, and fill in size, digest, type and dimensions."""

import mimetypes
import os
import struct
from collections.abc import Callable
from pathlib import Path
from stat import S_ISREG
from typing import Any

from schemas.asset import Asset
from schemas.errors import ContentError
from schemas.record import Path as FieldPath
from schemas.record import Record
from schemas.report import Report, ReportFile
from transport.files import file_digest, inside

CONFIGURATION = "leopard.yaml"

Complain = Callable[[ContentError, FieldPath], None]


def with_files(record: Record, described: str, root: Path, complain: Complain) -> Record:
    """The record with what is known of its files; `described` is the path of the file which describes it."""
    if isinstance(record, Asset) and record.file:
        facts = _facts(record.file, _folder(described, root), root, complain, ("file",))
        return record.model_copy(update=facts)
    if isinstance(record, Report) and any(one.file for one in record.files):
        folder = _folder(described, root)
        files = tuple(_report_file(one, at, folder, root, complain) for at, one in enumerate(record.files))
        return record.model_copy(update={"files": files})
    return record


def _folder(described: str, root: Path) -> Path:
    """Where the paths of files count from."""
    return (root / described).parent


def links_to(record: Record, described: str, root: Path) -> list[str]:
    """What a record writes, from the project, where a link stands between it and the file that is meant."""
    named: list[tuple[str | None, str | None]] = []
    if isinstance(record, Asset):
        named = [(record.file, record.path)]
    elif isinstance(record, Report):
        named = [(one.file, one.path) for one in record.files]
    if not named:
        return []
    folder = _folder(described, root)
    where = ((os.path.relpath(folder / file, root), path) for file, path in named if file and path)
    return [plain for plain, path in where if Path(plain).as_posix() != path]


def _report_file(one: ReportFile, at: int, folder: Path, root: Path, complain: Complain) -> ReportFile:
    if not one.file:
        return one
    facts = _facts(one.file, folder, root, complain, ("files", at, "file"))
    facts = {"checksum" if name == "digest" else name: value for name, value in facts.items()}
    return one.model_copy(update={k: v for k, v in facts.items() if k in ReportFile.model_fields})


def _facts(written: str, folder: Path, root: Path, complain: Complain, at: FieldPath) -> dict[str, Any]:
    try:
        path = _to_publish(written, folder, root)
        digest, size = file_digest(path)
        width, height = _dimensions(path)
    except ContentError as error:
        complain(error, at)
        return {}
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        hint = "a path counts from the file that names it; check its spelling, letter case included"
        complain(
            ContentError(f"cannot read the file {written}: {reason.lower()}", code="file.missing", hint=hint),
            at,
        )
        return {}
    shown = path.relative_to(root.resolve()).as_posix()
    facts: dict[str, Any] = {"path": shown, "digest": digest, "size": size}
    facts["media_type"] = (mimetypes.guess_type(path.name)[0] or "application/octet-stream").lower()
    if width > 0 and height > 0:
        facts |= {"width": width, "height": height}
    return facts


def _to_publish(written: str, folder: Path, root: Path) -> Path:
    """The file that is meant. Raises ContentError if it may not be published, OSError if it is not there."""
    try:
        path = inside(root, folder / written)
    except ContentError as error:
        where = (
            "is a link that leads back to itself"
            if error.code == "file.link_loop"
            else "is outside the project"
        )
        raise ContentError(f"the file {written} {where}", code=error.code, hint=error.hint) from error
    names = path.relative_to(root.resolve()).parts
    if names == (CONFIGURATION,) or any(name.startswith(".") for name in names):
        message = f"the file {written} is not content: it is hidden, or the configuration"
        hint = "publish another file, or move it to where content is"
        raise ContentError(message, code="file.private", hint=hint)
    if not S_ISREG(path.stat().st_mode) and not path.is_dir():
        message = f"{written} is a device or a pipe, not a file"
        raise ContentError(message, code="file.special", hint="name another file")
    return path


def _dimensions(path: Path) -> tuple[int, int]:
    """Width and height of an image in pixels; not above 0 where that is unknown."""
    try:
        import imagesize

        width, height = imagesize.get(path)
        return round(width), round(height)
    except (ValueError, OverflowError, struct.error):  # it is damaged, or not what its beginning says
        return -1, -1
