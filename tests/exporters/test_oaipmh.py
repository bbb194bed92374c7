"""The channel `oaipmh`: what it writes, what it remembers, and that nothing is lost when it is stopped."""

import shutil
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from xmlschema import XMLSchema

from exporters.base import ChannelContext
from exporters.conformance import ExporterConformance
from exporters.oaipmh import OaiPmhExporter
from exporters.trial import SITE as TRIAL_SITE
from exporters.trial import context as trial_context
from exporters.trial import html
from pipeline.cli import main
from schemas.errors import ChannelDown, Rejected, Unsupported
from schemas.report import Report
from schemas.site import Site

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "leopards"
SCHEMA = XMLSchema(Path(__file__).with_name("oaipmh.xsd"))
NAMES = {"oai": "http://www.openarchives.org/OAI/2.0/", "dc": "http://purl.org/dc/elements/1.1/"}
NEEDED = {"path": "public/oai", "namespace": "wildlife.example", "admin_email": "library@example.org"}


class TestOaiPmh(ExporterConformance):
    readable = False
    notices_vanished = False

    @pytest.fixture
    def exporter(self, tmp_path):
        return OaiPmhExporter(OaiPmhExporter.Options(**NEEDED), trial_context(tmp_path))

    def record(self, name="leopards", text="Under threat", **more):
        """Only reports and articles have a place here; the suite wants the keys of pages."""
        more.pop("blocks", None)
        known = {"key": f"page:{name}", "locale": TRIAL_SITE.default_locale, "title": name.title()}
        about = {"authors": [{"family": "Spots"}], "publisher": "organisation:spots", "issued": "2024"}
        return Report(**{**known, **about, "slug": name, "abstract": html(text), **more})

    def title_of(self, fields):
        return fields["dc"]["title"][0]


class Clock:
    """Every look at it is an hour later."""

    def __init__(self):
        self.now = datetime(2024, 5, 1, tzinfo=UTC)

    def __call__(self):
        self.now += timedelta(hours=1)
        return self.now


class Channel:
    """One channel that is written as the core does, again and again."""

    def __init__(self, context, desire, clock, **more):
        self.exporter = OaiPmhExporter(OaiPmhExporter.Options(**{**NEEDED, **more}), context)
        self.exporter.clock = clock
        self.desire, self.documents, self.folder = desire, [], context.root / "public/oai"

    def publish(self, records, *keys):
        """Make the channel hold those of the records that have these keys."""
        chosen = [one for one in records if one.key in keys]
        remotes = [self.exporter.create(self.desire(self.exporter, one, records)) for one in chosen]
        self.documents = list(self.exporter.publish(iter(remotes), self.documents))
        return remotes

    def load(self, name):
        path = self.folder / name
        SCHEMA.validate(path)
        return ElementTree.parse(path)

    def texts(self, name, path):
        return [one.text for one in self.load(name).iterfind(f".//{path}", NAMES)]

    def stamps(self):
        """Datestamp of every record, and whether it is gone."""
        found = {}
        for path in sorted(self.folder.glob("ListIdentifiers-*.xml")):
            for header in self.load(path.name).iterfind(".//oai:header", NAMES):
                ident = header.findtext("oai:identifier", None, NAMES).removeprefix("oai:wildlife.example:")
                at = header.findtext("oai:datestamp", None, NAMES)[11:13]
                found[ident] = (at, header.get("status") == "deleted")
        return found

    def seen(self):
        paths = (path for path in self.folder.rglob("*") if path.is_file())
        return {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in paths}


@pytest.fixture
def channel(context, desire):
    return Channel(context, desire, Clock(), page=2)


@pytest.fixture
def reports(make, records):
    """Three reports, one of them in French too."""
    others = [
        make.report(key="report:prints", title="Fading Footprints", type="journal_article"),
        make.report(key="report:range", title="Range"),
        make.report(key="report:ounce", locale="fr", title="Une once de prévention"),
    ]
    return make.records(*records, *others)


ALL = ("report:ounce", "report:prints", "report:range")


def test_a_report_as_dublin_core(channel, make, records):
    topical = make.report(
        doi="10.1234/ounce",
        isbn=["978-1-85850-409-4"],
        subtitle="Revisited",
        countries=["IN"],
        licence="CC-BY-4.0",
        species=["amur"],
        series={"title": "Spots", "number": "7"},
    )
    channel.publish(make.records(*records, topical), "report:ounce")

    found = channel.load("GetRecord/report/ounce.en.xml")
    element = found.find(".//oai:metadata", NAMES)[0]
    assert element.tag == "{http://www.openarchives.org/OAI/2.0/oai_dc/}dc"
    said = [(one.tag.partition("}")[2], one.text) for one in element]
    assert said == [
        ("title", "An Ounce of Prevention: Revisited"),
        ("creator", "Nowell, Kristin"),
        ("subject", "Panthera pardus orientalis"),
        ("description", "Snow Leopard crime revisited."),
        ("publisher", "Specialists"),
        ("date", "2016-10"),
        ("type", "Text"),
        ("type", "report"),
        ("format", "application/pdf"),
        ("identifier", "https://example.org/reports/an-ounce-of-prevention"),
        ("identifier", "https://reports.example.org/ounce"),
        ("identifier", "https://doi.org/10.1234/ounce"),
        ("identifier", "urn:isbn:978-1-85850-409-4"),
        ("identifier", "Nowell, K. (2016). An Ounce of Prevention."),
        ("source", "Spots"),
        ("language", "en"),
        ("relation", "https://example.org/files/ounce.pdf"),
        ("coverage", "India"),
        ("rights", "Creative Commons Attribution 4.0 International"),
        ("rights", "https://creativecommons.org/licenses/by/4.0/"),
    ]
    assert channel.texts("GetRecord/report/ounce.en.xml", "oai:identifier") == [
        "oai:wildlife.example:report:ounce@en"
    ]


def test_the_set_is_paged_and_tokens_are_names_of_files(channel, reports):
    channel.publish(reports, *ALL)

    for verb, each in (("ListIdentifiers", "oai:header"), ("ListRecords", "oai:record")):
        name, identifiers = f"{verb}-1", []
        while name:
            page = channel.load(f"{name}.xml")
            assert len(page.findall(f".//{each}", NAMES)) == 2
            identifiers += channel.texts(f"{name}.xml", "oai:identifier")
            token = page.find(".//oai:resumptionToken", NAMES)
            assert (token.get("completeListSize"), token.get("cursor")) == ("4", str(len(identifiers) - 2))
            name = token.text
        assert len(set(identifiers)) == 4
    assert channel.texts("Identify.xml", "oai:earliestDatestamp") == ["2024-05-01T01:00:00Z"]
    assert channel.texts("Identify.xml", "oai:baseURL") == ["https://example.org/oai"]
    assert channel.texts("ListMetadataFormats.xml", "oai:metadataPrefix") == ["oai_dc"]
    assert channel.texts("ListSets.xml", "oai:setSpec") == ["type", "type:journal_article", "type:report"]
    names = {document.path for document in channel.documents}
    assert names == {path.name for path in channel.folder.iterdir()} - {"GetRecord"}


def test_a_set_of_one_page_has_no_token_and_an_empty_one_says_so(context, desire, reports):
    channel = Channel(context, desire, Clock())
    channel.publish(reports)
    assert channel.load("ListRecords-1.xml").find("oai:error", NAMES).get("code") == "noRecordsMatch"
    assert channel.load("ListSets.xml").find("oai:error", NAMES).get("code") == "noSetHierarchy"

    channel.publish(reports, *ALL)
    assert channel.load("ListRecords-1.xml").find(".//oai:resumptionToken", NAMES) is None
    assert not (channel.folder / "ListRecords-2.xml").exists()


def test_only_what_changed_gets_a_new_datestamp(channel, reports, make):
    channel.publish(reports, *ALL)
    assert set(channel.stamps().values()) == {("01", False)}

    changed = make.records(*reports, make.report(title="Another Ounce"))
    channel.publish(changed, *ALL)
    assert channel.stamps() == {
        "report:ounce@en": ("02", False),
        "report:ounce@fr": ("01", False),
        "report:prints@en": ("01", False),
        "report:range@en": ("01", False),
    }
    assert channel.texts("GetRecord/report/ounce.en.xml", "dc:title") == ["Another Ounce"]
    assert channel.texts("Identify.xml", "oai:earliestDatestamp") == ["2024-05-01T01:00:00Z"]


def test_what_is_gone_is_a_tombstone_until_it_comes_back(channel, reports):
    channel.publish(reports, *ALL)
    channel.publish(reports, "report:ounce", "report:range")
    assert channel.stamps()["report:prints@en"] == ("02", True)
    for name in ("GetRecord/report/prints.en.xml", "ListRecords-2.xml"):
        assert "Fading" not in (channel.folder / name).read_text()
        channel.load(name)

    channel.publish(reports, "report:ounce", "report:range")
    assert channel.stamps()["report:prints@en"] == ("02", True)
    channel.publish(reports, *ALL)
    assert channel.stamps()["report:prints@en"] == ("04", False)


def test_a_clock_that_goes_back_does_not_hide_a_change(channel, reports, make):
    channel.publish(reports, *ALL)
    channel.exporter.clock = lambda: datetime(1999, 1, 1, tzinfo=UTC)
    channel.publish(make.records(*reports, make.report(title="Other")), *ALL)

    assert channel.stamps()["report:ounce@en"] == ("01", False)


def test_publishing_again_touches_nothing(channel, reports):
    channel.publish(reports, *ALL)
    before = channel.seen()
    documents = channel.documents
    channel.publish(reports, *ALL)

    assert channel.seen() == before
    assert channel.documents == documents
    assert len(before) == 12


def test_surplus_pages_are_removed_when_pages_grow(channel, context, desire, reports):
    channel.publish(reports, *ALL)
    assert (channel.folder / "ListRecords-2.xml").exists()
    wider = Channel(context, desire, Clock(), page=10)
    wider.documents = channel.documents
    wider.publish(reports, *ALL)

    assert not (channel.folder / "ListRecords-2.xml").exists()
    assert set(wider.stamps().values()) == {("01", False)}


@pytest.mark.parametrize("at", ["report/prints.en.xml", "ListIdentifiers-1.xml"])
def test_a_run_that_is_stopped_anywhere_is_made_up_for(channel, reports, make, monkeypatch, at):
    channel.publish(reports, *ALL)
    changed = make.records(*reports, make.report(key="report:prints", title="New"), make.report(title="New"))
    genuine = channel.exporter.put

    def stopped(relative, *more, **named):
        if relative.endswith(at):
            raise KeyboardInterrupt
        return genuine(relative, *more, **named)

    monkeypatch.setattr(channel.exporter, "put", stopped)
    with pytest.raises(KeyboardInterrupt):
        channel.publish(changed, *ALL)
    monkeypatch.undo()
    channel.exporter.clock = Clock()
    channel.publish(changed, *ALL)

    assert channel.texts("GetRecord/report/prints.en.xml", "dc:title") == ["New"]
    assert channel.texts("GetRecord/report/ounce.en.xml", "dc:title") == ["New"]
    assert channel.texts("GetRecord/report/ounce.en.xml", "oai:datestamp") == [
        f"2024-05-01T{channel.stamps()['report:ounce@en'][0]}:00:00Z"
    ]


def test_missing_files_are_missed_and_written_again(channel, reports):
    remotes = channel.publish(reports, *ALL)
    assert list(channel.exporter.absent(iter(remotes), channel.documents)) == []
    (channel.folder / "GetRecord/report/ounce.fr.xml").unlink()
    (channel.folder / "Identify.xml").unlink()
    assert list(channel.exporter.absent(iter(remotes), channel.documents)) == [
        "report:ounce@fr",
        "Identify.xml",
    ]

    channel.publish(reports, *ALL)
    channel.load("Identify.xml")
    assert channel.texts("GetRecord/report/ounce.fr.xml", "oai:datestamp") == ["2024-05-01T01:00:00Z"]


def test_without_its_memory_everything_counts_as_changed(channel, reports):
    channel.publish(reports, *ALL)
    channel.publish(reports, "report:ounce")
    (channel.folder / "oaipmh.sqlite").unlink()
    assert list(channel.exporter.absent((), channel.documents)) == ["oaipmh.sqlite"]
    channel.publish(reports, "report:ounce")

    assert set(channel.stamps()) == {"report:ounce@en", "report:ounce@fr"}
    assert {at for at, _ in channel.stamps().values()} == {"03"}


def test_identity_does_not_move_with_the_site(channel, context, desire, reports):
    channel.publish(reports, *ALL)
    before = set(channel.stamps())
    site = Site(title="New", url="https://new.example.org", languages=("fr", "en"))
    moved = Channel(ChannelContext("test", context.root, site), desire, Clock(), page=2)
    moved.documents = channel.documents
    moved.publish(reports, *ALL)

    assert set(moved.stamps()) == before


@pytest.mark.parametrize("name", ["oaipmh.sqlite", "Identify.xml", "GetRecord/report/ounce.en.xml"])
@pytest.mark.parametrize("kind", ["text", "database", "link"])
def test_files_of_others_are_refused_and_stay(channel, context, reports, name, kind):
    path = channel.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    treasure = context.root / "treasure"
    if kind == "database":
        with sqlite3.connect(treasure) as other:
            other.execute("CREATE TABLE about (x)")
        other.close()
    else:
        treasure.write_text("treasure")
    held = treasure.read_bytes()
    path.symlink_to(treasure) if kind == "link" else path.write_bytes(held)

    with pytest.raises(Rejected, match="is already there"):
        channel.publish(reports, *ALL)
    assert path.read_bytes() == treasure.read_bytes() == held


def test_a_broken_memory_stops_the_channel_with_a_sentence(channel, reports):
    channel.publish(reports, *ALL)
    path = channel.folder / "oaipmh.sqlite"
    path.write_bytes(path.read_bytes()[:4096] + b"x" * (path.stat().st_size - 4096))

    with pytest.raises(ChannelDown, match=r"cannot use public/oai/oaipmh\.sqlite: ") as error:
        channel.publish(reports, *ALL)
    assert "put back a copy" in error.value.hint


def test_what_is_not_public_is_not_written(channel, make, records):
    linking = make.report(related=["report:hidden"], species=["species:amur"], topics=["topic:secret"])
    channel.publish(make.records(*records.but("species:amur"), linking), "report:ounce")

    written = b"".join(path.read_bytes() for path in channel.folder.rglob("*") if path.is_file())
    assert not any(word in written for word in (b"hidden", b"secret", b"pardus", b"private"))


def test_pages_have_no_place_here(channel, make, records):
    with pytest.raises(Unsupported):
        channel.exporter.render(make.page(), records)


@pytest.mark.parametrize(
    "wrong",
    [
        {"namespace": "localhost"},
        {"namespace": "1.example.org"},
        {"admin_email": "nobody"},
        {"endpoint": "https://example.org/oai?x=1"},
        {"page": 0},
    ],
)
def test_options_that_cannot_be(wrong):
    with pytest.raises(ValidationError):
        OaiPmhExporter.Options(**{**NEEDED, **wrong})


odd = st.text(st.characters(), max_size=20)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(title=odd.filter(bool), text=odd, name=odd.filter(bool))
def test_any_text_is_valid(channel, make, title, text, name):
    authors = [{"family": name, "given": title}, {"name": name}]
    abstract = {"format": "html", "text": text}
    one = make.report(title=title, abstract=abstract, authors=authors, citation=text, edition=name)
    halves = one.model_copy(update={"subtitle": "half \ud800 of 🐆", "doi": "10.1/\x00<&"})
    channel.publish(make.records(halves), "report:ounce")
    for path in channel.folder.rglob("*.xml"):
        channel.load(path.relative_to(channel.folder))


def test_the_example_project_is_valid(tmp_path, monkeypatch):
    shutil.copytree(EXAMPLE, tmp_path / "p", ignore=shutil.ignore_patterns("public", ".leopard"))
    options = "use: oaipmh, path: public/oai, namespace: example.org, admin_email: x@example.org, page: 5"
    config = tmp_path / "p/leopard.yaml"
    text = config.read_text(encoding="utf-8").partition("\nchannels:")[0]
    config.write_text(f"{text}\nchannels:\n  library: {{{options}}}\n", encoding="utf-8")
    command = ["leopard", "-C", str(tmp_path / "p"), "sync", "--yes", "--channel", "library"]
    monkeypatch.setattr("sys.argv", command)

    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code in (0, None)
    files = list((tmp_path / "p/public/oai").rglob("*.xml"))
    assert len(files) > 15
    for path in files:
        SCHEMA.validate(path)
