"""What stands in the way of readers: each barrier is found, and what is in order is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.accessibility import LONGEST_ALT, barriers

CASES = [
    ("<img src='/a/coat.png'>", "no_alt", "1.1.1"),
    ("<img src='/a.png' alt='IMG_2034.JPG'>", "alt_is_file_name", "1.1.1"),
    ("<img src='/a.png' alt='DSC00123'>", "alt_is_file_name", "1.1.1"),
    ("<img src='/x/snow-leopard-3.png' alt='snow-leopard-3'>", "alt_is_file_name", "1.1.1"),
    (f"<img src='/a.png' alt='{'spots ' * 30}'>", "alt_too_long", "1.1.1"),
    ("<h1>Leopards</h1><h3>Range</h3>", "heading_skipped", "1.3.1"),
    ("<h2>Range</h2><h5>India</h5>", "heading_skipped", "1.3.1"),
    ("<h1>Leopards</h1><h2>Range</h2><h1>Prey</h1>", "several_titles", "1.3.1"),
    ("<h2> <br> </h2>", "empty_heading", "2.4.6"),
    ("<a href='/x'></a>", "empty_link", "2.4.4"),
    ("<a href='/x'><img src='/a.png' alt=''></a>", "empty_link", "2.4.4"),
    ("<a href='/x'>Click here</a>", "vague_link", "2.4.4"),
    ("<a href='/x'><b>Read</b> more …</a>", "vague_link", "2.4.4"),
    ("<a href='/x'>En savoir plus »</a>", "vague_link", "2.4.4"),
    ("<a href='/x'>plus d’informations</a>", "vague_link", "2.4.4"),
    ("<a href='https://a.example/b'>https://a.example/b</a>", "address_as_link", "2.4.4"),
    ("<a href='https://a.example'>www.a.example</a>", "address_as_link", "2.4.4"),
    ("<table><tr><td>India</td><td>100</td></tr></table>", "no_header_cells", "1.3.1"),
    ("<html lang='en'><p>It is called 雪豹 there.</p>", "no_language", "3.1.2"),
    ("<html lang='ru'><p>Это 雪豹.</p>", "no_language", "3.1.2"),
    ("<html lang='en'><p>By <b>Ельцин</b>.</p>", "no_language", "3.1.2"),
    ("<html lang='sr-Latn'><p>Снежни леопард</p>", "no_language", "3.1.2"),
]
IN_ORDER = [
    "",
    "Words.",
    "<img src='/a.png' alt='A leopard in the snow'>",
    "<img src='/a.png' alt=''>",
    "<img src='/a.png' aria-hidden='true'>",
    "<img src='/coat.png' alt='coat'>",
    f"<img src='/a.png' alt='{'a' * LONGEST_ALT}'>",
    "<h1>Leopards</h1><h2>Range</h2><h3>India</h3><h2>Prey</h2>",
    "<h3>A part of a page may begin anywhere</h3><h4>India</h4>",
    "<h2><img src='/a.png' alt='Range'></h2>",
    "<a href='/x'><img src='/a.png' alt='The range of leopards'></a>",
    "<a href='/x' aria-label='The range of leopards'>more</a>",
    "<a href='/x'>Read more about leopards</a>",
    "<a id='fn1'></a>",
    "<table><tr><th>Country</th><td>India</td></tr></table>",
    "<table role='presentation'><tr><td>India</td></tr></table>",
    "<html lang='en'><p>It is called <span lang='zh'>雪豹</span> there, Ünïcödé, α and β.</p>",
    "<html lang='zh-Hant'><p>雪豹 Panthera uncia</p>",
    "<html lang='ja'><p>ユキヒョウ 雪豹</p>",
    "<html lang='ru'><p>Снежный барс</p>",
    "<p>雪豹, and nobody says in which language this page is</p>",
]


@pytest.mark.parametrize(("html", "code", "criterion"), CASES)
def test_what_stands_in_the_way_is_found_once_and_its_criterion_named(html, code, criterion):
    (found,) = barriers(html)
    assert found.code == f"accessibility.{code}"
    assert found.criterion.startswith(criterion)
    assert found.message
    assert found.hint


@pytest.mark.parametrize("html", IN_ORDER)
def test_what_is_in_order_is_left_alone(html):
    assert barriers(html) == []


def test_they_come_in_the_order_of_the_page_and_name_what_they_are_about():
    html = "<h1>A</h1><a href='/x'>here</a><h4>B</h4><a href='/y'>more</a>"
    assert [(one.code.partition(".")[2], one.about) for one in barriers(html)] == [
        ("vague_link", "here"),
        ("heading_skipped", "B"),
        ("vague_link", "more"),
    ]


def test_long_words_are_shortened_in_the_sentence_and_whole_in_what_it_is_about():
    (found,) = barriers(f"<a href='/x'>https://a.example/{'b' * 300}</a>")
    assert len(found.message) < 150
    assert len(found.about) > 300


PIECES = st.sampled_from(
    [
        "<h1>",
        "</h1>",
        "<h3>",
        "<a href=x>",
        "</a>",
        "<img",
        " alt=",
        "'",
        '"',
        ">",
        "<table>",
        "<td>",
        "雪豹",
        "&#0;",
    ]
)


@given(st.lists(PIECES | st.text(max_size=5), max_size=30).map("".join))
def test_any_text_at_all_is_read(html):
    for one in barriers(html):
        assert one.criterion[0].isdigit()


def test_depth_is_no_danger():
    assert barriers("<div>" * 20_000 + "<a href=x>here</a>")
