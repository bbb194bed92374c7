"""Markdown: prose becomes HTML, links to records are looked up."""

import pytest

from pipeline.steps.markdown import Markdown


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("# Cats\n\n*Big* **cats**", "<h1>Cats</h1>\n<p><em>Big</em> <strong>cats</strong></p>\n"),
        ("~~old~~", "<p><del>old</del></p>\n"),
        ("قطط كبيرة 🐆", "<p>قطط كبيرة 🐆</p>\n"),
        ("", ""),
    ],
)
def test_markdown_becomes_html(bench, record, text, html):
    body = bench.run(Markdown, record("article:a", body=text)).body
    assert (body.format, body.text) == ("html", html)


def test_tables_keep_their_alignment_without_styles(bench, record):
    body = bench.run(Markdown, record("article:a", body="|a|b|\n|--:|---|\n|1|2|")).body
    assert '<th align="right">a</th><th>b</th>' in body.text
    assert '<td align="right">1</td>' in body.text
    assert "style" not in body.text


def test_prose_inside_blocks_is_found(bench, record):
    page = bench.run(Markdown, record("page:a", blocks=[{"type": "text", "text": "*x*"}]))
    assert page.blocks[0].text.text == "<p><em>x</em></p>\n"


def test_links_to_records_stay_symbolic(bench, record):
    bench.others = [record("page:leopards"), record("report:2016/ounce"), record("asset:cub")]
    text = (
        "[a](page:leopards#range) [b](report:2016/ounce) ![c](asset:cub) <page:leopards> [d](https://x.org)"
    )
    html = bench.run(Markdown, record("article:a", body=text)).body.text
    assert '<a href="page:leopards#range">a</a>' in html
    assert '<a href="report:2016/ounce">b</a>' in html
    assert '<img src="asset:cub" alt="c" />' in html
    assert bench.codes == []


@pytest.mark.parametrize("form", ["markdown", "html"])
def test_a_link_that_leads_nowhere_is_a_warning_with_its_place(bench, record, form):
    bench.others = [record("page:leopards")]
    text = {"markdown": "[a](page:leopard) again [b](page:leopard)", "html": "<a href='page:leopard'>a</a>"}[
        form
    ]
    page = record("page:a", blocks=[{"type": "text", "text": {"format": form, "text": text}}])
    bench.run(Markdown, page)
    (problem,) = bench.problems
    assert (problem.code, problem.severity) == ("link.dangling", "warning")
    assert problem.path == ("blocks", 0, "text")
    assert "page:leopard," in problem.message
    assert problem.hint == "did you mean 'page:leopards'?"


def test_html_is_left_alone_and_twice_is_once(bench, record):
    once = bench.run(Markdown, record("article:a", body="a *b*"))
    assert bench.run(Markdown, once) is once
