"""The files of a folder at a revision, as `git ls-tree` lists them; nothing of a tree is ever trusted."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from schemas.problems import Origin, Problem

BLOB, EXECUTABLE, LINK, MODULE = "100644", "100755", "120000", "160000"
LARGEST = 200_000_000
"""Bytes of one file."""
_LINE = re.compile(rb"(\d{6}) (\w+) ([0-9a-f]{40,64}) +(\d+|-)\t(.+)", re.DOTALL)
_INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\\\\]")


@dataclass(frozen=True)
class Entry:
    """One file: its blob, and its path inside the folder that is read."""

    path: str
    blob: str


def entries(listing: bytes, folder: str, suffixes: tuple[str, ...], where: str) -> Iterator[Entry | Problem]:
    """What there is to read of `git ls-tree -r -l -z`, in the order of the paths, and what is left out."""
    found: list[Entry | Problem] = []
    for line in listing.split(b"\0"):
        if match := _LINE.fullmatch(line):
            mode, kind, blob, size, raw = match.groups()
            one = _entry(mode.decode(), kind.decode(), blob.decode(), size, raw, folder, suffixes, where)
            found += [one] if one is not None else []
    yield from sorted(found, key=lambda one: one.path if isinstance(one, Entry) else "")


def _entry(
    mode: str,
    kind: str,
    blob: str,
    size: bytes,
    raw: bytes,
    folder: str,
    suffixes: tuple[str, ...],
    where: str,
) -> Entry | Problem | None:
    whole = raw.decode("utf-8", "surrogateescape")
    path = whole.removeprefix(f"{folder}/") if folder != whole else whole.rpartition("/")[2]
    parts = PurePosixPath(path).parts
    is_hidden = any(part.startswith(".") and part != ".." for part in parts)
    plain = path.encode("unicode_escape").decode()
    place = Origin(path=f"{where}/{plain}")
    if mode == MODULE:
        message, hint = f"{plain} is another repository, and is not read", "make it a source of its own"
        return Problem(code="git.submodule", message=message, hint=hint, severity="warning", origin=place)
    if is_hidden or PurePosixPath(path).suffix.lower() not in suffixes:
        return None
    if mode == LINK:
        message, hint = (
            f"{plain} is a link; links of a repository are not followed",
            "put the file itself there",
        )
        return Problem(code="git.link", message=message, hint=hint, severity="warning", origin=place)
    if path.startswith("/") or ".." in parts or _INVISIBLE.search(path):
        message, hint = f"{plain} is no path that a file may have", "rename it in the repository"
        return Problem(code="git.path", message=message, hint=hint, origin=place)
    if kind != "blob" or mode not in (BLOB, EXECUTABLE):
        return None
    if int(size) > LARGEST:
        message, hint = f"{plain} has more than {LARGEST / 1e6:g} MB", "split it"
        return Problem(code="file.too_large", message=message, hint=hint, origin=place)
    return Entry(path, blob)
