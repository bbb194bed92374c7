"""Files, with care: nothing leaves its folder, nothing is half written, every failure names its place."""

import codecs
import io
import os
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO

from schemas.errors import ContentError
from schemas.problems import Origin

MAX_DOCUMENT = 5_000_000
"""Bytes of one document (a Markdown, YAML or JSON file) or of one line that are read at most."""

_PIECE = 1 << 16
"""Bytes that are read at once: most documents are smaller; a buffer for the largest would cost more."""

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def inside(root: Path, path: Path) -> Path:
    """`path` with its links followed, if it is inside `root`. Raises ContentError if it is not."""
    try:
        real = path.resolve()
    except (OSError, RuntimeError) as error:
        raise ContentError(
            f"{path} is a link that leads back to itself",
            code="file.link_loop",
            hint="remove the link, or let it lead to a file",
            origin=Origin(path=str(path)),
        ) from error
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
    try:
        file = os.open(path, os.O_RDONLY)
        try:
            data = b"".join(_pieces(file, limit))
        finally:
            os.close(file)
    except OSError as error:
        raise _unreadable(shown, error) from error
    if limit is not None and len(data) > limit:
        raise _too_large(shown, "the file", limit, "split it into smaller files", None)
    return data


def _pieces(file: int, limit: int | None) -> Iterator[bytes]:
    """All that is in a file, or a little more than `limit` bytes of it."""
    size = 0
    while (limit is None or size <= limit) and (piece := os.read(file, _PIECE)):
        size += len(piece)
        yield piece


def decode(data: bytes, shown: str) -> str:
    """Text of bytes as content files hold them. Raises ContentError with the byte offset."""
    encoding = "UTF-16" if data.startswith(_UTF16) else "UTF-8"
    body = data.removeprefix(codecs.BOM_UTF8)
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        line = body[: error.start].decode(encoding, "ignore").count("\n") + 1
        raise _wrong_byte(shown, len(data) - len(body) + error.start, encoding, line) from error
    if b"\0" in body and "\0" in text:
        raise _binary(shown, text.count("\n", 0, text.index("\0")) + 1)
    return text.replace("\r\n", "\n").replace("\r", "\n") if b"\r" in body else text


def read_lines(path: Path, shown: str, *, limit: int = MAX_DOCUMENT) -> Iterator[str | ContentError]:
    """The lines of a text file as `read_text` would give them, one at a time, however large the file is.

    A line that is not text or longer than `limit` bytes is an error in its place. Raises ContentError,
    with `shown` as the place, if the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            start = file.read(3)
            file.seek(3 if start == codecs.BOM_UTF8 else 0)
            yield from (_wide_lines if start[:2] in _UTF16 else _lines)(file, shown, limit)
    except OSError as error:
        raise _unreadable(shown, error) from error


def _lines(file: BinaryIO, shown: str, limit: int) -> Iterator[str | ContentError]:
    number, offset = 1, file.tell()
    while raw := file.readline(limit + 1):
        size = len(raw)
        if size > limit and not raw.endswith(b"\n"):
            yield _too_large(shown, "the line", limit, "check that it ends where it should", number)
            while rest := file.readline(limit):
                size += len(rest)
                if rest.endswith(b"\n"):
                    break
            number += 1
        else:
            for line in _decoded(raw, shown, number, offset):
                number += 1
                yield line
        offset += size


def _decoded(raw: bytes, shown: str, number: int, offset: int) -> Iterator[str | ContentError]:
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        yield _wrong_byte(shown, offset + error.start, "UTF-8", number)
        return
    if "\0" in text:
        yield _binary(shown, number)
    elif "\r" in text:
        yield from io.StringIO(text, newline=None)
    else:
        yield text


def _wide_lines(file: BinaryIO, shown: str, limit: int) -> Iterator[str | ContentError]:
    text, number = io.TextIOWrapper(file, "utf-16"), 0
    try:
        while line := text.readline(limit):
            number += 1
            if len(line) == limit and not line.endswith("\n"):
                yield _too_large(shown, "the line", limit, "check that it ends where it should", number)
                return
            yield line if "\0" not in line else _binary(shown, number)
    except UnicodeDecodeError:
        yield _encoding(shown, "this line or one soon after it is not valid UTF-16", number + 1)
    finally:
        text.detach()


def _unreadable(shown: str, error: OSError) -> ContentError:
    return ContentError(
        f"cannot read {shown}: {(error.strerror or str(error)).lower()}",
        code="file.unreadable",
        hint="check that it exists and that you may read it",
        origin=Origin(path=shown),
    )


def _too_large(shown: str, what: str, limit: int, hint: str, line: int | None) -> ContentError:
    message = f"{what} is larger than {limit / 1_000_000:g} MB"
    return ContentError(message, code="file.too_large", hint=hint, origin=Origin(path=shown, line=line))


def _wrong_byte(shown: str, offset: int, encoding: str, line: int) -> ContentError:
    return _encoding(shown, f"byte {offset} is not valid {encoding}", line)


def _encoding(shown: str, message: str, line: int) -> ContentError:
    origin = Origin(path=shown, line=line)
    return ContentError(message, code="file.encoding", hint="save the file as UTF-8", origin=origin)


def _binary(shown: str, line: int) -> ContentError:
    return ContentError(
        "there is a NUL character, so this is not a text",
        code="file.binary",
        hint="check that the right file is in this folder",
        origin=Origin(path=shown, line=line),
    )


def fingerprint(path: Path) -> str | None:
    """What changes when a file does, without opening it; None if it cannot be looked at."""
    try:
        return fingerprint_of(path.stat())
    except OSError:
        return None


def fingerprint_of(stat: os.stat_result) -> str:
    """The same of what was seen of a file."""
    return f"{stat.st_size}-{stat.st_mtime_ns}-{stat.st_ctime_ns}-{stat.st_ino}"


def identity(folder: Path) -> tuple[int, int] | None:
    """Device and inode of the folder that a path leads to now."""
    try:
        stat = os.stat(folder)
    except OSError:
        return None
    return stat.st_dev, stat.st_ino


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


def write_atomic(path: Path, chunks: Iterable[bytes], *, owner: str = "") -> tuple[str, int]:
    """Replace a file all at once, or leave it as it was; a file that would not change is not touched.

    Returns SHA-256 and size. Never follows a link at `path`. Raises OSError. The draft's name is always the
    same for one `owner`, so that what a killed process leaves behind is used up by the next.
    """
    draft = path.with_name(f".{sha256(f'{path.name} {owner}'.encode()).hexdigest()[:24]}.part")
    summed, size = sha256(), 0
    try:
        with open(_new(draft), "wb") as file:
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


def _new(draft: Path) -> int:
    """A descriptor of an empty file; its folders are made if they are not there."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
    try:
        return os.open(draft, flags, 0o644)
    except FileNotFoundError:
        draft.parent.mkdir(parents=True, exist_ok=True)
        return os.open(draft, flags, 0o644)


def _same(path: Path, digest: str, size: int) -> bool:
    try:
        stat = path.lstat()
        if not S_ISREG(stat.st_mode) or stat.st_size != size:
            return False
        return file_digest(path)[0] == digest
    except FileNotFoundError:
        return False
