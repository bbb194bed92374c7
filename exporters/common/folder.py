"""What all channels that write files below one folder share: safe paths, ownership, assets, clear errors."""

import errno
import os
import re
from abc import abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from hashlib import sha256
from pathlib import Path, PurePosixPath
from stat import S_ISREG
from typing import Any

from pydantic import Field

from exporters.base import ChannelContext, ChannelOptions, Document, Exporter, Fields, Listed, Lookup
from exporters.common.links import Links, absolute
from schemas.asset import Asset
from schemas.errors import ChannelDown, ContentError, LeopardError, NotFound, Rejected, Unsupported
from schemas.record import Record
from transport.files import file_digest, identity, inside, write_atomic

_ASSET_NAME = re.compile(
    r"(?P<name>.+)-(?P<digest>[0-9a-f]{12})(?:-(?P<locale>[a-z]{2,3}(?:-[A-Za-z0-9]+){0,2}))?(?:\.[a-z0-9]{1,8})?"
)
_OF_ONE_FILE = {errno.ENAMETOOLONG, errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ELOOP, errno.EINVAL}


class FolderExporter(Exporter):
    """Files below one folder. Whatever is there and is not ours stays as it is."""

    class Options(ChannelOptions):
        url: str | None = Field(
            None,
            pattern=r"^https?://[^\s/]+(/[^\s]*)?$",
            description="Public address of the folder; by default the site's",
        )

    options: Options

    def __init__(self, options: Any, context: ChannelContext) -> None:
        super().__init__(options, context)
        self._safe: dict[str, tuple[Path, tuple[int, int]]] = {}
        """Folders that were found to be inside, by their path from the channel's: device and inode."""

    @property
    @abstractmethod
    def folder(self) -> Path:
        """Where the files are."""

    @property
    def assets(self) -> str:
        """The folder of assets, from the channel's; no other channel may have the same."""
        return "assets"

    @abstractmethod
    def files_of(self, remote: Listed) -> tuple[str, ...]:
        """Paths of the files that hold only this remote, from the folder."""

    @abstractmethod
    def is_ours(self, path: Path, relative: str) -> bool:
        """True if the file carries our marker, for exactly this path. Raises OSError."""

    def links(self, record: Record, lookup: Lookup) -> Links:
        """Where things are on this channel, for readers of that record."""
        return Links(self.context.site, lookup, record.locale, self.asset_url)

    def address(self, relative: str) -> str:
        """The public address of a file."""
        return f"{(self.options.url or self.context.site.url).rstrip('/')}/{relative}"

    def shown(self, path: Path) -> str:
        """The path as people know it: from the project folder, with forward slashes."""
        return Path(os.path.relpath(path, self.context.root)).as_posix()

    def asset_path(self, asset: Asset) -> str | None:
        """Where an asset's bytes go; other bytes, another path. None if they are not in the project.

        Raises Unsupported if it is not known which bytes they are.
        """
        if not (asset.path or asset.file):
            return None
        if not asset.digest:
            raise Unsupported(f"the file of {asset.key} has not been read, so it cannot be published")
        tag = "" if asset.locale == self.context.site.default_locale else f"-{asset.locale}"
        suffix = PurePosixPath(asset.path or asset.file or "").suffix.lower()
        suffix = suffix if re.fullmatch(r"\.[a-z0-9]{1,8}", suffix) else ""
        return f"{self.assets}/{asset.key.partition(':')[2]}-{asset.digest[:12]}{tag}{suffix}"

    def asset_url(self, asset: Asset) -> str | None:
        """The absolute address of an asset's bytes: here, or where the record says that they are."""
        path = self.asset_path(asset) if self.capabilities.assets else None
        if path:
            return self.address(path)
        return absolute(self.context.site, asset.url) if asset.url else None

    def asset_elsewhere(self, asset: Asset, folder: str | None) -> str | None:
        """The absolute address of an asset's bytes in another channel's `folder`, or as the record says."""
        path = self.asset_path(asset) if folder and asset.digest else None
        if path and folder:
            return f"{folder.rstrip('/')}/{path.removeprefix(f'{self.assets}/')}"
        return absolute(self.context.site, asset.url) if asset.url else None

    def place(self, relative: str) -> Path:
        """The file at `relative`. Raises Rejected if that is, or leads, anywhere but below the folder."""
        above, _, name = relative.rpartition("/")
        if above in self._safe and name not in ("", ".", "..") and not ("\0" in name or "\\" in name):
            folder, seen = self._safe[above]
            if identity(folder) == seen:
                return folder / name
        path = self._checked(relative)
        if (found := identity(path.parent)) is not None:
            self._safe[above] = path.parent, found
        return path

    def _checked(self, relative: str) -> Path:
        parts = relative.split("/")
        path = self.folder.joinpath(*parts)
        self._require_own()
        straight = not any(part in ("", ".", "..") or "\0" in part or "\\" in part for part in parts)
        try:
            if straight and inside(self.folder, path.parent) == self.folder.resolve().joinpath(*parts[:-1]):
                return path
        except (ContentError, OSError, RuntimeError):
            pass  # out of the folder, or links in a circle: the same answer
        raise Rejected(
            f"{relative!r} does not stay inside {self.shown(self.folder)}",
            hint="remove symbolic links below that folder, and correct keys that look like paths",
        )

    def _require_own(self) -> None:
        """Raises ChannelDown if the folder, as it is configured, is a link that leads out of the project."""
        root = self.context.root.resolve()
        written = Path(os.path.normpath(root / self.folder))
        if written.is_relative_to(root) and not self.folder.resolve().is_relative_to(root):
            raise ChannelDown(
                f"{self.shown(self.folder)} is a link that leads out of the project",
                hint="remove the link, or write the folder that it leads to into leopard.yaml",
            )

    def put(self, relative: str, chunks: Iterable[bytes], *, remembered: bool) -> tuple[str, int]:
        """Write one file whole or not at all; returns SHA-256 and size.

        A file that is there and that we neither remember nor recognise is left alone: raises Rejected.
        """
        path = self.place(relative)
        with self.disk(path):
            if not (remembered or self._is_free(path, relative)):
                raise Rejected(
                    f"{self.shown(path)} is already there and is not from this channel",
                    hint="move it away, or give the channel a folder of its own",
                )
            return write_atomic(path, chunks, owner=self.context.name)

    def _is_free(self, path: Path, relative: str) -> bool:
        try:
            stat = path.lstat()
        except FileNotFoundError:
            return True
        return S_ISREG(stat.st_mode) and (stat.st_size == 0 or self.is_ours(path, relative))

    def copy(self, relative: str, digest: str, file: str | None, *, remembered: bool) -> None:
        """Put an asset's bytes in place, unless they are there. Raises Rejected if the file has changed."""
        path = self.place(relative)
        with self.disk(path, "read"):
            if path.is_file() and not path.is_symlink() and file_digest(path)[0] == digest:
                return
        if file is None:
            raise Rejected(f"the bytes of {relative} are no longer there", hint="run again")
        self.put(relative, self._pieces(file, digest), remembered=remembered)

    def _pieces(self, file: str, digest: str) -> Iterator[bytes]:
        summed = sha256()
        try:
            with inside(self.context.root, self.context.root / file).open("rb") as stream:
                while piece := stream.read(1 << 20):
                    summed.update(piece)
                    yield piece
        except OSError as error:
            raise Rejected(f"cannot read {file}: {_reason(error)}", hint="check that it exists") from error
        except ContentError as error:
            raise Rejected(error.message, hint=error.hint) from error
        if summed.hexdigest() != digest:
            raise Rejected(f"{file} has changed since it was read", hint="run again")

    def remove(self, relative: str) -> None:
        """Remove one file of ours, and the folders that it leaves empty. Raises NotFound."""
        path = self.place(relative)
        with self.disk(path):
            try:
                path.unlink()
            except FileNotFoundError:
                raise NotFound(f"{self.shown(path)} is not there any more") from None
        with suppress(OSError):
            for parent in path.relative_to(self.folder).parents[:-1]:
                (self.folder / parent).rmdir()

    def discard(self, files: Iterable[str]) -> None:
        """Remove files of ours, if they are there."""
        for relative in files:
            with suppress(NotFound):
                self.remove(relative)

    def require(self, relative: str) -> None:
        """Raises NotFound if a file of ours is not there any more."""
        path = self.place(relative)
        with self.disk(path, "read"):
            if not os.path.lexists(path):
                raise NotFound(f"{self.shown(path)} is not there any more")

    def publish_document(self, relative: str, chunks: Iterable[bytes], last: Iterable[Document]) -> Document:
        """Write one whole document, if it is ours."""
        known = any(document.path == relative for document in last)
        digest, size = self.put(relative, chunks, remembered=known)
        return Document(path=relative, digest=digest, size=size)

    def absent(self, remotes: Iterable[Listed], documents: Iterable[Document]) -> Iterator[str]:
        for remote in remotes:
            if any(self._size(relative) in (None, 0) for relative in self.files_of(remote)):
                yield remote.ident
        for document in documents:
            if self._size(document.path) not in (document.size, -1):
                yield document.path

    def files(self, remotes: Iterable[Listed], documents: Iterable[Document]) -> Iterator[str]:
        for remote in remotes:
            yield from (f"{self._at}/{relative}" for relative in self.files_of(remote))
        yield from (f"{self._at}/{document.path}" for document in documents)

    @cached_property
    def _at(self) -> str:
        return os.fspath(self.folder)

    def _size(self, relative: str) -> int | None:
        """Bytes of a file; None if it is not there, -1 if that cannot be told."""
        try:
            return os.lstat(f"{self._at}/{relative}").st_size
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError:
            return -1

    def below(self, start: Path) -> Iterator[tuple[Path, str]]:
        """Every file below a folder, in order, with its path from the channel's; links are not followed."""
        with self.disk(start, "read"):
            if not start.is_dir():
                return
            for entry in sorted(os.scandir(start), key=lambda entry: entry.name):
                path = Path(entry.path)
                if entry.is_dir(follow_symlinks=False):
                    yield from self.below(path)
                elif entry.is_file(follow_symlinks=False) and not entry.name.startswith("."):
                    yield path, path.relative_to(self.folder).as_posix()

    def key_of_asset(self, path: Path, relative: str) -> tuple[str, str, str] | None:
        """Key, locale and digest of the asset that a file holds; None if its name does not fit its bytes."""
        found = _ASSET_NAME.fullmatch(relative.removeprefix(f"{self.assets}/"))
        if not found or not relative.startswith(f"{self.assets}/"):
            return None
        digest = file_digest(path)[0]
        locale = found["locale"] or self.context.site.default_locale
        return (f"asset:{found['name']}", locale, digest) if digest.startswith(found["digest"]) else None

    @contextmanager
    def disk(self, path: Path, verb: str = "write") -> Iterator[None]:
        """Turns what the disk says into a sentence that names the place."""
        try:
            yield
        except OSError as error:
            raise self._trouble(path, verb, error) from error

    def _trouble(self, path: Path, verb: str, error: OSError) -> LeopardError:
        message = f"cannot {verb} {self.shown(path)}: {_reason(error)}"
        if error.errno in _OF_ONE_FILE:
            return Rejected(message, hint="move away what is in its place")
        hint = f"check that the folder exists and that you may {verb} there"
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            hint = "free some space and run again; what was there before is as it was"
        return ChannelDown(message, hint=hint)


def asset_file(key: str, fields: Fields) -> tuple[str, str] | None:
    """Path and digest of the bytes that an asset has in the folder, from its fields."""
    if not key.startswith("asset:"):
        return None
    file, digest = fields.get("file"), fields.get("digest")
    return (file, digest) if file and digest else None


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
