"""Summaries: the first words that are read."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.steps.prose import cut
from pipeline.steps.summarise import Summarise


@pytest.mark.parametrize(
    ("text", "words", "summary"),
    [
        ("Cats are big.", 40, "Cats are big."),
        ("One two three four five", 3, "One two three…"),
        ("One two. Three four five six", 4, "One two."),
        ("One. Two three four five six", 4, "One. Two three four…"),
        ("One two, three", 2, "One two…"),
        ("  spaced \n\t out  ", 5, "spaced out"),
        ("Il a dit « non ! » et puis rien", 5, "Il a dit « non…"),
        ("雪豹" * 30, 3, "雪豹" * 15 + "…"),
        ("", 5, ""),
    ],
)
def test_cut(text, words, summary):
    assert cut(text, words) == summary


@settings(deadline=None)
@given(st.text(), st.integers(1, 50))
def test_cut_is_never_longer_than_asked(text, words):
    short = cut(text, words)
    assert len(short.split()) <= words
    assert len(short) <= words * 10 + 1
    assert cut(short.removesuffix("…"), words)[:1] == short.removesuffix("…")[:1]


def test_the_body_without_headings_tags_and_escapes(bench, record):
    html = (
        "<h2>Cats</h2><figure><img alt='x'><figcaption>c</figcaption></figure><p>Big &amp; <em>fast</em>.</p>"
    )
    article = record("article:a", body={"format": "html", "text": html})
    assert bench.run(Summarise, article).summary == "Big & fast."
    assert bench.run(Summarise, article, words=2).summary == "Big &…"


def test_a_summary_has_room_in_its_field(bench, record):
    made = bench.run(Summarise, record("article:a", body="leopards! " * 300), words=300)
    assert 1900 < len(made.summary) <= 2000


def test_a_written_summary_stays(bench, record):
    article = record("article:a", summary="Mine", body="Other")
    assert bench.run(Summarise, article) is article


def test_nothing_to_say_is_nothing(bench, record):
    article = record("article:a", body=" ")
    assert bench.run(Summarise, article) is article


@pytest.mark.parametrize(
    ("key", "fields", "summary"),
    [
        ("report:a", {"abstract": "An *abstract*"}, "An abstract"),
        (
            "page:a",
            {
                "blocks": [
                    {"type": "hero", "heading": "h", "text": "x"},
                    {"type": "text", "text": " "},
                    {"type": "key_message", "text": "Message"},
                    {"type": "text", "text": "Text"},
                ]
            },
            "Message",
        ),
        ("statistic:a", {"qualifier": "only", "figure": 70}, "only 70 cats remain"),
        ("person:a", {"body": "Writes"}, "Writes"),
    ],
)
def test_each_kind_has_its_beginning(bench, record, key, fields, summary):
    assert bench.run(Summarise, record(key, **fields)).summary == summary
