"""
Stop a real process at a point, let another run take over, wake it up, and look what it still does.

    python tests/crash/overtaken.py [--stride N] [--postgres] [json loopback]

Whoever wakes up must find out that it was replaced, before anything else that outlives it. Beyond our reach is
what it had begun: a request or a file of which nothing but the sending was left. There, one more write may arrive.
"""

import os
import shutil
import signal
import sqlite3
import sys
import tempfile
from itertools import islice
from pathlib import Path

from sweep import SYNC, command, forked, options, phases, warm_up

OLD = "update locks set beat = '2020-01-01T00:00:00+00:00'"
SENDING = ("before send", "before replace", "before link", "before unlink")
BUSY = "database is locked"


def stopped(work):
    """`work()` in a fork that stops itself: its number. None if it has ended without."""
    child = os.fork()
    if child == 0:
        status = 70
        try:
            status = work()
        finally:
            os._exit(status or 0)
    _, status = os.waitpid(child, os.WUNTRACED)
    return child if os.WIFSTOPPED(status) else None


def attempt(phase, point):
    """None if all is well after a stop at a point, else what is not."""
    folder = phase.folder / f"{phase.name}-stopped-{point}"
    name = phase.names[point - 1]
    with phase.site(phase.start, folder) as site:
        child = stopped(lambda: command(site, SYNC, fatal=point, sent=signal.SIGSTOP))
        if child is None:
            return "it did not stop"
        try:
            wrong = _overtaken(site)
        finally:
            os.kill(child, signal.SIGCONT)
            woken = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if not wrong and woken != 3:
            wrong = f"whoever woke up left with {woken}: {site.said()}"
        if wrong == BUSY:  # nobody could take over, and it went on
            wrong = None if woken == 0 else f"nobody took over, but it left with {woken}: {site.said()}"
        if not wrong and name not in SENDING:
            status = forked(lambda: command(site, SYNC))
            wrong = f"afterwards: {status}" if status else site.differences(phase.wanted)
    site.remembered.drop()
    shutil.rmtree(folder)
    return wrong


def _overtaken(site):
    """Another run, while the first is stopped; a file that a stopped process has locked stays so."""
    try:
        site.remembered.run(OLD)
    except sqlite3.OperationalError:
        status = forked(lambda: command(site, SYNC))
        told = BUSY in site.said() and "wait until the other process has written" in site.said()
        return BUSY if status == 2 and told else f"a locked ledger: {status}, {site.said()}"
    status = forked(lambda: command(site, SYNC))
    return None if status == 0 else f"whoever took over left with {status}: {site.said()}"


def tried(phase, stride):
    """Points from the moment at which the lock is held until it is given back, one before a commit among them.

    After the last commit but two all is settled: the lock is given back, and what is left is for alerts.
    """
    commits = [point for point, name in enumerate(phase.names, 1) if name == "before do_commit"]
    chosen = list(range(commits[0] + 2, commits[-3], stride))
    return sorted({*chosen, commits[1]})


def main():
    asked, remembered, end = options(__doc__)
    with end, tempfile.TemporaryDirectory(prefix="leopard-overtaken-") as folder:
        failed = False
        for channel in asked.channels:
            warm_up(channel, remembered)
            place = Path(folder) / channel
            place.mkdir()
            phase = next(islice(phases(channel, remembered, place), 1, None))  # changes of every sort
            results = {point: attempt(phase, point) for point in tried(phase, asked.stride)}
            for point, wrong in results.items():
                if wrong:
                    print(f"  {channel}, point {point}, {phase.names[point - 1]}: {wrong}")
            passed = sum(wrong is None for wrong in results.values())
            print(f"overtaken {channel}: {passed} of {len(results)} points are well", flush=True)
            failed = failed or passed < len(results)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
