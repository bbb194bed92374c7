"""The example project as it is published: every output is valid, and readers of others get the same values."""

import csv
import io
import json
import re
import shutil
from pathlib import Path
from runpy import run_path
from xml.etree import ElementTree

import bibtexparser
import openpyxl
import pytest
import rispy
import yaml
from datacite import schema45
from jsonschema import Draft202012Validator, FormatChecker
from pylatexenc.latex2text import LatexNodes2Text
from pyromark import html as commonmark
from rdflib import Graph, URIRef
from rdflib.namespace import DC
from usp.tree import sitemap_from_str
from xmlschema import XMLSchema

from pipeline.config import load
from pipeline.ledger import Ledger
from pipeline.run import Sync

HERE = Path(__file__).parent
EXAMPLE = HERE.parents[1] / "examples" / "leopards"
FEEDS = run_path(str(HERE / "feed_rules.py"))
JSON_FEED = Draft202012Validator(
    json.loads((HERE / "jsonfeed.schema.json").read_text(encoding="utf-8")),
    format_checker=FormatChecker(["date-time"]),
)
CSL = run_path(str(HERE / "test_csl.py"))["VALID"]
NAMES = {
    "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "xhtml": "http://www.w3.org/1999/xhtml",
    "oai": "http://www.openarchives.org/OAI/2.0/",
}
DUBLIN_CORE = "{http://purl.org/dc/elements/1.1/}"
ELEMENTS = [
    "contributor",
    "coverage",
    "creator",
    "date",
    "description",
    "format",
    "identifier",
    "language",
    "publisher",
    "relation",
    "rights",
    "source",
    "subject",
    "title",
    "type",
]
LANGUAGES = {"": "en", ".fr": "fr"}


@pytest.fixture(scope="module")
def public(tmp_path_factory):
    """The folder that a first run fills; a second one finds nothing to do."""
    root = tmp_path_factory.mktemp("leopards")
    shutil.copytree(EXAMPLE, root, dirs_exist_ok=True, ignore=shutil.ignore_patterns("public", ".leopard"))
    project = load(root)
    with Ledger(project.written.ledger, root) as ledger:
        report = Sync(project, ledger).run()
        assert report.problems == []
        assert report.outcome == "clean"
        assert Sync(project, ledger).run().outcome == "nothing"
    return root / "public"


@pytest.fixture(scope="module")
def records(public):
    """What the channel `json` says of every record, by address on the site."""
    listed = read(public / "json/index.json")["records"]
    return {one["url"]: read(public / "json" / one["path"]) for one in listed}


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def test_every_local_channel_is_in_the_example():
    used = {
        one["use"]
        for one in yaml.safe_load((EXAMPLE / "leopard.yaml").read_text("utf-8"))["channels"].values()
    }
    assert used == set(
        [
            "json",
            "markdown",
            "jsonfeed",
            "rss",
            "atom",
            "sitemap",
            "jsonld",
            "csl",
            "bibtex",
            "ris",
            "datacite",
            "dublincore",
            "oaipmh",
            "csv",
            "xlsx",
        ]
    )


def test_every_file_has_its_judge(public):
    """No output is there that no test below looks at."""
    known = re.compile(
        r"(json|hugo)/.+|(feed|atom)(\.fr)?\.(json|xml)|(feed|feed-xml|atom-xml)-assets/.+\.(png|pdf)|sitemap(-1)?\.xml"
        r"|jsonld/.+\.jsonld|jsonld/graph-assets/.+\.(png|pdf)|cite/(works|reports)(\.fr)?\.(json|bib|ris|rdf)"
        r"|datacite/.+\.(json|xml)|oai/.+\.xml|oai/oaipmh\.sqlite|tables/(reports\.csv|figures\.xlsx)"
    )
    files = [path.relative_to(public).as_posix() for path in public.rglob("*") if path.is_file()]
    assert len(files) > 250
    assert [name for name in files if not known.fullmatch(name)] == []


def test_the_json_files(public, records):
    assert len(records) > 60
    for path in (public / "json").rglob("*.json"):
        read(path)
    assets = {one["file"] for one in records.values() if one["kind"] == "asset"}
    files = [path for path in (public / "json/assets").rglob("*") if path.is_file()]
    assert assets == {path.relative_to(public / "json").as_posix() for path in files}
    assert {path.suffix for path in files} == {".png", ".pdf"}


@pytest.mark.parametrize("tag", LANGUAGES)
def test_the_feeds_say_the_same(public, records, tag):
    feed = read(public / f"feed{tag}.json")
    assert list(JSON_FEED.iter_errors(feed)) == []
    rss = FEEDS["rss_items"]((public / f"feed{tag}.xml").read_bytes())
    atom = FEEDS["atom_entries"]((public / f"atom{tag}.xml").read_bytes())
    items = {one["id"]: one for one in feed["items"]}
    assert len(items) == {"": 18, ".fr": 1}[tag]
    assert list(items) == [one.findtext("guid") for one in rss]
    assert list(items) == [one.findtext(f"{FEEDS['ATOM']}id") for one in atom]
    for name in ("feed", "atom"):
        again = FEEDS["read_back"](public / f"{name}{tag}.xml")
        for entry in again.entries:
            item, record = items[entry.id], records[entry.link]
            assert entry.link == item["url"]
            assert entry.title == item["title"] == record["title"]
            assert record["locale"] == LANGUAGES[tag]
            assert {one.name for one in entry.get("authors", ())} >= set(
                one["name"] for one in item["authors"][: 1 if name == "feed" else None]
            )
    for image in (public / "feed-assets").glob("*.*"):
        assert image.read_bytes().startswith(b"\x89PNG")


def test_the_feeds_bring_the_sheets_of_reports(public):
    items = read(public / "feed.json")["items"]
    attached = {one["id"]: one["attachments"] for one in items if one.get("attachments")}
    assert len(attached) == 2
    for name in ("feed", "atom"):
        again = FEEDS["read_back"](public / f"{name}.xml")
        enclosed = {one.id: one.enclosures for one in again.entries if one.enclosures}
        assert enclosed.keys() == attached.keys()
        for ident, (one,) in enclosed.items():
            (sheet,) = attached[ident]
            assert (one.type, int(one.length)) == (sheet["mime_type"], sheet["size_in_bytes"])
            same = [public / url.removeprefix("https://example.org/") for url in (one.href, sheet["url"])]
            first, second = (path.read_bytes() for path in same)
            assert first == second
            assert first in [path.read_bytes() for path in (EXAMPLE / "content/sheets").glob("*.pdf")]
            assert len(first) == sheet["size_in_bytes"]


def test_the_sitemap(public):
    judge = XMLSchema(HERE / "sitemap.xsd")
    for name in ("sitemap.xml", "sitemap-1.xml"):
        judge.validate(public / name)
    index = ElementTree.parse(public / "sitemap.xml").getroot()
    (part,) = (one.text for one in index.findall("s:sitemap/s:loc", NAMES))
    text = (public / part.rpartition("/")[2]).read_text(encoding="utf-8")
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
    for page in pages:
        for image in page.images or ():
            assert (public / image.loc.removeprefix("https://example.org/")).is_file()


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # rdflib itself uses it
def test_the_graph(public, records):
    """Expanded by a library, it says of every record its name. The vocabulary is judged in test_jsonld."""
    whole = read(public / "jsonld/graph.jsonld")
    single = [read(path) for path in (public / "jsonld").glob("*/*.jsonld")]
    assert sorted(one["@id"] for one in single) == sorted(node["@id"] for node in whole["@graph"])

    known = {**whole, "@context": {"@vocab": "https://schema.org/"}}  # nothing is fetched from there
    graph = Graph().parse(data=json.dumps(known), format="json-ld")
    said = {
        str(name)
        for node in whole["@graph"]
        for term in ("name", "headline")
        for name in graph.objects(URIRef(node["@id"]), URIRef(f"https://schema.org/{term}"))
    }
    titles = {
        one["title"] for one in records.values() if one["kind"] in ("page", "article", "report", "topic")
    }
    assert {title for title in titles if not any(title in one for one in said)} == set()


@pytest.mark.parametrize("tag", LANGUAGES)
def test_the_references_say_the_same(public, tag):
    items = read(public / f"cite/works{tag}.json")
    assert list(CSL.iter_errors(items)) == []
    wanted = [(one["id"], one["title"], one.get("DOI")) for one in items]
    assert len(wanted) == {"": 18, ".fr": 1}[tag]

    library = bibtexparser.parse_file(str(public / f"cite/works{tag}.bib"))
    assert library.failed_blocks == []
    latex = LatexNodes2Text(keep_comments=False).latex_to_text
    found = [
        {"key": one.key, **{name: field.value for name, field in one.fields_dict.items()}}
        for one in library.entries
    ]
    assert [(one["key"], latex(one["title"]), one.get("doi")) for one in found] == wanted

    text = (public / f"cite/works{tag}.ris").read_bytes().decode()
    entries = rispy.load(io.StringIO(text))
    assert [(one["id"], one["title"], one.get("doi")) for one in entries] == wanted


def test_the_dublin_core(public):
    graph = Graph().parse(public / "cite/reports.rdf", format="xml")
    titles = {str(one) for one in graph.objects(None, DC.title)}
    reports = [one for one in read(public / "cite/works.json") if one["type"] != "webpage"]
    assert len(reports) == 12
    assert {one["title"] for one in reports} <= titles
    assert len(Graph().parse(public / "cite/reports.fr.rdf", format="xml")) == 0


def test_the_metadata_of_dois(public):
    listed = read(public / "datacite/index.json")["records"]
    assert len(listed) == 8
    held = {
        path.relative_to(public / "datacite").as_posix() for path in (public / "datacite/report").iterdir()
    }
    assert held == {name for entry in listed for name in entry["files"]}
    for entry in listed:
        as_json, as_xml = (public / "datacite" / name for name in entry["files"])
        metadata = read(as_json)
        assert [error.message for error in schema45.validator.iter_errors(metadata)] == []
        assert parts(ElementTree.parse(as_xml)) == parts(ElementTree.fromstring(schema45.tostring(metadata)))


def parts(root):
    """What a resource holds, whatever the order of its properties."""
    held = root.getroot() if isinstance(root, ElementTree.ElementTree) else root
    return sorted(ElementTree.canonicalize(ElementTree.tostring(one), strip_text=True) for one in held)


def test_the_answers_to_harvesters(public):
    judge = XMLSchema(HERE / "oaipmh.xsd")
    files = sorted((public / "oai").rglob("*.xml"))
    assert len(files) == 17
    for path in files:
        judge.validate(path)
        metadata = ElementTree.parse(path).getroot().iter("{http://www.openarchives.org/OAI/2.0/oai_dc/}dc")
        named = {element.tag for record in metadata for element in record}
        assert named <= {f"{DUBLIN_CORE}{name}" for name in ELEMENTS}
    listed = ElementTree.parse(public / "oai/ListRecords-1.xml").getroot()
    identifiers = [one.text for one in listed.iterfind(".//oai:header/oai:identifier", NAMES)]
    assert len(identifiers) == len(set(identifiers)) == 12
    titles = {one.text for one in listed.iter(f"{DUBLIN_CORE}title")}
    assert {one["title"] for one in read(public / "cite/works.json") if one["type"] != "webpage"} == titles


def test_the_markdown_files(public):
    written = sorted((public / "hugo/content").rglob("*.md"))
    assert len(written) > 50
    for path in written:
        head, _, body = path.read_text(encoding="utf-8").removeprefix("---\n").partition("---\n")
        front = yaml.safe_load(head)
        assert front["title"]
        assert front["translationKey"] == front["record"]["key"]
        assert commonmark(body).strip() == body.strip()
        for image in re.findall(r'src="https://example\.org/([^"]+)"', body):
            assert (public / "hugo/static" / image).is_file()


def test_the_table(public):
    with (public / "tables/reports.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    assert len(rows) == 12
    ounce = next(row for row in rows if row["key"] == "report:an-ounce-of-prevention")
    assert (ounce["isbn"], ounce["issued"]) == ("978-1-85850-409-4", "2016-10")


def test_the_workbook(public):
    data = (public / "tables/figures.xlsx").read_bytes()
    sheet = openpyxl.load_workbook(io.BytesIO(data), read_only=True)["Records"]
    header, *rows = sheet.iter_rows(values_only=True)
    assert len(rows) == 10
    table = [dict(zip(header, row, strict=True)) for row in rows]
    killed = [row for row in table if row["Key"] == "statistic:snow-leopards-killed"]
    assert [(row["From"], row["To"]) for row in killed] == [(221, 450), (221, 450)]
