"""Markdown files: fields in front, heading, body, and where each of them stands."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sources import markdown_files
from sources.base import COMPLETE
from sources.markdown_files import MarkdownSource


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("---\ntitle: A\n---\n", {"title": "A"}),
        ("---\ntitle: A\n---", {"title": "A"}),
        ("---\ntitle: A\n---\nBody\n", {"title": "A", "body": "Body"}),
        ("---  \ntitle: A\n...\n\n\n  code\n\nB\n\n", {"title": "A", "body": "  code\n\nB"}),
        ("---\ntitle: A\n---\n# B\n\nC\n", {"title": "A", "body": "# B\n\nC"}),
        ("---\ntags: [x]\n---\n\n# A\n\nB\n", {"tags": ["x"], "title": "A", "body": "B"}),
        ("---\n---\n# A\n", {"title": "A"}),
        ("---\n# remark\n---\nB\n", {"body": "B"}),
        ("# A\nB\n", {"title": "A", "body": "B"}),
        ("\n\n# A # \n\n\nB\n\n---\n\nC", {"title": "A", "body": "B\n\n---\n\nC"}),
        ("# C#\nB", {"title": "C#", "body": "B"}),
        ("#\nB", {"body": "#\nB"}),
        ("# #\nB", {"body": "# #\nB"}),
        ("#A\n", {"body": "#A"}),
        ("## A\n", {"body": "## A"}),
        ("B\n# A\n", {"body": "B\n# A"}),
        ("----\nB", {"body": "----\nB"}),
        ("---\nbody: B\ntitle: A\n---\n\n", {"title": "A", "body": "B"}),
        ("---\ntitle: |\n  a\n  ---\n---\nB", {"title": "a\n---\n", "body": "B"}),
    ],
)
def test_parts(folder, text, data):
    folder.write("a.md", text)
    (raw,), problems, outcome = folder.read(MarkdownSource)
    assert (raw.data, problems, outcome) == (data, [], COMPLETE)


@given(
    st.lists(st.sampled_from(["---", "...", "--- ", "----", "a", "--", "\t", "... b", ""]), max_size=6),
    st.booleans(),
)
def test_the_front_matter_ends_at_the_first_line_that_closes_it(lines, ends):
    text = "---\n" + "\n".join(lines) + "\n" * ends
    found = markdown_files._CLOSING.search(text, 4)
    assert markdown_files._closing(text, 4) == (found.span() if found else None)


def test_names_languages_and_kind(folder):
    folder.write("2024/count.fr.markdown", "# A")
    (raw,), _, _ = folder.read(MarkdownSource)
    assert (raw.name, raw.locale, str(raw.origin)) == (
        "2024/count",
        "fr",
        "content/2024/count.fr.markdown:1:1",
    )
    assert MarkdownSource.default_kind == "article"


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("", "markdown.empty", ":1"),
        (" \n\n", "markdown.empty", ":1"),
        ("---\ntitle: A\n\nBody\n", "markdown.unclosed", ":1:1"),
        ("---\n- a\n---\nB\n", "markdown.front_matter", ":2"),
        ("---\nwords\n---\nB\n", "markdown.front_matter", ":2"),
        ("---\ntitle: A\nbody: B\n---\n\nC\n", "markdown.two_bodies", ":6"),
        ("---\ntitle: A\nx: [\n---\nB\n", "yaml.syntax", ":3"),
        ("---\na: 1\nb: 2\na: 3\n---\n", "yaml.duplicate_key", ":4:1"),
    ],
)
def test_refusals(folder, text, code, place):
    folder.write("a.md", text)
    problem = folder.problem(MarkdownSource)
    assert (problem.code, str(problem.origin)) == (code, f"content/a.md{place}")
    assert problem.hint


def test_a_duplicate_field_in_front_names_both_places(folder):
    folder.write("a.md", "---\na: 1\na: 3\n---\n")
    assert folder.problem(MarkdownSource).message.endswith("at content/a.md:2:1")


@pytest.mark.parametrize(
    ("text", "path", "place"),
    [
        ("---\ntitle: A\ntags: [x, y]\n---\n\nBody\n", ("tags", 1), (3, 11)),
        ("---\ntitle: A\ntags: [x, y]\n---\n\nBody\n", ("body",), (6, 1)),
        ("---\ntitle: A\ntags: [x, y]\n---\n\nBody\n", ("body", "text"), (6, 1)),
        ("---\ntitle: A\n---\n# B\n", ("body",), (4, 1)),
        ("---\ntags: []\n---\n\n# A\n\nB\n", ("title",), (5, 1)),
        ("---\ntags: []\n---\n\n# A\n\nB\n", ("body",), (7, 1)),
        ("# A\nB\n", ("title",), (1, 1)),
        ("# A\nB\n", ("body",), (2, 1)),
        ("---\ntitle: A\n---\n", ("missing",), (1, 1)),
    ],
)
def test_places(folder, text, path, place):
    folder.write("a.md", text)
    source = folder.source(MarkdownSource)
    (raw,), _, _ = folder.read(MarkdownSource)
    found = source.locate(raw.origin, path)
    assert (found.line, found.column) == place


DOCUMENT = "---\ntitle: A\ntags: [x, {y: z}]\n---\n\n# H\n\nBody **text**\n\n---\n\nmore\n"


def test_a_document_cut_anywhere(folder):
    for end in range(1, len(DOCUMENT)):
        folder.write("a.md", DOCUMENT[:end])
        records, problems, outcome = folder.read(MarkdownSource)
        assert len(records) + len(problems) == 1
        assert (outcome == COMPLETE) == bool(records)


def test_nothing_takes_long(folder):
    folder.write("a.md", "# a" + " " * 1_000_000 + "b # # #\n" + "\n \t" * 300_000 + "B" + "\n" * 300_000)
    (raw,), _, _ = folder.read(MarkdownSource)
    assert raw.data["body"] == " \tB"


@given(text=st.text(st.sampled_from("-.# \n\tab:"), max_size=40))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_brings_it_down(folder, text):
    folder.write("a.md", text)
    records, problems, _ = folder.read(MarkdownSource)
    assert len(records) + len(problems) == 1
    for raw in records:
        assert str(raw.data.get("body", "")) in text or "body:" in text
