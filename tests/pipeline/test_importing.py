"""From a source to content files: nothing is lost, nothing is overwritten, and what is wrong stands beside it."""

import json
from dataclasses import replace

import pytest
from click.shell_completion import ShellComplete
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.cache.store import Store
from pipeline.cli import leopard
from pipeline.config import load
from pipeline.importing.collect import collect, source_of
from pipeline.importing.write import Writer
from pipeline.read import Reader
from sources.base import SourceContext

FILES = ("content/imported/article/a.yaml", "content/imported/article/b.fr.yaml")
BAD = """\
title: Bad
published_at: yesterday
blocks:
  - {type: text, text: Fine.}
  - {type: text, txt: Not fine.}
colour: red
"""


@pytest.fixture
def incoming(site):
    """Writes a JSON file that the source `incoming` reads."""

    def write(*records, kind="article"):
        site.write("incoming/all.json", json.dumps(records))
        text = (site.root / "leopard.yaml").read_text("utf-8")
        if "incoming:" not in text:
            line = f"sources:\n  incoming: {{use: json, path: incoming, kind: {kind}}}\n"
            site.edit("leopard.yaml", "sources:\n", line)

    return write


def test_each_record_becomes_a_file_with_its_key(site, incoming):
    incoming(
        {"key": "a", "title": "A", "tags": ["x"]},
        {"key": "article:b", "locale": "fr", "title": "B", "body": "Words\n\nMore"},
    )
    done = site.run("import", "incoming")
    assert done.status == 0, done.out + done.err
    assert (site.root / FILES[0]).read_text("utf-8") == (
        "# from incoming/all.json:1:2\nkind: article\nkey: article:a\ntitle: A\ntags:\n  - x\n"
    )
    assert "locale: fr\n" in (site.root / FILES[1]).read_text("utf-8")
    assert "2 records: 2 written; no problems." in done.out
    assert "imported: {use: yaml, path: content/imported}" in done.err
    assert site.run("import", "incoming").out.count("unchanged  content/imported") == 2


def test_as_markdown_the_body_stands_below(site, incoming):
    incoming(
        {"key": "a", "title": "A", "body": "# Not the title\n\nWords"}, {"key": "b", "body": "# Not either"}
    )
    assert site.run("import", "incoming", "--as", "markdown", "--to", "content/articles/old").status == 1
    text = (site.root / "content/articles/old/article/a.md").read_text("utf-8")
    assert text.endswith("title: A\n---\n\n# Not the title\n\nWords\n")
    text = (site.root / "content/articles/old/article/b.md").read_text("utf-8")
    assert text.endswith("body: '# Not either'\n---\n"), "below, it would be taken for the title"


def test_a_file_that_exists_is_left_alone_unless_somebody_says_so(site, incoming):
    incoming({"key": "a", "title": "A"}, {"key": "b", "title": "B"})
    edited = site.write("content/imported/article/a.yaml", "title: Edited by hand\n")
    done = site.run("import", "incoming")
    assert done.status == 0
    assert edited.read_text("utf-8") == "title: Edited by hand\n"
    assert "warning import.exists" in done.out
    assert "--force replaces it, with all that was changed in it" in done.out
    assert (site.root / "content/imported/article/b.yaml").exists()
    done = site.run("import", "incoming", "--force")
    assert "replaced   content/imported/article/a.yaml" in done.out
    assert "title: A\n" in edited.read_text("utf-8")


def test_problems_stand_as_comments_where_they_arose(site):
    site.write("old/bad.yaml", BAD)
    done = site.run("import", "--use", "yaml", "--set", "path=old", "--set", "kind=page")
    assert done.status == 1
    lines = (site.root / "content/imported/page/bad.yaml").read_text("utf-8").splitlines()
    at = lines.index("published_at: yesterday")
    assert lines[at - 1].startswith("# error record.wrong_value: ")
    at = lines.index("    txt: Not fine.")
    assert lines[at - 1].startswith("    # error record.unknown_field: ")
    assert "did you mean" in lines[at - 1]
    at = lines.index("colour: red")
    assert lines[at - 1].startswith("# error record.unknown_field: ")


def test_a_saved_page_brings_its_warnings_and_everything_it_names(site, request):
    saved = request.path.parents[1] / "sources" / "pages" / "lynxes.html"
    site.write("saved/lynxes.html", saved.read_bytes())
    done = site.run(
        "import", "--use", "html", "--set", "path=saved", "--set", "kind=page", "--format", "json"
    )
    assert done.status == 0
    assert [one["state"] for one in done.json["files"]] == ["written"] * 8
    page = (site.root / "content/imported/page/lynxes.yaml").read_text("utf-8")
    assert page.count("# warning capture.no_figure: ") == 2
    site.edit("leopard.yaml", "sources:\n", "sources:\n  imported: {use: yaml, path: content/imported}\n")
    done = site.run("check", "--format", "json")
    assert {one["code"] for one in done.json} == {"asset.no_licence", "asset.no_credit"}, "a page says none"


def test_paths_of_files_count_from_the_new_place(site):
    site.write("old/deep/cat.png", (site.root / "content/images/coat.png").read_bytes())
    site.write("old/deep/cat.yaml", "{file: cat.png, alt: Cat, url: null}\n")
    site.run("import", "--use", "yaml", "--set", "path=old", "--set", "kind=asset")
    assert (
        "file: ../../../../old/deep/cat.png\n"
        in (site.root / "content/imported/asset/deep/cat.yaml").read_text()
    )


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "Say which source"),
        (("incoming", "--use", "yaml"), "Say which source"),
        (("artikles",), "did you mean 'articles'?"),
        (("articles", "--set", "path=x"), "--set belongs to --use"),
        (("--use", "yaml", "--set", "path"), "--set takes OPTION=VALUE"),
        (("--use", "yaml", "--set", "pth=x"), "did you mean 'path'?"),
        (("--use", "yml", "--set", "path=x"), "did you mean 'yaml'?"),
        (("articles", "--to", "../elsewhere"), "cannot be written"),
        (("articles", "--to", "/etc"), "cannot be written"),
    ],
)
def test_what_cannot_be_said(site, words, says):
    done = site.run("import", *words)
    assert done.status == 2
    assert says in done.out + done.err
    assert not (site.root / "content/imported").exists()


def test_names_lead_nowhere_else(site, incoming):
    incoming(
        {"key": "../../leopard", "title": "A"},
        {"key": "article:x/../../../y", "title": "B"},
        {"key": 7, "kind": "../x", "title": "C"},
    )
    before = {path for path in site.root.rglob("*") if "imported" not in str(path)}
    site.run("import", "incoming")
    assert {path for path in site.root.rglob("*") if "imported" not in str(path)} == before
    assert len(list((site.root / "content/imported").rglob("*.yaml"))) == 3


def test_no_link_is_followed_out(site, incoming, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    (site.root / "content" / "imported").symlink_to(outside)
    incoming({"key": "a", "title": "A"})
    assert site.run("import", "incoming", "--force").status == 2
    assert list(outside.iterdir()) == []


text = st.text(max_size=40) | st.sampled_from(
    [
        "# x",
        "- x",
        "yes",
        "null",
        "~",
        "012",
        "1.10",
        "1e3",
        "|",
        ">",
        "a: b",
        "'",
        '"',
        "%x",
        "@",
        "a\n\n b\n",
        "  x",
        "x\n",
        "\n",
        "---",
        "...",
        "\u2028",
        "\x85",
        "\ufeff",
        "*a",
        "&a",
        "!a",
        "{",
        "[",
        "<<",
        "=",
    ]
)
record = st.fixed_dictionaries(
    {"title": st.text(min_size=1, max_size=30).filter(str.strip)},
    optional={
        "summary": text,
        "tags": st.lists(text, max_size=3),
        "body": text
        | st.fixed_dictionaries({"format": st.sampled_from(["html", "markdown", "text"]), "text": text}),
        "rights": st.fixed_dictionaries({}, optional={"holder": text, "statement": text}),
        "published_at": st.datetimes().map(lambda at: at.isoformat() + "Z"),
        "status": st.sampled_from(["draft", "published", "nonsense"]),
        "unknown": st.none() | st.booleans() | st.integers() | st.floats() | text,
    },
)


@settings(max_examples=150, deadline=None)
@given(records=st.lists(record, max_size=3), form=st.sampled_from(["yaml", "markdown"]))
def test_what_was_written_reads_as_what_was_given(tmp_path_factory, records, form):
    root = tmp_path_factory.mktemp("project")
    (root / "leopard.yaml").write_text('site: {title: S, url: "https://s.example"}\n', "utf-8")
    (root / "all.json").write_text(
        json.dumps([{"key": f"article:{at}", **one} for at, one in enumerate(records)], allow_nan=True)
        .replace("NaN", "1")
        .replace("-Infinity", "2")
        .replace("Infinity", "3"),
        "utf-8",
    )
    project = load(root)
    source = source_of(project, "json", {"path": "all.json", "kind": "article"})
    written = list(
        Writer(SourceContext(root, project.site), "out", form).write(collect(project, source).found)
    )
    assert [one.state for one in written] == ["written"] * len(written)
    if not written:
        return
    made = source_of(project, form, {"path": "out"})
    before = Reader(replace(project, sources={"x": source}), Store(None, "")).read()
    after = Reader(replace(project, sources={"x": made}), Store(None, "")).read()
    assert after.records == before.records
    assert {one.code for one in after.findings.problems} == {one.code for one in before.findings.problems}


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("leopard import art", "articles"),
        ("leopard import --use ht", "html"),
        ("leopard import --as mark", "markdown"),
    ],
)
def test_the_shell_completes(site, monkeypatch, words, found):
    monkeypatch.chdir(site.root)
    *before, begun = words.split()[1:]
    complete = ShellComplete(leopard, {}, "leopard", "_LEOPARD_COMPLETE")
    assert found in [one.value for one in complete.get_completions(before, begun)]
