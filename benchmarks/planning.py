"""
What does it cost to plan against a large ledger?

    python benchmarks/planning.py [--runs 5] [RECORDS …]

Fills a ledger with records of about 1 KB each, then plans against it in processes of their own: nothing has
changed, or 1 % has. What is measured is the comparison of desired and remembered (`plan.changes`) over the
ledger on disk; reading and transforming content is not. Desired records are made on the fly, so that memory
is the planner's. Prints medians of wall time, the growth of peak memory over that of the process before it
opened the ledger, and the time that the check of the whole file takes, which a run makes before it writes.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

sys.path[0] = str(Path(__file__).resolve().parents[1])  # this folder has a sources.py of its own

from exporters.base import Desired, Remote
from pipeline import links
from pipeline.joined import joined
from pipeline.ledger import Deed, Entry, Ledger
from pipeline.order import in_order
from pipeline.plan import Rules, changes
from pipeline.spool import gathered
from schemas import canonical

CHANNEL = "site"
TEXT = "The leopard is the most widespread of the big cats, and the one about which least is known. "
AT_ONCE = 5_000


def desired(count: int, changed_every: int = 0) -> Iterator[Desired]:
    """Records by ident; every n-th is another one than the ledger remembers."""
    for number in range(count):
        new = changed_every and number % changed_every == 0
        fields = {"title": f"Page {number}", "body": TEXT * 10, "summary": "new" if new else "old"}
        key, digest = f"page:p{number:07}", canonical.digest(fields)
        yield Desired(key=key, locale="en", kind="page", title=key, fields=fields, digest=digest)


def fill(folder: Path, count: int) -> float:
    """A ledger that remembers all of them; returns its size in MB."""
    with Ledger("sqlite:///ledger.db", folder) as ledger:
        deeds: list[Deed] = []
        for number, one in enumerate(desired(count), start=1):
            remote = Remote(id=str(number), key=one.key, locale=one.locale, version="1")
            deeds.append(Deed(one.ident, "create", None, Entry.of(one, remote)))
            if len(deeds) == AT_ONCE or number == count:
                ledger.journal.receive_all("filled", CHANNEL, deeds, ())
                deeds = []
    return (folder / "ledger.db").stat().st_size / 1e6


def peak() -> float:
    """Most memory that this process ever had, in MB. On Linux only: `getrusage` counts the parent in."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1e3


def plan(folder: Path, count: int, changed_every: int) -> dict[str, float]:
    """One measurement, in this process."""
    before = peak()
    with Ledger("sqlite:///ledger.db", folder) as ledger:
        began = time.perf_counter()
        rules = Rules(CHANNEL, linked=lambda digest, fields: links.linked(digest, fields, lambda ident: None))
        found = in_order(
            gathered(changes(joined(desired(count, changed_every), ledger.pages.all(CHANNEL)), rules))
        )
        planned = time.perf_counter()
        grown = peak() - before
        ledger.trust()
        trusted = time.perf_counter()
    return {"changes": len(found), "seconds": planned - began, "grown": grown, "check": trusted - planned}


def measured(folder: Path, count: int, changed_every: int, runs: int) -> dict[str, float]:
    """Medians over processes of their own."""
    words = [sys.executable, __file__, "--measure", str(folder), str(count), str(changed_every)]
    results = [json.loads(subprocess.run(words, capture_output=True, check=True).stdout) for _ in range(runs)]
    return {name: median(one[name] for one in results) for name in results[0]}


def main() -> None:
    if sys.argv[1:2] == ["--measure"]:
        print(json.dumps(plan(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))))
        return
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("records", type=int, nargs="*", default=[1_000, 10_000, 100_000])
    asked = parser.parse_args()
    print("| records | ledger | changes | planned in | memory grown by | checked in |")
    print("|---|---|---|---|---|---|")
    for count in asked.records:
        with tempfile.TemporaryDirectory() as folder:
            size = fill(Path(folder), count)
            for changed_every in (0, 100):
                got = measured(Path(folder), count, changed_every, asked.runs)
                print(
                    f"| {count:,} | {size:.0f} MB | {got['changes']:,.0f} | {got['seconds']:.2f} s "
                    f"| {got['grown']:.0f} MB | {got['check']:.2f} s |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
