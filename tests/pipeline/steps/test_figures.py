"""Figures in words, in each language."""

import pytest

from pipeline.steps.figures import QUALIFIERS, has_words, in_words
from schemas.statistic import Figure, parse_figure


@pytest.mark.parametrize(
    ("tag", "figure", "qualifier", "words"),
    [
        ("en", "4000", "approximately", "approximately 4,000"),
        ("en-GB", "70", "only", "only 70"),
        ("en", "221-450", None, "221–450"),
        ("en", "90%", None, "90%"),
        ("en", "10-15%", "up to", "up to 10–15%"),
        ("en", "0.12345", None, "0.12345"),
        ("fr", "4000", "approximately", "environ 4\u202f000"),
        ("fr", "1000-2000", None, "1\u202f000–2\u202f000"),
        ("fr", "12.5%", "an estimated", "12,5\u202f% (estimation)"),
        ("de", "10-15%", "at least", "mindestens 10–15\xa0%"),
        ("es", "12345", "more than", "más de 12.345"),
        ("pt-BR", "2294", "nearly", "quase 2.294"),
        ("tr", "10-15%", None, "%10–15"),
        ("sv", "4000", "only", "only 4\xa0000"),
        ("tlh", "4000", None, "4,000"),
    ],
)
def test_figure_in_words(tag, figure, qualifier, words):
    assert in_words(Figure(**parse_figure(figure)), qualifier, tag) == words


def test_every_language_has_every_qualifier():
    assert {frozenset(words) for words in QUALIFIERS.values()} == {frozenset(QUALIFIERS["en"])}
    assert has_words("only", "pt-BR")
    assert has_words(None, "sv")
    assert not has_words("only", "sv")


@pytest.mark.parametrize("value", [10**12, 0.000001, 1e-9, -3, 0])
def test_odd_numbers_are_written_somehow(value):
    assert in_words(Figure(value=value), None, "en")
    assert in_words(Figure(value=value, percent=True), None, "fr")


def test_tenths_are_exact():
    assert in_words(Figure(value=0.1, percent=True), None, "en") == "0.1%"
    assert in_words(Figure(value=7, percent=True), None, "en") == "7%"
