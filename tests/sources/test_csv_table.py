"""CSV: columns become fields, rows become records, and a bad row does not stop the others."""

import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sources.base import COMPLETE
from sources.common.csv_columns import Column, Header, letters
from sources.conformance import drain
from sources.csv_table import CsvSource


def test_rows_are_records(folder):
    folder.write(
        "a.csv", "key,Title,Published at,pages\nreport:ounce,An Ounce,2016-10-21,012\n,Blind Spot,,\n"
    )
    records, problems, outcome = folder.read(CsvSource)
    assert [(raw.name, raw.data) for raw in records] == [
        (
            "ounce",
            {"key": "report:ounce", "title": "An Ounce", "published_at": "2016-10-21", "pages": "012"},
        ),
        ("blind-spot", {"title": "Blind Spot"}),
    ]
    assert [str(raw.origin) for raw in records] == ["content/a.csv:2 [row 2]", "content/a.csv:3 [row 3]"]
    assert (problems, outcome, CsvSource.default_kind) == ([], COMPLETE, None)


def test_columns_lists_and_nested_fields(folder):
    folder.write(
        "a.csv",
        "Titel,authors.0.family,authors.0.given,authors.1.family,Common names.pt-BR,Arten,intern,\n"
        'A,Nowell,Kristin,,Onça,"leopard; snow-leopard;",x,\n'
        "B,,,Ling,,,,\n",
    )
    columns = {"Titel": "title", "Arten": "species", "intern": None}
    records, problems, _ = folder.read(CsvSource, columns=columns, lists=["species"])
    assert [raw.data for raw in records] == [
        {
            "title": "A",
            "authors": [{"family": "Nowell", "given": "Kristin"}],
            "common_names": {"pt-BR": "Onça"},
            "species": ["leopard", "snow-leopard"],
        },
        {"title": "B", "authors": [{"family": "Ling"}]},
    ]
    assert problems == []


@pytest.mark.parametrize(
    ("record", "path", "cell"),
    [
        (0, ("title",), "A2"),
        (0, ("authors", 0, "given"), "C2"),
        (0, ("authors", 0), "B2"),
        (0, ("authors",), "B2"),
        (0, ("species", 1), "E2"),
        (0, ("authors", 0, "orcid"), "row 2"),
        (0, ("missing",), "row 2"),
        (0, (), "row 2"),
        (1, ("authors", 0, "family"), "D3"),
        (1, ("species",), "row 3"),
    ],
)
def test_cells_of_fields(folder, record, path, cell):
    folder.write(
        "a.csv",
        "title,authors.0.family,authors.0.given,authors.1.family,species\nA,N,K,,x;y\nB,,,L,\n",
    )
    records, _, _ = folder.read(CsvSource, lists=["species"])
    source = folder.source(CsvSource, lists=["species"])
    place = source.locate(records[record].origin, path)
    assert (place.within, place.line) == (cell, record + 2)


def test_problems_in_the_order_of_the_rows_read_a_table_once(folder, monkeypatch):
    folder.write("a.csv", "title,n\n" + "".join(f"T{n},{n}\n" for n in range(50)))
    records, _, _ = folder.read(CsvSource)
    source = folder.source(CsvSource)
    opened, table = [], source._table
    monkeypatch.setattr(source, "_table", lambda *args: opened.append(args) or table(*args))
    for number, raw in enumerate(records, 2):
        assert source.locate(raw.origin, ("n",)).within == f"B{number}"
        assert source.locate(raw.origin, ("title",)).within == f"A{number}"
    assert len(opened) == 1


def test_a_line_in_quotes_does_not_shift_the_others(folder):
    folder.write("a.csv", 'title,summary\r\n"A","one\r\ntwo\r\n\r\nthree"\r\n\r\nB,x\r\n')
    records, _, _ = folder.read(CsvSource)
    assert records[0].data["summary"] == "one\ntwo\n\nthree"
    assert [(raw.origin.line, raw.origin.within) for raw in records] == [(2, "row 2"), (7, "row 4")]


@pytest.mark.parametrize(
    ("name", "text", "options"),
    [
        ("a.csv", "title;summary\nA;x, y\n", {}),
        ("a.csv", "title\tsummary\nA\tx, y\n", {}),
        ("a.tsv", "title\tsummary\nA\tx, y\n", {}),
        ("a.csv", 'title,summary\nA,"x, y"\n', {}),
        ("a.csv", "\n\ntitle;summary\nA;x, y\n", {}),
        ("a.csv", '"title";"summary"\nA;x, y\n', {}),
        ("a.csv", "title|summary\nA|x, y\n", {"delimiter": "|"}),
        ("a.csv", " title ; Summary \n A ; x, y \n", {}),
        ("a.csv", "title;summary;;\nA;x, y;;\n;;;\n", {}),
    ],
)
def test_delimiters_and_spaces(folder, name, text, options):
    folder.write(name, text)
    records, problems, _ = folder.read(CsvSource, **options)
    assert [raw.data for raw in records] == [{"title": "A", "summary": "x, y"}]
    assert problems == []


def test_one_column(folder):
    folder.write("a.csv", "title\nA\nB\n")
    assert [raw.name for raw in folder.read(CsvSource)[0]] == ["a", "b"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings(folder, encoding):
    folder.write("a.csv", "title,summary\r\nPanthère,été\r\n".encode(encoding))
    assert folder.read(CsvSource)[0][0].data == {"title": "Panthère", "summary": "été"}


@pytest.mark.parametrize(
    ("row", "code", "message"),
    [
        ("B", "csv.ragged", "row 3 has 1 cell and the header 2"),
        ("B,x,y", "csv.ragged", "row 3 has 3 cells and the header 2"),
        ('B,"x"y', "csv.syntax", "there is text behind closing quotes"),
        (",x", "source.no_key", "nothing here says which record this is"),
    ],
)
def test_a_bad_row_does_not_stop_the_others(folder, row, code, message):
    folder.write("a.csv", f"title,summary\nA,x\n{row}\nC,z\n")
    records, (problem,), outcome = folder.read(CsvSource)
    assert [(raw.name, raw.origin.line) for raw in records] == [("a", 2), ("c", 4)]
    assert (problem.code, problem.message, str(problem.origin)) == (code, message, "content/a.csv:3 [row 3]")
    assert outcome.state == "partial"
    assert problem.hint


@pytest.mark.parametrize(
    ("text", "options", "code", "place"),
    [
        ("", {}, "csv.empty", ":1"),
        ("\n\n,,\n", {}, "csv.empty", ":1"),
        ("title,x,title\nA,b,c\n", {}, "csv.duplicate_column", ":1 [C1]"),
        ("title,My header!\nA,b\n", {}, "csv.header", ":1 [B1]"),
        ("title,Name\nA,b\n", {"columns": {"Name": "na me"}}, "csv.header", ":1 [B1]"),
        ("title,Title\nA,b\n", {}, "csv.header", ":1 [B1]"),
        ("title,authors,authors.0.family\nA,b,c\n", {}, "csv.header", ":1 [C1]"),
        ("title,authors.0.family,authors\nA,b,c\n", {}, "csv.header", ":1 [C1]"),
        ("title,authors.0.family,authors.family\nA,b,c\n", {}, "csv.header", ":1 [C1]"),
        ("\ntitle\nA\n", {"columns": {"Titel": "title"}}, "csv.missing_column", ":2 [row 2]"),
        ("title\nA\n", {"lists": ["specis"]}, "csv.missing_column", ":1 [row 1]"),
        ('title,summary\n"A,x\nB,y\n', {}, "csv.syntax", ":2 [row 2]"),
        ("title,,summary\nA,b,c\n", {}, "csv.ragged", ":2 [row 2]"),
        ("title\nA\0\n", {}, "file.binary", ":2"),
        (b"title\nA\nCaf\xe9\nB\n", {}, "file.encoding", ":3"),
        ("title,x\nA," + "x" * 5_000_100 + "\n", {}, "file.too_large", ":2"),
        ('title,x\nA,"' + ("x" * 1_000 + "\n") * 5_001 + '"\n', {}, "csv.syntax", ":2 [row 2]"),
    ],
)
def test_refusals(folder, text, options, code, place):
    folder.write("a.csv", text)
    problem = folder.problem(CsvSource, **options)
    assert (problem.code, str(problem.origin)) == (code, f"content/a.csv{place}")


def test_all_faults_of_a_header_at_once_with_the_nearest_name(folder):
    folder.write("a.csv", "Titel,x!,species\nA,b,c\n")
    _, problems, _ = folder.read(CsvSource, columns={"Title": "title"}, lists=["specis"])
    assert [problem.code for problem in problems] == [
        "csv.header",
        "csv.missing_column",
        "csv.missing_column",
    ]
    assert [problem.hint for problem in problems[1:]] == ["did you mean 'Titel'?", "did you mean 'species'?"]


def test_rows_before_a_wrong_byte_are_read(folder):
    folder.write("a.csv", b"title\nA\nCaf\xe9\nB\n")
    records, (problem,), outcome = folder.read(CsvSource)
    assert [raw.name for raw in records] == ["a"]
    assert (problem.message, outcome.state) == ("byte 11 is not valid UTF-8", "partial")


def test_cells_larger_than_the_usual_limit(folder):
    folder.write("a.csv", "title,summary\nA," + "x" * 1_000_000 + "\n")
    assert len(folder.read(CsvSource)[0][0].data["summary"]) == 1_000_000


@pytest.mark.parametrize(
    "options", [{"delimiter": ""}, {"delimiter": ",,"}, {"delimiter": "\n"}, {"lists": "x"}]
)
def test_options_that_cannot_be(options):
    with pytest.raises(ValidationError):
        CsvSource.Options(path="a.csv", **options)


def test_a_long_table_is_not_held_in_memory(folder):
    row = "T{0}," + "x" * 1_000 + "\n"
    folder.write("a.csv", "title,summary\n" + "".join(row.format(n) for n in range(2_000)))
    source = folder.source(CsvSource)
    (part,) = drain(source.inputs())[0]
    tracemalloc.start()
    count = sum(1 for _ in source.read(part))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 2_000
    assert peak < 1_000_000


def test_many_columns_are_no_burden(folder):
    folder.write(
        "a.csv", ",".join(["title", *(f"x{n}.{n % 9}" for n in range(10_000))]) + "\nA" + "," * 10_000
    )
    assert folder.read(CsvSource)[0][0].data == {"title": "A"}


def test_names_of_columns():
    assert [letters(number) for number in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


TABLE = 'title,authors.0.family,"a ""quoted"" one"\nA,N,"x, ""y""\nz"\n"B",L,\nC,,c\n'


def test_a_table_cut_anywhere(folder):
    options = {"columns": {'a "quoted" one': "summary"}}
    whole = [raw.data for raw in folder.read(CsvSource, **options)[0]]
    for end in range(len(TABLE)):
        folder.write("a.csv", TABLE[:end])
        records, problems, outcome = folder.read(CsvSource, **options)
        assert (outcome == COMPLETE) == (not problems)
        assert len(records) >= len(whole) - 1 or TABLE[:end].count("\n") < 6


@given(text=st.text(st.sampled_from('ab.,;"\n\r\t 0\\='), max_size=60))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_brings_it_down(folder, text):
    folder.write("a.csv", text)
    records, problems, outcome = folder.read(CsvSource)
    assert (outcome == COMPLETE) == (not problems)
    for raw in records:
        assert folder.source(CsvSource).locate(raw.origin, next(iter(raw.data.items()))[:1]).within


@given(st.lists(st.one_of(st.none(), st.text(), st.integers(), st.booleans()), max_size=6))
def test_a_row_without_nested_fields_is_filled_the_short_way_with_the_same_data(cells):
    made = tuple(Column(at, name, (name,) if name else None, name == "c") for at, name in enumerate("ab-cd"))
    header = Header(tuple(one if one.header != "-" else Column(2, "", None) for one in made), ";")
    assert header.data(cells) == header.fill(cells)[0]
