"""What one whole process costs, with all that it started: measured from outside, by the kernel."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

LIMIT = 3600.0
PATIENCE = 10.0
"""Seconds that those whom a process leaves behind have to end."""
_SUBREAPER = 36
"""Of Linux's prctl(2): whoever is left behind below this process becomes its child, so that it counts."""

if sys.platform == "linux":
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)


@dataclass(frozen=True)
class Measured:
    """`wall` and `cpu` (user and system, of the process and all that it started) in seconds, `rss` in MiB.

    `rss` is the peak of the largest single process. `status` is None if the process was stopped at its limit.
    """

    wall: float
    cpu: float
    rss: float
    status: int | None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def measure(
    words: Sequence[str],
    folder: Path,
    log: Path,
    more: Mapping[str, str] | None = None,
    limit: float = LIMIT,
) -> Measured:
    """Run a command in a folder, what it prints going to `log`; `more` is added to the environment.

    The harness itself has to be small: the kernel counts its size before `exec` as the child's.
    """
    with log.open("wb") as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            list(words),
            cwd=folder,
            env={**os.environ, **(more or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            status, usage = _end(process.pid, limit)
            wall = time.perf_counter() - began
            usages = [usage, *_left_behind(process.pid)]
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)  # it does not hear of a keyboard's interrupt
            raise
    process.returncode = status if status is not None else -9  # it has been waited for
    cpu = sum(one.ru_utime + one.ru_stime for one in usages)
    peak = max(one.ru_maxrss for one in usages)
    return Measured(round(wall, 4), round(cpu, 4), round(peak / 1024, 1), status)


def _end(pid: int, limit: float) -> tuple[int | None, Any]:
    """Wait for the end; at the limit the whole group is killed."""
    late = threading.Event()

    def stop() -> None:
        late.set()
        os.killpg(pid, signal.SIGKILL)

    timer = threading.Timer(limit, stop)
    timer.start()
    try:
        _, status, usage = os.wait4(pid, 0)
    finally:
        timer.cancel()
    return (None if late.is_set() else os.waitstatus_to_exitcode(status)), usage


def _left_behind(group: int) -> Iterator[Any]:
    """What those have cost for whom the process did not wait: they end by themselves, or are ended."""
    until = time.monotonic() + PATIENCE
    with suppress(ChildProcessError):
        while True:
            pid, _, usage = os.wait4(-group, os.WNOHANG)
            if pid:
                yield usage
            elif time.monotonic() < until:
                time.sleep(0.01)
            else:
                os.killpg(group, signal.SIGKILL)
                until += PATIENCE
