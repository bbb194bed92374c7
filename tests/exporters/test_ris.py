import pytest
import rispy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exporters.common.bibliography import line
from exporters.ris import ORDER, TYPES, RisExporter
from schemas.errors import Rejected


@pytest.fixture
def exporter(context):
    return RisExporter(RisExporter.Options(path="public/reports.ris"), context)


@pytest.fixture
def written(exporter, context, desire, make):
    """What an independent reader finds in the file that the channel writes for some records."""

    def write(*reports, records=None):
        known = make.records(*(records or ()), *reports)
        list(exporter.publish([exporter.create(desire(exporter, one, known)) for one in reports], ()))
        return rispy.loads((context.root / "public/reports.ris").read_bytes().decode())

    return write


def test_a_report_as_it_stands_in_the_file(written, make, records, context):
    report = make.report(
        subtitle="Snow Leopard Crime",
        publication_place="Cambridge, UK",
        isbn=["978-1-85850-409-4"],
        doi="10.1234/ounce",
        pages=46,
        edition="2nd",
        series={"title": "Species in Danger", "number": "7", "issn": "1932-6203"},
        species=["species:amur"],
        tags=["trade"],
    )
    written(report, make.report(key="report:2", url="/a;b"), records=records)

    first, second, end = (context.root / "public/reports.ris").read_bytes().decode().split("ER  - \r\n\r\n")
    assert first.split("\r\n") == [
        "TY  - RPRT",
        "DP  - Leopard",
        "DB  - Wildlife Trade Specialists",
        "ID  - ounce",
        "AU  - Nowell, Kristin",
        "TI  - An Ounce of Prevention: Snow Leopard Crime",
        "T3  - Species in Danger",
        "M1  - 7",
        "SP  - 46",
        "PY  - 2016",
        "DA  - 2016/10//",
        "PB  - Specialists",
        "CY  - Cambridge, UK",
        "ET  - 2nd",
        "SN  - 978-1-85850-409-4",
        "SN  - 1932-6203",
        "LA  - en",
        "DO  - 10.1234/ounce",
        "UR  - https://reports.example.org/ounce",
        "L1  - https://example.org/files/ounce.pdf",
        "AN  - urn:uuid:0302794b-f6c3-57e6-bb72-7bc3c2c0576b",
        "KW  - Panthera pardus orientalis",
        "KW  - trade",
        "AB  - Snow Leopard crime revisited.",
        "",
    ]
    assert "UR  - https://example.org/a%3Bb\r\n" in second
    assert end == ""


@pytest.mark.parametrize(
    ("issued", "date"), [("2016", "2016///"), ("2016-10", "2016/10//"), ("2016-10-21", "2016/10/21/")]
)
def test_dates_as_far_as_they_are_known(written, make, issued, date):
    (entry,) = written(make.report(issued=issued))
    assert (entry["year"], entry["date"]) == ("2016", date)


def test_a_journal_article(written, make):
    series = {"title": "Biodiversity", "number": "24(2):3505–3526", "issn": "1932-6203"}
    (entry,) = written(make.report(type="journal_article", series=series))
    named = ("type_of_reference", "secondary_title", "volume", "number", "start_page", "end_page", "issn")
    assert [entry[name] for name in named] == ["JOUR", "Biodiversity", "24", "2", "3505", "3526", "1932-6203"]


@pytest.mark.parametrize("kind", [kind for kind in TYPES if kind != "article"])
def test_every_type_has_a_place(written, make, kind):
    (entry,) = written(make.report(type=kind))
    assert entry["type_of_reference"] == TYPES[kind]
    assert TYPES[kind] in rispy.config.TYPE_OF_REFERENCE_MAPPING


def test_tags_are_those_of_the_format():
    assert set(ORDER) <= set(rispy.TAG_KEY_MAPPING)


def test_people_by_what_they_did(written, make):
    people = [
        {"name": "Cat Specialists", "ror": "https://ror.org/012345678"},
        {"family": "Ed", "role": "editor"},
        {"family": "Tr", "role": "translator"},
    ]
    (entry,) = written(make.report(authors=people))
    assert entry["authors"] == ["Cat Specialists"]
    assert (entry["secondary_authors"], entry["subsidiary_authors"]) == (["Ed"], ["Tr"])


def test_ten_thousand_authors(written, make):
    (entry,) = written(make.report(authors=[{"given": f"G{n}", "family": f"F{n}"} for n in range(10_000)]))
    assert entry["authors"] == [f"F{n}, G{n}" for n in range(10_000)]


def test_an_article_without_a_date(written, make, records):
    assert written(make.article(), records=records)[0]["date"] == "2024/05/01/"
    (entry,) = written(make.article(published_at=None))
    assert not {"year", "date"} & set(entry)


def test_a_file_of_ours_is_known_again_and_no_other(written, exporter, context, make):
    path = context.root / "public/reports.ris"
    written(make.report(title="long " * 50, authors=[{"family": f"F{n}"} for n in range(1000)]))
    assert exporter.is_ours(path, "reports.ris")
    written()
    assert path.read_bytes() == b""
    written(make.report())

    path.write_text("TY  - BOOK\nER  - \n")
    with pytest.raises(Rejected):
        written(make.report())


def test_the_same_again_is_not_touched(written, make, context):
    written(make.report())
    before = (context.root / "public/reports.ris").stat().st_mtime_ns
    written(make.report())
    assert (context.root / "public/reports.ris").stat().st_mtime_ns == before


words = st.text(st.characters(), min_size=1, max_size=40) | st.sampled_from(
    ["ER  - ", "x\nER  - \ny", "TY  - a"]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=words, family=words, tag=words, abstract=words)
def test_any_text_comes_back(written, make, title, family, tag, abstract):
    report = make.report(tags=("t",), abstract={"format": "text", "text": ""})
    odd = report.model_copy(
        update={
            "title": title,
            "tags": (tag,),
            "authors": (report.authors[0].model_copy(update={"family": family, "given": None}),),
            "abstract": report.abstract.model_copy(update={"text": abstract}),
        }
    )
    (entry,) = written(odd)
    assert entry.get("title", "") == line(title)
    assert entry.get("keywords", [""]) == [line(tag)]
    assert entry.get("abstract", "") == " ".join(filter(None, map(line, abstract.split("\n\n"))))
    if line(family):
        assert entry["authors"] == [line(family)]
