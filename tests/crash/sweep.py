"""
Kill a real process at every point in turn, run Leopard again, and look whether all is as it would have been.

    python tests/crash/sweep.py [--stride N] [--postgres] [json jsonfeed loopback batches]

With --postgres the ledger is on a server of its own.

Each attempt is a fork of this process, so that hundreds of them take seconds. Prints points tried and passed;
leaves with 1 if one does not converge.
"""

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout, suppress
from functools import partial
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [
    str(HERE),
    *(str(HERE.parent / part) for part in ("servers", "servers/plugin", "exporters", "pipeline")),
]

import postgres
import scenario
from held import Site
from points import watch
from remembered import OnFile, OnServer

from pipeline.cli import main as leopard

SYNC = ("sync", "--yes")
AFTERWARDS = (SYNC, ("plan", "--detailed-exitcode"), ("ledger", "doctor"))
JOBS, TRIES = 2, 5
FAST = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def forked(work):
    """`work()` in a fork of this process: its exit status, or minus the signal that ended it."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        status = 70
        try:
            status = work()
        finally:
            os._exit(status or 0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def command(site, words, fatal=None, count_to=None, sent=signal.SIGKILL):
    """One command of the program in this process; what it says goes to `said.txt` beside the project."""
    said = os.open(site.folder / "said.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(said, 1)
    os.dup2(said, 2)
    sys.argv = ["leopard", "-C", str(site.root), *words]
    points = watch(fatal, sent) if fatal or count_to else None
    try:
        leopard()
    except SystemExit as leaving:
        return leaving.code or 0
    finally:
        sys.stdout.flush()
        if count_to:
            count_to.write_text("\n".join(points.seen))
    return 0


class Phase:
    """One thing that may be interrupted: where it begins, what it says, and where it ends undisturbed."""

    def __init__(self, name, world, folder, start, words=SYNC, then=None):
        self.name, self.folder, self.words = name, folder, words
        self.channel, self.remembered = world
        self.start, self.end = folder / f"{name}-start", folder / f"{name}-end"
        with self.site(start, self.start) as site:
            then(site)
        with self.site(self.start, self.end) as site:
            count = folder / "count"
            words = self.words_in(site)
            assert forked(lambda: command(site, words, count_to=count)) in (0, 1), site.said()
            self.names = count.read_text().splitlines()
            self.points = len(self.names)
            assert forked(lambda: command(site, SYNC)) == 0, site.said()
            self.wanted = site.seen()

    def words_in(self, site):
        """The command; `RUN` stands for the last run that wrote anything."""
        return tuple(site.last_run() if word == "RUN" else word for word in self.words)

    @contextmanager
    def site(self, start, folder):
        """A copy of `start` that can be run, with the CMS it publishes to."""
        if start is not None:
            shutil.copytree(start, folder)
        made = Site(self.channel, folder, self.remembered)
        made.remembered.copy(start)
        with made.served() as site:
            yield site

    def attempt(self, fatal):
        """None if all is well after a death at the point `fatal`, else what is not.

        How many writes a transaction takes, and so how many points there are, differs from run to run. If
        there is no such point this time, the last one that there was is tried.
        """
        for _ in range(TRIES):
            wrong, last = self._attempted(fatal)
            if last is None:
                return wrong
            fatal = last
        return f"it did not die at any of its last points, such as {fatal}"

    def _attempted(self, fatal):
        """What is wrong after a death at that point; and the last point that there was, if it did not die."""
        folder = self.folder / f"{self.name}-{fatal}-{os.getpid()}"
        count = folder.with_name(f"{folder.name}-count")
        with self.site(self.start, folder) as site:
            words = self.words_in(site)
            died = forked(lambda: command(site, words, fatal=fatal, count_to=count))
            if died in (0, 1) and (seen := len(count.read_text().splitlines())) < fatal:
                shutil.rmtree(folder)
                return None, seen
            if died != -signal.SIGKILL:
                return f"it did not die, but left with {died}: {site.said()}", None
            for words in AFTERWARDS:
                status = forked(lambda words=words: command(site, words))
                if status != 0:
                    return f"{' '.join(words)} left with {status}: {site.said()}", None
            wrong = site.differences(self.wanted)
        site.remembered.drop()
        shutil.rmtree(folder)
        return wrong, None


def nothing(site):
    """What happens before a phase, if nothing does."""


def begin(site):
    site.root.mkdir(parents=True)
    scenario.begin(site.root)
    site.prepare()


def phases(channel, remembered, folder):
    """Creates; updates, removals and additions; an undo; and for pages, a ledger that is lost."""
    world = (channel, remembered)
    first = Phase("creates", world, folder, None, then=begin)
    second = Phase("changes", world, folder, first.end, then=lambda site: scenario.go_on(site.root))
    third = Phase("undo", world, folder, second.end, ("rollback", "RUN", "--yes"), then=nothing)
    yield from (first, second, third)
    if channel in ("loopback", "batches"):
        yield Phase("lost", world, folder, second.end, then=lambda site: site.remembered.lose())


def tried(phase, points):
    """Every point by what went wrong there; several at once, each in a process of its own."""
    notes = [phase.folder / f"notes-{job}" for job in range(JOBS)]
    children = []
    for job, note in enumerate(notes):
        child = os.fork()
        if child == 0:
            found = {point: phase.attempt(point) for point in points[job::JOBS]}
            note.write_text(json.dumps(found))
            os._exit(0)
        children.append(child)
    failed = [child for child in children if os.waitpid(child, 0)[1]]
    assert not failed, "the sweep itself has failed; see above"
    return {int(point): wrong for note in notes for point, wrong in json.loads(note.read_text()).items()}


def sweep(channel, remembered, stride):
    """Tries one kind of channel; True if every point converges."""
    passed = total = all_points = 0
    with tempfile.TemporaryDirectory(prefix="leopard-sweep-", dir=FAST) as folder:
        for phase in phases(channel, remembered, Path(folder)):
            results = tried(phase, range(1, phase.points + 1, stride))
            for point, wrong in sorted(results.items()):
                if wrong:
                    print(f"  {channel}, {phase.name}, point {point} of {phase.points}: {wrong}")
            passed += sum(wrong is None for wrong in results.values())
            total, all_points = total + len(results), all_points + phase.points
    every = "" if stride == 1 else f" (every {stride}. of {all_points})"
    print(f"crash sweep {channel}: {passed} of {total} points converge{every}", flush=True)
    return passed == total


def warm_up(channel, remembered):
    """Import all that a run needs, before the first fork."""
    with tempfile.TemporaryDirectory() as folder, open(os.devnull, "w") as nowhere:
        site = Site(channel, Path(folder), remembered)
        site.remembered.copy(None)
        begin(site)
        sys.argv = ["leopard", "-C", str(site.root), "sync", "--yes"]
        with site.served(), redirect_stdout(nowhere), redirect_stderr(nowhere), suppress(SystemExit):
            leopard()


def options(told):
    """What the command line asks for, how the projects remember, and what is to be closed in the end."""
    parser = argparse.ArgumentParser(description=told)
    parser.add_argument("--stride", type=int, default=1)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("channels", nargs="*", default=list(scenario.CHANNELS))
    asked, end = parser.parse_args(), ExitStack()
    if not asked.postgres:
        return asked, OnFile, end
    server = end.enter_context(postgres.server(careful=True))
    return asked, partial(OnServer, server=server), end


def main():
    asked, remembered, end = options(__doc__)
    with end:
        for channel in asked.channels:
            warm_up(channel, remembered)
        return int(not all([sweep(channel, remembered, asked.stride) for channel in asked.channels]))


if __name__ == "__main__":
    sys.exit(main())
