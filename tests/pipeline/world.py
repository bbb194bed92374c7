"""A world in which a project lives: truth, sources that may lie, one channel in memory, and a ledger on disk."""

import atexit
import os
import shutil
import tempfile
import time
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import delete, update

from exporters import memory
from exporters.base import ChannelContext
from pipeline import rebuild
from pipeline.config import Project, Written
from pipeline.ledger import Ledger, tables
from pipeline.ledger import now as clock
from pipeline.ledger.database import Database
from pipeline.ledger.lock import holder
from pipeline.ledger.open import begin
from pipeline.planned import Wishes
from pipeline.planner import Planner
from pipeline.prepare import check
from pipeline.run import Rollback, Sync
from schemas import canonical
from schemas.errors import ContentError, GuardStop, LeopardError
from schemas.problems import Origin
from schemas.site import Site
from sources.base import Input, Outcome, Raw, Source, SourceContext

FAST = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
LEDGER = "sqlite:///ledger.db"
NOBODY = 2**22 + 1
"""More than the largest number of a process."""
SITE = Site(title="Spots", url="https://spots.example", languages=("en", "fr"))
CHANNEL = "site"


class Dead(BaseException):
    """The process is dead: nothing that it would do from now on is done."""


@cache
def _root():
    """One folder for all worlds that this process tries: making a new one each time takes too long."""
    root = Path(tempfile.mkdtemp(dir=FAST))
    atexit.register(shutil.rmtree, root)
    (root / "content").mkdir()
    for name in ("0", "1"):
        (root / "content" / f"{name}.png").write_bytes(name.encode())
    return root


OPEN = {}
"""Ledgers by their addresses, for as long as other worlds may use them."""


def _ledger(root, address):
    if address not in OPEN:
        OPEN[address] = Ledger(address, root)
    return OPEN[address]


def leave(address):
    """No world uses this ledger any more."""
    if address in OPEN:
        OPEN.pop(address).close()


class Shelf(Source):
    """Gives what the world says that this source gives."""

    name = "shelf"

    def inputs(self):
        state, visible = self.world.given(self.shelf)
        if state == "failed":
            raise ContentError("the shelf is locked")
        for key, data in visible:
            yield Input(name=f"content/{key}", fingerprint=canonical.digest(data))
        return Outcome(state="partial" if state == "partial" else "complete")

    def read(self, part):
        data = self.world.truth[part.name.removeprefix("content/")]
        written = {name: value for name, value in data.items() if name != "shelf"}
        yield Raw(written, Origin(path="content/x"), name=part.name)
        return Outcome()


class World:
    """One project and all that can happen to it."""

    def __init__(self, without=(), documents=False, **options):
        self.root = _root()
        self.truth = {}
        self.state = {"a": "complete", "b": "complete"}
        self.hidden = set()
        self.store = memory.STORES[str(self.root)] = memory.Store()
        chosen = {"store": str(self.root), "without": tuple(without), "documents": documents, "workers": 1}
        self.project = self._project(memory.MemoryExporter.Options(**chosen, **options))
        self.exporter = self.project.channels[CHANNEL]
        self.ledger = _ledger(self.root, self.project.written.ledger)
        self.lose_ledger()

    def _project(self, options):
        sources = {}
        for name in self.state:
            sources[name] = Shelf(Shelf.Options(), SourceContext(self.root, SITE))
            sources[name].world, sources[name].shelf = self, name
        channel = memory.MemoryExporter(options, ChannelContext(CHANNEL, self.root, SITE))
        written = Written(site=SITE, ledger=LEDGER)
        return Project(self.root, written, sources, (), {CHANNEL: channel})

    def given(self, shelf):
        """What a source gives now, and how complete it says that this is."""
        state = self.state[shelf]
        listed = [(key, data) for key, data in sorted(self.truth.items()) if data["shelf"] == shelf]
        if state == "empty":
            return "complete", []
        if state == "partial":
            listed = [(key, data) for key, data in listed if key not in self.hidden]
        return state, listed

    def heal(self):
        self.state = dict.fromkeys(self.state, "complete")
        self.store.faults.clear()
        self.store.stale = None

    def held(self):
        """Idents that the project itself holds back, while every source is complete."""
        return set(check(self.project).findings.held)

    def run(self, allowed=(), later=True, **wishes):
        """One sync; the error it ends with, if it does. `later`: no refusal is so fresh that it waits."""
        wished = Wishes(**wishes)
        at = clock() + timedelta(days=2) if later else None
        try:
            return Sync(self.project, self.ledger, wishes=wished).run(allowed=allowed, now=at)
        except LeopardError as error:
            return error

    def plan(self):
        return Planner(self.project, self.ledger).plan(now=clock() + timedelta(days=2)).plan

    def roll_back(self, run):
        try:
            return Rollback(self.project, self.ledger).run(run)
        except LeopardError as error:
            return error

    @contextmanager
    def fatal(self, point):
        """The process dies at the `point`-th of all commits and calls that come, before or after its effect."""
        left = point

        self.died = False

        def tick(*_):
            nonlocal left
            left -= 1
            if left <= 0:
                self.died = True
                raise Dead

        @contextmanager
        def writing(**how):
            tick()
            with Database.writing(self.ledger.database, **how) as connection:
                yield connection
            tick()

        self.store.on_call, self.ledger.database.writing = tick, writing
        try:
            with suppress(Dead):
                yield
        finally:
            self.store.on_call = None
            self.restart()

    def restart(self):
        """Another process goes on; whoever held the lock is dead."""
        del self.ledger.database.writing
        with self.ledger.database.writing() as connection:
            connection.execute(update(tables.locks).values(pid=NOBODY))
        for _ in range(1000):  # a server sees a moment later that a connection is gone
            if holder(self.ledger) is None:
                break
            time.sleep(0.01)

    def lose_ledger(self):
        """The ledger is a new and empty one."""
        with self.ledger.database.writing() as connection:
            for table in tables.metadata.tables.values():
                connection.execute(delete(table))
            begin(connection)

    def rebuild_ledger(self):
        leave(self.project.written.ledger)
        list(rebuild.rebuild(self.project, "rebuilt", clock()))
        self.ledger = _ledger(self.root, self.project.written.ledger)

    def doubted(self):
        return {doubt.ident for doubt in self.ledger.journal.in_doubt(CHANNEL)}

    def pages(self):
        """Pages of ours by ident; several where there is more than one."""
        held = {}
        for page in self.store.pages.values():
            held.setdefault(page.ident, []).append(page)
        return held


__all__ = ["CHANNEL", "Dead", "GuardStop", "World"]
