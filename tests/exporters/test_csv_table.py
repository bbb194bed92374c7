import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from exporters.common.tables import is_risky
from exporters.csv_table import CsvExporter
from pipeline.conformance import ChannelConformance
from schemas.errors import ConfigError, Rejected
from schemas.record import Record
from schemas.species import Species
from schemas.statistic import Figure, Statistic


class TestCsv(ChannelConformance):
    readable = False
    notices_vanished = False

    @pytest.fixture
    def channel(self):
        return {"use": "csv", "path": "public/pages.csv", "kinds": ["page"]}

    def title_of(self, fields):
        return fields["title"]

    def record(self, name="leopards", text="", **more):
        """Its text is the summary: the body does not fit a cell."""
        return super().record(name, text, summary=more.pop("summary", text)[:2_000], **more)

    longest_text = 2_000


def exporter_of(context, *kinds, **more):
    options = CsvExporter.Options(**{"path": "public/table.csv", "kinds": kinds, **more})
    return CsvExporter(options, context)


def publish(exporter, desire, records, documents=()):
    chosen = [one for one in records if one.kind in exporter.options.kinds]
    remotes = {one.ident: exporter.create(desire(exporter, one, records)) for one in chosen}
    return remotes, list(exporter.publish(iter(remotes.values()), documents))


def table(context):
    """Rows as other programs read them."""
    text = (context.root / "public/table.csv").read_bytes().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def test_a_table_of_reports(context, records, desire):
    publish(exporter_of(context, "report"), desire, records)

    header, row = table(context)
    held = {name: cell for name, cell in zip(header, row, strict=True) if cell}
    assert header[:6] == ["key", "kind", "locale", "title", "url", "summary"]
    assert held == {
        "key": "report:ounce",
        "kind": "report",
        "locale": "en",
        "title": "An Ounce of Prevention",
        "url": "https://example.org/reports/an-ounce-of-prevention",
        "type": "report",
        "authors": "Kristin Nowell",
        "publisher": "organisation:specialists",
        "issued": "2016-10",
        "external_url": "https://reports.example.org/ounce",
        "files": "https://example.org/files/ounce.pdf",
        "citation": "Nowell, K. (2016). An Ounce of Prevention.",
    }


def test_the_bytes(context, records, desire, make):
    columns = {"title": "Title", "tags": "Tags", "published_at": "On", "statistics.figure.value": "Figure"}
    odd = make.article(title='"Snow",\nleopards', tags=["a", "b"])
    lookup = make.records(odd, records.get("statistic:amur-left", "en"))
    publish(exporter_of(context, "article", columns=columns), desire, lookup)

    assert (context.root / "public/table.csv").read_bytes() == (
        b'Title,Tags,On,Figure\r\n"""Snow"",\nleopards",a; b,2024-05-01T09:00:00+01:00,70\r\n'
    )


def test_a_byte_order_mark_where_it_is_asked_for(context, desire, make):
    exporter = exporter_of(context, "article", columns={"title": "T"}, bom=True)
    _, documents = publish(exporter, desire, make.records(make.article()))

    path = context.root / "public/table.csv"
    assert path.read_bytes().startswith(b"\xef\xbb\xbfT\r\n")
    assert exporter.is_ours(path, documents[0].path)


def test_columns_lead_into_records(context, desire, make):
    species = Species(
        key="species:amur",
        locale="en",
        title="Amur Leopard",
        scientific_name="Panthera pardus",
        common_names={"en": ["Amur Leopard", "Far Eastern Leopard"], "fr": ["Panthère de l'Amour"]},
        iucn={"category": "CR", "year": 2024},
        body={"format": "html", "text": "<p>A &amp; B</p><p>C<br>D</p>"},
    )
    columns = {
        "common_names.en": "English",
        "common_names.fr.0": "French",
        "common_names": "all",
        "iucn.year": "year",
        "iucn": "iucn",
        "part_of": "part of",
        "body": "text",
        "body.text": "html",
        "countries.5": "sixth",
    }
    publish(exporter_of(context, "species", columns=columns), desire, make.records(species))

    assert dict(zip(*table(context), strict=True)) == {
        "English": "Amur Leopard; Far Eastern Leopard",
        "French": "Panthère de l'Amour",
        "all": "en: Amur Leopard; Far Eastern Leopard, fr: Panthère de l'Amour",
        "year": "2024",
        "iucn": "category: CR, year: 2024",
        "part of": "",
        "text": "A & B\nC\nD",
        "html": "<p>A &amp; B</p><p>C<br>D</p>",
        "sixth": "",
    }


def test_kinds_share_one_table(context, records, desire):
    publish(exporter_of(context, "article", "statistic"), desire, records)

    header, article, statistic = table(context)
    assert dict(zip(header, statistic, strict=True))["figure.value"] == "70"
    assert dict(zip(header, statistic, strict=True))["figure.percent"] == "false"
    assert dict(zip(header, article, strict=True))["figure.value"] == ""
    assert len(header) == len(set(header))


def test_languages_share_one_table(context, records, desire):
    _, documents = publish(exporter_of(context, "page"), desire, records)

    assert [document.path for document in documents] == ["table.csv"]
    assert [row[2] for row in table(context)] == ["locale", "en", "fr"]


def test_numbers_stay_numbers(context, desire, make):
    figures = [-5, 2.5, 10**17]
    made = [
        Statistic(key=f"statistic:n{at}", locale="en", figure=1, statement="s").model_copy(
            update={"figure": Figure.model_construct(value=one)}
        )
        for at, one in enumerate(figures)
    ]
    exporter = exporter_of(context, "statistic", columns={"figure.value": "n"})
    remotes, _ = publish(exporter, desire, make.records(*made))

    assert table(context) == [["n"], ["-5"], ["2.5"], [str(10**17)]]
    cells = [remote.fields["figure.value"] for remote in remotes.values()]
    assert cells == [-5, 2.5, str(10**17)]


FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "  =1",
    "＝1",
    '=HYPERLINK("http://x")',
    "\n=1",
    "\u00a0@x",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_texts_are_no_formulas(context, desire, make, text):
    article = make.article().model_copy(update={"title": text, "tags": (text, "x")})
    columns = {"title": "=cmd()", "tags": "Tags"}
    publish(exporter_of(context, "article", columns=columns), desire, make.records(article))

    header, row = table(context)
    assert header == ["'=cmd()", "Tags"]
    assert row == [f"'{text}", f"'{text}; x"]


@pytest.mark.parametrize("text", ["a=b", "1+1", "'=1", "", "leopard - snow", "5 -3"])
def test_other_texts_stay_as_they_are(text):
    assert not is_risky(text)


def test_what_is_not_public_is_nowhere(context, records, desire):
    publish(
        exporter_of(context, "article", "page"), desire, records.but("report:ounce", "statistic:amur-left")
    )

    data = (context.root / "public/table.csv").read_bytes().lower()
    assert b"ounce" not in data
    assert b"only 70" not in data
    assert b"photos/" not in data


@pytest.mark.parametrize(
    ("column", "hint"),
    [("tilte", "did you mean 'title'"), ("title.en", "there are: |did you"), ("authors.famly", ""), ("", "")],
)
def test_a_column_that_no_record_has(context, column, hint):
    with pytest.raises(ConfigError, match="which no record has") as refused:
        exporter_of(context, "article", columns={column: "X"})
    assert any(word in refused.value.hint for word in hint.split("|"))


def test_kinds_of_other_teams(context, desire, make):
    class Expedition(Record):
        kind: str = "expedition"
        camp: str

    there = Expedition(key="expedition:altai", locale="en", title="A", camp="B")
    exporter = exporter_of(context, "expedition", columns={"camp": "Camp", "leader": "Leader"})
    publish(exporter, desire, make.records(there))

    assert table(context) == [["Camp", "Leader"], ["B", ""]]


def test_an_empty_table_has_its_header(context, desire, make):
    publish(exporter_of(context, "article", columns={"title": "T"}), desire, make.records())

    assert table(context) == [["T"]]


def test_publishing_again_touches_nothing(context, records, desire):
    exporter = exporter_of(context, "page", "report")
    _, documents = publish(exporter, desire, records)
    before = (context.root / "public/table.csv").stat().st_mtime_ns

    assert publish(exporter, desire, records, documents)[1] == documents
    assert (context.root / "public/table.csv").stat().st_mtime_ns == before


def test_a_table_of_somebody_else_stays(context, records, desire):
    (context.root / "public").mkdir()
    (context.root / "public/table.csv").write_text("key,kind\n")

    with pytest.raises(Rejected, match=r"public/table\.csv is already there"):
        publish(exporter_of(context, "page"), desire, records)
    assert (context.root / "public/table.csv").read_text() == "key,kind\n"


@pytest.mark.parametrize(
    "wrong",
    [{"kinds": []}, {"path": "table.txt"}, {"columns": {}}, {"kinds": ["page"], "colums": {"a": "b"}}],
)
def test_wrong_options_are_refused(wrong):
    with pytest.raises(ValidationError):
        CsvExporter.Options(**{"path": "table.csv", "kinds": ["page"], **wrong})


anything = st.text(st.characters(exclude_categories=()), min_size=1, max_size=30)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=anything, tags=st.lists(anything, max_size=3))
def test_any_text_gives_a_valid_table(context, desire, make, title, tags):
    article = make.article().model_copy(update={"title": title, "tags": tuple(tags)})
    columns = {"title": "Title", "tags": "Tags", "locale": "Language"}
    publish(exporter_of(context, "article", columns=columns), desire, make.records(article))

    header, row = table(context)
    assert (header, row[2]) == (["Title", "Tags", "Language"], "en")
    assert not any(is_risky(cell) for cell in row)
