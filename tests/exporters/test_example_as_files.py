"""The example project in the channels that write files for other programs: all of it is valid."""

import csv
import re
import shutil
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest
import yaml
from pyromark import html as commonmark
from usp.tree import sitemap_from_str

from pipeline.config import load
from pipeline.ledger import Ledger
from pipeline.run import Sync

EXAMPLE = Path(__file__).parents[2] / "examples" / "leopards"
CHANNELS = """
  map:     {use: sitemap, path: out/sitemap.xml, images: "https://example.org/json/assets", news: true}
  hugo:    {use: markdown, path: out/hugo, flavour: hugo}
  table:   {use: csv, path: out/table.csv, kinds: [report, article, statistic], bom: true}
  figures: {use: xlsx, path: out/figures.xlsx, kinds: [statistic, report]}
"""
NAMES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "xhtml": "http://www.w3.org/1999/xhtml"}


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """The folder that a first run fills; a second one finds nothing to do."""
    root = tmp_path_factory.mktemp("leopards")
    shutil.copytree(EXAMPLE / "content", root / "content")
    written = (EXAMPLE / "leopard.yaml").read_text(encoding="utf-8")
    begin = written.index("channels:")
    (root / "leopard.yaml").write_text(f"{written[:begin]}channels:{CHANNELS}", encoding="utf-8")
    project = load(root)
    with Ledger(project.written.ledger, root) as ledger:
        report = Sync(project, ledger).run()
        assert [one for one in report.problems if one.severity == "error"] == []
        assert Sync(project, ledger).run().outcome == "nothing"
    return root / "out"


def test_the_sitemap(out):
    index = ElementTree.parse(out / "sitemap.xml").getroot()
    (part,) = (one.text for one in index.findall("s:sitemap/s:loc", NAMES))
    text = (out / part.rpartition("/")[2]).read_text(encoding="utf-8")
    urls = ElementTree.fromstring(text.encode()).findall("s:url", NAMES)

    languages = {}
    for url in urls:
        links = url.findall("xhtml:link", NAMES)
        languages[url.find("s:loc", NAMES).text] = {one.get("hreflang"): one.get("href") for one in links}
    assert languages["https://example.org/fr/leopards"].keys() == {"en", "fr", "x-default"}
    for address, others in languages.items():
        assert not others or address in others.values()
        assert all(languages[other] == others for other in others.values())
    pages = list(sitemap_from_str(text).all_pages())
    assert [page.url for page in pages] == list(languages)
    assert sum(page.news_story is not None for page in pages) == 7


def test_the_markdown_files(out):
    written = sorted((out / "hugo" / "content").rglob("*.md"))
    assert len(written) > 50
    for path in written:
        head, _, body = path.read_text(encoding="utf-8").removeprefix("---\n").partition("---\n")
        front = yaml.safe_load(head)
        assert front["title"]
        assert front["translationKey"] == front["record"]["key"]
        assert commonmark(body).strip() == body.strip()
        for image in re.findall(r'src="https://example\.org/([^"]+)"', body):
            assert (out / "hugo" / "static" / image).is_file()


def test_the_table(out):
    with (out / "table.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    assert {row["kind"] for row in rows} == {"report", "article", "statistic"}
    killed = next(row for row in rows if row["key"] == "statistic:snow-leopards-killed")
    assert (killed["figure.low"], killed["figure.high"]) == ("221", "450")


def test_the_workbook(out):
    sheet = openpyxl.load_workbook(out / "figures.xlsx", read_only=True)["Records"]
    header, *rows = sheet.iter_rows(values_only=True)
    assert len(rows) == 22
    killed = dict(zip(header, next(row for row in rows if "snow-leopards-killed" in row[0]), strict=True))
    assert (killed["figure.low"], killed["figure.high"]) == (221, 450)
