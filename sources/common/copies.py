"""Copies of media in a folder of the project: made once, and again only when the bytes may be others."""

import os
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from slugify import slugify

from schemas.errors import ContentError
from transport.fetch import Fetcher
from transport.files import inside, write_atomic

COPY, LOST = "leopard_copy", "leopard_lost"
"""Fields of an item: its copy, and why there is none, or no newer one."""
READ = frozenset(
    (".yaml", ".yml", ".json", ".ndjson", ".md", ".markdown", ".csv", ".txt", ".xml", ".html", ".htm")
)
"""Endings of files that another source of the project might take for content: they are not copied."""
_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")


def folder_of(written: str) -> str:
    """A folder of the project, as an option names it. Raises ValueError for one that is none."""
    path = PurePosixPath(written)
    if path.is_absolute() or "\\" in written or not path.parts or any(p.startswith(".") for p in path.parts):
        raise ValueError("it is a folder inside the project, and not a hidden one, such as content/media")
    return path.as_posix()


class Copies:
    """Makes the copies for one source, which is read at the place `where`."""

    def __init__(self, root: Path, folder: str, fetcher: Fetcher, seconds: float) -> None:
        self.root, self.folder, self.fetcher, self.seconds = root, folder, fetcher, seconds

    def copied(
        self, item: Mapping[str, Any], known: Mapping[str, Any], url: str, stamp: str, ident: str
    ) -> dict[str, Any]:
        """The item with its copy, if it has one; an older one is kept where no newer one is to be had."""
        item = {name: value for name, value in item.items() if name not in (COPY, LOST)}
        old = known.get(COPY)
        if old and not (self.root / old["path"]).is_file():
            old = None
        if old and (old["of"], old["stamp"]) == (url, stamp):
            return {**item, COPY: old}
        try:
            path = self._path(url, ident)
            self.fetcher.hurry(self.seconds)
            answer = self.fetcher.get(url, lambda pieces: self._written(path, pieces))
            if not answer.is_whole:
                raise ContentError(f"{url} does not say how long it is, so its end may be missing")
        except ContentError as error:
            return {**item, LOST: error.message, **({COPY: old} if old else {})}
        return {**item, COPY: {"path": path, "of": url, "stamp": stamp, "digest": (answer.taken or ("",))[0]}}

    def _path(self, url: str, ident: str) -> str:
        """Where a copy lies. Raises ContentError if there is no place for such a file."""
        name = PurePosixPath(unquote(urlsplit(url).path)).name
        stem, suffix = PurePosixPath(name).stem, PurePosixPath(name).suffix.lower()
        if suffix in READ or not _SUFFIX.fullmatch(suffix):
            raise ContentError(f"{url} is not copied: a file of that type could be taken for content")
        return f"{self.folder}/{slugify(stem)[:80] or 'file'}-{slugify(ident)[:60]}{suffix}"

    def _written(self, path: str, pieces: Any) -> tuple[str, int]:
        place = self.root / path
        inside(self.root, place.parent)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            return write_atomic(place, pieces, owner=str(os.getpid()))
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise ContentError(f"{path} cannot be written: {why}") from None


def place_of(item: Mapping[str, Any], url: str, where: str) -> dict[str, str]:
    """The field of an asset that says where its bytes are; `where` is the place of its record."""
    copy = item.get(COPY)
    if copy is None:
        return {"url": url}
    return {"file": PurePosixPath(os.path.relpath(copy["path"], os.path.dirname(where))).as_posix()}
