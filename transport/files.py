"""Files, with care: nothing leaves its folder, nothing is half written, every failure names its place."""

import os
import secrets
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from schemas.errors import ContentError
from schemas.problems import Origin

MAX_DOCUMENT = 5_000_000
"""Bytes of one document (a Markdown, YAML or JSON file) that are read at most."""


def inside(root: Path, path: Path) -> Path:
    """`path` with its links followed, if it is inside `root`. Raises ContentError if it is not."""
    real = path.resolve()
    if not real.is_relative_to(root.resolve()):
        raise ContentError(
            f"{path} leads out of {root}",
            code="file.outside",
            hint="keep the file inside the folder; links that leave it are not followed",
            origin=Origin(path=str(path)),
        )
    return real


def read_text(path: Path, shown: str, *, limit: int | None = MAX_DOCUMENT) -> str:
    """The text of a file: BOM dropped, UTF-16 by its BOM, line ends as `\\n`.

    Raises ContentError, with `shown` as the place, if it cannot be read or is not text.
    """
    return decode(read_bytes(path, shown, limit=limit), shown)


def read_bytes(path: Path, shown: str, *, limit: int | None = None) -> bytes:
    """The bytes of a file of at most `limit` bytes. Raises ContentError with `shown` as the place."""
    origin = Origin(path=shown)
    try:
        with path.open("rb") as file:
            data = file.read() if limit is None else file.read(limit + 1)
    except OSError as error:
        raise ContentError(
            f"cannot read {shown}: {(error.strerror or str(error)).lower()}",
            code="file.unreadable",
            hint="check that it exists and that you may read it",
            origin=origin,
        ) from error
    if limit is not None and len(data) > limit:
        raise ContentError(
            f"{shown} is larger than {limit // 1_000_000} MB",
            code="file.too_large",
            hint="split it into smaller files",
            origin=origin,
        )
    return data


def decode(data: bytes, shown: str) -> str:
    """Text of bytes as content files hold them. Raises ContentError with the byte offset."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ContentError(
            f"byte {error.start} is not valid {encoding.removesuffix('-sig').upper()}",
            code="file.encoding",
            hint="save the file as UTF-8",
            origin=Origin(path=shown, line=line),
        ) from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise ContentError(
            "the file holds a NUL character, so it is not text",
            code="file.binary",
            hint="check that the right file is in this folder",
            origin=Origin(path=shown, line=line),
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


def digest_of(chunks: Iterable[bytes]) -> tuple[str, int]:
    """SHA-256 in hexadecimal, and the number of bytes."""
    summed, size = sha256(), 0
    for chunk in chunks:
        summed.update(chunk)
        size += len(chunk)
    return summed.hexdigest(), size


def file_digest(path: Path) -> tuple[str, int]:
    """SHA-256 and size of a file, read in pieces."""
    with path.open("rb") as file:
        return digest_of(iter(lambda: file.read(1 << 20), b""))


def write_atomic(path: Path, chunks: Iterable[bytes]) -> tuple[str, int]:
    """Replace a file all at once, or leave it as it was; a file that would not change is not touched.

    Returns SHA-256 and size. Never follows a link at `path`. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name[:80]}.{secrets.token_hex(4)}.tmp")
    summed, size = sha256(), 0
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644), "wb") as file:
            for chunk in chunks:
                summed.update(chunk)
                size += file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        digest = summed.hexdigest()
        if _same(path, digest, size):
            draft.unlink()
        else:
            os.replace(draft, path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return digest, size


def _same(path: Path, digest: str, size: int) -> bool:
    try:
        if path.is_symlink() or path.stat().st_size != size:
            return False
        return file_digest(path)[0] == digest
    except FileNotFoundError:
        return False
