"""The least that work B takes in plain Python: `scan.py FOLDER STATE` stats every file and compares with what
an SQLite file remembers; prints how many there are, have changed and are gone."""

import os
import sqlite3
import sys


def walk(folder: str, shown: str, found: dict[str, tuple[int, int, int]]) -> None:
    below = []
    with os.scandir(folder) as listing:
        for entry in listing:
            if entry.name.endswith(".md"):
                stat = entry.stat(follow_symlinks=False)
                found[shown + entry.name] = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            elif entry.is_dir(follow_symlinks=False):
                below.append(entry.name)
    for name in below:
        walk(f"{folder}/{name}", f"{shown}{name}/", found)


def main() -> None:
    now: dict[str, tuple[int, int, int]] = {}
    walk(sys.argv[1], "", now)
    state = sqlite3.connect(sys.argv[2])
    state.execute("CREATE TABLE IF NOT EXISTS f (p TEXT PRIMARY KEY, m INT, s INT, i INT) WITHOUT ROWID")
    old = {path: (m, s, i) for path, m, s, i in state.execute("SELECT p, m, s, i FROM f")}
    changed, gone = [path for path, stat in now.items() if old.get(path) != stat], old.keys() - now.keys()
    with state:
        state.executemany("INSERT OR REPLACE INTO f VALUES (?, ?, ?, ?)", [(p, *now[p]) for p in changed])
        state.executemany("DELETE FROM f WHERE p = ?", [(path,) for path in gone])
    print(len(now), len(changed), len(gone))


main()
