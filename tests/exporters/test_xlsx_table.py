import io
from datetime import datetime

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exporters import xlsx_table
from exporters.base import ChannelContext
from exporters.conformance import ExporterConformance
from exporters.trial import context as trial_context
from exporters.xlsx_table import XlsxExporter
from schemas.errors import ConfigError, Rejected
from schemas.site import Site
from schemas.statistic import Figure, Statistic


class TestXlsx(ExporterConformance):
    readable = False
    notices_vanished = False
    longest_text = 2_000

    @pytest.fixture
    def exporter(self, tmp_path):
        return exporter_of(trial_context(tmp_path), "page")

    def title_of(self, fields):
        return fields["title"]

    def record(self, name="leopards", text="", **more):
        return super().record(name, text, summary=more.pop("summary", text)[:2_000], **more)


at = datetime.fromisoformat


def exporter_of(context, *kinds, **more):
    options = XlsxExporter.Options(**{"path": "public/table.xlsx", "kinds": kinds, **more})
    return XlsxExporter(options, context)


def publish(exporter, desire, records, documents=()):
    chosen = [one for one in records if one.kind in exporter.options.kinds]
    remotes = {one.ident: exporter.create(desire(exporter, one, records)) for one in chosen}
    return remotes, list(exporter.publish(iter(remotes.values()), documents))


def book(context):
    """The workbook as another program reads it."""
    return openpyxl.load_workbook(io.BytesIO((context.root / "public/table.xlsx").read_bytes()))


def cells(context, sheet="Records"):
    return [[cell.value for cell in row] for row in book(context)[sheet].iter_rows()]


def test_texts_numbers_and_dates(context, records, desire, make):
    columns = {
        "title": "Title",
        "published_at": "Published",
        "statistics.0.figure.value": "Figure",
        "statistics.0.figure.percent": "Percent",
        "updated_at": "Updated",
        "authors.family": "Authors",
    }
    lookup = make.records(make.article(), records.get("statistic:amur-left", "en"))
    publish(exporter_of(context, "article", columns=columns), desire, lookup)

    assert cells(context) == [
        list(columns.values()),
        [
            "More Amur Leopards counted",
            at("2024-05-01 08:00"),
            70,
            False,
            None,
            "Compton",
        ],
    ]
    sheet = book(context)["Records"]
    assert [cell.data_type for cell in sheet[2]] == ["s", "d", "n", "b", "n", "s"]
    assert sheet.freeze_panes == "A2"
    assert sheet["A1"].font.bold


def test_dates_are_those_of_the_sites_time_zone(context, desire, make):
    site = Site(title="Spots", url="https://example.org", timezone="Asia/Tokyo")
    exporter = exporter_of(
        ChannelContext("test", context.root, site), "article", columns={"published_at": "Published"}
    )
    publish(exporter, desire, make.records(make.article()))

    assert cells(context)[1] == [at("2024-05-01 17:00")]


def test_dates_that_excel_does_not_know_are_texts(context, desire, make):
    exporter = exporter_of(context, "article", columns={"published_at": "Published"})
    publish(exporter, desire, make.records(make.article(published_at="1875-05-01")))

    assert cells(context)[1] == ["1875-05-01T00:00:00Z"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "http://example.org", "{=1}", "0012"])
def test_texts_are_texts(context, desire, make, text):
    exporter = exporter_of(context, "article", columns={"title": "=cmd()", "tags": "Tags"})
    publish(exporter, desire, make.records(make.article(title=text, tags=[text])))

    sheet = book(context)["Records"]
    assert [cell.value for cell in sheet[2]] == [text, text]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s"}
    assert sheet["A2"].quotePrefix == (text[0] in "=+-@")
    assert sheet["A2"].hyperlink is None


def test_long_texts_and_numbers_end_where_excel_does(context, desire, make):
    article = make.article().model_copy(update={"summary": "é" * 40_000})
    large = Statistic(key="statistic:large", locale="en", figure=1, statement="s")
    large = large.model_copy(update={"figure": Figure.model_construct(value=10**17)})
    exporter = exporter_of(context, "article", "statistic", columns={"summary": "S", "figure.value": "F"})
    publish(exporter, desire, make.records(article, large))

    _, (summary, _), (_, figure) = cells(context)
    assert summary == "é" * 32_767
    assert figure == str(10**17)


def test_more_rows_than_a_sheet_holds(context, desire, make, monkeypatch):
    monkeypatch.setattr(XlsxExporter, "most", 3)
    articles = [make.article(key=f"article:a{n}", title=f"A{n}") for n in range(5)]
    publish(exporter_of(context, "article", columns={"title": "T"}), desire, make.records(*articles))

    assert book(context).sheetnames == ["Records", "Records 2", "Records 3"]
    assert cells(context) == [["T"], ["A0"], ["A1"]]
    assert cells(context, "Records 3") == [["T"], ["A4"]]


def test_a_full_sheet_is_the_last(context, desire, make, monkeypatch):
    monkeypatch.setattr(XlsxExporter, "most", 3)
    articles = [make.article(key=f"article:a{n}") for n in range(2)]
    publish(exporter_of(context, "article", columns={"title": "T"}), desire, make.records(*articles))

    assert book(context).sheetnames == ["Records"]


def test_an_empty_table_has_its_header(context, desire, make):
    publish(exporter_of(context, "article", columns={"title": "T"}), desire, make.records())

    assert cells(context) == [["T"]]


def test_the_same_rows_give_the_same_bytes(context, records, desire):
    exporter = exporter_of(context, "page", "report", "statistic")
    _, documents = publish(exporter, desire, records)
    before = (context.root / "public/table.xlsx").stat()

    assert publish(exporter, desire, records, documents)[1] == documents
    after = (context.root / "public/table.xlsx").stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)
    made = at("2000-01-01")
    assert (book(context).properties.created, book(context).properties.modified) == (made, made)


def test_nothing_is_left_beside_the_workbook(context, records, desire):
    publish(exporter_of(context, "report"), desire, records)

    assert [path.name for path in (context.root / "public").iterdir()] == ["table.xlsx"]


@pytest.mark.parametrize("content", [b"PK\x03\x04 no archive", b"text", "of others"])
def test_a_workbook_of_somebody_else_stays(context, records, desire, content):
    path = context.root / "public/table.xlsx"
    path.parent.mkdir()
    if content == "of others":
        openpyxl.Workbook().save(path)
    else:
        path.write_bytes(content)
    before = path.read_bytes()

    with pytest.raises(Rejected, match=r"public/table\.xlsx is already there"):
        publish(exporter_of(context, "report"), desire, records)
    assert path.read_bytes() == before


def test_one_of_ours_is_known_again(context, records, desire):
    publish(exporter_of(context, "report"), desire, records)
    publish(exporter_of(context, "report", columns={"title": "T"}), desire, records)

    assert cells(context)[0] == ["T"]


def test_without_the_package(context, monkeypatch):
    monkeypatch.setattr(xlsx_table, "find_spec", lambda name: None)

    with pytest.raises(ConfigError, match="needs the package XlsxWriter") as refused:
        exporter_of(context, "report")
    assert refused.value.hint == "python -m pip install XlsxWriter"


anything = st.text(st.characters(exclude_categories=()), min_size=1, max_size=30)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=anything, site=anything)
def test_any_text_gives_a_valid_workbook(context, desire, make, title, site):
    spots = Site(title="x", url="https://example.org").model_copy(update={"title": site})
    there = ChannelContext("test", context.root, spots)
    exporter = exporter_of(there, "article", columns={"title": "Title", "locale": site})
    article = make.article().model_copy(update={"title": title})
    publish(exporter, desire, make.records(article))

    assert cells(context)[1][1] == "en"
