import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from exporters.common.bibliography import line
from exporters.csl import TYPES, CslExporter
from schemas.errors import Rejected

WORD = {"type": "string", "minLength": 1}
NAMES = {
    "type": "array",
    "minItems": 1,
    "items": {
        "oneOf": [
            {
                "properties": {"family": WORD, "given": WORD},
                "required": ["family"],
                "additionalProperties": False,
            },
            {"properties": {"literal": WORD}, "required": ["literal"], "additionalProperties": False},
        ],
    },
}
TEXTS = (
    "id", "title", "publisher", "publisher-place", "container-title", "collection-title",
    "collection-number", "volume", "issue", "page", "number", "number-of-pages", "genre", "edition",
    "ISBN", "ISSN", "DOI", "URL", "language", "abstract", "keyword",
)  # fmt: skip
DATE = {"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 3}
ITEM = {
    "type": "object",
    "properties": {
        **{name: WORD for name in TEXTS},
        **{name: NAMES for name in ("author", "editor", "translator", "contributor")},
        "type": {"enum": ["report", "article-journal", "book", "dataset", "webpage"]},
        "issued": {
            "properties": {"date-parts": {"type": "array", "items": DATE, "minItems": 1, "maxItems": 1}},
            "required": ["date-parts"],
            "additionalProperties": False,
        },
        "custom": {"type": "object"},
    },
    "required": ["id", "type"],
    "additionalProperties": False,
}
VALID = Draft202012Validator({"type": "array", "items": ITEM})
"""What CSL-JSON 1.0 says of the members that are used here."""


@pytest.fixture
def exporter(context):
    return CslExporter(CslExporter.Options(path="public/reports.json"), context)


@pytest.fixture
def written(exporter, context, desire, make):
    """The items that the channel writes for some records."""

    def write(*reports, records=None):
        known = make.records(*(records or ()), *reports)
        list(exporter.publish([exporter.create(desire(exporter, one, known)) for one in reports], ()))
        items = json.loads((context.root / "public/reports.json").read_text("utf-8"))
        VALID.validate(items)
        return items

    return write


def test_a_report_as_it_stands_in_the_file(written, make, records, context):
    written(make.report(series={"title": "Briefings", "number": "7"}, pages=46), records=records)

    assert (
        (context.root / "public/reports.json").read_text("utf-8")
        == """[
  {
    "URL": "https://reports.example.org/ounce",
    "abstract": "Snow Leopard crime revisited.",
    "author": [
      {
        "family": "Nowell",
        "given": "Kristin"
      }
    ],
    "collection-title": "Briefings",
    "custom": {
      "leopard": "urn:uuid:0302794b-f6c3-57e6-bb72-7bc3c2c0576b"
    },
    "id": "ounce",
    "issued": {
      "date-parts": [
        [
          2016,
          10
        ]
      ]
    },
    "language": "en",
    "number": "7",
    "number-of-pages": "46",
    "publisher": "Specialists",
    "title": "An Ounce of Prevention",
    "type": "report"
  }
]
"""
    )


def test_a_journal_article(written, make):
    series = {"title": "Biodiversity", "number": "24(2):3505–3526", "issn": "1932-6203"}
    (item,) = written(
        make.report(type="journal_article", series=series, doi="10.1234/a_b", isbn=["2831700450"])
    )
    assert {name: item[name] for name in ("container-title", "volume", "issue", "page", "ISSN")} == {
        "container-title": "Biodiversity",
        "volume": "24",
        "issue": "2",
        "page": "3505-3526",
        "ISSN": "1932-6203",
    }
    assert (item["DOI"], item["ISBN"], item["type"]) == (
        "10.1234/a_b",
        "978-2-8317-0045-8",
        "article-journal",
    )


@pytest.mark.parametrize("kind", [kind for kind in TYPES if kind != "article"])
def test_every_type_has_a_place(written, make, kind):
    (item,) = written(make.report(type=kind, series={"title": "S", "number": "1"}))
    assert item["type"] == TYPES[kind]


def test_people_by_what_they_did(written, make):
    people = [
        {"name": "Cat Specialists, Inc.", "ror": "https://ror.org/012345678"},
        {"given": "A", "family": "B"},
        {"family": "Ed", "role": "editor"},
        {"family": "Tr", "role": "translator"},
        {"family": "Ph", "role": "photographer"},
    ]
    (item,) = written(make.report(authors=people))
    assert item["author"] == [{"literal": "Cat Specialists, Inc."}, {"family": "B", "given": "A"}]
    assert (item["editor"], item["translator"]) == ([{"family": "Ed"}], [{"family": "Tr"}])


def test_ten_thousand_authors(written, make):
    people = [{"given": f"G{n}", "family": f"F{n}"} for n in range(10_000)]
    (item,) = written(make.report(authors=people))
    assert item["author"] == people


def test_an_article_is_a_web_page(written, make, records):
    (item,) = written(make.article(), records=records)
    assert (item["type"], item["issued"]) == ("webpage", {"date-parts": [[2024, 5, 1]]})
    assert "issued" not in written(make.article(published_at=None))[0]


def test_a_file_of_ours_is_known_again_and_no_other(written, exporter, context, make):
    many = [{"family": f"F{n}"} for n in range(1000)]
    path = context.root / "public/reports.json"
    for reports in ([make.report(authors=many)], []):
        written(*reports)
        assert exporter.is_ours(path, "reports.json")

    path.write_text('[{"id": "a", "type": "book"}]')
    with pytest.raises(Rejected):
        written(make.report())


def test_the_same_again_is_not_touched(written, make, context, records):
    def seen():
        return (context.root / "public/reports.json").stat().st_mtime_ns

    written(make.report(), records=records)
    before = seen()
    written(make.report(), records=records)
    assert seen() == before


words = st.text(st.characters(), min_size=1, max_size=40)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=words, family=words, series=words, tag=words)
def test_any_text_comes_back(written, make, title, family, series, tag):
    report = make.report(series={"title": "S"}, tags=("t",))
    odd = report.model_copy(
        update={
            "title": title,
            "tags": (tag,),
            "authors": (report.authors[0].model_copy(update={"family": family, "given": title}),),
            "series": report.series.model_copy(update={"title": series}),
        }
    )
    (item,) = written(odd)
    assert item.get("title", "") == line(title)
    assert item.get("collection-title", "") == line(series)
    assert item.get("keyword", "") == line(tag)
    if line(family):
        assert item["author"][0]["family"] == line(family)
