"""JSON is read strictly, and every refusal names its place."""

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import ContentError
from sources.common import json_places, json_text


def refusal(text, **options):
    with pytest.raises(ContentError) as caught:
        json_text.load(text, "a.json", **options)
    error = caught.value
    assert error.origin.path == "a.json"
    assert error.hint
    return error.code, error.origin.line, error.origin.column


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ('{"a": 1,\n "b": {"a": 2},\n "a": 3}', ("json.duplicate_key", 3, 2)),
        ('[{"a": 1},\n {"b": {"\\u0061": 1, "a": 2}}]', ("json.duplicate_key", 2, 22)),
        ('{"a": "NaN",\n "b": NaN}', ("json.number", 2, 7)),
        ("[1, -Infinity]", ("json.number", 1, 5)),
        ("[Infinity]", ("json.number", 1, 2)),
        ('["ok \\ud83d\\ude00",\n "\\ud83d"]', ("json.character", 2, 3)),
        ('["\\ude00\\ud83d"]', ("json.character", 1, 3)),
        ('["\\\\ud83d", "\\\\\\ud83d"]', ("json.character", 1, 16)),
        ('["a\\u0000"]', ("json.character", 1, 4)),
        ('{"a": 1,\n}', ("json.syntax", 2, 1)),
        ("[1,\n]", ("json.syntax", 2, 1)),
        ("[1 2]", ("json.syntax", 1, 4)),
        ("{'a': 1}", ("json.syntax", 1, 2)),
        ('{"a" 1}', ("json.syntax", 1, 6)),
        ('{"a": "b\nc"}', ("json.syntax", 1, 9)),
        ('["a', ("json.syntax", 1, 2)),
        ('["\\q"]', ("json.syntax", 1, 3)),
        ('["\\u12"]', ("json.syntax", 1, 4)),
        ('{"a": 1}\n{"a": 2}', ("json.syntax", 2, 1)),
        ("[1]\n]", ("json.syntax", 2, 1)),
        ("", ("json.syntax", 1, 1)),
        ("[", ("json.syntax", 1, 2)),
        ("[" * 101 + "]" * 101, ("json.too_deep", 1, 101)),
        ("[" * 100_000, ("json.too_deep", 1, 101)),
        ('{"a":' * 100_000, ("json.too_deep", 1, 501)),
    ],
)
def test_refusals_name_their_place(text, refused):
    assert refusal(text) == refused


def test_a_duplicate_key_names_both_places():
    with pytest.raises(ContentError) as caught:
        json_text.load('{"a": 1,\n "a": 2}', "a.json", line_offset=6)
    assert caught.value.message == "`a` stands twice: here and at a.json:7:2"
    assert str(caught.value.origin) == "a.json:8:2"


def test_brackets_in_texts_do_not_nest():
    assert json_text.load(json.dumps(["[" * 200, '"{' * 200]), "a.json") == ["[" * 200, '"{' * 200]
    assert json_text.load("[" * 100 + "]" * 100, "a.json") is not None


def test_a_text_that_would_take_long_is_refused_at_once():
    assert refusal("[" * 2_000 + '"' + '\\"' * 200_000)[0] == "json.too_deep"


def test_numbers_that_would_lose_something_stay_text():
    text = "[1, 1.5, -3, 1.10, 1e3, 12345678901234567890, 0.1234567890123456789, 1e400, -0]"
    kept = ["1.10", "1e3", "12345678901234567890", "0.1234567890123456789", "1e400", "-0"]
    assert json_text.load(text, "a.json") == [1, 1.5, -3, *kept]
    assert json_text.load("9" * 10_000, "a.json") == "9" * 10_000


def test_places_of_items():
    data, places = json_text.load_items(' [ {"a": [1, 2]},\n\n  {"b": 2}, 3]\n', "a.json")
    assert data == [{"a": [1, 2]}, {"b": 2}, 3]
    assert places == [(1, 4), (3, 3), (3, 13)]
    assert json_text.load_items("\n {}", "a.json") == ({}, [(2, 2)])
    assert json_text.load_items(" [ ] ", "a.json") == ([], [])


def test_positions():
    text = '{"a": 1,\n "b": [true,\n  {"c\\n": "x, {"}],\n "d": {}}'
    assert json_places.positions(text) == {
        (): (1, 1),
        ("a",): (1, 2),
        ("b",): (2, 2),
        ("b", 0): (2, 8),
        ("b", 1): (3, 3),
        ("b", 1, "c\n"): (3, 4),
        ("d",): (4, 2),
    }


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
values = st.recursive(
    texts | st.booleans() | st.none() | st.integers(-(10**17), 10**17),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@given(values, st.sampled_from([None, 0, 2]), st.booleans())
@settings(deadline=None)
def test_what_is_dumped_is_loaded_again_and_has_positions(value, indent, ascii_only):
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    assert json_text.load(text, "a.json") == value
    assert set(json_places.positions(text)) == set(paths(value))


def paths(value, path=()):
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inner:
        yield from paths(one, (*path, name))


DOCUMENT = '[{"title": "L\\u00e9o \\"p\\" \\ud83d\\ude00", "n": [1, -2.5e3, null, true]},\n {"a": {"b": {}}}]'


def test_a_document_cut_anywhere_is_refused():
    json_text.load(DOCUMENT, "a.json")
    for end in range(len(DOCUMENT)):
        assert refusal(DOCUMENT[:end])[0] == "json.syntax"


@given(st.text(st.sampled_from('[]{}",:\\u0d8 \n1-.eEtruNa'), max_size=40))
@settings(deadline=None)
def test_no_text_brings_it_down(text):
    with suppress(ContentError):
        json_text.load(text, "a.json")
        json_places.positions(text)


@given(st.text(st.sampled_from('[]{}",:\\ 1t'), max_size=20))
@settings(deadline=None)
def test_takes_nothing_that_the_standard_parser_refuses(text):
    with suppress(ContentError):
        data = json_text.load(text, "a.json")
        assert data == json.loads(text)
