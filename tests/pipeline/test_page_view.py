"""The HTML in what a channel would hold: whatever the shape of its fields."""

import pytest

from exporters.base import Desired
from pipeline.page_view import is_html, page_of, prose_in


def desired(**fields):
    known = {"key": "page:p", "locale": "fr", "kind": "page", "digest": "", "title": "A & B"}
    return Desired(**known, fields=fields)


@pytest.mark.parametrize("text", ["<p>a</p>", "a <b>b</b> & c", '<!-- x {"a":1} -->\n<p>a</p>', "<H2>a</H2>"])
def test_html_is_known_by_its_elements(text):
    assert is_html(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a < b",
        "the tag <b>",
        "a </ b",
        "<item><title>a</title></item>",
        "<dc:title>a</dc:title>",
        "<x></x>",
    ],
)
def test_what_is_no_html_is_not_taken_for_it(text):
    assert not is_html(text)


def test_texts_come_in_their_order_from_wherever_they_are():
    fields = {"b": "<p>1</p>", "a": {"text": "<p>2</p>"}, "c": ["<p>3</p>", "plain"], "d": 4, "e": None}
    assert list(prose_in(fields)) == ["<p>1</p>", "<p>2</p>", "<p>3</p>"]


def test_blocks_bring_their_headings_and_plain_words():
    blocks = [{"heading": "A < B", "text": "plain"}, {"heading": "C", "text": "<p>d</p>"}, {"heading": None}]
    assert list(prose_in({"blocks": blocks, "heading": "not a block"})) == [
        "<h2>A &lt; B</h2>",
        "<p>plain</p>",
        "<h2>C</h2>",
        "<p>d</p>",
    ]


@pytest.mark.parametrize(
    "place",
    [
        {"asset": {"$reference": "asset:coat@en"}},
        {"what": "address", "page": {"$reference": "asset:coat@en"}},
    ],
)
def test_prose_in_pieces_is_joined_and_names_its_images_by_their_keys(place):
    assert list(prose_in({"body": ['<p><img src="', place, '"></p>']})) == ['<p><img src="asset:coat"></p>']


def test_the_page_says_its_language_and_begins_with_the_title():
    page = page_of(desired(body="<p>x</p>"))
    assert '<html lang="fr">' in page
    assert page.index("<h1>A &amp; B</h1>") < page.index("<p>x</p>")


def test_without_html_there_is_no_page():
    assert page_of(desired(text="plain", xml="<item>a</item>", items=[{"text": "plain"}])) is None
