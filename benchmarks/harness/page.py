"""docs/performance.md, written from the results and from `benchmarks/reasons.md`."""

import re
from collections.abc import Iterator
from statistics import median
from typing import Any

from benchmarks.harness import table
from benchmarks.harness.places import HERE, ROOT
from benchmarks.harness.results import Results

PAGE = ROOT / "docs" / "performance.md"
REASONS = HERE / "reasons.md"
HEAD = """\
# Performance

Written by `make bench`; what is said by hand stands in `benchmarks/reasons.md`. `make bench-quick` takes
less than two minutes and compares ratios with `benchmarks/bounds.toml`; every change is judged by it.

Whole processes are measured from outside: CPU is user and system time of the process and of all that it
started, the peak is that of the largest process. Contestants take turns in each round, and ratios are of
the same round; of times and ratios the median is given, with the smallest and the largest time in brackets.
All read the same documents, Markdown with nested front matter (5.2 KB in the mean, 1.9 KB of it front
matter), and publish a JSON file for each and a feed, as far as they can; what they leave out stands beside
them.
"""
ABOUT = {
    "A": "Read, validate all that is nested, render Markdown, sanitise, write a JSON file each and a"
    " JSON Feed; nothing is there before. The yardstick is the floor.",
    "B": "The same command once more. The yardstick is `git status` over the same files. `imports` "
    "is a process that imports what Leopard's run imports, and does nothing.",
    "C": "One document of a hundred has changed, each round others; the feed is brought up to date "
    "as well. The yardstick is Leopard.",
    "D": "5,000 records are posted to a server on this machine that takes its time, with 16 "
    "connections at 20 ms and 32 at 100 ms. `leopard` is the phase that applies, with its "
    "ledger; `leopard sync` the whole command.",
    "E": "Records of 300 bytes from one NDJSON file become a JSON file each and a feed. Memory for "
    "documents stands in the tables of A.",
    "F": "The project of E is planned again. The yardstick joins what is wanted with the ledger's "
    "table in SQLite.",
}


def text(results: Results, header: dict[str, Any]) -> str:
    """The whole page."""
    parts = [HEAD, *_setting(results, header), "## Goals\n", _goals(results)]
    known = reasons()
    told: set[str] = set()
    for work, title, head, body in table.sections(results):
        if work not in told:
            parts.append(f"## {work}. {table.WORKS[work]}\n")
            parts.append(ABOUT[work] + "\n")
        told.add(work)
        parts.append(f"### {title.partition(', ')[2].capitalize() or 'Not measured'}\n")
        parts.append(table.in_markdown(head, body) + "\n")
    for work in table.WORKS:
        if work in known and work in told:
            at = max(index for index, part in enumerate(parts) if part.startswith(f"## {work}. "))
            parts.insert(at + 2, known[work] + "\n")
    return "\n".join(parts)


def _setting(results: Results, header: dict[str, Any]) -> Iterator[str]:
    machine = header.get("machine", {})
    lines = list(results)
    days = sorted({one["at"][:10] for one in lines if "at" in one})
    loads = [one["load"] for one in lines if "load" in one]
    when = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}" if days else "never"
    load = f", load {min(loads):.1f} to {max(loads):.1f} (median {median(loads):.1f})" if loads else ""
    disk = "" if all(one.get("memory", True) for one in lines) else "; where memory did not suffice, on disk"
    libraries = ", ".join(f"{name} {version}" for name, version in machine.get("libraries", {}).items())
    cores, memory = f"{machine.get('cores')} cores of {machine.get('processor')}", machine.get("memory")
    yield (
        f"Measured {when} on {cores}, {memory}, {machine.get('system')},"
        f" files in memory (tmpfs){disk}{load}. Leopard at {results.campaign},"
        f" Python {machine.get('python')}, git {machine.get('git')}; {libraries}.\n"
    )


def _goals(results: Results) -> str:
    return table.in_markdown(table.GOAL_HEAD, table.goal_rows(results)) + "\n"


def reasons() -> dict[str, str]:
    """By work, what was written by hand."""
    if not REASONS.exists():
        return {}
    parts = re.split(r"^## ([A-F])$", REASONS.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {work: said.strip() for work, said in zip(parts[1::2], parts[2::2], strict=True) if said.strip()}


def write(results: Results, header: dict[str, Any]) -> None:
    PAGE.write_text(text(results, header), encoding="utf-8")
