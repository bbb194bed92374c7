"""Workbooks: rows become records, dates stay dates, errors name their cells, and bombs do not go off."""

import io
import json
import tracemalloc
import zipfile
from datetime import date, datetime, time
from pathlib import Path

import pytest
from openpyxl import Workbook

from sources.base import COMPLETE
from sources.conformance import drain
from sources.xlsx_table import XlsxSource

GOLDEN = Path(__file__).parent / "golden" / "xlsx"


def book(*sheets, **more):
    """The bytes of a workbook; each sheet is a name and its rows."""
    made = Workbook()
    made.remove(made.active)
    for name, rows in sheets:
        page = made.create_sheet(name)
        for row in rows:
            page.append(row)
    more.get("then", lambda _: None)(made)
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def write(folder, *rows, then=lambda page: None):
    return folder.write("a.xlsx", book(("Reports", rows), then=lambda made: then(made.active)))


def edited(data, part, change):
    """A workbook in which one part is another; None leaves the part out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for one in old.infolist():
            body = old.read(one)
            body = change(body) if one.filename == part else body
            if body is not None:
                new.writestr(one.filename, body)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def test_rows_are_records_with_values_as_they_are(folder):
    write(
        folder,
        [
            "key",
            "Title",
            "published_at",
            "changed_at",
            "pages",
            "share",
            "is_new",
            "tags",
            "authors.0.family",
            None,
        ],
        [
            "report:ounce",
            " An Ounce ",
            date(2016, 10, 21),
            datetime.fromisoformat("2016-10-22T09:30"),
            12,
            0.25,
            True,
            "a;b",
            "N",
        ],
        [None, "Blind Spot", None, None, 3.0, None, False, 7, None],
        [],
        [None, "1984", time(9, 30), None, None, None, None, None, None],
    )
    records, problems, outcome = folder.read(XlsxSource, lists=["tags"])
    assert (problems, outcome) == ([], COMPLETE)
    assert [(raw.name, str(raw.origin)) for raw in records] == [
        ("ounce", "content/a.xlsx [Reports!row 2]"),
        ("blind-spot", "content/a.xlsx [Reports!row 3]"),
        ("1984", "content/a.xlsx [Reports!row 5]"),
    ]
    found = json.dumps([raw.data for raw in records], indent=1, ensure_ascii=False) + "\n"
    assert found == (GOLDEN / "reports.json").read_text()


def test_the_time_of_a_cell_is_that_of_the_site(folder):
    site = folder.context.site.model_copy(update={"timezone": "Asia/Kolkata"})
    folder.context = type(folder.context)(folder.root, site)
    write(folder, ["title", "at"], ["A", datetime.fromisoformat("2024-05-01T09:00")])
    assert folder.read(XlsxSource)[0][0].data["at"] == "2024-05-01T09:00:00+05:30"


def test_the_calendar_of_old_macintoshes(folder):
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    def then(made):
        made.epoch = CALENDAR_MAC_1904

    folder.write("a.xlsx", book(("A", [["title", "at"], ["A", date(2024, 5, 1)]]), then=then))
    assert folder.read(XlsxSource)[0][0].data["at"] == "2024-05-01"


def test_a_merged_title_stands_above_the_header(folder):
    def then(page):
        page.merge_cells("A1:C1")
        page.merge_cells("A2:C2")

    write(
        folder, ["Our reports"], ["of 2024"], [], ["title", "year", "place"], ["A", 2024, "India"], then=then
    )
    records, problems, _ = folder.read(XlsxSource)
    assert [(raw.data, raw.origin.within) for raw in records] == [
        ({"title": "A", "year": 2024, "place": "India"}, "Reports!row 5")
    ]
    assert problems == []


@pytest.mark.parametrize("rows", [[["title"], ["A"], ["B"]], [["title"], *([f"T{n}"] for n in range(30))]])
def test_a_table_of_one_column(folder, rows):
    write(folder, *rows)
    assert len(folder.read(XlsxSource)[0]) == len(rows) - 1


def test_the_row_of_the_header_can_be_said(folder):
    write(folder, ["What", "is", "this"], ["title", "year"], ["A", 1])
    assert folder.read(XlsxSource, header=2)[0][0].data == {"title": "A", "year": 1}
    assert folder.problem(XlsxSource, header=9).code == "csv.empty"


def test_a_cell_that_is_merged_downwards_counts_in_each_row(folder):
    def then(page):
        page.merge_cells("B2:B4")

    write(folder, ["title", "place"], ["A", "India"], ["B"], ["C"], ["D", "Nepal"], then=then)
    records, _, _ = folder.read(XlsxSource)
    assert [raw.data.get("place") for raw in records] == ["India", "India", "India", "Nepal"]


def test_sheets(folder):
    def then(made):
        made["Lists"].sheet_state = "hidden"

    rows = [["title", "x"], ["A", 1]]
    folder.write(
        "a.xlsx", book(("Lists", rows), ("Old", [["title", "x"], ["B", 1]]), ("New", rows), then=then)
    )
    assert [raw.origin.within for raw in folder.read(XlsxSource)[0]] == ["Old!row 2"]
    records, (problem,), outcome = folder.read(XlsxSource, sheets=["New", "Lists", "Odl"])
    assert [raw.origin.within for raw in records] == ["New!row 2", "Lists!row 2"]
    assert (problem.code, problem.hint, outcome.state) == ("xlsx.no_sheet", "did you mean 'Old'?", "partial")


def test_cells_of_fields(folder):
    write(
        folder,
        ["Our reports"],
        ["title", "authors.0.family", "species"],
        ["A", "N", "x;y"],
        ["B", None, None],
    )
    records, _, _ = folder.read(XlsxSource, lists=["species"])
    source = folder.source(XlsxSource, lists=["species"])
    places = [(0, ("title",)), (0, ("authors",)), (0, ("species", 1)), (0, ("missing",)), (1, ("title",))]
    assert [source.locate(records[at].origin, path).within for at, path in places] == [
        "Reports!A3",
        "Reports!B3",
        "Reports!C3",
        "Reports!row 3",
        "Reports!A4",
    ]


def test_an_error_in_a_cell_is_named_by_its_cell(folder):
    write(folder, ["title", "year"], ["A", "#REF!"], ["B", 2])
    records, (problem,), outcome = folder.read(XlsxSource)
    assert [raw.name for raw in records] == ["b"]
    assert (problem.code, problem.origin.within) == ("xlsx.cell_error", "Reports!B2")
    assert problem.message == "the cell B2 holds the error #REF!"
    assert outcome.state == "partial"


def test_a_formula_that_was_never_computed_is_not_taken_for_empty(folder):
    write(folder, ["title", "year"], ["A", "=1+1"], ["B", 2])
    records, (problem,), _ = folder.read(XlsxSource)
    assert [raw.name for raw in records] == ["b"]
    assert (problem.origin.within, "never computed" in problem.message) == ("Reports!B2", True)


def test_a_formula_gives_the_value_that_was_computed(folder):
    data = book(("A", [["title", "year"], ["A", "=1+1"]]))
    folder.write(
        "a.xlsx",
        edited(data, SHEET, lambda xml: xml.replace(b"<v></v>", b"<v>2</v>").replace(b"<v />", b"<v>2</v>")),
    )
    assert folder.read(XlsxSource)[0][0].data == {"title": "A", "year": 2}


def test_a_date_that_is_none(folder):
    def then(page):
        page["B2"].number_format = "yyyy-mm-dd"

    write(folder, ["title", "at"], ["A", 99_999_999_999], then=then)
    assert folder.problem(XlsxSource).origin.within == "Reports!B2"


def test_a_cell_without_a_header(folder):
    write(folder, ["title", "x"], ["A", 1, "stray"], ["B", 2])
    records, (problem,), _ = folder.read(XlsxSource)
    assert [raw.name for raw in records] == ["b"]
    assert problem.message == "the cell C2 stands in a column without a header"


def test_faults_of_a_header_name_their_cells(folder):
    write(folder, ["Reports"], ["title", "x!", "title"], ["A", 1, 2])
    _, problems, _ = folder.read(XlsxSource)
    assert {(one.code, one.origin.within) for one in problems} == {
        ("csv.header", "Reports!B2"),
        ("csv.duplicate_column", "Reports!C2"),
    }


DOCTYPE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda data: b"", "xlsx.broken"),
        (lambda data: b"title,x\nA,1\n", "xlsx.broken"),
        (lambda data: data[:-1], "xlsx.broken"),
        (lambda data: edited(data, "xl/workbook.xml", lambda _: None), "xlsx.broken"),
        (lambda data: edited(data, "xl/workbook.xml", lambda _: b"<x/>"), "xlsx.broken"),
        (lambda data: edited(data, "xl/workbook.xml", lambda _: b"not xml"), "xlsx.broken"),
        (lambda data: edited(data, SHEET, lambda xml: xml[: len(xml) // 2]), "xlsx.broken"),
        (lambda data: edited(data, SHEET, lambda xml: DOCTYPE + xml[xml.index(b"<worksheet") :]), "xlsx.document_type"),
        (lambda data: edited(data, SHEET, lambda xml: (DOCTYPE + xml[xml.index(b"<worksheet") :]).decode().encode("utf-16")), "xlsx.document_type"),
        (lambda data: edited(data, SHEET, lambda xml: xml.replace(b'<row r="2"', b'<row r="999999999999"').replace(b'r="A2"', b'r="A999999999999"')), "xlsx.bomb"),
    ],
)  # fmt: skip
def test_what_is_no_sound_workbook(folder, change, code):
    folder.write("a.xlsx", change(book(("A", [["title", "x"], ["A", 1]]))))
    problem = folder.problem(XlsxSource)
    assert (problem.code, problem.origin.path) == (code, "content/a.xlsx")
    assert problem.hint


def test_a_sheet_that_declares_to_be_huge_is_read_as_it_is(folder):
    data = book(("A", [["title", "x"], ["A", 1]]))
    data = edited(data, SHEET, lambda xml: xml.replace(b'ref="A1:B2"', b'ref="A1:XFD1048576"'))
    folder.write("a.xlsx", data)
    assert len(folder.read(XlsxSource)[0]) == 1


def bomb(size, lie=None):
    """A workbook with a part of zeros; `lie` is the size that it declares."""
    out = io.BytesIO(book(("A", [["title", "x"], ["A", 1]])))
    with (
        zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/bomb.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(size // 1_000_000):
            part.write(b" " * 1_000_000)
    data = out.getvalue()
    return data if lie is None else data.replace(size.to_bytes(4, "little"), lie.to_bytes(4, "little"))


def test_a_bomb_by_its_declared_size(folder):
    folder.write("a.xlsx", bomb(1_001_000_000))
    assert folder.problem(XlsxSource).code == "xlsx.bomb"


def test_a_bomb_that_lies_about_its_size(folder):
    tracemalloc.start()
    folder.write("a.xlsx", bomb(300_000_000, lie=1_000))
    problem = folder.problem(XlsxSource)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert problem.code == "xlsx.broken"
    assert peak < 20_000_000


def test_too_many_parts(folder):
    out = io.BytesIO(book(("A", [["title", "x"], ["A", 1]])))
    with zipfile.ZipFile(out, "a") as archive:
        for number in range(10_001):
            archive.writestr(f"x/{number}", b"")
    folder.write("a.xlsx", out.getvalue())
    assert folder.problem(XlsxSource).code == "xlsx.bomb"


def test_a_workbook_cut_anywhere_is_an_error(folder):
    data = book(("A", [["title", "x"], ["A", 1]]))
    for end in range(0, len(data), 7):
        folder.write("a.xlsx", data[:end])
        records, problems, outcome = folder.read(XlsxSource)
        assert (records, outcome.state) == ([], "partial")
        assert problems


def test_bytes_that_have_changed_never_bring_it_down(folder):
    data = bytearray(book(("A", [["title", "x"], ["A", 1], ["B", 2]])))
    for at in range(0, len(data), 5):
        spoilt = bytearray(data)
        spoilt[at] ^= 0x41
        folder.write("a.xlsx", bytes(spoilt))
        records, problems, outcome = folder.read(XlsxSource)
        assert (outcome == COMPLETE) == (not problems)
        assert len(records) <= 2


def test_a_long_sheet_is_not_held_in_memory(folder):
    made = Workbook(write_only=True)
    page = made.create_sheet("A")
    page.append(["title", "summary"])
    for number in range(3_000):
        page.append([f"T{number}", f"{number}" + "x" * 1_000])
    made.save(folder.root / "content" / "a.xlsx")
    source = folder.source(XlsxSource)
    (part,) = drain(source.inputs())[0]
    held = sum(1 for _ in source.read(part))  # once, so that modules are loaded
    tracemalloc.start()
    source._rows.__init__()
    count = sum(1 for _ in source.read(part))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert held == count == 3_000
    assert peak < 16_000_000
