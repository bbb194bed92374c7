"""What each table and index of a ledger and a cache takes on disk."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks.scaling.figures import said
from pipeline.config import load
from pipeline.ledger import Ledger


def sizes(root: Path, count: int, _: int = 0) -> None:
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
