"""
Leopard beside plain floors and its peers: `python -m benchmarks …`, from the repository's folder.

    all       measure what is not measured yet of this commit, print the table, write docs/performance.md
    quick     a minute or two: ratios against benchmarks/bounds.toml; leaves with 1 on a regression
    page      print the table and write the page again, from what was measured
    profile   where the time of a full build goes, by stage and by function
    peers     install the peers (make bench-peers)
    list      who takes part, in which version, and who is missing
"""

import argparse
import sys

from benchmarks.harness import machine, page, peers, quick, table
from benchmarks.harness.contestants import contestants
from benchmarks.harness.places import RESULTS, ROOT, alone, apart
from benchmarks.harness.profiling import profile
from benchmarks.harness.results import Line, Results, read
from benchmarks.harness.works import SMALL, Asked, Works


def numbers(text: str) -> list[int]:
    return [int(part.replace("_", "")) for part in text.split(",")]


def show(line: Line) -> None:
    """One line as soon as it is measured."""
    what = f"{line['work']} {line['size']:>9,} #{line['round']} {line['contestant']:<22}"
    if "failed" in line:
        print(f"{what} {line['failed']}", flush=True)
    elif line["work"] == "D":
        print(f"{what} {line['rate']:8.0f} a second, {line['of_wrk']:.3f} of wrk", flush=True)
    else:
        figures = f"CPU {line['cpu']:8.3f}  wall {line['wall']:8.3f}  peak {line['rss']:6.0f}"
        print(f"{what} {figures}", flush=True)


def measure_all(asked: argparse.Namespace) -> int:
    with alone():
        _measure_all(asked)
    return write_page(asked)


def _measure_all(asked: argparse.Namespace) -> None:
    campaign = machine.campaign()
    if asked.fresh and RESULTS.exists():
        kept = [line for line in RESULTS.open(encoding="utf-8") if f'"campaign": "{campaign}"' not in line]
        RESULTS.write_text("".join(kept), encoding="utf-8")
    results = Results(RESULTS, campaign)
    head = {"work": "machine", "size": 0, "round": 0, "contestant": "", "machine": machine.described()}
    results.add(head)
    Works(
        Asked(
            works=asked.rows.upper(),
            sizes=asked.sizes,
            small=asked.small,
            rounds=asked.rounds,
            only=asked.only,
            limit=asked.limit,
            keep=asked.keep,
            show=show,
        ),
        results,
    ).run()


def write_page(asked: argparse.Namespace) -> int:
    lines = list(read(RESULTS))
    if not lines:
        print("nothing is measured yet; run: make bench")
        return 1
    results = Results(RESULTS, getattr(asked, "commit", None) or lines[-1]["campaign"])
    (header,) = [one for one in results if one["work"] == "machine"][-1:] or [{}]
    print(table.whole(results))
    page.write(results, header)
    print(f"\nwritten: {page.PAGE.relative_to(ROOT)}")
    return 0


def measure_quick(asked: argparse.Namespace) -> int:
    with apart():
        lines, fine = quick.judged(lambda works: quick.measured(works, show), quick.bounds())
    print()
    print(table.in_columns(("check", "ratio", "bound", ""), lines))
    return 0 if fine else 1


def list_all(asked: argparse.Namespace) -> int:
    body = [(one.name, one.works, one.version, one.missing or one.says) for one in contestants()]
    print(table.in_columns(("contestant", "works", "version", ""), body))
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("all")
    one.set_defaults(run=measure_all)
    one.add_argument("--rows", default="ABCDEF", help="which works, such as AB")
    one.add_argument("--sizes", type=numbers, default=[10_000, 100_000], help="documents, such as 1000,10000")
    one.add_argument("--small", type=numbers, default=list(SMALL), help="small records, for E and F")
    one.add_argument("--rounds", type=int, help="by default B 5, F 3, others 3 below 50,000 and 1 above")
    one.add_argument("--only", type=lambda text: text.split(";"), default=(), help="such as 'floor;leopard'")
    one.add_argument("--limit", type=float, default=3600, help="seconds that one process may take")
    one.add_argument("--keep", action="store_true", help="leave the working folders")
    one.add_argument("--fresh", action="store_true", help="forget what was measured of this commit")
    commands.add_parser("quick").set_defaults(run=measure_quick)
    one = commands.add_parser("page")
    one.set_defaults(run=write_page)
    one.add_argument("--commit", help="by default what was measured last")
    one = commands.add_parser("profile")
    one.set_defaults(run=profile)
    one.add_argument("--size", type=int, default=10_000)
    one.add_argument("--functions", type=int, default=40)
    one.add_argument("--engine")
    commands.add_parser("peers").set_defaults(run=lambda asked: int(bool(peers.install())))
    commands.add_parser("list").set_defaults(run=list_all)
    return parser.parse_args()


if __name__ == "__main__":
    given = arguments()
    sys.exit(given.run(given))
