"""Sanitise: nothing that a browser would run gets through, and what is removed is said."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.steps import sanitise
from pipeline.steps.markdown import Markdown
from pipeline.steps.sanitise import TAGS, Sanitise

ATTACKS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img src=x onerror=alert(1)//",
    "<img/src=x/onerror=alert(1)>",
    '<img """><script>alert("x")</script>">',
    '<a href="javascript:alert(1)">x</a>',
    '<a href="jAvAsCrIpT:alert(1)">x</a>',
    '<a href="java\tscript:alert(1)">x</a>',
    '<a href="java\nscript:alert(1)">x</a>',
    '<a href=" \x01javascript:alert(1)">x</a>',
    '<a href="&#106;avascript&colon;alert(1)">x</a>',
    '<a href="&#x6A&#x61&#x76&#x61script:alert(1)">x</a>',
    '<a href="vbscript:x">x</a>',
    '<a href="data:text/html;base64,PHNjcmlwdD4=">x</a>',
    '<img src="data:image/svg+xml,<svg onload=alert(1)>">',
    "<svg><script>alert(1)</script></svg>",
    "<svg/onload=alert(1)>",
    '<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<object data=evil.swf></object><embed src=evil.swf>",
    '<p style="background:url(javascript:alert(1))">x</p>',
    "<style>@import 'javascript:alert(1)';</style>",
    "<link rel=stylesheet href=//evil.example><meta http-equiv=refresh content=0><base href=//evil.example>",
    "<form action=javascript:alert(1)><button formaction=javascript:alert(1)>x</button></form>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><script>alert(1)</script></template>",
    "<details open ontoggle=alert(1)>x</details>",
    "<b><i></b><p onclick='alert(1)'><a></p>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<p><![CDATA[<script>alert(1)</script>]]>",
    "<q cite='javascript:alert(1)'>x</q>",
    "<x:script xmlns:x='http://www.w3.org/1999/xhtml'>alert(1)</x:script>",
    "\x00<scr\x00ipt>alert(1)</script>",
    '"><script>alert(1)</script>',
    "<plaintext><script>alert(1)",
    "<a href=\"page:x' onclick='alert(1)\">x</a>",
    "<a href='asset:a,javascript:alert(1)'>x</a>",
]

MARKDOWN_ATTACKS = [
    "[x](javascript:alert(1))",
    "[x](<java\tscript:alert(1)>)",
    "![x](data:text/html,<script>alert(1)</script>)",
    "<javascript:alert(1)>",
    '[x](https://example.org "onclick=\\"alert(1)")',
    "[x]: javascript:alert(1)\n\n[x]",
    '```"><script>alert(1)</script>\nx\n```',
]


def harmless(reader, html):
    seen = reader(html)
    assert "<script" not in html.lower()
    assert seen.balanced
    for tag, attributes in seen.tags:
        assert tag in TAGS
        for name, value in attributes.items():
            assert not name.startswith("on")
            assert name not in ("style", "srcdoc", "formaction")
            scheme = re.match(r"([a-z0-9+.-]*):", re.sub(r"[\x00-\x20]", "", value or "").lower())
            if scheme and name in ("href", "src", "cite"):
                assert scheme[1] not in ("javascript", "data", "vbscript")


@pytest.mark.parametrize("attack", ATTACKS)
def test_attacks_become_harmless(bench, reader, attack):
    harmless(reader, bench.html(Sanitise, attack))


@pytest.mark.parametrize("attack", [*ATTACKS, *MARKDOWN_ATTACKS])
def test_attacks_in_markdown_become_harmless(bench, record, reader, attack):
    (made,) = bench.stream(Markdown, record("article:a", body=attack))
    harmless(reader, bench.run(Sanitise, made).body.text)


@pytest.mark.parametrize("form", ["markdown", "text", "html"])
def test_prose_is_html_afterwards_whatever_it_was(bench, record, form):
    body = bench.run(Sanitise, record("article:a", body={"format": form, "text": "<b onclick=x>y"})).body
    assert body.format == "html"
    assert "<b onclick" not in body.text


FRAGMENTS = [
    *ATTACKS,
    "<",
    ">",
    '"',
    "'",
    "=",
    "/",
    "<!--",
    "-->",
    "<p>",
    "</p>",
    "<table><td>",
    "<a href=",
    "javascript:",
    " onload=",
    "&#x",
    "مرحبا",
    "\u202e",
    "🐆",
    "<h1>",
]


@settings(deadline=None)
@given(st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=20)), max_size=12).map("".join))
def test_whatever_is_written_is_harmless_and_twice_is_once(new_bench, reader, text):
    clean = new_bench().html(Sanitise, text)
    harmless(reader, clean)
    again = new_bench()
    assert again.html(Sanitise, clean) == clean
    assert again.codes == []


@pytest.mark.parametrize(
    "html",
    [
        "<h2>Cats</h2><p>a <em>b</em> &amp; <strong>c</strong>&nbsp;<sub>d</sub><br>e</p><hr>",
        '<p dir="rtl" lang="ar">النمر العربي</p>',
        '<ol start="3"><li value="4">x</li></ol><dl><dt>a</dt><dd>b</dd></dl>',
        '<table><caption>c</caption><tbody><tr><th scope="row" align="right">a</th></tr></tbody></table>',
        '<figure><img src="asset:cub" alt="A cub"><figcaption>c</figcaption></figure>',
        '<a href="page:leopards#range" rel="noopener noreferrer">x</a>',
        '<a href="/path?a=1&amp;b=2" rel="noopener noreferrer">x</a>',
        '<sup id="fnref1"><a href="#fn1" rel="noopener noreferrer">1</a></sup><ol><li id="fn1">n</li></ol>',
        '<pre><code class="language-python">x &lt; 1</code></pre>',
        '<abbr title="x">y</abbr><blockquote cite="https://example.org"><p>z</p></blockquote>',
        "plain text, 1 &lt; 2 🐆",
    ],
)
def test_good_html_stays_as_it_is(bench, html):
    assert bench.html(Sanitise, html) == html
    assert bench.codes == []


def test_headings_of_the_first_level_become_second(bench):
    assert bench.html(Sanitise, '<H1 lang="en">x</H1 ><h1>y</h1>') == '<h2 lang="en">x</h2><h2>y</h2>'
    assert bench.codes == []


@pytest.mark.parametrize(
    ("html", "removed"),
    [
        ("<script>x</script><p>y</p>", "<script>"),
        ("<p onclick='x' STYLE=y>y</p>", "onclick of <p>, style of <p>"),
        ('<a href="https://x.org">x</a><a href="javascript:y">y</a>', "href of <a>"),
        ("<img src=x onerror=alert(1)", "<img>"),
        ('<p id="config">x</p>', "id of <p>"),
        ('<code class="evil">x</code>', "class of <code>"),
        ('<a href="page:Not A Key">x</a>', "href of <a>"),
        ("<center><font color=red>x</font></center>", "<center>, <font>"),
    ],
)
def test_what_was_removed_is_said_once_a_field(bench, html, removed):
    bench.html(Sanitise, html)
    (problem,) = bench.problems
    assert (problem.code, problem.severity, problem.path) == ("html.removed", "warning", ("body",))
    assert problem.message.endswith(f"removed: {removed}")
    assert "docs/steps.md" in problem.hint


@pytest.mark.parametrize(
    "html", ["a<!-- <b onclick=x> -->b", '<a href="x" rel="nofollow">x</a>', "<p>unclosed"]
)
def test_small_repairs_are_no_problem(bench, html):
    bench.html(Sanitise, html)
    assert bench.codes == []


def test_plain_texts_are_no_html(bench, record):
    page = record("page:a", title="<b>", summary="<i>", blocks=[{"type": "key_message", "text": "<script>"}])
    assert bench.run(Sanitise, page) is page


@pytest.mark.parametrize("html", ["<div>" * 201, "<div></i>" * 201, "<ul><li>" * 201])
def test_deep_nesting_is_an_error(bench, html):
    assert bench.html(Sanitise, html) == ""
    (problem,) = bench.problems
    assert (problem.code, problem.severity, problem.path) == ("html.too_deep", "error", ("body",))


@pytest.mark.parametrize("html", ["<p>x", "<p><br><img src=asset:a alt=''><em>x</em>"])
def test_many_tags_are_not_deep(bench, html):
    bench.html(Sanitise, html * 300)
    assert bench.codes == []


def test_odd_nesting_is_cleaned_until_it_stays(bench):
    clean = bench.html(Sanitise, "<h2><em><h2></em></h2>")
    assert bench.html(Sanitise, clean) == clean


@pytest.mark.parametrize(
    "html",
    [
        "<a " + "x1 " * 400_000 + ">",
        "<a " + "/x" * 400_000,
        '<a b" ' + 'x=">" ' * 400_000,
        '<style><a x="</style><b ' + "y " * 400_000,
    ],
    ids=["closed", "open", "quotes", "hidden"],
)
def test_a_tag_of_very_many_attributes_is_an_error(bench, html):
    assert bench.html(Sanitise, html) == ""
    (problem,) = bench.problems
    assert (problem.code, problem.severity, problem.path) == ("html.too_many_attributes", "error", ("body",))


@pytest.mark.parametrize(
    "html", ["<p>" + "word " * 1000, "<b c=1 d>x</b>" * 300, "1 < 2 " * 300, "<a" * 1000]
)
def test_many_words_are_no_attributes(bench, html):
    bench.html(Sanitise, html)
    assert "html.too_many_attributes" not in bench.codes


@given(st.text("<>\"'= abx/\t!-", max_size=60), st.integers(0, 2))
def test_what_is_told_at_once_not_to_be_crowded_is_not(text, doubled):
    """Whatever quotes do to where a tag ends: with all tags of a few letters, the long way would say the same."""
    html = f"<a {text * (1 + doubled)}" + ' x=">"' * 250
    found = [one for one in sanitise._CROWDED.finditer(html) if one["more"]]
    assert not found or sanitise.is_crowded(html)


def test_ordinary_html_is_told_at_once():
    html = '<p class="language-x">Say <em>it\'s</em> &lt;3 <a href="https://e.example/?a=b&amp;c">so</a>.</p><br />'
    assert sanitise._ORDINARY.fullmatch(html)
