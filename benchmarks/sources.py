"""
What it costs to read: each parser beside the bare loop of its own library, and memory while files stream.

python benchmarks/sources.py speed  [--records 5000] [--rounds 7]
python benchmarks/sources.py stream [--csv 1000] [--xlsx 200] [--wxr 500]      megabytes

`speed` counts processor time of this process; ours and the bare loop take turns, and the median of the ratios
is what counts. `stream` reads one large file of each kind in a process of its own, and compares the most
memory that was used after a tenth of its records with that at its end. Files are made anew and removed.
"""

import argparse
import csv
import gc
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import feedparser
import openpyxl
import yaml
from selectolax.lexbor import LexborHTMLParser

sys.path[0] = str(Path(__file__).resolve().parents[1])  # in place of this folder: a room has this file's name

from benchmarks.reading_files import (
    HEADER,
    WORDS,
    crossref_work,
    oai_page,
    page,
    record,
    row,
    rss_item,
    write_csv,
    write_wxr,
    write_xlsx,
)
from schemas import plugins
from schemas.site import Site
from sources.base import Input, Raw, SourceContext
from sources.common.xml_tree import parse
from sources.dialects.crossref.work import work_of
from sources.dialects.oaipmh.metadata import dublin_core, of_dublin_core
from transport.kept import Kept

Loop = Callable[[], int]
"""Reads everything once; how many records that were."""
SITE = Site(title="Benchmark", url="https://example.org", languages=["en"])


def ours(root: Path, name: str, path: str, **options: Any) -> Loop:
    """Every record of a source that reads files."""
    of = plugins.find("sources", name)

    def read() -> int:
        kind = {} if name == "wordpress" else {"kind": "article"}
        source = of(of.Options(path=path, **kind, **options), SourceContext(root, SITE))
        parts = [part for part in source.inputs() if isinstance(part, Input)]
        return sum(isinstance(one, Raw) for part in parts for one in source.read(part))

    return read


def feed(root: Path, body: Path) -> Loop:
    """Every entry of a feed that has come."""
    of, now = plugins.find("sources", "feed"), datetime(2024, 1, 1, tzinfo=UTC)
    kept = Kept(url="https://example.org/x", body=body.name, digest="", size=0, came=now, asked=now)

    def read() -> int:
        source = of(of.Options(url=kept.url), SourceContext(root, SITE))
        return sum(isinstance(one, Raw) for one in source.records(body, Input(name=kept.url), kept))

    return read


def files(folder: Path, suffix: str, texts: Iterator[str]) -> list[Path]:
    folder.mkdir()
    paths = []
    for number, text in enumerate(texts):
        paths.append(folder / f"f{number:06}{suffix}")
        paths[-1].write_text(text, "utf-8")
    return paths


def pairs(root: Path, count: int) -> dict[str, tuple[Loop, Loop]]:
    """Per parser, ours and the bare loop over the same bytes."""
    whole = [record(number) for number in range(count)]
    lists = [whole[at : at + 100] for at in range(0, count, 100)]
    yamls = files(root / "yaml", ".yaml", (yaml.safe_dump(one, allow_unicode=True) for one in lists))
    jsons = files(root / "json", ".json", (json.dumps(one) for one in lists))
    lines = files(root / "lines", ".ndjson", iter(["\n".join(map(json.dumps, whole))]))[0]
    fronts = ({name: one[name] for name in one if name != "body"} for one in whole)
    marks = (f"---\n{yaml.safe_dump(front)}---\n{WORDS}\n" for front in fronts)
    markdowns = files(root / "markdown", ".md", marks)
    table = root / "a.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([HEADER, *map(row, range(count))])
    book = root / "a.xlsx"
    write_xlsx(book, count)
    rss = root / "feed.xml"
    items = "".join(rss_item(number) for number in range(count // 5))
    rss.write_text(f"<rss version='2.0'><channel><title>T</title>{items}</channel></rss>")
    pages = files(root / "html", ".html", map(page, range(count // 10)))
    write_wxr(root / "a.xml", count * 400)
    oai = oai_page(count // 5)
    works = json.dumps({"items": [crossref_work(number) for number in range(count // 5)]}).encode()
    return {
        "csv (`csv.reader`)": (ours(root, "csv", "a.csv", lists=["tags"]), lambda: bare_csv(table)),
        "xlsx (`openpyxl`, read only)": (ours(root, "xlsx", "a.xlsx"), lambda: bare_xlsx(book)),
        "yaml, lists (`yaml.CSafeLoader`)": (ours(root, "yaml", "yaml"), lambda: bare_yaml(yamls)),
        "json, lists (`json.loads`)": (ours(root, "json", "json"), lambda: bare_json(jsons)),
        "ndjson (`json.loads`)": (ours(root, "json", "lines"), lambda: bare_lines(lines)),
        "markdown, files (`yaml.CSafeLoader` on the front)": (
            ours(root, "markdown", "markdown"), lambda: bare_markdown(markdowns)
        ),
        "feed, RSS (`feedparser`)": (feed(root, rss), lambda: bare_feed(rss)),
        "html, an article, its body selected (`selectolax`)": (
            ours(root, "html", "html", fields={"body": "article"}), lambda: bare_html(pages)
        ),
        "wordpress, export (`ElementTree.iterparse`)": (
            ours(root, "wordpress", "a.xml"), lambda: bare_wxr(root / "a.xml")
        ),
        "oaipmh, `oai_dc` (`ElementTree`)": (lambda: our_oai(oai), lambda: bare_oai(oai)),
        "crossref (`json.loads`)": (lambda: our_works(works), lambda: len(json.loads(works)["items"])),
    }  # fmt: skip


def bare_csv(path: Path) -> int:
    with path.open(newline="", encoding="utf-8") as file:
        return sum(1 for _ in csv.reader(file)) - 1


def bare_xlsx(path: Path) -> int:
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    count = sum(1 for _ in book.active.iter_rows(values_only=True)) - 1
    book.close()
    return count


def bare_yaml(paths: list[Path]) -> int:
    return sum(len(yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)) for path in paths)


def bare_json(paths: list[Path]) -> int:
    return sum(len(json.loads(path.read_bytes())) for path in paths)


def bare_lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(bool(json.loads(line)) for line in file)


def bare_markdown(paths: list[Path]) -> int:
    fronts = (path.read_text("utf-8").split("---\n", 2)[1] for path in paths)
    return sum(bool(yaml.load(front, Loader=yaml.CSafeLoader)) for front in fronts)


def bare_feed(path: Path) -> int:
    return len(feedparser.parse(path.read_bytes()).entries)


def bare_html(paths: list[Path]) -> int:
    bodies = (LexborHTMLParser(path.read_bytes()).css_first("article") for path in paths)
    return sum(body is not None and bool(body.text()) for body in bodies)


def bare_wxr(path: Path) -> int:
    count = 0
    for _, found in ElementTree.iterparse(path):
        if found.tag == "item":
            count += 1
            found.clear()
    return count


def our_oai(body: bytes) -> int:
    listed = parse(body, "x").each("ListRecords/record/metadata/dc")
    return sum(bool(of_dublin_core(dublin_core(one) or {"title": [""]}).title) for one in listed)


def bare_oai(body: bytes) -> int:
    found = ElementTree.fromstring(body).iterfind("ListRecords/record/metadata/dc")
    return sum(bool([(one.tag, one.text) for one in dc]) for dc in found)


def our_works(body: bytes) -> int:
    return sum(bool(work_of(one).title) for one in json.loads(body)["items"])


def speed(count: int, rounds: int) -> None:
    print("| parser (bare loop) | records | ours, a second | bare, a second | ratio | of single rounds |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        for name, (our, bare) in pairs(root, count).items():
            times: list[tuple[float, float]] = []
            records = our(), bare()
            assert records[0] == records[1], (name, records)
            for _ in range(rounds):
                times.append((spent(our), spent(bare)))
            ratios = sorted(a / b for a, b in times)
            first, second = (records[0] / statistics.median(one) for one in zip(*times, strict=True))
            span = f"{ratios[0]:.2f} to {ratios[-1]:.2f}"
            middle = statistics.median(ratios)
            print(
                f"| {name} | {records[0]:,} | {first:,.0f} | {second:,.0f} | {middle:.2f} | {span} |",
                flush=True,
            )


def spent(loop: Loop) -> float:
    gc.collect()
    before = time.process_time()
    loop()
    return time.process_time() - before


def streamed(name: str, root: Path, path: str, total: int) -> None:
    """In a process of its own: read everything, and say how much memory that took."""
    of = plugins.find("sources", name)
    options = {} if name == "wordpress" else {"kind": "article", "lists": ["tags"]}
    source = of(of.Options(path=path, **options), SourceContext(root, SITE))
    count, early, before = 0, 0, time.process_time()
    for part in source.inputs():
        assert isinstance(part, Input), part
        for one in source.read(part):
            assert isinstance(one, Raw), one
            count += 1
            early = memory() if count == total // 10 else early
    print(
        json.dumps({"count": count, "early": early, "late": memory(), "spent": time.process_time() - before})
    )


def memory() -> int:
    """Kilobytes of this process at most, so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def stream(sizes: dict[str, int]) -> None:
    print("| source | file | records | records a second | most memory after a tenth | at the end |")
    print("|---|---|---|---|---|---|")
    makers: dict[str, tuple[str, Callable[[Path, int], int]]] = {
        "csv": ("a.csv", write_csv),
        "xlsx": ("a.xlsx", lambda path, until: write_xlsx(path, 1 << 62, until)),
        "wordpress": ("a.xml", write_wxr),
    }
    for name, (file, make) in makers.items():
        if not sizes[name] or name not in plugins.names("sources"):
            print(f"| {name} | not read | | | | |")
            continue
        with tempfile.TemporaryDirectory() as scratch:
            total = make(Path(scratch) / file, sizes[name] * 1_000_000)
            line = [sys.executable, __file__, "one", name, scratch, file, str(total)]
            found = json.loads(subprocess.run(line, check=True, capture_output=True, text=True).stdout)
            assert found["count"] >= total, found
            rate = f"{found['count'] / found['spent']:,.0f}"
            shown = f"{found['early'] / 1000:.0f} MB | {found['late'] / 1000:.0f} MB"
            print(f"| {name} | {sizes[name]} MB | {found['count']:,} | {rate} | {shown} |", flush=True)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    commands = arguments.add_subparsers(dest="command", required=True)
    one = commands.add_parser("speed")
    one.add_argument("--records", type=int, default=5000)
    one.add_argument("--rounds", type=int, default=7)
    one = commands.add_parser("stream")
    for name, size in (("csv", 1000), ("xlsx", 200), ("wxr", 500)):
        one.add_argument(f"--{name}", type=int, default=size, help="megabytes; 0 leaves it out")
    one = commands.add_parser("one")
    one.add_argument("rest", nargs=4)
    given = arguments.parse_args()
    if given.command == "speed":
        speed(given.records, given.rounds)
    elif given.command == "stream":
        stream({"csv": given.csv, "xlsx": given.xlsx, "wordpress": given.wxr})
    else:
        name, root, path, total = given.rest
        streamed(name, Path(root), path, int(total))


if __name__ == "__main__":
    main()
