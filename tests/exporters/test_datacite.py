import json
from xml.etree import ElementTree

import pytest
from datacite import schema45
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exporters.common.bibliography import line
from exporters.datacite import DataCiteExporter
from exporters.dialects.datacite.record import TYPES
from schemas.agents import Organisation, Person
from schemas.errors import NotFound, Rejected, Unsupported

KERNEL = "{http://datacite.org/schema/kernel-4}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@pytest.fixture
def exporter(context):
    return DataCiteExporter(DataCiteExporter.Options(path="public/datacite", format="both"), context)


@pytest.fixture
def written(exporter, context, desire, make):
    """The metadata that the channel writes for a report with a DOI, as JSON and as XML."""

    def write(report, records=()):
        remote = exporter.create(desire(exporter, report, make.records(*records, report)))
        as_json, as_xml = (context.root / "public/datacite" / name for name in exporter.files_of(remote))
        metadata, root = json.loads(as_json.read_text("utf-8")), ElementTree.parse(as_xml).getroot()
        assert [error.message for error in schema45.validator.iter_errors(metadata)] == []
        assert parts(root) == parts(ElementTree.fromstring(schema45.tostring(metadata)))
        return metadata, root

    return write


def parts(root):
    """What a resource holds, without regard to the order of its properties and to spaces between tags."""
    assert root.tag == f"{KERNEL}resource"
    return sorted(ElementTree.canonicalize(ElementTree.tostring(one), strip_text=True) for one in root)


def test_a_report_as_it_stands_in_the_files(written, make, context):
    author = {"family": "Nowell", "given": "K.", "orcid": "0000-0002-1825-0097"}
    written(make.report(doi="10.1234/ounce", authors=[author], files=(), abstract=None, licence="CC-BY-4.0"))

    assert (
        (context.root / "public/datacite/report/ounce.en.json").read_text("utf-8")
        == """{
  "alternateIdentifiers": [
    {
      "alternateIdentifier": "https://reports.example.org/ounce",
      "alternateIdentifierType": "URL"
    },
    {
      "alternateIdentifier": "urn:uuid:0302794b-f6c3-57e6-bb72-7bc3c2c0576b",
      "alternateIdentifierType": "URN"
    }
  ],
  "creators": [
    {
      "familyName": "Nowell",
      "givenName": "K.",
      "name": "Nowell, K.",
      "nameIdentifiers": [
        {
          "nameIdentifier": "https://orcid.org/0000-0002-1825-0097",
          "nameIdentifierScheme": "ORCID",
          "schemeUri": "https://orcid.org"
        }
      ],
      "nameType": "Personal"
    }
  ],
  "dates": [
    {
      "date": "2016-10",
      "dateType": "Issued"
    }
  ],
  "doi": "10.1234/ounce",
  "language": "en",
  "publicationYear": "2016",
  "publisher": {
    "name": ":unav"
  },
  "rightsList": [
    {
      "lang": "en",
      "rights": "Creative Commons Attribution 4.0 International",
      "rightsIdentifier": "CC-BY-4.0",
      "rightsIdentifierScheme": "SPDX",
      "rightsUri": "https://creativecommons.org/licenses/by/4.0/",
      "schemeUri": "https://spdx.org/licenses/"
    }
  ],
  "schemaVersion": "http://datacite.org/schema/kernel-4",
  "titles": [
    {
      "lang": "en",
      "title": "An Ounce of Prevention"
    }
  ],
  "types": {
    "resourceType": "Report",
    "resourceTypeGeneral": "Report"
  },
  "url": "https://example.org/reports/an-ounce-of-prevention"
}
"""
    )
    assert (
        (context.root / "public/datacite/report/ounce.en.xml").read_text("utf-8")
        == """\
<?xml version="1.0" encoding="UTF-8"?>
<resource xmlns="http://datacite.org/schema/kernel-4" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:schemaLocation="http://datacite.org/schema/kernel-4 \
http://schema.datacite.org/meta/kernel-4.6/metadata.xsd">
  <identifier identifierType="DOI">10.1234/ounce</identifier>
  <creators>
    <creator>
      <creatorName nameType="Personal">Nowell, K.</creatorName>
      <givenName>K.</givenName>
      <familyName>Nowell</familyName>
      <nameIdentifier nameIdentifierScheme="ORCID" schemeURI="https://orcid.org">\
https://orcid.org/0000-0002-1825-0097</nameIdentifier>
    </creator>
  </creators>
  <titles>
    <title xml:lang="en">An Ounce of Prevention</title>
  </titles>
  <publisher>:unav</publisher>
  <publicationYear>2016</publicationYear>
  <resourceType resourceTypeGeneral="Report">Report</resourceType>
  <dates>
    <date dateType="Issued">2016-10</date>
  </dates>
  <alternateIdentifiers>
    <alternateIdentifier alternateIdentifierType="URL">https://reports.example.org/ounce</alternateIdentifier>
    <alternateIdentifier alternateIdentifierType="URN">\
urn:uuid:0302794b-f6c3-57e6-bb72-7bc3c2c0576b</alternateIdentifier>
  </alternateIdentifiers>
  <rightsList>
    <rights xml:lang="en" rightsIdentifier="CC-BY-4.0" rightsIdentifierScheme="SPDX" \
rightsURI="https://creativecommons.org/licenses/by/4.0/" schemeURI="https://spdx.org/licenses/">\
Creative Commons Attribution 4.0 International</rights>
  </rightsList>
  <language>en</language>
</resource>
"""
    )


def test_every_fact_has_its_place(written, make, records):
    body = Organisation(
        key="organisation:specialists", locale="en", name="Specialists", ror="https://ror.org/012345678"
    )
    compton = Person(
        key="person:compton",
        locale="en",
        given="James",
        family="Compton",
        organisation="organisation:specialists",
    )
    people = [
        {"person": "person:compton"},
        {
            "organisation": "organisation:specialists",
            "name": "Specialists",
            "ror": "https://ror.org/012345678",
        },
        {"name": "A Group"},
        {"family": "Ed", "role": "editor"},
        {"family": "Ph", "role": "photographer"},
    ]
    report = make.report(
        doi="10.1234/ounce",
        type="journal_article",
        subtitle="Crime",
        authors=people,
        isbn=["978-1-85850-409-4"],
        url="https://doi.org/10.1234/ounce",
        series={"title": "Cats", "number": "8(3):55–75", "issn": "1932-6203"},
        pages=46,
        edition="2nd",
        species=["species:amur"],
        tags=["trade"],
        countries=["IN"],
        rights={"holder": "WTS", "statement": "© WTS"},
    )
    metadata, _ = written(report, [*records, body, compton])

    ror = {"schemeUri": "https://ror.org"}
    named = {"nameIdentifier": "https://ror.org/012345678", "nameIdentifierScheme": "ROR", **ror}
    affiliation = {
        "name": "Specialists",
        "affiliationIdentifier": "https://ror.org/012345678",
        "affiliationIdentifierScheme": "ROR",
        **ror,
    }
    first, second, third = metadata["creators"]
    assert (first["name"], first["affiliation"]) == ("Compton, James", [affiliation])
    assert second == {"name": "Specialists", "nameType": "Organizational", "nameIdentifiers": [named]}
    assert third == {"name": "A Group"}
    kinds = [(one["name"], one["contributorType"]) for one in metadata["contributors"]]
    assert kinds == [("Ed", "Editor"), ("Ph", "Other"), ("WTS", "RightsHolder")]
    assert metadata["titles"][1] == {"title": "Crime", "titleType": "Subtitle", "lang": "en"}
    assert metadata["publisher"]["publisherIdentifier"] == "https://ror.org/012345678"
    assert metadata["subjects"] == [
        {"subject": "Panthera pardus orientalis"},
        {"subject": "trade", "lang": "en"},
    ]
    assert [one["alternateIdentifierType"] for one in metadata["alternateIdentifiers"]] == ["ISBN", "URN"]
    (journal,) = metadata["relatedItems"]
    place = [journal[name] for name in ("relatedItemType", "volume", "issue", "firstPage", "lastPage")]
    assert place == ["Journal", "8", "3", "55", "75"]
    assert (metadata["sizes"], metadata["formats"]) == (["46 pages", "9 bytes"], ["application/pdf"])
    assert (metadata["version"], metadata["rightsList"]) == ("2nd", [{"rights": "© WTS"}])
    assert metadata["geoLocations"] == [{"geoLocationPlace": "India"}]
    assert metadata["descriptions"][0]["description"] == "Snow Leopard crime revisited."


def test_a_series(written, make):
    metadata, _ = written(make.report(doi="10.1234/a", series={"title": "Briefings", "number": "7"}))
    (series,) = metadata["relatedItems"]
    assert (series["relatedItemType"], series["number"]) == ("Collection", "7")


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_has_a_place(written, make, kind):
    metadata, _ = written(make.report(doi="10.1234/a", type=kind))
    assert metadata["types"]["resourceTypeGeneral"] == TYPES[kind][0]


def test_a_translator_is_one_since_4_6(exporter, make, records):
    people = [{"family": "A"}, {"family": "B", "role": "translator"}]
    fields = exporter.render(make.report(doi="10.1234/a", authors=people), records)
    assert fields["metadata"]["contributors"] == [
        {"name": "B", "nameType": "Personal", "familyName": "B", "contributorType": "Translator"}
    ]


def test_without_a_name_the_publisher_is_the_creator(written, make, records):
    nameless = make.report(doi="10.1234/a", authors=[{"person": "person:compton"}])
    known = records.but("person:compton")
    assert written(nameless, known)[0]["creators"] == [{"name": "Specialists", "nameType": "Organizational"}]
    unknown = known.but("organisation:specialists")
    assert written(nameless, unknown)[0]["creators"] == [{"name": ":unav"}]


def test_ten_thousand_authors(written, make):
    people = [{"given": f"G{n}", "family": f"F{n}"} for n in range(10_000)]
    metadata, root = written(make.report(doi="10.1234/a", authors=people))
    assert [one["familyName"] for one in metadata["creators"]] == [f"F{n}" for n in range(10_000)]
    assert len(root.find(f"{KERNEL}creators")) == 10_000


def test_without_a_doi_there_is_no_file(exporter, desire, make, records, context):
    remote = exporter.create(desire(exporter, make.report(), records))
    (index,) = exporter.publish([remote], ())

    assert (remote.fields, exporter.files_of(remote)) == ({"left_out": "it has no DOI"}, ())
    assert index.path == "index.json"
    assert json.loads((context.root / "public/datacite/index.json").read_text("utf-8"))["records"] == []
    exporter.delete(remote)
    assert list(exporter.absent([remote], [index])) == []


def test_a_doi_is_described_once_with_its_titles_in_all_languages(exporter, make, records):
    both = {"doi": "10.1234/a", "alternates": ("en", "fr")}
    english, french = make.report(**both), make.report(**both, locale="fr", title="Prévention", subtitle="Un")
    known = make.records(*records, english, french)

    assert exporter.render(french, known) == {"left_out": "its DOI is described in en"}
    assert exporter.render(english, known)["metadata"]["titles"] == [
        {"title": "An Ounce of Prevention", "lang": "en"},
        {"title": "Prévention: Un", "titleType": "TranslatedTitle", "lang": "fr"},
    ]
    alone = exporter.render(french, make.records(*records.but("report:ounce"), french))
    assert alone["files"] == ["report/ounce.fr.json", "report/ounce.fr.xml"]


def test_a_channel_of_one_language_describes_what_exists_in_it(context, make, records):
    options = DataCiteExporter.Options(path="public", locales=("fr",))
    french = make.report(doi="10.1234/a", alternates=("en", "fr"), locale="fr")
    fields = DataCiteExporter(options, context).render(french, make.records(*records, french))
    assert fields["files"] == ["report/ounce.fr.json"]


def test_files_come_and_go_with_what_is_asked_for(exporter, desire, make, records, context):
    folder = context.root / "public/datacite/report"
    with_doi, without = make.report(doi="10.1234/a"), make.report()
    remote = exporter.create(desire(exporter, with_doi, records))
    assert sorted(path.name for path in folder.iterdir()) == ["ounce.en.json", "ounce.en.xml"]

    only = DataCiteExporter(DataCiteExporter.Options(path="public/datacite", format="xml"), context)
    remote = only.update(remote, desire(only, with_doi, records))
    assert [path.name for path in folder.iterdir()] == ["ounce.en.xml"]

    remote = only.update(remote, desire(only, without, records))
    assert not folder.exists()
    remote = only.update(remote, desire(only, with_doi, records))
    assert list(only.absent([remote], ())) == []
    (folder / "ounce.en.xml").unlink()
    assert list(only.absent([remote], ())) == ["report:ounce@en"]
    with pytest.raises(NotFound):
        only.update(remote, desire(only, with_doi, records))
    only.delete(only.create(desire(only, with_doi, records)))
    assert not folder.exists()


def test_the_index_names_every_file(exporter, desire, make, records, context):
    remote = exporter.create(desire(exporter, make.report(doi="10.1234/a"), records))
    list(exporter.publish([remote], ()))
    assert json.loads((context.root / "public/datacite/index.json").read_text("utf-8"))["records"] == [
        {
            "doi": "10.1234/a",
            "files": ["report/ounce.en.json", "report/ounce.en.xml"],
            "key": "report:ounce",
            "title": "An Ounce of Prevention",
            "url": "https://example.org/reports/an-ounce-of-prevention",
        }
    ]


def test_files_of_ours_are_known_again_and_no_others(exporter, desire, make, records, context):
    wanted = desire(exporter, make.report(key="report:2016/ounce", doi="10.1234/a"), records)
    for _ in range(2):
        list(exporter.publish([exporter.create(wanted)], ()))

    (context.root / "public/datacite/report/2016/ounce.en.xml").write_text("<resource/>")
    with pytest.raises(Rejected, match="is not from this channel"):
        exporter.create(wanted)
    (context.root / "public/datacite/index.json").write_text("{}")
    with pytest.raises(Rejected):
        list(exporter.publish([], ()))


def test_the_same_again_is_not_touched(written, make, context):
    def seen():
        return {path: path.stat().st_mtime_ns for path in (context.root / "public").rglob("*.*")}

    written(make.report(doi="10.1234/a"))
    before = seen()
    written(make.report(doi="10.1234/a"))
    assert seen() == before
    assert len(before) == 2


def test_bytes_do_not_depend_on_the_order_of_members(exporter, desire, make, records, context):
    series = {"title": "Cats", "number": "7", "issn": "1932-6203"}
    report = make.report(doi="10.1234/a", series=series, licence="CC-BY-4.0", subtitle="Crime")
    wanted = desire(exporter, report, records)
    exporter.create(wanted)
    path = context.root / "public/datacite/report/ounce.en.xml"
    before = path.read_bytes()
    exporter.create(wanted.model_copy(update={"fields": turned(wanted.fields)}))
    assert path.read_bytes() == before


def turned(value):
    """The same value with the members of every object in the opposite order."""
    if isinstance(value, dict):
        return {name: turned(inner) for name, inner in reversed(value.items())}
    return [turned(inner) for inner in value] if isinstance(value, list) else value


def test_articles_and_pages(exporter, make, records):
    assert exporter.render(make.article(), records) == {"left_out": "it has no DOI"}
    with pytest.raises(Unsupported):
        exporter.render(make.page(), records)


words = st.text(st.characters(), min_size=1, max_size=40) | st.sampled_from(["]]>", "<b>&amp;</b>", "a\x00b"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=words, family=words, series=words, tag=words)
def test_any_text_comes_back(written, make, title, family, series, tag):
    report = make.report(doi="10.1234/a", series={"title": "S"}, tags=("t",))
    odd = report.model_copy(
        update={
            "title": title,
            "tags": (tag,),
            "authors": (report.authors[0].model_copy(update={"family": family, "given": None}),),
            "series": report.series.model_copy(update={"title": series}),
        }
    )
    metadata, root = written(odd)
    assert metadata["titles"][0]["title"] == (line(title) or ":unav")
    assert root.find(f"{KERNEL}titles/{KERNEL}title").get(LANG) == "en"
    assert [one["subject"] for one in metadata.get("subjects", ())] == ([line(tag)] if line(tag) else [])
    if line(family):
        assert metadata["creators"][0]["familyName"] == line(family)
    if line(series):
        assert metadata["relatedItems"][0]["titles"] == [{"title": line(series)}]
