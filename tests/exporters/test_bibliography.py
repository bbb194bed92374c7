import io
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import bibtexparser
import pytest
import rispy
from click.testing import CliRunner
from datacite import schema45
from hypothesis import given
from hypothesis import strategies as st

from exporters.common.bibliography import line, prose, work_of
from exporters.common.licences import Terms, terms
from exporters.common.links import Links
from exporters.common.works import Body, Container, Name
from pipeline.cli import leopard
from schemas.agents import Organisation, Person
from schemas.base import RichText
from schemas.errors import Unsupported
from schemas.site import Site
from schemas.topic import Topic

SITE = Site(title="Wildlife Trade Specialists", url="https://example.org", languages=("en", "fr"))
EXAMPLE = Path(__file__).parents[2] / "examples" / "leopards"


def work(record, records):
    return work_of(record, Links(SITE, records, record.locale, lambda asset: None), records)


def test_a_report(records, make):
    found = work(make.report(subtitle="Crime", countries=["IN", "KG"], species=["species:amur"]), records)

    assert (found.key, found.urn) == ("ounce", "urn:uuid:0302794b-f6c3-57e6-bb72-7bc3c2c0576b")
    assert (found.full_title, found.type, found.day) == ("An Ounce of Prevention: Crime", "report", "2016-10")
    assert found.names == (Name("Nowell", "Kristin", orcid="0000-0002-1825-0097"),)
    assert found.publisher == Body("Specialists")
    assert (found.url, found.page) == (
        "https://reports.example.org/ounce",
        "https://example.org/reports/an-ounce-of-prevention",
    )
    assert found.abstract == "Snow Leopard crime revisited."
    assert found.countries == ("India", "Kyrgyzstan")
    assert found.subjects == ("Panthera pardus orientalis",)
    assert [(file.url, file.media_type, file.size) for file in found.files] == [
        ("https://example.org/files/ounce.pdf", "application/pdf", 9)
    ]


def test_an_article(records, make):
    found = work(make.article(published_at=datetime(2024, 4, 30, 23, 30, tzinfo=UTC)), records)

    assert (found.key, found.type, found.day) == ("article:2024/amur-count", "article", "2024-04-30")
    assert (found.publisher, found.language) == (Body("Wildlife Trade Specialists"), "en")
    assert (found.abstract, found.topics) == ("A count with good news.", ("counts",))
    assert work(make.article(published_at=None), records).day == ""


def test_nothing_else_has_a_place(records, make):
    with pytest.raises(Unsupported, match="only reports and articles"):
        work(make.page(), records)


@pytest.mark.parametrize(
    ("title", "joined"),
    [("Leopards", "Leopards: x"), ("Leopards?", "Leopards? x"), ("Stop!", "Stop! x"), ("A…", "A… x")],
)
def test_title_and_subtitle(records, make, title, joined):
    assert work(make.report(title=title, subtitle="x"), records).full_title == joined


@pytest.mark.parametrize(
    ("issued", "parts", "day"),
    [
        ("2016", (2016,), "2016"),
        ("2016-10", (2016, 10), "2016-10"),
        ("2016-10-21", (2016, 10, 21), "2016-10-21"),
        ("0800", (800,), "0800"),
    ],
)
def test_dates_as_far_as_they_are_known(records, make, issued, parts, day):
    found = work(make.report(issued=issued), records)
    assert (found.issued, found.day) == (parts, day)


@pytest.mark.parametrize(
    ("number", "volume", "issue", "pages"),
    [
        ("8(3):e57872", "8", "3", ("e57872",)),
        ("24:3505–3526", "24", None, ("3505", "3526")),
        ("46", "46", None, ()),
        ("12 (3-4): S1 - S20", "12", "3-4", ("S1", "S20")),
        ("n.s. vol. II", "n.s. vol. II", None, ()),
        (None, None, None, ()),
    ],
)
def test_the_place_in_a_journal(records, make, number, volume, issue, pages):
    series = {"title": "Cats", "number": number, "issn": "1932-6203"}
    found = work(make.report(type="journal_article", series=series), records)
    assert found.container == Container("Cats", "1932-6203", volume=volume, issue=issue, pages=pages)


def test_the_place_in_a_series(records, make):
    found = work(make.report(series={"title": "Briefings", "number": "8(3)"}), records)
    assert found.container == Container("Briefings", None, number="8(3)")


def test_names_of_all_kinds(records, make):
    people = [
        {"person": "person:compton"},
        {
            "organisation": "organisation:specialists",
            "name": "Specialists, Inc.",
            "ror": "https://ror.org/012345678",
        },
        {"name": "The {Cat} Group"},
        {"given": "Madonna", "name": "M."},
        {"family": "Ed", "role": "editor"},
    ]
    compton = Person(
        key="person:compton",
        locale="en",
        given="James",
        family="Compton",
        organisation="organisation:specialists",
    )
    found = work(make.report(authors=people), make.records(*records, compton))
    assert found.names == (
        Name("Compton", "James", affiliation=Body("Specialists")),
        Name(literal="Specialists, Inc.", ror="https://ror.org/012345678", corporate=True),
        Name(literal="The {Cat} Group"),
        Name(literal="M."),
        Name("Ed", role="editor"),
    )
    assert [name.inverted for name in found.creators][:2] == ["Compton, James", "Specialists, Inc."]


def test_editors_stand_for_a_work_without_authors(records, make):
    people = [{"family": "B", "role": "translator"}, {"family": "A", "role": "editor"}]
    both, one = work(make.report(authors=people), records), work(make.report(authors=people[:1]), records)
    assert [name.family for name in (*both.creators, *both.others)] == ["A", "B"]
    assert [name.family for name in (*one.creators, *one.others)] == ["B"]


def test_nothing_that_may_not_be_shown(records, make):
    secret = make.report(
        authors=[{"person": "person:compton"}],
        related=["report:secret"],
        topics=["topic:secret"],
        species=["species:amur"],
    )
    found = work(secret, records.but("person:compton", "organisation:specialists", "species:amur"))
    assert (found.names, found.publisher) == ((), None)
    assert (found.related, found.subjects) == ((), ())


def test_subjects_are_named_once(records, make):
    topic = Topic(key="topic:crime", locale="en", title="Crime")
    found = work(
        make.report(topics=["topic:crime"], tags=["Crime", "trade", "\x07"]), make.records(*records, topic)
    )
    assert found.subjects == ("Crime", "trade")


def test_the_language_of_the_work_is_not_that_of_a_translation(records, make):
    assert work(make.report(), records).language == "en"
    both = make.records(*records, make.report(alternates=("en", "fr")), make.report(locale="fr"))
    assert work(make.report(alternates=("en", "fr")), both).language is None
    assert work(make.report(alternates=("en", "fr"), language="zh-Hant"), both).language == "zh-Hant"


def test_addresses_are_those_of_the_web(records, make):
    odd = make.report().model_copy(update={"url": "javascript:alert(1)"})
    assert work(odd, records).url == "https://example.org/reports/an-ounce-of-prevention"
    odd = make.report(url='/a{b}"<c>\\d|é', doi="10.1234/a{b}\\c_%<d>")
    assert work(odd, records).url == "https://example.org/a%7Bb%7D%22%3Cc%3E%5Cd%7C%C3%A9"
    assert work(odd, records).doi == "10.1234/a%7Bb%7D%5Cc_%<d>"


def test_place_of_the_publisher(records, make):
    body = Organisation(key="organisation:specialists", locale="en", name="Specialists", place="Gland")
    there = make.records(*records, body)
    assert work(make.report(), there).publisher == Body("Specialists", None, "Gland")
    assert work(make.report(publication_place="Delhi"), there).publisher == Body("Specialists", None, "Delhi")


@pytest.mark.parametrize(
    ("licence", "url"),
    [
        ("CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/"),
        ("CC-BY-NC-SA-3.0-IGO", "https://creativecommons.org/licenses/by-nc-sa/3.0/igo/"),
        ("CC0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
        ("OGL-UK-3.0", "https://spdx.org/licenses/OGL-UK-3.0.html"),
    ],
)
def test_licences_that_are_known(licence, url):
    found = terms(licence, "Some words")
    assert found is not None
    assert (found.id, found.url) == (licence, url)
    assert terms("CC-BY-NC-4.0").words == "Creative Commons Attribution-NonCommercial 4.0 International"


def test_licences_in_words():
    assert terms("All rights reserved") == Terms("All rights reserved")
    assert terms("", "© WTS") == Terms("© WTS")
    assert terms("") is None


@pytest.mark.parametrize(
    ("form", "text", "plain"),
    [
        ("html", "<p>A &amp; <em>b</em>.</p><p>C<br>d</p>", "A & b.\n\nC d"),
        ("html", "<ul><li>a</li><li>b</li></ul><script>alert(1)</script>", "a\n\nb"),
        ("text", "a\nb\n \nc <b>", "a b\n\nc <b>"),
        ("markdown", "a", "a"),
    ],
)
def test_prose_as_plain_text(form, text, plain):
    assert prose(RichText(format=form, text=text)) == plain
    assert prose(None) == ""


@given(st.text(st.characters()))
def test_any_text_becomes_a_line_that_can_be_written(text):
    found = line(text)
    assert len(found.splitlines()) <= 1
    assert found == found.strip()
    ElementTree.fromstring(f"<a>{found.replace('&', '').replace('<', '').replace(']]>', '')}</a>")


CHANNELS = """
  datacite: {use: datacite, path: public/datacite, format: both}
  csl: {use: csl, path: public/reports.json, kinds: [report, article]}
  bibtex: {use: bibtex, path: public/reports.bib, kinds: [report, article]}
  ris: {use: ris, path: public/reports.ris, kinds: [report, article]}
  dublincore: {use: dublincore, path: public/reports.rdf, kinds: [report, article]}
"""


def test_the_example_project_is_readable_everywhere(tmp_path):
    root = tmp_path / "leopards"
    shutil.copytree(EXAMPLE, root, ignore=shutil.ignore_patterns("public", ".leopard"))
    config = root / "leopard.yaml"
    config.write_text(
        config.read_text("utf-8").partition("\nchannels:")[0] + f"\nchannels:{CHANNELS}", "utf-8"
    )

    done = CliRunner().invoke(leopard, ["-C", str(root), "sync", "--yes"])
    assert done.exit_code == 0, done.output
    again = CliRunner().invoke(leopard, ["-C", str(root), "plan", "--detailed-exitcode"])
    assert again.exit_code == 0, again.output

    public = root / "public"
    items = json.loads((public / "reports.json").read_text("utf-8"))
    ids = [item["id"] for item in items]
    assert len(ids) == len(set(ids)) == 18
    assert [one.key for one in bibtexparser.parse_file(str(public / "reports.bib")).entries] == ids
    entries = rispy.load(io.StringIO((public / "reports.ris").read_text("utf-8")))
    assert [one["id"] for one in entries] == ids
    described = ElementTree.parse(public / "reports.rdf").getroot()
    assert len(described) == 18
    assert len(json.loads((public / "reports.fr.json").read_text("utf-8"))) == 1

    listed = json.loads((public / "datacite/index.json").read_text("utf-8"))["records"]
    assert len(listed) == 8
    for entry in listed:
        as_json, as_xml = (public / "datacite" / name for name in entry["files"])
        metadata = json.loads(as_json.read_text("utf-8"))
        assert list(schema45.validator.iter_errors(metadata)) == []
        assert ElementTree.parse(as_xml).getroot()[0].text == metadata["doi"] == entry["doi"]
