import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import extruct
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from exporters.common.linked_data import embedded, graph, script_tag
from exporters.common.links import Links
from exporters.common.public import shown
from schemas.agents import Contributor, Organisation, Person
from schemas.record import Record
from schemas.site import Site
from schemas.species import Species
from schemas.statistic import Statistic
from schemas.topic import Topic

SITE = Site(title="Wildlife Trade Specialists", url="https://example.org", languages=("en", "fr"))


@pytest.fixture(scope="module")
def valid():
    """The judge: gives back the node, or raises ValidationError."""
    spec = spec_from_file_location("vocabulary", Path(__file__).with_name("vocabulary.py"))
    vocabulary = module_from_spec(spec)
    spec.loader.exec_module(vocabulary)

    def judged(node):
        vocabulary.validate(node)
        return node

    return judged


@pytest.fixture
def describe(records, valid):
    """The valid graph of a record; other records can be given to be looked up."""

    def described(record, lookup=records):
        links = Links(SITE, lookup, record.locale, lambda asset: f"https://example.org/img/{asset.title}.jpg")
        return valid(graph(shown(record, lookup), links))

    return described


@pytest.mark.parametrize(
    "wrong",
    [
        {"@type": "Report", "reporter": "x"},
        {"@type": "Report", "publisher": "Specialists"},
        {"@type": "Report", "datePublished": "soon"},
        {"@type": "Report", "author": {"@type": "Taxon", "name": "x"}},
        {"@type": "Report", "isbn": "978-1-85850-409-4"},
    ],
)
def test_the_judge_is_strict(valid, wrong):
    valid({"@type": "Report", "name": "x", "author": [{"@type": "Person", "name": "y"}]})
    with pytest.raises((ValidationError, ValueError)):
        valid(wrong)


def test_an_article(describe, make):
    found = describe(
        make.article(updated_at="2024-05-02", embargo_until="2024-04-30", tags=["counts", "\x07"])
    )

    about = found.pop("about")
    assert [(one["@type"], one["name"]) for one in about] == [("Taxon", "Panthera pardus orientalis")]
    assert found.pop("image")[0]["creditText"] == "© Lynn M. Stone / WWF"
    (mentioned,) = found.pop("mentions")
    assert (mentioned["value"], mentioned["description"]) == (70, "only 70 Amur Leopards remain")
    assert found == {
        "@context": "https://schema.org",
        "@id": "urn:uuid:62734013-717c-5268-8bdd-7c02ae62d784",
        "@type": "NewsArticle",
        "name": "More Amur Leopards counted",
        "headline": "More Amur Leopards counted",
        "genre": "news",
        "description": "A count with good news.",
        "url": "https://example.org/articles/more-amur-leopards-counted",
        "inLanguage": "en",
        "datePublished": "2024-05-01T09:00:00+01:00",
        "dateModified": "2024-05-02T00:00:00Z",
        "keywords": ["counts"],
        "author": [
            {
                "@id": "urn:uuid:8ee2c35c-e66d-5b8a-988a-b98b18cba5b2",
                "@type": "Person",
                "name": "James Compton",
                "givenName": "James",
                "familyName": "Compton",
                "url": "https://example.org/people/",
            }
        ],
        "publisher": {
            "@type": "Organization",
            "name": "Wildlife Trade Specialists",
            "url": "https://example.org",
        },
        "isPartOf": {"@type": "WebSite", "name": "Wildlife Trade Specialists", "url": "https://example.org"},
    }
    assert describe(make.article(genre="opinion"))["@type"] == "Article"


@pytest.mark.parametrize(
    ("type", "expected"),
    [
        ("report", "Report"),
        ("briefing", "Report"),
        ("journal_article", "ScholarlyArticle"),
        ("book", "Book"),
        ("proceedings", "Book"),
        ("dataset", "Dataset"),
    ],
)
def test_every_type_of_report_keeps_all_its_facts(describe, make, type, expected):
    series = {"title": "Spots", "number": "7", "issn": "1932-6203"}
    found = describe(
        make.report(
            type=type,
            subtitle="Revisited",
            series=series,
            doi="10.1234/ounce",
            isbn=["978-1-85850-409-4"],
            edition="2nd",
            pages=64,
            licence="CC-BY-4.0",
            language="zh",
            countries=["IN"],
            publication_place="Cambridge",
        )
    )

    assert (found["@type"], found["datePublished"], found["inLanguage"]) == (expected, "2016-10", "zh")
    assert found["sameAs"] == ["https://doi.org/10.1234/ounce", "https://reports.example.org/ounce"]
    assert {one["propertyID"]: one["value"] for one in found["identifier"]} == {
        "DOI": "10.1234/ounce",
        "ISBN": "978-1-85850-409-4",
    }
    assert found["isPartOf"]["name"] == "Spots"
    assert found["isPartOf"]["issn"] == "1932-6203"
    assert "7" in (found.get("reportNumber"), found.get("position"))
    assert found.get("numberOfPages") == 64 or found["materialExtent"] == "64 p."
    assert found["license"] == "https://creativecommons.org/licenses/by/4.0/"
    assert found["abstract"] == "Snow Leopard crime revisited."
    assert found["spatialCoverage"] == [{"@type": "Country", "identifier": "IN", "name": "India"}]
    (file,) = found["distribution" if type == "dataset" else "encoding"]
    assert (file["contentUrl"], file["contentSize"]) == ("https://example.org/files/ounce.pdf", "9 B")
    assert found["publisher"]["name"] == "Specialists"
    assert found["author"][0]["identifier"]["value"] == "0000-0002-1825-0097"
    assert "private" not in json.dumps(found)


def test_a_page_with_its_parts(describe, make, records):
    found = describe(make.page())

    assert found["@type"] == "WebPage"
    assert found["hasPart"] == [
        {
            "@type": "Quotation",
            "text": "A wake-up call",
            "creator": {"@type": "Person", "name": "James Compton", "jobTitle": "Senior Director"},
        }
    ]
    assert found["primaryImageOfPage"] == found["image"][0]
    assert found["relatedLink"] == ["https://example.org/reports/an-ounce-of-prevention"]
    assert [one["name"] for one in found["citation"]] == ["An Ounce of Prevention"]
    (figure,) = found["mentions"]
    assert (figure["minValue"], figure["maxValue"]) == (221, 450)
    assert "value" not in figure
    (french,) = found["workTranslation"]
    assert (french["inLanguage"], french["name"]) == ("fr", "Léopards")

    back = describe(records.get("page:leopards", "fr").model_copy(update={"alternates": ("en", "fr")}))
    assert [one["@id"] for one in back["translationOfWork"]] == [found["@id"]]
    assert "workTranslation" not in back


def test_what_is_not_public_is_not_named(describe, make, records):
    hidden = records.but(
        "report:ounce", "asset:amur", "person:compton", "species:amur", "statistic:amur-left"
    )
    written = json.dumps([describe(make.page(), hidden), describe(make.article(), hidden)])

    for word in ("ounce", "Ounce", "amur.jpg", "Stone", "pardus", "only 70"):
        assert word not in written


def test_a_species_a_topic_and_a_record_of_another_kind(describe, make, records):
    amur = Species(
        key="species:amur",
        locale="en",
        slug="amur",
        common_names={"en": ["Amur Leopard", "Far Eastern Leopard"]},
        scientific_name="Panthera pardus orientalis",
        authority="(Schlegel, 1857)",
        rank="subspecies",
        part_of="leopard",
        iucn={"category": "CR", "year": 2020, "url": "https://www.iucnredlist.org/species/15957"},
        cites="I",
        image="amur",
    )
    leopard = Species(key="species:leopard", locale="en", title="Leopard", scientific_name="Panthera pardus")
    found = describe(amur, make.records(amur, leopard, make.asset()))
    assert (found["name"], found["taxonRank"]) == ("Panthera pardus orientalis", "subspecies")
    assert found["alternateName"] == [
        "Amur Leopard",
        "Far Eastern Leopard",
        "Panthera pardus orientalis (Schlegel, 1857)",
    ]
    assert found["parentTaxon"]["name"] == "Panthera pardus"
    red_list, cites = found["subjectOf"]
    assert (red_list["keywords"]["termCode"], red_list["datePublished"]) == ("CR", "2020")
    assert cites == {"@type": "Legislation", "name": "CITES Appendix I"}

    topic = describe(Topic(key="topic:crime", locale="en", title="Crime", slug="crime"))
    assert (topic["@type"], topic["url"]) == ("DefinedTerm", "https://example.org/topics/crime")
    other = describe(Record(kind="event", key="event:day", locale="en", title="Leopard Day"))
    assert (other["@type"], other["headline"]) == ("CreativeWork", "Leopard Day")


@pytest.mark.parametrize(
    ("figure", "qualifier", "expected"),
    [
        ("70", "only", {"value": 70}),
        ("70", "at least", {"minValue": 70}),
        ("70", "up to", {"maxValue": 70}),
        ("221–450", None, {"minValue": 221, "maxValue": 450}),
        ("90%", "more than", {"minValue": 90, "unitText": "%", "unitCode": "P1"}),
    ],
)
def test_a_figure_is_a_value_a_bound_or_a_range(describe, figure, qualifier, expected):
    one = Statistic(
        key="statistic:left", locale="en", figure=figure, qualifier=qualifier, statement="Leopards remain"
    )
    found = describe(one)

    names = ("value", "minValue", "maxValue", "unitText", "unitCode")
    assert {name: found[name] for name in names if name in found} == expected


def test_a_figure_says_of_whom_where_when_and_who_says_so(describe):
    one = Statistic(
        key="statistic:left",
        locale="en",
        figure="221–450",
        unit="Leopards",
        statement="Leopards are killed",
        place="Asia",
        period={"start": "2008"},
        as_of="2016",
        citation={"text": "Nowell (2016)", "url": "https://reports.example.org/ounce"},
        species=["amur"],
    )
    found = describe(one)

    assert [one["name"] for one in found["observationAbout"]] == ["Panthera pardus orientalis", "Asia"]
    assert (found["observationDate"], found["unitText"]) == ("2016", "Leopards")
    assert found["additionalProperty"][0]["value"] == "2008/.."
    assert found["subjectOf"] == {
        "@type": "CreativeWork",
        "name": "Nowell (2016)",
        "url": "https://reports.example.org/ounce",
    }


def test_people_and_organisations(describe, make):
    body = Organisation(
        key="organisation:t",
        locale="en",
        name="TRAFFIC",
        acronym="T",
        ror="https://ror.org/0abcdef12",
        country="GB",
        place="Cambridge",
        url="https://traffic.example",
    )
    person = Person(
        key="person:kn",
        locale="en",
        given="Kristin",
        family="Nowell",
        role="Author",
        organisation="t",
        orcid="0000-0002-1825-0097",
    )
    lookup = make.records(body, person)
    found = describe(body, lookup)
    assert found["sameAs"] == ["https://traffic.example", "https://ror.org/0abcdef12"]
    assert found["address"]["addressCountry"] == "GB"
    found = describe(person, lookup)
    assert found["affiliation"]["name"] == "TRAFFIC"
    assert found["sameAs"] == ["https://orcid.org/0000-0002-1825-0097"]


def test_everybody_stands_under_what_they_did(describe, make):
    authors = [
        {"name": "TRAFFIC"},
        {"organisation": "specialists", "name": "Specialists"},
        {"given": "A", "family": "B", "role": "editor"},
        {"name": "IUCN", "role": "editor"},
        {"family": "C", "role": "translator"},
        {"family": "D", "role": "photographer"},
    ]
    found = describe(make.article(authors=authors))

    assert [(one["@type"], one["name"]) for one in found["author"]] == [
        ("Organization", "TRAFFIC"),
        ("Organization", "Specialists"),
    ]
    assert [one["name"] for one in found["editor"]] == ["A B"]
    assert [one["name"] for one in found["translator"]] == ["C"]
    assert [one["name"] for one in found["contributor"]] == ["IUCN", "D"]


def test_ten_thousand_authors(describe, make):
    many = tuple(Contributor(family=f"A{number}") for number in range(10_000))
    found = describe(make.report().model_copy(update={"authors": many}))
    assert [one["name"] for one in found["author"]] == [f"A{number}" for number in range(10_000)]


def test_an_image_travels_with_its_rights(describe, make):
    rights = {"statement": "https://agency.example/licences?id=7"}
    photo = make.asset(
        photographer="Lynn M. Stone", agency="WWF", licence="All rights reserved", rights=rights
    )
    (found,) = describe(make.article(), make.records(photo))["image"]

    assert found["creator"] == {"@type": "Person", "name": "Lynn M. Stone"}
    assert found["sourceOrganization"] == {"@type": "Organization", "name": "WWF"}
    assert found["license"] == {"@type": "CreativeWork", "name": "All rights reserved"}
    assert found["acquireLicensePage"] == "https://agency.example/licences?id=7"
    assert (found["caption"], found["description"]) == ("Amur Leopard", "An Amur Leopard in snow")
    (plain,) = describe(make.article(), make.records(make.asset()))["image"]
    assert plain["copyrightNotice"] == "© Lynn M. Stone / WWF"
    film = make.asset(media_type="video/mp4")
    assert "image" not in describe(make.article(), make.records(film))


def test_addresses_that_are_none_of_the_web_are_left_out(describe, make):
    file = make.report().files[0].model_copy(update={"url": "javascript:alert(1)"})
    odd = make.report().model_copy(update={"url": "javascript:alert(1)", "files": (file,)})

    assert "javascript" not in json.dumps(describe(odd))


def test_identity_does_not_move(records, make):
    def there(site, record):
        return graph(record, Links(site, records, record.locale, lambda asset: None))

    moved = Site(title="New", url="https://new.example.org", languages=("en", "fr"))
    one, other = there(SITE, make.article()), there(moved, make.article(slug="other", title="Other"))

    assert one["@id"] == other["@id"]
    assert one["url"] != other["url"]


def test_a_page_of_html_gives_it_back(records, make):
    record = make.article(title="</script><script>alert(1)</script> <!-- & 🐆")
    record = record.model_copy(update={"summary": "\ud800 \x00<b>"})
    links = Links(SITE, records, "en", lambda asset: "https://example.org/a.jpg")
    tag = script_tag(embedded(graph(record, links)))
    page = f"<!doctype html><html><head><title>x</title>{tag}</head><body><p>y</p></body></html>"

    (found,) = extruct.extract(page, syntaxes=["json-ld"])["json-ld"]
    assert found == graph(record, links)
    assert found["headline"] == "</script><script>alert(1)</script> <!-- & 🐆"
    assert tag.count("<") == 2
    tag.encode()


odd = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(title=odd.filter(bool), text=odd, name=odd.filter(bool), tag=odd)
def test_any_text_is_valid(describe, make, title, text, name, tag):
    authors = [{"family": name}, {"name": name}]
    describe(make.report(title=title, authors=authors, citation=text, tags=[tag], series={"title": name}))
    quote = {"type": "quote", "text": title, "name": name, "role": text}
    found = describe(make.page(title=title, summary=text, blocks=[quote]))
    json.dumps(found, ensure_ascii=False).encode()
