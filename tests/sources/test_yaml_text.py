"""YAML is read without loss, within bounds, and every refusal names its place."""

from contextlib import suppress

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import ContentError
from sources.common import yaml_places, yaml_text


def refusal(text, **options):
    with pytest.raises(ContentError) as caught:
        yaml_text.load(text, "a.yaml", **options)
    error = caught.value
    assert error.origin.path == "a.yaml"
    assert "\n" not in error.message
    return error.code, error.origin.line, error.origin.column


@pytest.mark.parametrize(
    "text",
    [
        "NO", "no", "yes", "on", "off", "y", "012", "0o14", "0x1F", "0b1", "1_000", "12:30", "1:30:00",
        "1.10", "1e3", "1e+16", "1.", ".5", "+1", "-0", "00", "2024-05-01", "2024-05-01T09:00:00Z", ".inf",
        ".nan", "nan", "inf", "1234567890123456789", "0.1234567890123456789", "tRUE", "nULL", "=", "-", "٣",
    ],
)  # fmt: skip
def test_what_would_lose_something_stays_text(text):
    assert yaml_text.load(f"a: {text}" if text != "-" else 'a: "-"', "a.yaml") == {"a": text}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("null", None), ("~", None), ("Null", None), ("NULL", None), ("", None), ("true", True),
        ("True", True), ("TRUE", True), ("false", False), ("False", False), ("FALSE", False), ("0", 0),
        ("-7", -7), ("2016", 2016), ("9781858504094", 9781858504094), ("1.5", 1.5), ("-0.5", -0.5),
    ],
)  # fmt: skip
def test_core_scalars(text, value):
    found = yaml_text.load(f"a: {text}", "a.yaml")["a"]
    assert found == value
    assert type(found) is type(value)


def test_quotes_and_blocks_are_text_always():
    text = "a: 'null'\nb: \"1\"\nc: |\n  true\nd: >-\n  12\ne: !!str 12\n"
    assert yaml_text.load(text, "a.yaml") == {"a": "null", "b": "1", "c": "true\n", "d": "12", "e": "12"}


def test_names_are_text_as_written():
    text = "2016: a\nNO: b\ntrue: c\n1.10: d\nnull: e\n"
    assert list(yaml_text.load(text, "a.yaml")) == ["2016", "NO", "true", "1.10", "null"]


@pytest.mark.parametrize("text", ["", "\n", "# only a remark\n", "---\n", "~"])
def test_nothing_is_none(text):
    assert yaml_text.load(text, "a.yaml") is None


def test_a_duplicate_key_names_both_places():
    with pytest.raises(ContentError) as caught:
        yaml_text.load("x:\n  - b: {title: 1}\n    title: 2\n    b: 3\n", "a.yaml", line_offset=10)
    assert caught.value.code == "yaml.duplicate_key"
    assert str(caught.value.origin) == "a.yaml:14:5"
    assert caught.value.message == "`b` stands twice: here and at a.yaml:12:5"


def test_equal_names_in_different_mappings_are_no_duplicates():
    assert yaml_text.load("a: {x: 1}\nb: {x: 2}\nx: 3", "a.yaml") == {"a": {"x": 1}, "b": {"x": 2}, "x": 3}


def test_aliases_are_copies():
    data = yaml_text.load("a: &a {x: [1]}\nb: *a\nc: &c text\nd: *c\n", "a.yaml")
    assert data == {"a": {"x": [1]}, "b": {"x": [1]}, "c": "text", "d": "text"}
    assert data["a"] is not data["b"]
    assert data["a"]["x"] is not data["b"]["x"]


def test_merge_keys_fill_in_what_is_not_written():
    text = (
        "a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc: {<<: *a, x: 9}\nd:\n  x: 8\n  <<: [*a, *b]\n'<<': plain\n"
    )
    data = yaml_text.load(text, "a.yaml")
    assert data["c"] == {"x": 9, "y": 2}
    assert data["d"] == {"x": 8, "y": 2, "z": 4}
    assert data["<<"] == "plain"


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("a: *b", ("yaml.alias", 1, 4)),
        ("a: &a [1, *a]", ("yaml.alias", 1, 11)),
        ("*a : 1", ("yaml.alias", 1, 1)),
        ("a:\n  <<: 2\n  b: 1\nc: 1", ("yaml.merge", 2, 7)),
        ("<<: [{}, 2]", ("yaml.merge", 1, 5)),
        ("a: &a {}\n<<: *a\n<<: *a", ("yaml.duplicate_key", 3, 1)),
        ("a: !!python/object/apply:os.system [id]", ("yaml.tag", 1, 4)),
        ("a: !mine 1", ("yaml.tag", 1, 4)),
        ("a: !!int '1'", ("yaml.tag", 1, 4)),
        ("!!str {a: 1}", ("yaml.tag", 1, 1)),
        ("a: !!binary aGk=", ("yaml.tag", 1, 4)),
        ("a: 1\n---\nb: 2", ("yaml.many_documents", 2, 1)),
        ("? [a]\n: 1", ("yaml.key", 1, 3)),
        ("? {a: 1}\n: 1", ("yaml.key", 1, 3)),
        ("{: 1}", ("yaml.syntax", 1, 2)),
        ("'': 1", ("yaml.key", 1, 1)),
        ("a: &a x\n*a : 1", ("yaml.key", 2, 1)),
        ("a:\n\tb: 1", ("yaml.syntax", 2, 1)),
        ("a: b\n\tc: d", ("yaml.syntax", 2, 1)),
        ('a: 1\nb: "x\ny: 1\n', ("yaml.syntax", 2, 4)),
        ("title: Leopards: a tale", ("yaml.syntax", 1, 16)),
        ("a: **bold** text", ("yaml.syntax", 1, 4)),
        ("a: @x", ("yaml.syntax", 1, 4)),
        ("a: [1, 2\nb: 3", ("yaml.syntax", 1, 4)),
        ("a: {b: 1\n", ("yaml.syntax", 1, 4)),
        ("a: 1\nword\nb: 2", ("yaml.syntax", 2, 1)),
        ("- a\nb: 1", ("yaml.syntax", 2, 1)),
        ("a: - b", ("yaml.syntax", 1, 4)),
        ('a: "\\q"', ("yaml.syntax", 1, 5)),
        ('a: "\\ud800"', ("yaml.syntax", 1, 7)),
        ("a: 'it's'", ("yaml.syntax", 1, 8)),
        ("a: 1\nb: x\x01y", ("yaml.character", 2, 5)),
        ("a: \ud800", ("yaml.character", 1, 4)),
        ('a: "\\0"', ("yaml.character", 1, 4)),
    ],
)  # fmt: skip
def test_refusals_name_their_place(text, refused):
    assert refusal(text) == refused


@pytest.mark.parametrize(
    "text",
    [
        "a: [",
        "a: {",
        'a: "',
        "a:\n\tb",
        "a: b: c",
        "- a\nb",
        "a: %",
        "a: `",
        "a: &",
        "a: !<",
        "a: |x",
        "%x",
        "a: ]",
    ],
)
def test_syntax_errors_are_in_plain_words_with_a_hint(text):
    with pytest.raises(ContentError) as caught:
        yaml_text.load(text, "a.yaml")
    assert "token" not in caught.value.message
    assert "scalar" not in caught.value.message


def test_a_place_is_never_behind_the_end_of_the_file():
    assert refusal("a: 1\nb\n")[1] == 2


def test_line_offset_moves_every_place():
    assert refusal("a: *b", line_offset=4)[1] == 5
    assert yaml_text.positions("a: 1", line_offset=4)[("a",)] == (5, 1)


def bomb(levels):
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, levels)]
    return "\n".join(rows)


def test_an_alias_bomb_is_refused_at_once():
    assert refusal(bomb(30))[:2] == ("yaml.too_many_aliases", 5)
    assert len(yaml_text.load(bomb(3), "a.yaml")["a2"]) == 9


@pytest.mark.parametrize("text", ["[" * 100_000, "{a: " * 100_000, "- " * 100_000, "[" * 101 + "]" * 101])
def test_deep_nesting_is_refused(text):
    assert refusal(text)[0] == "yaml.too_deep"


def test_aliases_cannot_nest_deeper_than_the_rest():
    rows = ["a0: &a0 " + "[" * 60 + "]" * 60]
    rows += [f"a{n}: &a{n} {'[' * 60}*a{n - 1}{']' * 60}" for n in range(1, 5)]
    assert refusal("\n".join(rows))[0] == "yaml.too_deep"


def test_a_hundred_levels_are_allowed():
    assert yaml_text.load("[" * 100 + "]" * 100, "a.yaml") is not None


def test_positions():
    text = "title: x\nauthors:\n  - family: A\n    given: B\n  - {family: C}\ntags: [a, b]\n'q': 1\n"
    assert yaml_text.positions(text) == {
        (): (1, 1),
        ("title",): (1, 1),
        ("authors",): (2, 1),
        ("authors", 0): (3, 5),
        ("authors", 0, "family"): (3, 5),
        ("authors", 0, "given"): (4, 5),
        ("authors", 1): (5, 5),
        ("authors", 1, "family"): (5, 6),
        ("tags",): (6, 1),
        ("tags", 0): (6, 8),
        ("tags", 1): (6, 11),
        ("q",): (7, 1),
    }


def test_locate_falls_back_to_what_is_above():
    text = "a:\n  b: &x {c: 1}\nd: *x\n"
    assert yaml_text.locate(text, ("a", "b", "zz", 3)) == (2, 3)
    assert yaml_text.locate(text, ("d", "c")) == (3, 1)
    assert yaml_text.locate(text, ("zz",)) == (1, 1)
    assert yaml_text.locate("", ("zz",)) is None


def test_positions_of_broken_text_go_as_far_as_it_can_be_read():
    assert yaml_text.positions('a: 1\nb: "')[("a",)] == (1, 1)
    assert len(yaml_text.positions("[" * 10_000)) < 200


def test_the_pure_parser_gives_the_same(monkeypatch):
    text = "a: [1, x, {b: c}]\nd: &d NO\ne: *d\n"
    data, places = yaml_text.load(text, "a.yaml"), yaml_text.positions(text)
    monkeypatch.setattr(yaml_places, "Parser", yaml.SafeLoader)
    assert yaml_text.load(text, "a.yaml") == data
    assert yaml_text.positions(text) == places
    for broken in ("a: b: c", "a:\n\tb: 1", "a: x\x01", "a: [", "a: {a: 1, a: 2}"):
        assert refusal(broken)[1] in (1, 2)


texts = st.text(
    st.characters(
        codec="utf-8",
        exclude_categories=["Cc", "Cs"],
        exclude_characters="\x85\u2028\u2029\ufeff\ufffe\uffff",
    )
)
values = st.recursive(
    texts | st.booleans() | st.none() | st.integers(-(10**17), 10**17),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts.filter(bool), inner, max_size=4),
    max_leaves=12,
)


@given(values, st.booleans())
@settings(deadline=None)
def test_what_is_dumped_is_loaded_again(value, flow):
    text = yaml.safe_dump(value, allow_unicode=True, default_flow_style=flow, sort_keys=False)
    assert yaml_text.load(text, "a.yaml") == value


@given(values)
@settings(deadline=None)
def test_every_item_has_a_position(value):
    text = yaml.safe_dump(value, allow_unicode=True)
    places, lines = yaml_text.positions(text), text.split("\n")
    for path in paths(value):
        line, column = places[path]
        if path and isinstance(path[-1], str) and path[-1].isascii() and path[-1].isalpha():
            assert lines[line - 1][column - 1 :].lstrip("'\"? ").startswith(path[-1])


def paths(value, path=()):
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inner:
        yield from paths(one, (*path, name))


DOCUMENT = """\
# remark
title: "Leopards: \\"the\\" trade"
image: &img {file: a.jpg, alt: {en: A leopard, fr: 'Un léopard'}}
hero:
  <<: *img
  credit: >-
    Some
    body
blocks:
  - type: text
    body: |
      One

      * two
  - [a, "b", {c: d}]
  - ? e
    : f
"""


def test_a_document_cut_anywhere_is_read_or_refused():
    for end in range(len(DOCUMENT)):
        with suppress(ContentError):
            yaml_text.load(DOCUMENT[:end], "a.yaml")
        yaml_text.positions(DOCUMENT[:end])


@given(st.text(st.sampled_from("ab:-?[]{},&*!|>'\"%@` \n\t#<0.~\\"), max_size=40))
@settings(deadline=None)
def test_no_text_brings_it_down(text):
    try:
        mine = yaml_text.load(text, "a.yaml")
    except ContentError:
        return
    assert mine is None or yaml_text.positions(text)


@pytest.mark.parametrize(
    "text",
    [
        DOCUMENT,
        "- a\n- b: c\n  d: [e, f]\n-\n  - g\n",
        "a: |-\n  x\n   y\nb: >\n  one\n  two\n\n  three\nc: 'it''s'\nd: \"\\u00e9\\n\"\n",
        "a: plain # remark\nb: with#hash\nc: two words, comma\nd: {e: f, g: [h]}\n",
        "? a\n: b\nc: &x [d]\ne: *x\n",
    ],
)
def test_agrees_with_the_parser_that_everybody_uses(text):
    assert yaml_text.load(text, "a.yaml") == yaml.safe_load(text)
