"""A project of odd texts through every feed and every metadata channel: valid output, and a problem a loss."""

import csv
import json
from dataclasses import replace
from pathlib import Path
from runpy import run_path
from xml.etree import ElementTree

import bibtexparser
import feedparser
import openpyxl
import pytest
import rispy
import yaml
from datacite import schema45
from jsonschema import Draft202012Validator, FormatChecker
from rdflib import Graph
from usp.tree import sitemap_from_str
from xmlschema import XMLSchema

from pipeline.config import load
from pipeline.ledger import Ledger
from pipeline.run import Sync
from schemas.problems import Origin
from sources.base import COMPLETE, Input, Raw, Source, SourceContext

HERE = Path(__file__).parent
FEEDS = run_path(str(HERE / "feed_rules.py"))
JSON_FEED = Draft202012Validator(
    json.loads((HERE / "jsonfeed.schema.json").read_text(encoding="utf-8")), format_checker=FormatChecker()
)
CSL = run_path(str(HERE / "test_csl.py"))["VALID"]
SCHEMA_ORG = run_path(str(HERE / "vocabulary.py"))["validate"]
ODD = {
    "controls": "tab\tbell\x07 escape\x1b null\x00 delete\x7f next\x85 end",
    "half": "half \ud83d of a character, and \udc06 the other",
    "four-bytes": "豹 🐆 𐍈 🏴\u200d☠\ufe0f",
    "right-to-left": "نمر עברית \u202eabc\u202c \u200fنمر",
    "html": "<b>bold</b> <script>alert(1)</script> & &amp; ]]> <!-- x",
    "tex": "{\\TeX} $x_1^2$ % # ~ \\ } @report{x,",
    "lines": "first\nsecond\r\nthird\u2028fourth\nTY  - RPRT\nER  - ",
    "formula": '=HYPERLINK("https://example.org")',
    "noncharacters": "\ufffe\uffff\ufdd0",
    "combining": "e\u0301" * 40,
}
LINKS = (
    '<p>{odd} <a href="javascript:alert(1)">run</a> <a href=" JaVa\tScript:x">run</a> <a href="../up">up</a>'
    ' <a href="sub/page?a=1&b=2">sub</a> <a href="//other.example/x">other</a> <a href="#here">here</a>'
    ' <img src="data:text/html,x" alt=""> <a href="https://exa mple.org/é">é</a></p>'
)
AUTHORS = {
    "organisation": [{"organisation": "spots"}],
    "a name": [{"name": "Spots & Stripes <Ltd>"}],
    "ten thousand": [{"given": f"G{n}", "family": f"F{n}"} for n in range(10_000)],
}
CHANNELS = {
    "jsonfeed": {"path": "public/feed.json", "kinds": ["article", "page", "report"]},
    "rss": {"path": "public/rss.xml"},
    "atom": {"path": "public/atom.xml"},
    "jsonld": {"path": "public/graph.jsonld"},
    "datacite": {"path": "public/datacite", "format": "both"},
    "csl": {"path": "public/csl.json", "kinds": ["report", "article"]},
    "bibtex": {"path": "public/works.bib", "kinds": ["report", "article"]},
    "ris": {"path": "public/works.ris", "kinds": ["report", "article"]},
    "dublincore": {"path": "public/dublincore.rdf", "kinds": ["report", "article"]},
    "oaipmh": {"path": "public/oai", "namespace": "spots.example", "admin_email": "oai@spots.example"},
    "sitemap": {"path": "public/sitemap.xml", "news": True},
    "csv": {"path": "public/all.csv", "kinds": ["report", "article", "page"]},
    "xlsx": {"path": "public/all.xlsx", "kinds": ["report", "article", "page"]},
    "markdown": {"path": "public/markdown"},
    "json": {"path": "public/json"},
}
CONFIGURATION = {
    "site": {"title": 'Spots & <"Stripes"> 豹', "url": "https://spots.example", "languages": ["en"]},
    "channels": {name: {"use": name, **told} for name, told in CHANNELS.items()},
}


def records():
    yield "spots", {"kind": "organisation", "key": "spots", "name": ODD["html"]}
    for name, odd in ODD.items():
        rich = {"format": "html", "text": LINKS.replace("{odd}", odd)}
        words = {
            "title": odd,
            "summary": odd,
            "slug": name,
            "tags": [odd],
            "rights": {"statement": odd, "holder": odd},
        }
        yield f"article-{name}", {"kind": "article", "key": name, **words, "body": rich}
        page = {
            "kind": "page",
            "key": name,
            **words,
            "blocks": [{"type": "text", "heading": odd, "text": rich}],
        }
        yield f"page-{name}", page
        by = [{"given": odd, "family": odd}, {"name": odd}]
        yield (
            f"report-{name}",
            report(name, by) | words | {"subtitle": odd, "abstract": rich, "series": {"title": odd}},
        )
    for at, (name, by) in enumerate(AUTHORS.items()):
        yield f"report-by-{at}", {**report(f"by-{at}", by), "title": f"By {name}", "slug": f"by-{at}"}


def report(name, authors):
    known = {"kind": "report", "key": name, "publisher": "spots", "issued": "2016", "authors": authors}
    return {**known, "doi": f"10.1234/{name}", "files": [{"url": "/files/é&b.pdf", "label": ODD["html"]}]}


class Shelf(Source):
    """Gives records as they are, as a plugin may: files cannot hold all of it."""

    name = "shelf"

    def inputs(self):
        for name, _ in records():
            yield Input(name=name, fingerprint=name)
        return COMPLETE

    def read(self, part):
        yield Raw(dict(records())[part.name], Origin(path=part.name), name=part.name)
        return COMPLETE


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The folder that was filled, and the problems."""
    root = tmp_path_factory.mktemp("odd")
    (root / "leopard.yaml").write_text(yaml.safe_dump(CONFIGURATION), encoding="utf-8")
    project = load(root)
    project = replace(project, sources={"all": Shelf(Shelf.Options(), SourceContext(root, project.site))})
    with Ledger(project.written.ledger, root) as ledger:
        report = Sync(project, ledger).run()
    return root / "public", report.problems


@pytest.fixture(scope="module")
def public(run):
    return run[0]


def test_every_loss_is_told_of_once_a_record_and_none_is_held_back(run):
    lost = sorted(one.key for one in run[1] if one.code == "text.odd_characters")
    names = ("controls", "half", "noncharacters")
    assert lost == sorted(f"{kind}:{name}" for name in names for kind in ("article", "page", "report"))
    assert {one.code for one in run[1]} == {"text.odd_characters", "html.removed"}
    assert {one.severity for one in run[1]} == {"warning"}


def test_no_byte_of_any_channel_runs_anything(public):
    for path in public.rglob("*"):
        if path.is_file() and path.suffix != ".xlsx":
            assert b"javascript:" not in path.read_bytes().lower(), path


def test_rss(public):
    items = FEEDS["rss_items"]((public / "rss.xml").read_bytes())
    assert len(items) == 3 * len(ODD) + len(AUTHORS)
    feed = FEEDS["read_back"](public / "rss.xml")
    assert {ODD["four-bytes"], ODD["html"], ODD["right-to-left"]} <= {one.title for one in feed.entries}


def test_atom(public):
    entries = FEEDS["atom_entries"]((public / "atom.xml").read_bytes())
    assert len(entries) == 3 * len(ODD) + len(AUTHORS)
    feed = feedparser.parse((public / "atom.xml").read_bytes(), sanitize_html=False)
    assert {ODD["four-bytes"], ODD["right-to-left"]} <= {one.title for one in feed.entries}


def test_json_feed(public):
    feed = json.loads((public / "feed.json").read_text(encoding="utf-8"))
    assert [error.message for error in JSON_FEED.iter_errors(feed)] == []
    assert len(feed["items"]) == 3 * len(ODD) + len(AUTHORS)
    assert {ODD["four-bytes"], ODD["html"], ODD["tex"]} <= {one["title"] for one in feed["items"]}


def test_json_ld(public):
    graphs = json.loads((public / "graph.jsonld").read_text(encoding="utf-8"))["@graph"]
    assert len(graphs) == 3 * len(ODD) + len(AUTHORS) + 1
    for one in graphs:
        several = {"author": one["author"][:10]} if isinstance(one.get("author"), list) else {}
        SCHEMA_ORG({**one, **several})  # the judge takes its time


def test_datacite(public):
    files = sorted((public / "datacite/report").glob("*.json"))
    assert len(files) == len(ODD) + len(AUTHORS)
    for path in files:
        metadata = json.loads(path.read_text(encoding="utf-8"))
        assert [error.message for error in schema45.validator.iter_errors(metadata)] == [], path
        ElementTree.parse(path.with_suffix(".xml"))


def test_csl(public):
    items = json.loads((public / "csl.json").read_text(encoding="utf-8"))
    assert [error.message for error in CSL.iter_errors(items)] == []
    assert len(items) == 2 * len(ODD) + len(AUTHORS)


def test_bibtex(public):
    library = bibtexparser.parse_string((public / "works.bib").read_text(encoding="utf-8"))
    assert library.failed_blocks == []
    assert len(library.entries) == 2 * len(ODD) + len(AUTHORS)


def test_ris(public):
    entries = rispy.loads((public / "works.ris").read_text(encoding="utf-8-sig"))
    assert len(entries) == 2 * len(ODD) + len(AUTHORS)
    assert sorted(len(one.get("authors", ())) for one in entries)[-1] == 10_000


def test_dublin_core(public):
    assert len(set(Graph().parse(public / "dublincore.rdf", format="xml").subjects())) >= 2 * len(ODD)


def test_oai_pmh(public):
    schema = XMLSchema(HERE / "oaipmh.xsd")
    files = list((public / "oai").rglob("*.xml"))
    assert len(files) > len(ODD)
    for path in files:
        schema.validate(path)


def test_sitemap(public):
    found = sitemap_from_str((public / "sitemap-1.xml").read_text(encoding="utf-8"))
    assert len(list(found.all_pages())) == 3 * len(ODD) + len(AUTHORS)


def test_tables(public):
    rows = list(csv.reader((public / "all.csv").read_text(encoding="utf-8").splitlines(keepends=True)))
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@"))]
    sheet = openpyxl.load_workbook(public / "all.xlsx").active
    assert sheet.max_row == 3 * len(ODD) + len(AUTHORS) + 1
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
