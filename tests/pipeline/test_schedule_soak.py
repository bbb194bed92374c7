"""A soak: many scheduled runs with faults of every kind; nothing missed, nothing twice, and memory stays flat.

LEOPARD_SOAK=10000 in the environment makes it that many runs.
"""

import gc
import os
import random
import sys
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from clockwork import BEGIN, Clock, Replica, every

from exporters import memory
from pipeline.config import load
from pipeline.ledger.lock import PATIENCE
from pipeline.schedule.timed import Result
from pipeline.schedule.times import slots
from pipeline.schedule.work import worker
from schemas.errors import LedgerError, Transient

RUNS = int(os.environ.get("LEOPARD_SOAK", "120"))
REPLICAS = 3
STEP = 10.0
OFTEN, RARELY = every("minute", name="often"), every("5 minutes", name="rarely", jitter="1 minute")
CONFIGURATION = """\
site: {title: Spots, url: "https://spots.example"}
ledger: sqlite:///ledger.db
sources: {pages: {use: yaml, path: content}}
channels: {site: {use: memory, store: soak, workers: 1}}
"""


class Killed(BaseException):
    """The process is dead."""


class Soak:
    """Replicas that do real syncs of a project, and everything that happens to them."""

    def __init__(self, root, seed):
        self.root, self.chance = root, random.Random(seed)
        self.clock, self.replicas, self.hanging = Clock(), [], False
        self.troubles, self.doubtful, self.happened = [], Counter(), Counter()
        self.store = memory.STORES["soak"] = memory.Store()
        (root / "leopard.yaml").write_text(CONFIGURATION)
        (root / "content").mkdir()
        self.pages = {}
        self.edit()
        self.made, self.finished = Counter(), Counter()
        self.real = worker(
            lambda: load(root), load(root), lambda timed, report: None, lambda timed, error: None
        )
        for _ in range(REPLICAS):
            self.replace()

    def edit(self):
        """Content changes now and then."""
        name = f"p{self.chance.randrange(8)}"
        self.pages[name] = f"{name} {self.chance.random()}"
        (self.root / "content" / f"{name}.yaml").write_text(f"title: {self.pages[name]}\n")

    def replace(self, dead=None):
        """A new process, in place of one that is dead."""
        if dead is not None:
            self.replicas.remove(dead)
            dead.ledger.close()
        replica = Replica(self.root, self.clock, OFTEN, RARELY)
        replica.work = lambda timed, lease: self.work(replica, timed, lease)
        self.replicas.append(replica)
        self.flaw(replica)

    def flaw(self, replica):
        """Now and then the ledger cannot be written, or it was and nobody hears of it."""
        real = replica.jobs.change

        def change(name, do):
            drawn = self.chance.random()
            if drawn < 0.004:
                self.trouble("ledger before")
                raise LedgerError("the ledger cannot be used: locked")
            done = real(name, do)
            if drawn > 0.996:
                self.trouble("ledger after")
                raise LedgerError("the ledger cannot be used: gone away")
            return done

        replica.jobs.change = change

    def trouble(self, what, lasting=0.0):
        """Note when due times may go by for a good reason."""
        self.happened[what] += 1
        now = self.clock.now()
        self.troubles.append((now - timedelta(seconds=30), now + timedelta(seconds=4 * PATIENCE + lasting)))

    def work(self, replica, timed, lease):
        replica.begun.clear()
        replica.told.clear()
        slot, drawn = (timed.name, lease.state.slot), self.chance.random()
        if self.chance.random() < 0.1:
            self.edit()
        if drawn < 0.01:
            self.trouble("killed before")
            raise Killed
        if drawn < 0.02 and not self.hanging:
            self.hang(replica)
        elif drawn < 0.05:
            self.happened["failed"] += 1
            return Result("failed", error="the job has failed")
        elif drawn < 0.08:
            self.happened["channel"] += 1
            self.store.faults.append(memory.Fault("update", error=Transient("busy", retry_after=0.0)))
        result = self.real(timed, lease)
        if 0.08 <= drawn < 0.09:
            self.trouble("killed after")
            raise Killed
        self.finished[slot] += 1
        return result

    def hang(self, replica):
        """The process stands still for so long that another one takes its job over."""
        self.hanging = True
        self.trouble("hung", lasting=120)
        for _ in range(9):
            self.clock.go(STEP)
            self.look(but=replica)
        self.hanging = False

    def look(self, but=None):
        for replica in list(self.replicas):
            if replica is not but:
                try:
                    replica.look()
                except Killed:
                    self.replace(replica)

    def step(self):
        drawn = self.chance.random()
        if drawn < 0.002:
            span = timedelta(minutes=self.chance.randrange(1, 90))
            self.troubles.append((self.clock.now(), self.clock.now() + span + timedelta(seconds=60)))
            self.happened["slept"] += 1
            self.clock.sleep(seconds=span.total_seconds())
        elif drawn < 0.004:
            self.happened["put back"] += 1
            self.clock.set(seconds=-self.chance.randrange(1, 20))
        elif drawn < 0.006:
            self.replace(self.replicas[0])
        self.look()
        self.clock.go(STEP)
        for call in self.store.calls:
            self.made[call] += call.startswith("create ")
        self.store.calls.clear()

    def states(self):
        return self.replicas[0].jobs.all()

    def runs(self):
        return sum(state.runs for state in self.states().values())


def resident():
    """Bytes of memory that this process holds."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def excused(job, troubles):
    """How many due times of a job lie where something was wrong."""
    total, reached = 0, BEGIN
    for since, until in sorted(troubles):
        since = max(since, reached)
        if since < until:
            total += slots(job, since, until, "UTC")
            reached = until
    return total


@pytest.mark.parametrize("seed", [1])
def test_soak(tmp_path, seed):
    soak = Soak(tmp_path, seed)
    memory_at = {}
    done = 0
    while done < RUNS:
        for _ in range(30):
            soak.step()
        done = soak.runs()
        if not memory_at and done >= RUNS // 5:
            memory_at["begin"] = resident()
    memory_at["end"] = resident()
    states = soak.states()

    for job in (OFTEN, RARELY):
        state = states[job.title]
        first = slots(job, BEGIN, state.slot - timedelta(microseconds=1), "UTC")
        assert state.runs + state.misses == first, "a due time is neither done nor counted as missed"
        assert state.misses <= excused(job, soak.troubles), "a due time was missed and nothing was wrong"
    twice = [slot for slot, count in soak.finished.items() if count > 1]
    assert (
        len(twice) <= soak.happened["ledger after"] + soak.happened["ledger before"] + soak.happened["hung"]
    )

    calm(soak)
    held = {page.key.removeprefix("page:"): page.fields["title"] for page in soak.store.pages.values()}
    assert held == soak.pages, "the channel is not as the content asks"
    assert len(soak.store.pages) == len(held)
    assert set(soak.made.values()) <= {0, 1}, "a page was created twice"
    growth = memory_at["end"] - memory_at["begin"]
    print(
        f"{done} runs, {dict(soak.happened)}, misses {[s.misses for s in states.values()]}, {growth / 1e6:+.1f} MB"
    )
    assert growth < 32e6
    for replica in soak.replicas:
        replica.ledger.close()
    memory.STORES.clear()


def calm(soak):
    """Let everything be well for a while."""
    for replica in soak.replicas:
        with suppress(AttributeError):
            del replica.jobs.change
        replica.work = soak.real
    for _ in range(60):
        soak.look()
        soak.clock.go(STEP)
