"""Typography: words change, tags never."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.steps.sanitise import Sanitise
from pipeline.steps.typography import Typography

NARROW = "\u202f"


@pytest.mark.parametrize(
    ("locale", "text", "set_"),
    [
        ("en", "\"Cats\" aren't 'big'", "“Cats” aren’t ‘big’"),
        ("en", "(\"It's 'odd'\", he said)", "(“It’s ‘odd’”, he said)"),
        ("en", "\"'Odd'\"", "“‘Odd’”"),
        ("en", "the '90s, dogs' bones", "the ’90s, dogs’ bones"),
        ("en-GB", '"x"', "“x”"),
        ("fr", 'l\'ours dit "non"', f"l’ours dit «{NARROW}non{NARROW}»"),
        ("de", "\"Katzen\" und 'Hunde'", "„Katzen“ und ‚Hunde‘"),
        ("es", '"gatos"', "«gatos»"),
        ("pt-BR", '"gatos"', "“gatos”"),
        ("sv", '"katter" -- it\'s', '"katter" – it\'s'),
        ("en", "a -- b---c ---- d", "a – b—c ---- d"),
        ("en", "wait... no.... yes", "wait… no.... yes"),
        ("en", "2001-2010, (10-15) and 3-2", "2001–2010, (10–15) and 3-2"),
        (
            "en",
            "2016-10-21, 2016-10, 978-1-85850-409-4, 020-7946",
            "2016-10-21, 2016-10, 978-1-85850-409-4, 020-7946",
        ),
        ("en", "10-15.txt 10-15.", "10-15.txt 10–15."),
        ("en", 'https://x.org/"a"--b... x@y.org--z', 'https://x.org/"a"--b... x@y.org--z'),
        ("fr", "90 % et 12 km, 5 mètres, 90%", f"90{NARROW}% et 12{NARROW}km, 5 mètres, 90{NARROW}%"),
        ("en", "1" * 5000 + "-" + "2" * 5000, "1" * 5000 + "-" + "2" * 5000),
        ("en", "90 % 12 km", "90 % 12 km"),
        ("en", "\"قطة\" 🐆 'x'", "“قطة” 🐆 ‘x’"),
    ],
)
def test_texts_are_set(bench, record, locale, text, set_):
    page = record("page:a", locale=locale, blocks=[{"type": "key_message", "text": text}])
    assert bench.run(Typography, page).blocks[0].text == set_
    assert bench.html(Typography, f"<p>{text}</p>", locale) == f"<p>{set_}</p>"


def test_quotations_go_across_tags_but_not_paragraphs(bench):
    html = '<p>"<em>a</em>" <strong>"b"</strong></p><p>"c <a href="x">d</a>"</p>'
    assert bench.html(Typography, html) == (
        '<p>“<em>a</em>” <strong>“b”</strong></p><p>“c <a href="x">d</a>”</p>'
    )
    assert bench.html(Typography, '<p>"a</p><p>"b"</p>') == "<p>“a</p><p>“b”</p>"


def test_code_and_attributes_stand(bench):
    html = '<p title="a -- \'b\'"><code>"x" -- ...</code></p><pre>"y"</pre>'
    assert bench.html(Typography, html) == html


def test_escapes_stay_escapes(bench):
    assert (
        bench.html(Typography, '<p>a &amp;lt; &lt;b&gt;&nbsp;"c"</p>')
        == "<p>a &amp;lt; &lt;b&gt;&nbsp;“c”</p>"
    )


def test_quotes_can_be_left_alone(bench):
    assert bench.html(Typography, "<p>\"a\" -- 'b'</p>", quotes=False) == "<p>\"a\" – 'b'</p>"


def test_headings_quotes_and_statements_are_set_but_no_title(bench, record):
    page = record(
        "page:a",
        title='"t"',
        blocks=[
            {"type": "hero", "heading": '"h"', "text": '"x"'},
            {"type": "quote", "text": "it's", "name": "it's"},
            {"type": "statistics", "items": [{"figure": 1, "statement": "it's"}]},
        ],
    )
    made = bench.run(Typography, page)
    hero, quote, statistics = made.blocks
    assert made.title == '"t"'
    assert (hero.heading, hero.text) == ("“h”", "“x”")
    assert (quote.text, quote.name) == ("it’s", "it's")
    assert statistics.items[0].statement == "it’s"


def test_nothing_to_do_changes_nothing(bench, record):
    article = record("article:a", body={"format": "html", "text": "<p>plain</p>"})
    assert bench.run(Typography, article) is article


PARTS = [
    '"',
    "'",
    "-",
    "--",
    "...",
    "1",
    "2001-2010",
    " ",
    "a",
    "%",
    "&amp;",
    "<p>",
    "</p>",
    "<em>",
    "</em>",
    "<br>",
]
PARTS += [
    '<a href="x--y" title="it\'s">',
    "</a>",
    "<code>",
    "</code>",
    "&nbsp;",
    "«",
    "”",
    "(",
    "قط",
    "🐆",
    "://",
]


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(PARTS), max_size=25).map("".join),
    st.sampled_from(["en", "fr", "de", "es", "pt", "sv"]),
)
def test_tags_never_change_and_twice_is_once(new_bench, text, locale):
    html = new_bench().html(Sanitise, text)
    once = new_bench().html(Typography, html, locale)
    assert re.findall(r"<[^>]*>", once) == re.findall(r"<[^>]*>", html)
    assert new_bench().html(Typography, once, locale) == once
    assert new_bench().html(Sanitise, once) == once
