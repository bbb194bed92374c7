"""Fills a ledger and a cache with as many records as are asked for: those of a real run, copied in SQL."""

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.scaling.work import planned_and_done
from pipeline.config import Project
from pipeline.ledger import Ledger
from pipeline.ledger.tables import entries, journal

FORMS, PUBLISHERS = 1_000, 100
BEHIND = 2 * FORMS
"""The copies are numbered behind what the real run has noted."""
COPIED = "filled"
"""The run that the copies are of."""
PORTION = 200_000
"""Rows that are copied at once."""
TEXT = "The leopard is the most widespread of the big cats, and the one about which least is known. "
ON_FILE = "sqlite:///.leopard/ledger.db"
CONFIGURATION = """\
site: {{title: Registry, url: "https://example.org"}}
ledger: "{ledger}"
sources: {{records: {{use: json, path: records.ndjson}}}}
channels: {{registry: {{use: webhook, url: "https://hooks.example.org/leopard", secret: "env:SECRET"}}}}
"""


def key(number: int) -> str:
    return f"report:10-5555-leopard-{number:09}"


def write_configuration(root: Path, ledger: str = ON_FILE) -> None:
    (root / "leopard.yaml").write_text(CONFIGURATION.format(ledger=ledger), encoding="utf-8")


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


class Copies:
    """Copies the rows of the first reports under other numbers, table by table."""

    def __init__(self, run: Callable[[str], Any], count: int) -> None:
        self.run, self.count = run, count

    def fill(self, table: str, columns: list[str], named: str, **others: str) -> None:
        """`named` columns hold the number of their report; `others` are given in SQL: `n.i` is the number."""
        new, its = "substr(CAST(1000000000 + n.i AS TEXT), 2)", named.split()
        renamed = {name: f"replace(t.{name}, t.old, {new})" for name in its}
        values = [others.get(name) or renamed.get(name) or f"t.{name}" for name in columns]
        self.run(
            f"CREATE TEMP TABLE form_{table} AS SELECT CAST(substr(ident, 24, 9) AS INTEGER) AS slot,"
            f" substr(ident, 24, 9) AS old, * FROM {table} WHERE ident LIKE 'report:%'"
        )
        self.run(f"CREATE UNIQUE INDEX by_slot_{table} ON form_{table} (slot)")
        for first in range(FORMS, self.count, PORTION):
            last = min(first + PORTION, self.count) - 1
            self.run(
                f"INSERT INTO {table} ({', '.join(columns)}) WITH RECURSIVE n(i) AS"
                f" (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last})"
                f" SELECT {', '.join(values)} FROM n JOIN form_{table} t ON t.slot = n.i % {FORMS}"
            )


def begin(root: Path, count: int, words: int) -> None:
    """A project whose channel holds all that its source gives."""
    with (root / "records.ndjson").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(one) + "\n" for one in reports(count, words))
    (root / ".leopard").mkdir()
    time.sleep(0.1)  # a file that is younger is read again
    planned_and_done(root, count, "first", count + PUBLISHERS)


def plain(path: Path) -> sqlite3.Connection:
    """A database that need not survive anything."""
    database = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-400000", "locking_mode=EXCLUSIVE"):
        database.execute(f"PRAGMA {pragma}").fetchall()
    return database


def fill_ledger(project: Project, root: Path, count: int) -> None:
    def filled(run: Callable[[str], Any]) -> None:
        copies, of = Copies(run, count), [column.name for column in entries.columns]
        copies.fill("entries", of, "ident key title remote_id fields")
        of = [column.name for column in journal.columns]
        copies.fill("journal", of, "ident after", id=f"n.i + {BEHIND}", run=f"'{COPIED}'")

    if project.written.ledger.startswith("sqlite"):
        database = plain(root / ".leopard" / "ledger.db")
        filled(database.execute)
        database.execute("PRAGMA journal_mode=WAL").fetchall()
        database.close()
        return
    with Ledger(project.written.ledger, root) as ledger:
        with ledger.database.writing(guarded=False) as connection:
            filled(lambda statement: connection.exec_driver_sql(statement.replace("%", "%%")))
            last = f"{count + BEHIND + 1}"
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
