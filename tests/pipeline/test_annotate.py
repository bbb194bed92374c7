"""Bad tables come back with a column of what is wrong: as they were, harmless, and readable again."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from pipeline.annotate.csv_copy import csv_copy
from pipeline.annotate.notes import notes_of
from schemas.problems import Origin, Problem
from schemas.site import Site
from sources.base import SourceContext
from sources.common.csv_columns import PROBLEMS
from sources.conformance import read_all
from sources.csv_table import CsvSource

TABLE = (
    'key;title;"issued";publisher\r\nounce;"An; Ounce";2016-13;x\r\n\r\nblind;Blind\r\ngood;Good;2020;x\r\n'
)


@pytest.fixture
def tables(site):
    """A project with a bad table in CSV."""
    site.write("tables/a.csv", TABLE)
    site.edit("leopard.yaml", "sources:\n", "sources:\n  tables: {use: csv, path: tables, kind: statistic}\n")
    return site


def test_a_bad_table_keeps_its_dialect_and_says_what_is_wrong(tables):
    done = tables.run("check", "--annotate", str(tables.root / "marked"))
    assert done.status == 1
    copy = (tables.root / "marked" / "tables" / "tables" / "a.csv").read_bytes().decode()
    assert "tables/a.csv: " not in copy
    lines = copy.split("\r\n")
    assert lines[0] == 'key;title;"issued";publisher;Leopard: problems'
    assert lines[1].startswith('ounce;"An; Ounce";2016-13;x;"error figure: ')
    assert 'blind;Blind;;;"error: row 4 has 2 cells and the header 4 (' in copy
    assert (tables.root / "tables" / "a.csv").read_bytes().decode() == TABLE, "the table itself stays"
    assert "marked" in done.err


def test_a_copy_that_exists_is_left_alone(tables):
    words = ("check", "--annotate", str(tables.root / "marked"))
    tables.run(*words)
    path = tables.root / "marked" / "tables" / "tables" / "a.csv"
    path.write_text("corrected by hand")
    done = tables.run(*words)
    assert path.read_text() == "corrected by hand"
    assert "annotate.exists" in done.err


def test_copies_are_not_put_where_content_is_read(tables):
    done = tables.run("check", "--annotate", str(tables.root / "content" / "pages" / "x"))
    assert (done.status, "name a folder that no source reads" in done.err) == (2, True)


def test_a_corrected_copy_is_read_and_marked_anew(tables):
    tables.write(
        "tables/a.csv", f"key,figure,statement,{PROBLEMS}\na,12,live here,error: old\nb,x,live there,old\n"
    )
    tables.run("check", "--annotate", str(tables.root / "marked"))
    copy = (tables.root / "marked" / "tables" / "tables" / "a.csv").read_text()
    first, second, third = copy.splitlines()[:3]
    assert first == f"key,figure,statement,{PROBLEMS}"
    assert second == "a,12,live here,", "what was wrong is wrong no more"
    assert third.startswith("b,x,live there,")
    assert "old" not in third
    assert "error figure" in third


def test_formulas_become_harmless(tables):
    tables.write("tables/a.csv", 'key,title,note\na,"=HYPERLINK(""http://x"")",-5\nb,@SUM(A1),+44 20 x\n')
    tables.run("check", "--annotate", str(tables.root / "marked"))
    copy = (tables.root / "marked" / "tables" / "tables" / "a.csv").read_text()
    assert '"\'=HYPERLINK(""http://x"")",-5,' in copy
    assert "b,'@SUM(A1),'+44 20 x," in copy


def test_a_workbook_keeps_its_values_and_its_cells_are_marked(site):
    book = Workbook()
    sheet = book.active
    sheet.title = "Figures"
    for row in (
        ["Our figures"],
        ["key", "figure", "statement", "note"],
        ["a", "many", "live here", "=1+1"],
        ["b", 12, "live there", None],
    ):
        sheet.append(row)
    sheet["D4"] = "'=cmd"
    sheet["D4"].data_type = "s"
    sheet["D4"].value = "=cmd|' /C calc'!A0"
    sheet["D4"].data_type = "s"
    sheet.merge_cells("A1:D1")
    made = io.BytesIO()
    book.save(made)
    site.write("books/a.xlsx", made.getvalue())
    site.edit("leopard.yaml", "sources:\n", "sources:\n  books: {use: xlsx, path: books, kind: statistic}\n")
    done = site.run("check", "--annotate", str(site.root / "marked"))
    assert done.status == 1
    path = site.root / "marked" / "books" / "books" / "a.xlsx"
    copy = load_workbook(path)["Figures"]
    assert copy["E2"].value == PROBLEMS
    assert [copy.cell(row, 1).value for row in range(1, 5)] == ["Our figures", "key", "a", "b"]
    assert "A1:D1" in [str(one) for one in copy.merged_cells.ranges]
    assert copy["E3"].value.startswith("error: the cell D3 holds a formula that was never computed")
    assert copy["D3"].comment is not None
    assert copy["D3"].fill.fgColor.rgb == "FFFFC7CE"
    assert copy["D3"].value is None
    assert (copy["D4"].value, copy["D4"].data_type, copy["D4"].quotePrefix) == (
        "=cmd|' /C calc'!A0",
        "s",
        True,
    )
    assert "error" in copy["E4"].value
    assert [one for row in copy.iter_rows() for one in row if one.data_type == "f"] == []


def test_the_column_stands_in_the_row_of_the_header(site):
    book = Workbook()
    for row in (["made", "by us"], [None, None], ["key", "figure"], ["a", "many"]):
        book.active.append(row)
    made = io.BytesIO()
    book.save(made)
    site.write("books/a.xlsx", made.getvalue())
    line = "sources:\n  books: {use: xlsx, path: books, kind: statistic, header: 3}\n"
    site.edit("leopard.yaml", "sources:\n", line)
    site.run("check", "--annotate", str(site.root / "marked"))
    path = site.root / "marked" / "books" / "books" / "a.xlsx"
    copy = load_workbook(path).active
    assert (copy["C1"].value, copy["C3"].value) == (None, PROBLEMS)
    assert copy["B4"].comment.text.startswith("error figure: ")
    site.write("books/a.xlsx", path.read_bytes())
    done = site.run("check", "--format", "json")
    assert {one["code"] for one in done.json if one["origin"]["path"] == "books/a.xlsx"} == {
        "record.wrong_value",
        "record.missing_field",
    }, "what is wrong is what was wrong, and the column does no harm"


def test_a_published_sheet_comes_back_as_csv(site, web):
    web.put("/pub", "key,figure\na,many\n", Content_Type="text/csv")
    line = f'sources:\n  sheet: {{use: sheet, url: "{web.address}/pub", kind: statistic}}\n'
    site.edit("leopard.yaml", "sources:\n", line)
    site.run("check", "--annotate", str(site.root / "marked"))
    (path,) = (site.root / "marked" / "sheet").iterdir()
    assert path.name.endswith("-pub.csv")
    assert path.read_text().splitlines()[0] == f"key,figure,{PROBLEMS}"


def test_nothing_to_mark(site):
    done = site.run("check", "--annotate", str(site.root / "marked"))
    assert (done.status, "nothing to mark" in done.err) == (0, True)
    assert not (site.root / "marked").exists()


cell = st.text(alphabet="ab\"\n,;'=-+1 é", max_size=6)


@settings(max_examples=200, deadline=None)
@given(
    rows=st.lists(st.lists(cell, min_size=1, max_size=4), max_size=5),
    said=st.lists(st.sampled_from([2, 3, 4, 5]), max_size=3),
    mark=st.sampled_from(",;\t"),
    end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_a_copy_reads_as_the_table_it_was_made_of(tmp_path_factory, rows, said, mark, end, encoding):
    """But for the mark before what a spreadsheet may run, a copy gives the same records and problems."""
    import csv

    root = tmp_path_factory.mktemp("table")
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=mark, lineterminator=end).writerows([["key", "a", "b"], *rows])
    (root / "a.csv").write_bytes(text.getvalue().encode(encoding))
    problems = [
        Problem(
            code="x.y", message=f'wrong, "quite"; {row}', origin=Origin(path="a.csv", within=f"row {row}")
        )
        for row in said
    ]
    site = Site(title="S", url="https://s.example", languages=["en"])
    source = CsvSource(CsvSource.Options(path="a.csv", delimiter=mark), SourceContext(root, site))
    before = read_all(source)
    copy = csv_copy(root / "a.csv", "a.csv", mark, notes_of(problems))
    (root / "a.csv").write_bytes(copy)
    after = read_all(CsvSource(source.options, source.context))
    plain = [{k: v.removeprefix("'").strip() for k, v in raw.data.items()} for raw in before[0]]
    if not before[1]:
        assert [{k: v.removeprefix("'").strip() for k, v in raw.data.items()} for raw in after[0]] == plain
        assert after[1] == []
    again = csv_copy(root / "a.csv", "a.csv", mark, notes_of(problems))
    assert again == copy, "marking it again changes nothing"
