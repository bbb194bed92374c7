"""Files that records name: find them, and fill in size, digest, type and dimensions."""

import mimetypes
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagesize

from schemas.asset import Asset
from schemas.errors import ContentError
from schemas.record import Path as FieldPath
from schemas.record import Record
from schemas.report import Report, ReportFile
from transport.files import file_digest, inside

Complain = Callable[[ContentError, FieldPath], None]


def with_files(record: Record, folder: Path, root: Path, complain: Complain) -> Record:
    """The record with what is known of its files; `folder` is that of the file which describes it."""
    if isinstance(record, Asset) and record.file:
        facts = _facts(record.file, folder, root, complain, ("file",))
        return record.model_copy(update=facts)
    if isinstance(record, Report) and any(one.file for one in record.files):
        files = tuple(_report_file(one, at, folder, root, complain) for at, one in enumerate(record.files))
        return record.model_copy(update={"files": files})
    return record


def _report_file(one: ReportFile, at: int, folder: Path, root: Path, complain: Complain) -> ReportFile:
    if not one.file:
        return one
    facts = _facts(one.file, folder, root, complain, ("files", at, "file"))
    facts = {"checksum" if name == "digest" else name: value for name, value in facts.items()}
    return one.model_copy(update={k: v for k, v in facts.items() if k in ReportFile.model_fields})


def _facts(written: str, folder: Path, root: Path, complain: Complain, at: FieldPath) -> dict[str, Any]:
    try:
        path = inside(root, folder / written)
        digest, size = file_digest(path)
    except ContentError as error:
        complain(
            ContentError(f"the file {written} is outside the project", code=error.code, hint=error.hint), at
        )
        return {}
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        hint = "a path counts from the file that names it; check its spelling, letter case included"
        complain(
            ContentError(f"cannot read the file {written}: {reason.lower()}", code="file.missing", hint=hint),
            at,
        )
        return {}
    width, height = imagesize.get(path)
    shown = path.relative_to(root.resolve()).as_posix()
    facts: dict[str, Any] = {"path": shown, "digest": digest, "size": size}
    facts["media_type"] = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if width > 0 and height > 0:
        facts |= {"width": width, "height": height}
    return facts
