"""
What do planner and ledger cost with millions of records?

    python benchmarks/scale.py [--records 1000000] [--words 0] [--ledger sqlite|postgresql] [--folder DIR]
                               [--steps fill,sizes,…] [--keep]

A project with 100 publishers and 1,000 reports like those of a registry is read, changed and planned as
always. What ledger and cache then hold of the reports is copied in SQL under other numbers, until there are
as many as asked for; bodies of records are not copied into the cache, as nobody reads those of what has not
changed. Then come, each in a process of its own, the steps below, done by the classes that a sync uses. Each
prints a line of JSON, so that a run that is stopped keeps its figures. `cpu` and `wall` are seconds,
`server_cpu` those of PostgreSQL, `peak` the most memory that the process ever had, in MB.

    first       20,000 reports that nobody knew, from the file on; sizes with bodies
    fill        the project, the ledger and the cache
    sizes       bytes a record of each table and index
    questions   each question that the planner, or a feed, asks the ledger
    cold        a plan when nothing is known of what stands, and keeping that
    calm        a plan when nothing has changed
    few, many   0.01 % and 1 % of the records are others: plan, ledger's part of the writes, keeping
    rollback    the plan that takes back what `many` has done
    write       receipts and intents of many pages, as channels on the web and as channels of files note them
    trust       the check of the whole file that goes before the first write
    prune       half of the journal is deleted
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import islice
from pathlib import Path
from shutil import rmtree
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:1] = [str(ROOT), str(ROOT / "tests" / "pipeline")]  # this folder has a sources.py of its own

from benchmarks.scaling import filling
from benchmarks.scaling.figures import SERVER, measured, said
from benchmarks.scaling.filling import COPIED, key
from benchmarks.scaling.sizes import sizes
from benchmarks.scaling.work import AT_ONCE, CHANNEL, planned_and_done
from pipeline.cache.cards import READ, Cards
from pipeline.cache.code import code_of
from pipeline.cache.store import opened
from pipeline.config import load
from pipeline.ledger import Deed, Ledger, now
from pipeline.prepare import cache_file
from pipeline.rollback import plan_rollback

FRESH = 20_000
"""Records of the step `first`."""
EVERY = {"few": 10_000, "many": 100}
"""One record of so many is another one."""
WRITTEN, LISTED = 50_000, 1_000_000
"""Pages that are written, and entries that are read, where not all have to be."""
PRUNED = 10_000
"""Rows that are deleted in one transaction."""


def fill(root: Path, count: int, words: int) -> None:
    filling.begin(root, filling.FORMS, words)
    with measured("fill: ledger", records=count):
        filling.fill_ledger(load(root), root, count)
    with measured("fill: cache", records=count):
        filling.fill_cache(root / ".leopard" / "cache.db", count)


def first(root: Path, _: int, words: int) -> None:
    """In a folder beside, with a ledger on file."""
    beside = root.with_name(f"{root.name}-first")
    try:
        beside.mkdir()
        filling.write_configuration(beside)
        filling.begin(beside, FRESH, words)
        sizes(beside, FRESH)
    finally:
        rmtree(beside)


def questions(root: Path, count: int, _: int) -> None:
    project = load(root)
    with Ledger(project.written.ledger, root) as ledger:
        pages = ledger.pages
        asked: dict[str, Callable[[], Any]] = {
            "counts": pages.counts,
            "scheduled": lambda: pages.scheduled(CHANNEL),
            "in_doubt": lambda: ledger.journal.in_doubt(CHANNEL),
            "detached": lambda: pages.detached(CHANNEL),
            "waiting": lambda: ledger.quarantine.waiting(CHANNEL, now()),
            "latest runs": lambda: ledger.history.latest(1),
            "latest change": pages.latest,
            "writes of a run": lambda: ledger.journal.counts(COPIED),
            "outlines": lambda: range(sum(1 for _ in islice(pages.outlines(CHANNEL), LISTED))),
            "entries": lambda: range(sum(1 for _ in islice(pages.all(CHANNEL), LISTED // 10))),
            "newest first": lambda: range(sum(1 for _ in islice(pages.newest_first(CHANNEL), LISTED))),
        }
        for name, ask in asked.items():
            with measured("question", what=name, records=count) as figures:
                figures["answers"] = len(ask())


def cold(root: Path, count: int, _: int) -> None:
    with closing(filling.plain(root / ".leopard" / "cache.db")) as database:
        database.execute("DELETE FROM standing_of")
    planned_and_done(root, count, "cold", 0)


def calm(root: Path, count: int, _: int) -> None:
    planned_and_done(root, count, "calm", 0)


def few(root: Path, count: int, _: int) -> None:
    changed(root, count, "few")


def many(root: Path, count: int, _: int) -> None:
    changed(root, count, "many")


def changed(root: Path, count: int, step: str) -> None:
    """Every n-th report is another one, as if its source had just given it so."""
    project, numbers = load(root), range(7, count, EVERY[step])
    with measured(f"{step}: change", records=count, changed=len(numbers)):
        store = opened(cache_file(project), code_of(project))
        form = Cards(store, READ).get(f"{key(3)}@en")
        assert form is not None
        record = store.load(form)
        for number in numbers:
            new = {"key": key(number), "title": f"On {step} leopards, part {number:09}"}
            digest, body = store.put(record.model_copy(update=new), sure=True)
            values = (digest, body, f"{key(number)}@en")
            store.run("UPDATE rows SET digest = ?, body = ? WHERE ident = ?", values)
        store.commit()
        store.close()
    planned_and_done(root, count, step, len(numbers))


def write(root: Path, count: int, _: int) -> None:
    project = load(root)
    with Ledger(project.written.ledger, root) as ledger:
        form = ledger.pages.get(CHANNEL, f"{key(3)}@en")
        assert form is not None

        def deeds(first: int, many: int) -> list[Deed]:
            made = ((key(number), f"{key(number)}@en") for number in range(first, first + many))
            copies = (form.model_copy(update={"ident": ident, "key": name}) for name, ident in made)
            return [Deed(one.ident, "create", None, one) for one in copies]

        some = min(WRITTEN, count)
        for name, first in (("new pages", count), ("known pages", count)):
            with measured("write: web", what=name, records=count, written=some):
                done: list[tuple[int, Deed]] = []
                for at in range(first, first + some, AT_ONCE):
                    next_ = deeds(at, AT_ONCE)
                    begun = ledger.journal.go_on("written", CHANNEL, done=done, next_=next_)
                    done = list(zip(begun.numbers, next_, strict=True))
                ledger.journal.go_on("written", CHANNEL, done=done)
        with measured("write: files", what="new pages", records=count, written=some):
            new = deeds(count + some, some)
            numbers = ledger.journal.intend("written too", CHANNEL, new)
            ledger.journal.receive("written too", CHANNEL, zip(numbers, new, strict=True))


def rollback(root: Path, count: int, _: int) -> None:
    project = load(root)
    step = measured("rollback: plan", records=count)
    with Ledger(project.written.ledger, root) as ledger, step as figures:
        plan, _problems = plan_rollback(project, ledger, "many")
        figures["changes"] = len(plan.channels[0].changes)


def trust(root: Path, count: int, _: int) -> None:
    with Ledger(load(root).written.ledger, root) as ledger, measured("trust", records=count):
        ledger.trust()


def prune(root: Path, count: int, _: int) -> None:
    half, deletion = count // 2, "DELETE FROM journal WHERE id > {} AND id <= {}"
    with Ledger(load(root).written.ledger, root) as ledger, measured("prune", records=count, deleted=half):
        for first in range(0, half, PRUNED):
            ends = (filling.BEHIND + at for at in (first, min(first + PRUNED, half)))
            with ledger.database.writing() as connection:
                connection.exec_driver_sql(deletion.format(*ends))


STEPS: dict[str, Callable[[Path, int, int], None]] = {
    **{"first": first, "fill": fill, "sizes": sizes, "questions": questions, "cold": cold, "calm": calm},
    **{"few": few, "many": many, "rollback": rollback, "write": write, "trust": trust, "prune": prune},
}


@contextmanager
def home(asked: argparse.Namespace) -> Iterator[tuple[Path, dict[str, str]]]:
    """A folder for the project, with what its steps have to be told."""
    with ExitStack() as stack:
        root = asked.folder or Path(tempfile.mkdtemp(prefix="leopard-scale-"))
        if not asked.keep:
            stack.callback(rmtree, root, ignore_errors=True)
        root.mkdir(parents=True, exist_ok=True)
        environment, ledger = {**os.environ, "SECRET": "unused"}, filling.ON_FILE
        if asked.ledger == "postgresql":
            from postgres import server

            made = stack.enter_context(server())
            ledger = made.schema()
            environment[SERVER] = (made.home / "data" / "postmaster.pid").read_text().split()[0]
        filling.write_configuration(root, ledger)
        yield root, environment


def main() -> None:
    if sys.argv[1:2] == ["--step"]:
        name, folder, *numbers = sys.argv[2:]
        STEPS[name](Path(folder), *map(int, numbers))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--words", type=int, default=0, help="of an abstract, in each report")
    parser.add_argument("--ledger", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--folder", type=Path, help="for the project; removed in the end")
    parser.add_argument("--steps", default=",".join(STEPS))
    parser.add_argument("--keep", action="store_true", help="leave the folder")
    asked = parser.parse_args()
    with home(asked) as (root, environment):
        for name in asked.steps.split(","):
            words = [
                sys.executable,
                __file__,
                "--step",
                name,
                str(root),
                str(asked.records),
                str(asked.words),
            ]
            if subprocess.run(words, env=environment, check=False).returncode:
                said(name, failed=True)
                if name == "fill":
                    break


if __name__ == "__main__":
    main()
