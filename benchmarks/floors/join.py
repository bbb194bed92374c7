"""
SQLite's own comparison of what is wanted with what a ledger remembers: the least that planning takes.

    python join.py LEDGER.db WANTED.db CHANNEL fill    make the table of what is wanted: the same
    python join.py LEDGER.db WANTED.db CHANNEL         join the two; print `cpu`, `wall`, differences
"""

import json
import sqlite3
import sys
import time

FILL = "INSERT INTO wanted SELECT ident, digest FROM ledger.entries WHERE channel = ? ORDER BY ident"
JOIN = """
SELECT (SELECT count(*) FROM wanted w LEFT JOIN ledger.entries e ON e.channel = ?1 AND e.ident = w.ident
        WHERE e.digest IS NOT w.digest)
     + (SELECT count(*) FROM ledger.entries e WHERE e.channel = ?1
        AND NOT EXISTS (SELECT 1 FROM wanted w WHERE w.ident = e.ident))
"""


def main() -> None:
    ledger, wanted, channel, *fill = sys.argv[1:]
    database = sqlite3.connect(f"file:{wanted}", uri=True)
    database.execute("ATTACH ? AS ledger", (f"file:{ledger}?mode=ro",))
    if fill:
        database.execute("DROP TABLE IF EXISTS wanted")
        database.execute("CREATE TABLE wanted (ident TEXT PRIMARY KEY, digest TEXT) WITHOUT ROWID")
        with database:
            count = database.execute(FILL, (channel,)).rowcount
        print(json.dumps({"wanted": count}))
        return
    cpu, wall = time.process_time(), time.perf_counter()
    (differ,) = database.execute(JOIN, (channel,)).fetchone()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(json.dumps({"cpu": cpu, "wall": wall, "changes": differ}))


main()
