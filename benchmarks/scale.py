"""
What do planner and ledger cost with millions of records?

    python benchmarks/scale.py [--records 1000000] [--words 0] [--ledger sqlite|postgresql] [--folder DIR]
                               [--steps fill,sizes,…] [--keep]

A project with 100 publishers and 1,000 reports like those of a registry is read, changed and planned as always.
What ledger and cache then hold of the reports is copied in SQL under other numbers, until there are as many
as asked for; bodies of records are not copied into the cache, as nobody reads those of what has not changed.
Then come, each in a process of its own, the steps below, done by the classes that a sync uses. Each prints a
line of JSON, so that a run that is stopped keeps its figures. `cpu` and `wall` are seconds, `server_cpu` those
of PostgreSQL, `peak` and `grown` MB of the process, the latter since its imports.

    fill        the project, the ledger and the cache
    sizes       bytes a record of each table and index
    questions   each question that the planner, or a feed, asks the ledger
    cold        a plan when nothing is known of what stands, and keeping that
    calm        a plan when nothing has changed
    few, many   0.01 % and 1 % of the records are others: plan, ledger's part of the writes, keeping
    write       receipts and intents of many pages, as channels on the web and as channels of files note them
    trust       the check of the whole file that goes before the first write
    prune       half of the journal is deleted
"""

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import islice
from pathlib import Path
from shutil import rmtree
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:1] = [str(ROOT), str(ROOT / "tests" / "pipeline")]  # this folder has a sources.py of its own

from exporters.base import Remote
from pipeline import planner as planning
from pipeline import prepare as preparing
from pipeline.cache.cards import READ, Cards
from pipeline.cache.code import code_of
from pipeline.cache.store import opened
from pipeline.change import Change
from pipeline.config import Project, load
from pipeline.ledger import Deed, Entry, Ledger
from pipeline.planner import Planner

CHANNEL, RUN = "registry", "filled"
FORMS, PUBLISHERS = 1_000, 100
STEPS = ("fill", "sizes", "questions", "cold", "calm", "few", "many", "write", "trust", "prune")
EVERY = {"few": 10_000, "many": 100}
TEXT = "The leopard is the most widespread of the big cats, and the one about which least is known. "
CONFIGURATION = """\
site: {{title: Registry, url: "https://example.org"}}
ledger: "{ledger}"
sources: {{records: {{use: json, path: records.ndjson}}}}
channels: {{registry: {{use: webhook, url: "https://hooks.example.org/leopard", secret: "env:SECRET"}}}}
"""
PORTION = 200_000
AT_ONCE = 200
MANY, LISTED = 50_000, 1_000_000


def key(number: int) -> str:
    return f"report:10-5555-leopard-{number:09}"


def said(step: str, **figures: Any) -> None:
    """One line of JSON."""
    rounded = {name: round(one, 4) if isinstance(one, float) else one for name, one in figures.items()}
    load_now = round(os.getloadavg()[0], 1)
    print(json.dumps({"step": step, **rounded, "load": load_now}), flush=True)


def memory(name: str) -> float:
    """`VmRSS` or `VmHWM` of this process, in MB (Linux)."""
    return int(Path("/proc/self/status").read_text().partition(f"{name}:")[2].split()[0]) / 1e3


BASE = memory("VmHWM")


def server_cpu() -> float:
    """Seconds of a PostgreSQL server and of all that it has started."""
    main, spent = os.environ.get("SCALE_SERVER"), 0
    for stat in Path("/proc").glob("[0-9]*/stat") if main else ():
        try:
            values = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        if stat.parent.name == main:
            spent += sum(map(int, values[11:15]))
        elif values[1] == main:
            spent += sum(map(int, values[11:13]))
    return spent / os.sysconf("SC_CLK_TCK")


@contextmanager
def measured(step: str, **figures: Any) -> Iterator[dict[str, Any]]:
    """Says what the work inside took, with what is put into the figures."""
    cpu, wall, server = time.process_time(), time.perf_counter(), server_cpu()
    yield figures
    figures |= {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
    if os.environ.get("SCALE_SERVER"):
        figures["server_cpu"] = server_cpu() - server
    said(step, **figures, peak=memory("VmHWM"), grown=memory("VmHWM") - BASE)


class Copies:
    """Copies the rows of the first reports under other numbers, table by table."""

    def __init__(self, run: Callable[[str], Any], count: int) -> None:
        self.run, self.count = run, count

    def fill(self, table: str, columns: list[str], named: str, chosen: str = "TRUE", **others: str) -> None:
        """`named` columns hold the number of their report; `others` are given in SQL: `n.i` is the number."""
        values = [
            others.get(name)
            or (f"replace(t.{name}, t.old, substr(CAST(1000000000 + n.i AS TEXT), 2))" if name in named.split()
                else f"t.{name}")
            for name in columns
        ]  # fmt: skip
        self.run(
            f"CREATE TEMP TABLE form_{table} AS SELECT CAST(substr(ident, 24, 9) AS INTEGER) AS slot,"
            f" substr(ident, 24, 9) AS old, * FROM {table} WHERE ident LIKE 'report:%' AND {chosen}"
        )
        self.run(f"CREATE UNIQUE INDEX by_slot_{table} ON form_{table} (slot)")
        for first in range(FORMS, self.count, PORTION):
            last = min(first + PORTION, self.count) - 1
            self.run(
                f"INSERT INTO {table} ({', '.join(columns)}) WITH RECURSIVE n(i) AS"
                f" (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last})"
                f" SELECT {', '.join(values)} FROM n JOIN form_{table} t ON t.slot = n.i % {FORMS}"
            )


def reports(count: int, words: int) -> Iterator[dict[str, Any]]:
    """What the source gives: publishers, then reports."""
    for number in range(PUBLISHERS):
        name = f"publisher-{number:03}"
        yield {"kind": "organisation", "key": f"organisation:{name}", "name": f"Publisher {number}"}
    for number in range(count):
        issued = f"{1990 + number % 35}-{1 + number % 12:02}-{1 + number % 28:02}"
        yield {
            "kind": "report",
            "key": key(number),
            "title": f"On leopards, part {number:09}",
            "type": "journal_article",
            "authors": [{"name": "Amira Solberg"}, {"name": "Ravi Menon"}],
            "publisher": f"organisation:publisher-{number % PUBLISHERS:03}",
            "issued": issued,
            "doi": f"10.5555/leopard-{number:09}",
            **({"abstract": (TEXT * words)[: words * 6]} if words else {}),
        }


def entry(change: Change) -> Entry:
    """What is remembered of a page when its channel has taken it."""
    assert change.desired is not None
    known = {"id": change.ident, "key": change.desired.key, "locale": change.desired.locale}
    return Entry.of(change.desired, Remote(**known, version=change.desired.digest))


def fill(root: Path, count: int, words: int) -> None:
    with (root / "records.ndjson").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(one) + "\n" for one in reports(FORMS, words))
    (root / ".leopard").mkdir()
    time.sleep(0.1)  # a file that is younger is read again
    project = load(root)
    with measured("first", records=FORMS), Ledger(project.written.ledger, root) as ledger:
        planner = Planner(project, ledger)
        planned = planner.plan()
        ledger.history.begin(RUN)
        done = [Deed(one.ident, one.action, None, entry(one)) for one in planned.plan.channels[0].changes]
        for at in range(0, len(done), AT_ONCE):
            some = done[at : at + AT_ONCE]
            begun = ledger.journal.go_on(RUN, CHANNEL, next_=some)
            ledger.journal.go_on(RUN, CHANNEL, done=list(zip(begun.numbers, some, strict=True)))
        planner.remember(planned)
        planned.prepared.content.store.close()
    bodies(root)
    with measured("fill ledger", records=count):
        fill_ledger(project, root, count)
    with measured("fill cache", records=count):
        fill_cache(root / ".leopard" / "cache.db", count)


def bodies(root: Path) -> None:
    """What the cache takes for the records themselves, which are not copied."""
    with closing(sqlite3.connect(root / ".leopard" / "cache.db")) as database:
        (size,) = database.execute("SELECT sum(length(body)) FROM bodies").fetchone()
        said("bodies", bytes_a_record=size / (FORMS + PUBLISHERS))


def plain(path: Path) -> sqlite3.Connection:
    """A database that need not survive anything."""
    database = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-400000", "locking_mode=EXCLUSIVE"):
        database.execute(f"PRAGMA {pragma}").fetchall()
    return database


def fill_ledger(project: Project, root: Path, count: int) -> None:
    from pipeline.ledger.tables import entries, journal

    def filled(run: Callable[[str], Any]) -> None:
        copies, of = Copies(run, count), [column.name for column in entries.columns]
        copies.fill("entries", of, "ident key title remote_id fields")
        of = [column.name for column in journal.columns]
        copies.fill("journal", of, "ident after", id=f"n.i + {2 * FORMS}")

    if project.written.ledger.startswith("sqlite"):
        database = plain(root / ".leopard" / "ledger.db")
        filled(database.execute)
        database.execute("PRAGMA journal_mode=WAL").fetchall()
        database.close()
        return
    with Ledger(project.written.ledger, root) as ledger:
        with ledger.database.writing(guarded=False) as connection:
            filled(connection.exec_driver_sql)
            last = f"{count + 2 * FORMS + 1}"
            connection.exec_driver_sql(f"SELECT setval(pg_get_serial_sequence('journal', 'id'), {last})")
        with ledger.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")


def fill_cache(path: Path, count: int) -> None:
    database = plain(path)
    copies, far = Copies(database.execute, count), 10**12
    named = {
        "rows": "ident",
        "made": "ident claims",
        "claims": "claim ident",
        "standing": "ident",
    }
    for table, names in named.items():
        columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
        others = {"id": f"n.i + {PORTION}", "raw": "randomblob(16)", "number": "n.i", "line": "n.i"}
        others["body"] = f"n.i + {2 * far if table == 'made' else far}"
        copies.fill(table, columns, names, **{k: v for k, v in others.items() if k in columns})
    database.execute("UPDATE inputs SET count = ?", (count + PUBLISHERS,))
    database.execute("PRAGMA journal_mode=WAL").fetchall()
    database.close()


def sizes(root: Path, count: int, _: int) -> None:
    project = load(root)
    files = {"cache": root / ".leopard" / "cache.db"}
    if project.written.ledger.startswith("sqlite"):
        files["ledger"] = root / ".leopard" / "ledger.db"
    for name, path in files.items():
        with closing(sqlite3.connect(path)) as database:
            query = "SELECT name, sum(pgsize), sum(pgsize - unused) FROM dbstat GROUP BY name ORDER BY 2 DESC"
            _sized(name, database.execute(query).fetchall(), count)
    if "ledger" not in files:
        query = (
            "SELECT relname, pg_table_size(oid), pg_table_size(oid) FROM pg_class"
            " WHERE relkind IN ('r', 'i') AND relnamespace = current_schema()::regnamespace ORDER BY 2 DESC"
        )
        with Ledger(project.written.ledger, root) as ledger, ledger.database.engine.connect() as connection:
            _sized("ledger", connection.exec_driver_sql(query).fetchall(), count)


def _sized(name: str, rows: Any, count: int) -> None:
    each = {table: [round(size / count, 1), round(used / count, 1)] for table, size, used in rows}
    large = {table: pair for table, pair in each.items() if pair[0] >= 1}
    said("sizes", file=name, gb=sum(size for _, size, _ in rows) / 1e9, bytes_a_record_and_used=large)


def questions(root: Path, count: int, _: int) -> None:
    project = load(root)
    with Ledger(project.written.ledger, root) as ledger:
        now, pages = planning.clock(), ledger.pages
        asked: dict[str, Callable[[], Any]] = {
            "counts": pages.counts,
            "scheduled": lambda: pages.scheduled(CHANNEL),
            "in_doubt": lambda: ledger.journal.in_doubt(CHANNEL),
            "detached": lambda: pages.detached(CHANNEL),
            "waiting": lambda: ledger.quarantine.waiting(CHANNEL, now),
            "latest runs": lambda: ledger.history.latest(1),
            "latest change": pages.latest,
            "writes of a run": lambda: ledger.journal.counts(RUN),
            "outlines": lambda: range(sum(1 for _ in islice(pages.outlines(CHANNEL), LISTED))),
            "entries": lambda: range(sum(1 for _ in islice(pages.all(CHANNEL), LISTED // 10))),
            "newest first": lambda: range(sum(1 for _ in islice(pages.newest_first(CHANNEL), LISTED))),
        }
        for name, ask in asked.items():
            with measured("question", what=name, records=count) as figures:
                figures["answers"] = len(ask())


def cold(root: Path, count: int, _: int) -> None:
    with closing(plain(root / ".leopard" / "cache.db")) as database:
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
        store = opened(preparing.cache_file(project), code_of(project))
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


def planned_and_done(root: Path, count: int, step: str, expected: int) -> None:
    """A plan, what the ledger notes of its writes, and what is remembered afterwards."""
    phases: dict[str, float] = {}

    def watched(owner: Any, name: str, phase: str) -> None:
        inner = getattr(owner, name)

        def around(*args: Any, **named: Any) -> Any:
            began = time.process_time()
            try:
                return inner(*args, **named)
            finally:
                phases[phase] = phases.get(phase, 0.0) + time.process_time() - began

        setattr(owner, name, around)

    watched(preparing.Reader, "read", "cpu_read")
    watched(preparing, "attach", "cpu_attach")
    watched(preparing.ReferenceCheck, "run", "cpu_references")
    watched(preparing.Transformer, "transform", "cpu_transform")
    watched(preparing.Preparation, "prepare", "cpu_prepare")
    project = load(root)
    with Ledger(project.written.ledger, root) as ledger:
        planner = Planner(project, ledger)
        with measured(f"{step}: plan", records=count) as figures:
            planned = planner.plan()
            changes = planned.plan.channels[0].changes
            figures |= {"changes": len(changes), **phases}
        if len(changes) != expected or planner.preparation.afresh:
            sys.exit(f"{len(changes)} changes were found, and not {expected}: the simulation is wrong")
        if changes:
            with measured(f"{step}: ledger", records=count, changes=len(changes)):
                applied(ledger, f"run of {step}", changes)
        with measured(f"{step}: keep", records=count):
            planner.remember(planned)


def applied(ledger: Ledger, run: str, changes: Any) -> None:
    """The ledger's part of writing pages to a channel on the web: receipts with the intents of the next."""
    ledger.history.begin(run)
    done: list[tuple[int, Deed]] = []
    stream = iter(changes)
    while some := list(islice(stream, AT_ONCE)):
        deeds = [Deed(one.ident, one.action, one.before, entry(one)) for one in some]
        begun = ledger.journal.go_on(run, CHANNEL, done=done, next_=deeds)
        done = list(zip(begun.numbers, deeds, strict=True))
    ledger.journal.go_on(run, CHANNEL, done=done)
    ledger.history.end(run, "clean", {}, [])


def write(root: Path, count: int, _: int) -> None:
    project = load(root)
    with Ledger(project.written.ledger, root) as ledger:
        form = ledger.pages.get(CHANNEL, f"{key(3)}@en")
        assert form is not None

        def deeds(first: int, many: int) -> list[Deed]:
            made = ((key(number), f"{key(number)}@en") for number in range(first, first + many))
            copies = (form.model_copy(update={"ident": ident, "key": name}) for name, ident in made)
            return [Deed(one.ident, "create", None, one) for one in copies]

        some = min(MANY, count)
        for name, first in (("new pages", count), ("known pages", count)):
            with measured("write: web", what=name, records=count, written=some):
                done: list[tuple[int, Deed]] = []
                for at in range(first, first + some, AT_ONCE):
                    next_ = deeds(at, AT_ONCE)
                    begun = ledger.journal.go_on("written", CHANNEL, done=done, next_=next_)
                    done = list(zip(begun.numbers, next_, strict=True))
                ledger.journal.go_on("written", CHANNEL, done=done)
        with measured("write: files", what="new pages", records=count, written=some):
            ledger.journal.receive_all("written too", CHANNEL, deeds(count + some, some), ())


def trust(root: Path, count: int, _: int) -> None:
    with Ledger(load(root).written.ledger, root) as ledger, measured("trust", records=count):
        ledger.trust()


def prune(root: Path, count: int, _: int) -> None:
    half = count // 2
    with Ledger(load(root).written.ledger, root) as ledger, measured("prune", records=count, deleted=half):
        for first in range(0, half, 10_000):
            last = min(first + 10_000, half)
            with ledger.database.writing() as connection:
                connection.exec_driver_sql(
                    f"DELETE FROM journal WHERE id > {first + 2 * FORMS} AND id <= {last + 2 * FORMS}"
                )


@contextmanager
def home(asked: argparse.Namespace) -> Iterator[tuple[Path, dict[str, str]]]:
    """A folder for the project, with what its steps have to be told."""
    with ExitStack() as stack:
        root = asked.folder or Path(tempfile.mkdtemp(prefix="leopard-scale-"))
        if not asked.keep:
            stack.callback(rmtree, root, ignore_errors=True)
        root.mkdir(parents=True, exist_ok=True)
        environment, ledger = dict(os.environ), "sqlite:///.leopard/ledger.db"
        if asked.ledger == "postgresql":
            from postgres import server

            made = stack.enter_context(server())
            ledger = made.schema()
            environment["SCALE_SERVER"] = (made.home / "data" / "postmaster.pid").read_text().split()[0]
        (root / "leopard.yaml").write_text(CONFIGURATION.format(ledger=ledger), encoding="utf-8")
        yield root, environment


def main() -> None:
    if sys.argv[1:2] == ["--step"]:
        _, _, name, folder, count, words = sys.argv
        globals()[name](Path(folder), int(count), int(words))
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
