"""
What does it cost to keep a feed of many records up to date?

    python benchmarks/feeds.py [--runs 3] [--channel rss] [--without-others] [RECORDS …]

Writes records of about 1 KB into one NDJSON file and publishes them as one feed: first all of them, then with
1 % changed, each in a process of its own. Told apart are reading (parse, validate, all steps), planning (what
is to be published is compared with what is remembered; here records are rendered) and applying (remember,
write the feed). `CPU` is that of the whole process, imports included: on a machine that others use, it says
more than the clock. `written` is how long the bytes of the feed alone take to write and sum. `peak` is the
most memory that the process ever had, `grown by` what of it came after the content was read.

Then feedgen and Scrapy's exporters write feeds and tables of the same records, without validation and without
knowing what has changed, so they write all again. They are installed into an environment that is thrown away.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

sys.path[0] = str(Path(__file__).resolve().parents[1])  # this folder has a sources.py of its own

TEXT = "The leopard is the most widespread of the big cats, and the one about which least is known. "
SUFFIX = {"rss": "xml", "atom": "xml", "jsonfeed": "json", "csv": "csv"}
CONFIGURATION = """\
site: {{title: Leopards, url: "https://example.org"}}
sources: {{articles: {{use: json, path: articles.ndjson, kind: article}}}}
channels: {{feed: {{use: {use}, path: public/feed.{suffix}, kinds: [article]}}}}
"""
OTHERS = ("feedgen rss", "feedgen atom", "scrapy xml", "scrapy json", "scrapy csv")


def fill(root: Path, count: int, changed_every: int = 0) -> None:
    """Records by key; every n-th is another one than at first."""
    with (root / "articles.ndjson").open("w", encoding="utf-8") as file:
        for number in range(count):
            new = changed_every and number % changed_every == 0
            day = 1 + number % 28
            record = {
                "key": f"article:a{number:07}",
                "title": f"Leopards, part {number}",
                "summary": "All is new" if new else "All is as it was",
                "published_at": f"{1900 + number % 120}-{1 + number % 12:02}-{day:02}T09:00:00Z",
                "tags": ["leopards", "counts"],
                "authors": [{"name": "Amira Solberg"}],
                "body": {"format": "html", "text": f"<p>{TEXT * 5}</p>\n<p>{TEXT * 4}</p>"},
            }
            file.write(json.dumps(record) + "\n")


def memory(name: str) -> float:
    """`VmRSS` or `VmHWM` of this process, in MB. On Linux only: `getrusage` counts the parent in."""
    return int(Path("/proc/self/status").read_text().partition(f"{name}:")[2].split()[0]) / 1e3


def sync(root: Path) -> dict[str, float]:
    """One sync in this process, by its parts."""
    from pipeline import run
    from pipeline.config import load
    from pipeline.ledger import Ledger
    from pipeline.prepare import Preparation

    spent: dict[str, float] = dict.fromkeys(("read", "apply"), 0.0)
    held: dict[str, float] = {}

    def watched(name: str, function: Any) -> Any:
        def around(*args: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return function(*args, **named)
            finally:
                spent[name] += time.perf_counter() - began
                held[name] = memory("VmHWM")

        return around

    project = load(root)
    kind = type(project.channels["feed"])
    render, rendered = kind.render, Counter[str]()

    def counted(*args: Any) -> Any:
        rendered["records"] += 1
        return render(*args)

    kind.render = counted
    Preparation.prepare = watched("read", Preparation.prepare)
    run.apply = watched("apply", run.apply)
    began = time.perf_counter()
    with Ledger(project.written.ledger, root) as ledger:
        report = run.Sync(project, ledger).run()
    whole = time.perf_counter() - began
    changes = sum(sum(one.done.values()) for one in report.applied)
    return {
        "changes": changes,
        "rendered": rendered["records"],
        "read": spent["read"],
        "plan": whole - spent["read"] - spent["apply"],
        "apply": spent["apply"],
        "cpu": time.process_time(),
        "peak": memory("VmHWM"),
        "grown": memory("VmHWM") - held["read"],
    }


def written(feed: Path) -> float:
    """How long the bytes of a file take to write and to sum."""
    summed, began = hashlib.sha256(), time.perf_counter()
    copy = feed.with_suffix(".copy")
    with feed.open("rb") as source, copy.open("wb") as target:
        while chunk := source.read(1 << 20):
            summed.update(chunk)
            target.write(chunk)
    summed.digest()
    took = time.perf_counter() - began
    copy.unlink()
    return took


def other(root: Path, what: str) -> dict[str, float]:
    """One of the others writes all records, in this process."""
    tool, form = what.split()
    module, write = {"feedgen": ("feedgen.feed", _feedgen), "scrapy": ("scrapy.exporters", _scrapy)}[tool]
    import_module(module)
    before, began = memory("VmHWM"), time.perf_counter()
    write(root, form)
    return {"seconds": time.perf_counter() - began, "grown": memory("VmHWM") - before}


def _items(root: Path) -> Any:
    with (root / "articles.ndjson").open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def _feedgen(root: Path, form: str) -> None:
    from feedgen.feed import FeedGenerator

    feed = FeedGenerator()
    feed.id("https://example.org")
    feed.title("Leopards")
    feed.link(href="https://example.org")
    feed.description("Leopards")
    for one in _items(root):
        entry = feed.add_entry(order="append")
        entry.id(one["key"])
        entry.title(one["title"])
        entry.link(href=f"https://example.org/articles/{one['key']}")
        entry.published(one["published_at"])
        entry.updated(one["published_at"])
        entry.author(one["authors"])
        entry.category([{"term": tag} for tag in one["tags"]])
        entry.summary(one["summary"])
        entry.content(one["body"]["text"], type="CDATA" if form == "rss" else "html")
    (feed.rss_file if form == "rss" else feed.atom_file)(str(root / f"feedgen.{form}"))


def _scrapy(root: Path, form: str) -> None:
    from scrapy import exporters

    kinds = {
        "xml": exporters.XmlItemExporter,
        "json": exporters.JsonItemExporter,
        "csv": exporters.CsvItemExporter,
    }
    with (root / f"scrapy.{form}").open("wb") as file:
        writer = kinds[form](file)
        writer.start_exporting()
        for one in _items(root):
            writer.export_item(one)
        writer.finish_exporting()


def apart(python: str, *words: str) -> dict[str, float]:
    """One measurement in a process of its own."""
    done = subprocess.run([python, __file__, *words], capture_output=True, check=False, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(words)} failed:\n{done.stderr}")
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


def middle(results: list[dict[str, float]]) -> dict[str, float]:
    return {name: median(one[name] for one in results) for name in results[0]}


def leopard(root: Path, use: str, count: int, runs: int) -> dict[str, float]:
    """Print a row for the first sync, and one for a sync after 1 % has changed, which is returned."""
    feed = root / "public" / f"feed.{SUFFIX[use]}"
    (root / "leopard.yaml").write_text(CONFIGURATION.format(use=use, suffix=SUFFIX[use]), encoding="utf-8")
    fill(root, count)
    _row(use, count, apart(sys.executable, "--sync", str(root)), feed)
    later = []
    for turn in range(runs):
        fill(root, count, changed_every=0 if turn % 2 else 100)
        later.append(apart(sys.executable, "--sync", str(root)))
    got = middle(later)
    _row(use, count, got, feed)
    return got


def _row(use: str, count: int, got: dict[str, float], feed: Path) -> None:
    _print(
        f"{use}, {count:,}",
        f"{got['changes']:,.0f}",
        f"{got['rendered']:,.0f}",
        *(f"{got[part]:.2f} s" for part in ("read", "plan", "apply", "cpu")),
        f"{written(feed):.2f} s ({feed.stat().st_size / 1e6:.0f} MB)",
        *(f"{got[part]:.0f} MB" for part in ("peak", "grown")),
    )


def _print(*cells: str) -> None:
    print(f"| {' | '.join(cells)} |", flush=True)


def installed(folder: Path) -> str | None:
    """The Python of a new environment that holds the others; None, and a loud word, if that cannot be."""
    python = folder / "bin" / "python"
    for words in (
        [sys.executable, "-m", "venv", str(folder)],
        [str(python), "-m", "pip", "install", "--quiet", "feedgen", "Scrapy"],
    ):
        done = subprocess.run(words, capture_output=True, check=False, text=True)
        if done.returncode:
            print(f"\nSKIPPED: feedgen and Scrapy could not be installed:\n{done.stderr[-1000:]}")
            return None
    return str(python)


def others(root: Path, python: str, count: int, runs: int, ours: dict[str, float]) -> None:
    """Rows of the others, with how long they take of what Leopard takes for 1 % (read, planned, applied)."""
    fill(root, count, changed_every=100)
    for what in OTHERS:
        got = middle([apart(python, "--other", str(root), what) for _ in range(runs)])
        ratio = got["seconds"] / (ours["read"] + ours["plan"] + ours["apply"])
        _print(what, f"{count:,}", f"{got['seconds']:.2f} s", f"{ratio:.2f}", f"{got['grown']:.0f} MB")


def main() -> None:
    if sys.argv[1:2] in (["--sync"], ["--other"]):
        root, rest = Path(sys.argv[2]), sys.argv[3:]
        print(json.dumps(sync(root) if sys.argv[1] == "--sync" else other(root, *rest)))
        return
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--channel", choices=sorted(SUFFIX), default="rss")
    parser.add_argument("--without-others", action="store_true")
    parser.add_argument("records", type=int, nargs="*", default=[10_000, 100_000])
    asked = parser.parse_args()
    ours: dict[int, dict[str, float]] = {}
    parts = ("read in", "planned in", "applied in", "CPU", "written", "peak", "grown by")
    _print("records", "changes", "rendered", *parts)
    _print(*["---"] * 10)
    for count in asked.records:
        with tempfile.TemporaryDirectory() as folder:
            ours[count] = leopard(Path(folder), asked.channel, count, asked.runs)
    with tempfile.TemporaryDirectory() as folder:
        python = None if asked.without_others else installed(Path(folder) / "venv")
        if python:
            print("\n| writes all again | records | in | times Leopard's for 1 % | grown by |")
            _print(*["---"] * 5)
            for count in asked.records:
                others(Path(folder), python, count, asked.runs, ours[count])


if __name__ == "__main__":
    main()
