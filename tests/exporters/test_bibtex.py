import bibtexparser
import pytest
from bibtexparser import middlewares
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pybtex.database import parse_bytes
from pylatexenc.latex2text import LatexNodes2Text

from exporters.bibtex import ORDER, TYPES, BibtexExporter, escaped
from exporters.common.bibliography import line
from schemas.errors import Rejected

NAMES = [middlewares.SeparateCoAuthors(), middlewares.SplitNameParts()]
LATEX = LatexNodes2Text(keep_comments=False)


def read(text):
    """A text as LaTeX reads it; this reader takes the circumflex of ASCII for another one."""
    return LATEX.latex_to_text(text).replace("ˆ", "^")


def person(parts):
    return tuple(read(" ".join(words)) for words in (parts.first, (*parts.von, *parts.last)))


@pytest.fixture
def exporter(context):
    return BibtexExporter(BibtexExporter.Options(path="public/reports.bib"), context)


@pytest.fixture
def written(exporter, context, desire, make):
    """The entries that an independent reader finds in the file that the channel writes for some records."""

    def write(*reports, records=None):
        known = make.records(*(records or ()), *reports)
        list(exporter.publish([exporter.create(desire(exporter, one, known)) for one in reports], ()))
        text = (context.root / "public/reports.bib").read_bytes().decode()
        library = bibtexparser.parse_string(text, append_middleware=NAMES)
        assert library.failed_blocks == []
        return library.entries

    return write


def test_a_report_as_it_stands_in_the_file(written, make, records, context):
    report = make.report(
        subtitle="50 % & more",
        publication_place="Cambridge, UK",
        isbn=["978-1-85850-409-4"],
        doi="10.1234/o_u%nce",
        pages=46,
        issued="2016-10-21",
        series={"title": "Species in Danger", "number": "7", "issn": "1932-6203"},
        species=["species:amur"],
        tags=["trade"],
        licence="CC-BY-4.0",
    )
    written(report, records=records)

    assert (
        (context.root / "public/reports.bib").read_text("utf-8")
        == r"""% urn:leopard:bibtex:1

@techreport{ounce,
  author = {Nowell, Kristin},
  title = {{An Ounce of Prevention: 50 \% \& more}},
  series = {Species in Danger},
  number = {7},
  pagetotal = {46},
  institution = {Specialists},
  address = {Cambridge, UK},
  year = {2016},
  month = oct,
  day = {21},
  isbn = {978-1-85850-409-4},
  issn = {1932-6203},
  doi = {10.1234/o_u%nce},
  url = {https://reports.example.org/ounce},
  language = {en},
  keywords = {Panthera pardus orientalis, trade},
  copyright = {CC-BY-4.0},
  abstract = {Snow Leopard crime revisited.},
}
"""
    )


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("50 % & $5 #1_a", r"50 \% \& \$5 \#1\_a"),
        ("{a", r"{$\lbrace$}a"),
        (r"\end{document}", r"\textbackslash{}end{$\lbrace$}document{$\rbrace$}"),
        ("a -- b --- c", "a -{}- b -{}-{}- c"),
        ("''a``", "'{}'a`{}`"),
        ("~^<|>", r"\textasciitilde{}\textasciicircum{}{$<$}{$|$}{$>$}"),
        ("Österreich 豹 🐆", "Österreich 豹 🐆"),
    ],
)
def test_what_means_something_to_latex_is_escaped(text, latex):
    assert escaped(text) == latex
    assert read(latex) == text


def test_months_and_days_as_far_as_they_are_known(written, make):
    reports = [make.report(key=f"report:r{day}", issued=day) for day in ("2016", "2016-10", "2016-10-21")]
    dates = [[entry.get(name) for name in ("year", "month", "day")] for entry in written(*reports)]
    found = [tuple(field and field.value for field in fields) for fields in dates]
    assert found == [("2016", None, None), ("2016", "oct", None), ("2016", "oct", "21")]


def test_a_journal_article(written, make, context):
    series = {"title": "Biodiversity", "number": "24(2):3505–3526", "issn": "1932-6203"}
    (entry,) = written(make.report(type="journal_article", series=series))
    named = ("journal", "volume", "number", "pages", "issn")
    assert [entry[name] for name in named] == ["Biodiversity", "24", "2", "3505--3526", "1932-6203"]
    assert (entry.entry_type, "publisher" in entry) == ("article", False)


@pytest.mark.parametrize("kind", [kind for kind in TYPES if kind != "article"])
def test_every_type_has_a_place(written, make, records, kind):
    (entry,) = written(make.report(type=kind, series={"title": "S", "number": "1"}), records=records)
    assert entry.entry_type == TYPES[kind]
    assert {field.key for field in entry.fields} <= set(ORDER)
    assert ("institution" in entry) == (TYPES[kind] == "techreport")


def test_names_are_not_taken_apart(written, make, context):
    people = [
        {"name": "Cats and Dogs, Inc.", "ror": "https://ror.org/012345678"},
        {"given": "Joseph R.", "family": "Lemeris Jr."},
        {"given": "Jan", "family": "van der Berg"},
        {"given": "A", "family": "Smith, and Sons"},
        {"family": "Ud Din"},
        {"name": "others"},
        {"name": "a {brace"},
        {"family": "Ed", "given": "E", "role": "editor"},
    ]
    (entry,) = written(make.report(authors=people))
    wanted = [
        ("", "Cats and Dogs, Inc."),
        ("Joseph R.", "Lemeris Jr."),
        ("Jan", "van der Berg"),
        ("A", "Smith, and Sons"),
        ("", "Ud Din"),
        ("", "others"),
        ("", "a {brace"),
    ]
    assert [person(parts) for parts in entry["author"]] == wanted
    assert [person(parts) for parts in entry["editor"]] == [("E", "Ed")]

    database = parse_bytes((context.root / "public/reports.bib").read_bytes(), "bibtex")
    again = database.entries["ounce"].persons["author"]
    assert [
        (
            read(" ".join((*one.first_names, *one.middle_names))),
            read(" ".join((*one.prelast_names, *one.last_names))),
        )
        for one in again
    ] == wanted


def test_ten_thousand_authors(written, make):
    (entry,) = written(make.report(authors=[{"given": f"G{n}", "family": f"F{n}"} for n in range(10_000)]))
    assert [person(parts) for parts in entry["author"]] == [(f"G{n}", f"F{n}") for n in range(10_000)]


def test_keys_are_those_of_the_records(written, make, records):
    reports = (make.report(key="report:2016/an.ounce_of-x"), make.report(key="report:z"), make.article())
    keys = [entry.key for entry in written(*reports, records=records)]
    assert keys == ["2016/an.ounce_of-x", "z", "article:2024/amur-count"]


def test_a_file_of_ours_is_known_again_and_no_other(written, exporter, context, make):
    path = context.root / "public/reports.bib"
    for reports in ([make.report()], []):
        written(*reports)
        assert exporter.is_ours(path, "reports.bib")
    path.write_text("@book{a, title = {B}}")
    with pytest.raises(Rejected):
        written(make.report())


def test_the_same_again_is_not_touched(written, make, context):
    written(make.report())
    before = (context.root / "public/reports.bib").stat().st_mtime_ns
    written(make.report())
    assert (context.root / "public/reports.bib").stat().st_mtime_ns == before


signs = st.text(st.characters() | st.sampled_from(list("\\{}$&#%_~^<>|\"'`-@,!?")), min_size=1, max_size=30)
words = signs.filter(lambda text: "ˆ" not in text)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=words, family=words, series=words, abstract=words)
def test_any_text_comes_back(written, make, title, family, series, abstract):
    report = make.report(series={"title": "S"}, abstract={"format": "text", "text": ""})
    odd = report.model_copy(
        update={
            "title": title,
            "authors": (report.authors[0].model_copy(update={"family": family, "given": None}),),
            "series": report.series.model_copy(update={"title": series}),
            "abstract": report.abstract.model_copy(update={"text": abstract}),
        }
    )
    (entry,) = written(odd)
    found = {name: read(entry[name]) if name in entry else "" for name in ("title", "series", "abstract")}
    plain = " ".join(filter(None, map(line, abstract.split("\n\n"))))
    assert found == {"title": line(title), "series": line(series), "abstract": plain}
    if line(family):
        assert [person(parts) for parts in entry["author"]] == [("", line(family))]
