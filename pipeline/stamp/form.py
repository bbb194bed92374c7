"""A stamp as a file: places, and what the file system says of them. Imports nothing but the standard library.

    magic | pieces | header | place of the header, CRC-32 of all before

A piece is what was seen of one place: of a folder and names in it, or of where a path leads. Whether it is
still so is told by looking again and comparing bytes; no content is opened for that.
"""

import os
import struct
import sys
import time
from array import array
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from itertools import chain, islice
from operator import attrgetter
from stat import S_ISDIR
from typing import BinaryIO, NamedTuple
from zlib import crc32

STARTED = time.time()
"""About when this process began: what code says that was changed later, it may not do."""
PATHS = tuple(one or os.getcwd() for one in sys.path)
INTERPRETER = "\n".join((sys.version, sys.executable, *PATHS))
"""Which Python this is, and where it finds modules and plugins."""

FOLDER, FILE = ".leopard", "stamp"
MAGIC = b"leopard stamp 1\n"
AT_ONCE = 4096
"""Names of one piece: memory does not grow with the number of files."""
RACY, COARSE = 0.05, 2.0
"""Seconds: what was changed this shortly before it was read may change again unseen, as git has it. The
second one is for file systems that tell whole seconds only."""

WALKED, NAMED, WRITTEN, INSTALLED, WAY = b"F", b"N", b"O", b"P", b"W"
"""A folder in which new names count, names in a folder, files of a channel, what is installed in a folder,
where a path leads."""
_PACKAGES = (b".dist-info", b".egg-info", b".egg-link", b".pth")

_of_file = attrgetter("st_ino", "st_size", "st_mtime_ns", "st_ctime_ns")
_of_folder = attrgetter("st_ino", "st_mtime_ns", "st_ctime_ns")
_size = attrgetter("st_size")
_HEAD = struct.Struct("<cIII")
_TAIL = 8 + 4
_READING = 1 << 20
_PLACE = getattr(os, "O_PATH", os.O_RDONLY) | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)


class Piece(NamedTuple):
    """What was seen of one place."""

    sort: bytes
    place: bytes
    names: bytes
    """NUL between them; of a way, where it leads."""
    seen: bytes
    """Unsigned 64-bit numbers."""

    def holds(self) -> bool:
        """Is it still so? Raises OSError, OverflowError where that cannot be told."""
        if self.sort == WAY:
            return way(self.place) == self
        if self.sort == INSTALLED:
            return installed(self.place) == self
        return _seen(self.sort, self.place, self.names) == self.seen

    @property
    def youngest(self) -> float:
        """When the youngest of it was changed, in seconds since 1970; nobody asks that of output.

        That is `ctime`, which nobody can put back. One in whole seconds is taken for a late one.
        """
        seen = array("Q", self.seen)
        own = 3 if self.sort == WALKED else 0
        changed = () if self.sort == WRITTEN else (*seen[2:own], *seen[own + 3 :: 4])
        latest = max(changed, default=0)
        return latest / 1e9 + (0.0 if latest % 1_000_000_000 else COARSE)


def pieces(sort: bytes, folder: str, names: Iterable[str]) -> Iterator[Piece]:
    """What there is to see in one folder now. Raises OSError, OverflowError."""
    place, waiting = os.fsencode(folder), map(os.fsencode, names)
    some = b"\0".join(islice(waiting, AT_ONCE))
    while some or sort == WALKED:
        yield Piece(sort, place, some, _seen(sort, place, some))
        some, sort = b"\0".join(islice(waiting, AT_ONCE)), NAMED if sort == WALKED else sort


def way(path: str | bytes) -> Piece:
    """Where a path leads, and what is there; of a folder, which one it is. Raises OSError, OverflowError."""
    place = os.fsencode(path)
    found = os.stat(place)
    seen = array("Q", (found.st_ino,) if S_ISDIR(found.st_mode) else _of_file(found))
    return Piece(WAY, place, os.path.realpath(place), seen.tobytes())


def installed(path: str | bytes) -> Piece:
    """What tells which packages are installed in a folder. Raises OSError, OverflowError."""
    place = os.fsencode(path)
    names = b"\0".join(sorted(name for name in os.listdir(place) if name.endswith(_PACKAGES)))
    return Piece(INSTALLED, place, names, _seen(INSTALLED, place, names))


def _seen(sort: bytes, folder: bytes, names: bytes) -> bytes:
    """The numbers of a folder's names: this is where the time goes, so all of it runs in C."""
    place = os.open(folder, _PLACE)
    try:
        found = map(partial(os.lstat, dir_fd=place), names.split(b"\0") if names else ())
        if sort == WRITTEN:
            return array("Q", map(_size, found)).tobytes()
        own = _of_folder(os.fstat(place)) if sort == WALKED else ()
        return array("Q", chain(own, chain.from_iterable(map(_of_file, found)))).tobytes()
    finally:
        os.close(place)


class Draft:
    """A stamp that is being written; it takes the place of the one before when it is finished.

    What cannot be written, to a full disk or a folder that is not there, is no stamp; nothing is raised.
    """

    def __init__(self, path: str) -> None:
        self.path, self._draft = path, path + ".part"
        self._file: BinaryIO | None = None
        self._sum = self._at = 0
        self.lag = 0.0
        """Seconds that the clock of this file system is behind ours."""
        with suppress(OSError):
            os.unlink(
                self._draft
            )  # what a killed process has left, or another one is at: then neither counts
        with suppress(OSError):
            before = time.time()
            self._file = open(self._draft, "xb", _READING)  # noqa: SIM115  # closed by `__exit__`
            self.lag = max(0.0, before - os.fstat(self._file.fileno()).st_ctime)
        self._write(MAGIC)

    def __enter__(self) -> "Draft":
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._give_up(self._file)

    def add(self, piece: Piece) -> None:
        place, names, seen = piece[1:]
        self._write(_HEAD.pack(piece.sort, len(place), len(names), len(seen)) + place + names + seen)

    def finish(self, header: Mapping[str, str]) -> None:
        """Raises ValueError for words that hold a NUL."""
        words = [word for pair in header.items() for word in pair]
        if any("\0" in word for word in words):
            raise ValueError("a NUL stands between words, and in none of them")
        at = self._at
        self._write("\0".join(words).encode("utf-8", "surrogateescape"))
        self._write(at.to_bytes(8, "little"))
        self._write(self._sum.to_bytes(4, "little"))
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
                os.replace(self._draft, self.path)
                self._file = None

    def _write(self, data: bytes) -> None:
        if self._file is not None:
            try:
                self._at += self._file.write(data)
            except OSError:
                self._give_up(self._file)
            self._sum = crc32(data, self._sum)

    def _give_up(self, file: BinaryIO) -> None:
        self._file = None
        for step in (file.close, partial(os.unlink, self._draft)):
            with suppress(OSError):
                step()


class Stamp:
    """A stamp that was written. Raises OSError if there is none, ValueError if it is none."""

    def __init__(self, path: str) -> None:
        self._file = open(path, "rb", _READING)  # noqa: SIM115  # closed by `__exit__`
        try:
            self.header = self._header()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> "Stamp":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def _header(self) -> dict[str, str]:
        end = self._file.seek(0, os.SEEK_END) - _TAIL
        self._file.seek(max(end, 0))
        self._last = self._file.read(_TAIL)
        self._end = int.from_bytes(self._last[:8], "little")
        if not len(MAGIC) <= self._end <= end:
            raise ValueError("this is no stamp")
        self._file.seek(self._end)
        self._words = self._file.read(end - self._end)
        words = self._words.decode("utf-8", "surrogateescape").split("\0")
        return dict(zip(words[::2], words[1::2], strict=True))

    def holds(self) -> bool:
        """Does everything still look as it did? Also False for a file that is damaged."""
        try:
            return all(piece.holds() for piece in self._pieces())
        except (OSError, OverflowError, ValueError):
            return False

    def _pieces(self) -> Iterator[Piece]:
        """Raises ValueError at the end, or before it, if the file is not what was written."""
        read = self._file.read
        self._file.seek(0)
        summed, left = crc32(read(len(MAGIC))), self._end - len(MAGIC)
        while left:
            head = read(_HEAD.size)
            sort, *sizes = _HEAD.unpack(head) if len(head) == _HEAD.size else (b"", left)
            left -= _HEAD.size + sum(sizes)
            if left < 0:
                raise ValueError("a piece is longer than the file")
            body = read(sum(sizes))
            summed = crc32(body, crc32(head, summed))
            names = sizes[0] + sizes[1]
            yield Piece(sort, body[: sizes[0]], body[sizes[0] : names], body[names:])
        summed = crc32(self._last[:8], crc32(self._words, summed))
        if summed != int.from_bytes(self._last[8:], "little"):
            raise ValueError("its sum is wrong")
