"""Pieces of what the example project publishes, for the pages of the channels; see generate.py."""

import csv
import io
import json
import re
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from pipeline.config import load
from pipeline.ledger import Ledger
from pipeline.run import Sync

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "leopards"
WIDTH = 120
"""Characters of a line that are shown."""
CUT = "[…]"
DATESTAMP = re.compile(r"(?<=<datestamp>)[^<]*")


@cache
def published() -> dict[str, bytes]:
    """Every file that the example publishes, by its path below `public`."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        ignored = shutil.ignore_patterns(".leopard", "public", "__pycache__")
        shutil.copytree(EXAMPLE, root, dirs_exist_ok=True, ignore=ignored)
        project = load(root)
        with Ledger(project.written.ledger, root) as ledger:
            Sync(project, ledger).run()
        found = (path for path in sorted((root / "public").rglob("*")) if path.is_file())
        return {path.relative_to(root / "public").as_posix(): path.read_bytes() for path in found}


def text(path: str) -> str:
    return published()[path].decode("utf-8-sig").replace("\r\n", "\n")


def between(path: str, start: str, end: str, *, holding: str = "") -> str:
    """The first part from `start` to `end`, on whole lines, that holds a text."""
    parts = re.findall(
        rf"^[^\n]*{re.escape(start)}.*?{re.escape(end)}[^\n]*$", text(path), re.DOTALL | re.MULTILINE
    )
    return str(next(part for part in parts if holding in part))


def some(value: Any) -> str:
    """JSON as the files hold it."""
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)


def feed_item() -> str:
    items = json.loads(text("feed.json"))["items"]
    item = next(one for one in items if one["url"].endswith("an-ounce-of-prevention"))
    item["_leopard"]["statistics"] = item["_leopard"]["statistics"][:1]
    return some({name: value for name, value in item.items() if name not in ("content_html", "summary")})


def entry(path: str, tag: str) -> str:
    """The first entry of a feed, with the beginning of its content."""
    found = between(path, f"<{tag}>", f"</{tag}>")
    return re.sub(r"(<content[^>]*>.{70}).*?(?=</content)", rf"\1 {CUT}", found, flags=re.DOTALL)


def reference() -> str:
    items = json.loads(text("cite/works.json"))
    return some(next(one for one in items if one["id"] == "clouded-in-mystery"))


def address() -> str:
    """An address of the sitemap, on lines of its own."""
    found = between("sitemap-1.xml", "<url>", "</url>", holding="<loc>https://example.org/fr/articles/")
    lines = re.sub(r"(?<=>)(?=<(loc|lastmod|xhtml|image:image|news:news)\b)", "\n  ", found)
    return f"{text('sitemap.xml')}\n{lines.replace('</url>', chr(10) + '</url>')}"


def metadata() -> str:
    whole = text("datacite/report/red-list-panthera-uncia.en.xml")
    before, creator, _ = whole.partition("    </creator>\n")
    after = whole[whole.index("  </creators>") : whole.index("  </titles>")]
    return f"{before}{creator}    {CUT}\n{after}  </titles>\n  {CUT}"


def harvested() -> str:
    found = between("oai/GetRecord/report/an-ounce-of-prevention.en.xml", "<record>", "</record>")
    return DATESTAMP.sub("2026-05-01T09:00:00Z", found)


def front() -> str:
    whole = text("hugo/content/article/counting-amur-leopards.fr.md")
    head, _, body = whole.partition("record:\n")
    return f"{head}record:\n  {CUT}\n---\n\n{body.partition('---')[2].strip().splitlines()[0]}"


def rows() -> str:
    """Of the table, the header and one row."""
    header, *lines = csv.reader(io.StringIO(text("tables/reports.csv")))
    row = next(line for line in lines if line[0] == "report:fading-footprints")
    made = io.StringIO()
    csv.writer(made, lineterminator="\n").writerows([header, row])
    return made.getvalue()


def cells() -> str:
    """Of the workbook, four columns of the rows in English."""
    sheet = load_workbook(io.BytesIO(published()["tables/figures.xlsx"]), read_only=True)["Records"]
    table = [
        [str(cell) if cell is not None else "" for cell in line] for line in sheet.iter_rows(values_only=True)
    ]
    at = [table[0].index(name) for name in ("Title", "Value", "From", "To")]
    shown = [[line[one] for one in at] for line in table if line[1] in ("Language", "en")]
    wide = [max(len(line[one]) for line in shown) for one in range(len(at))]
    return "\n".join(
        "  ".join(c.ljust(w) for c, w in zip(line, wide, strict=True)).rstrip() for line in shown
    )


SNIPPETS: dict[str, tuple[str, str, Callable[[], str]]] = {
    "json": (
        "public/json/statistic/snow-leopards-killed.fr.json",
        "json",
        lambda: text("json/statistic/snow-leopards-killed.fr.json"),
    ),
    "markdown": ("public/hugo/content/article/counting-amur-leopards.fr.md", "markdown", front),
    "jsonfeed": ("public/feed.json", "json", feed_item),
    "rss": ("public/feed.fr.xml", "xml", lambda: entry("feed.fr.xml", "item")),
    "atom": ("public/atom.fr.xml", "xml", lambda: entry("atom.fr.xml", "entry")),
    "sitemap": ("public/sitemap.xml` and `public/sitemap-1.xml", "xml", address),
    "jsonld": (
        "public/jsonld/statistic/snow-leopards-killed.en.jsonld",
        "json",
        lambda: text("jsonld/statistic/snow-leopards-killed.en.jsonld"),
    ),
    "csl": ("public/cite/works.json", "json", reference),
    "bibtex": (
        "public/cite/works.bib",
        "bibtex",
        lambda: between("cite/works.bib", "{red-list-panthera-uncia", "\n}"),
    ),
    "ris": (
        "public/cite/works.ris",
        "text",
        lambda: between("cite/works.ris", "TY  - ", "ER  -", holding="ID  - an-ounce"),
    ),
    "datacite": ("public/datacite/report/red-list-panthera-uncia.en.xml", "xml", metadata),
    "dublincore": (
        "public/cite/reports.rdf",
        "xml",
        lambda: between(
            "cite/reports.rdf", "<rdf:Description", "</rdf:Description>", holding="Clouded in mystery"
        ),
    ),
    "oaipmh": ("public/oai/GetRecord/report/an-ounce-of-prevention.en.xml", "xml", harvested),
    "csv": ("public/tables/reports.csv", "csv", rows),
    "xlsx": ("public/tables/figures.xlsx", "text", cells),
}
"""By channel: the file, its language, and how a piece of it is got."""


def snippet(name: str) -> str:
    """The piece for the page of a channel; long lines are cut."""
    path, language, get = SNIPPETS[name]
    lines = get().strip("\n").expandtabs(2).splitlines()
    indent = min(len(line) - len(line.lstrip()) for line in lines if line)
    lines = [line[indent:] for line in lines]
    shown = "\n".join(line if len(line) <= WIDTH else f"{line[:WIDTH].rstrip()} {CUT}" for line in lines)
    return f"From `{path}` of the example project:\n\n```{language}\n{shown.rstrip()}\n```"
