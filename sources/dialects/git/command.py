"""
The command `git`, run so that a repository of strangers can do nothing with it.

The command and not a library in Python: it is the one implementation that everybody's repository works with
(shallow and partial clones, every format of packs, credentials of the machine), and its object commands never
write a file tree, so hooks, filters, links and submodules of a repository have nowhere to act.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from schemas.errors import ContentError
from schemas.problems import Origin

SETTINGS = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.alternateRefsCommand": "",
    "protocol.allow": "never",
    "protocol.https.allow": "always",
    "protocol.http.allow": "always",
    "protocol.file.allow": "always",
    "http.followRedirects": "false",
    "credential.helper": "",
    "fetch.fsckObjects": "true",
    "fetch.recurseSubmodules": "false",
    "transfer.bundleURI": "false",
    "submodule.recurse": "false",
    "gc.auto": "0",
    "safe.directory": "*",
}
"""What no configuration of the machine or of a repository changes: no transport that runs a command, no
redirect to another host, no hook, no submodule, and no object that Git itself calls malformed."""


class Git:
    """One bare repository: of our own, or somebody's on this machine that is only read."""

    def __init__(self, folder: Path, where: str, timeout: float) -> None:
        self.folder, self.where, self.timeout = folder, where, timeout

    def run(self, *arguments: str, largest: int | None = None) -> bytes:
        """What the command prints. Raises ContentError if it fails, takes too long, or is not there.

        `largest`: bytes of a file that it may write at most.
        """
        line = [*(_limited(largest) if largest else ()), *_line(self.folder), *arguments]
        try:
            done = subprocess.run(  # noqa: S603 - options are checked, and stand before `--`
                line, capture_output=True, env=_environment(), timeout=self.timeout, check=False,
                stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise self.error("git.too_slow", "takes too long", "raise `timeout` of the source") from None
        except OSError as error:
            raise self.error(
                "git.command", f"needs the command git: {error.strerror}", "install git"
            ) from None
        if done.returncode != 0 and largest and _is_cut(done.stderr):
            hint = "raise `max_size` of the source if that is right"
            raise self.error("fetch.too_large", f"has more than {largest / 1e6:g} MB", hint)
        if done.returncode != 0:
            raise self.error("git.failed", f"cannot be read: {_words(done.stderr)}", "check its address")
        return done.stdout

    @contextmanager
    def objects(self) -> Iterator["Objects"]:
        """A process that hands out objects one by one."""
        line = [*_line(self.folder), "cat-file", "--batch"]
        with subprocess.Popen(  # noqa: S603 - as above
            line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_environment()
        ) as process:
            try:
                yield Objects(process, self)
            finally:
                process.kill()

    def error(self, code: str, what: str, hint: str) -> ContentError:
        return ContentError(f"{self.where} {what}", code=code, hint=hint, origin=Origin(path=self.where))


class Objects:
    """Bytes of objects by their ids."""

    def __init__(self, process: "subprocess.Popen[bytes]", git: Git) -> None:
        self.process, self.git = process, git

    def write(self, ident: str, path: Path) -> None:
        """Put the bytes of a blob into a new file. Raises ContentError if there is no such blob."""
        asks, gives = self.process.stdin, self.process.stdout
        assert asks is not None, "it is a pipe"
        assert gives is not None, "it is a pipe"
        try:
            asks.write(f"{ident}\n".encode("ascii"))
            asks.flush()
            head = gives.readline().split()
            if len(head) != 3 or head[1] != b"blob":
                raise self.git.error("git.failed", f"does not have the object {ident[:40]}", "fetch it anew")
            left = int(head[2])
            with path.open("xb") as file:
                while left > 0 and (piece := gives.read(min(left, 1 << 20))):
                    file.write(piece)
                    left -= len(piece)
            if left or gives.read(1) != b"\n":
                raise self.git.error("git.failed", "broke off within an object", "run again")
        except (OSError, ValueError) as error:
            raise self.git.error("git.failed", f"cannot be read: {error}", "run again") from None


@contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """A folder for files of one reading, which is removed in the end."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with TemporaryDirectory(dir=folder, prefix="reading-") as name:
        yield Path(name)


def _line(folder: Path) -> list[str]:
    given = (part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}"))
    return ["git", *given, f"--git-dir={folder}", "--no-replace-objects"]


def _limited(largest: int) -> list[str]:
    """A shell that lets a command write no larger file (`ulimit -f` counts blocks of 512 bytes)."""
    return ["sh", "-c", 'ulimit -f "$0" && exec "$@"', str(-(-largest // 512))]


def _is_cut(error: bytes) -> bool:
    """Whether a file would have become too large; the signal for that has the number 25."""
    return b"File too large" in error or b"died of signal 25" in error


def _environment() -> dict[str, str]:
    """Nothing of ours but where programs are: no configuration, no prompt, no proxy."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.devnull,
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": os.devnull,
        "GIT_PROTOCOL_FROM_USER": "0",
        "GIT_ALLOW_PROTOCOL": "file:http:https",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_LITERAL_PATHSPECS": "1",
    }


def _words(error: bytes) -> str:
    """The last line that the command complains in, on one line and in short."""
    lines = [line.strip() for line in error.decode("utf-8", "replace").splitlines() if line.strip()]
    text = next(
        (line for line in reversed(lines) if line.startswith(("fatal:", "error:"))), "it does not say why"
    )
    plain = "".join(mark if mark.isprintable() else "�" for mark in text)
    return plain.removeprefix("fatal:").removeprefix("error:").strip()[:200]
