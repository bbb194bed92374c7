"""Characters that channels leave out are told of once a record, where the first of them stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import load
from pipeline.ledger import Ledger
from pipeline.odd_text import may_hold_odd_text, odd_texts, told, whole
from pipeline.run import Sync


@pytest.mark.parametrize(
    "text", ["", "plain\ttext\r\n", "نمر \u200f🐆 𐍈 e\u0301\u00a0\u2028", "\ufffd", "{{ x }}"]
)
def test_what_can_be_shown_is_no_problem(text):
    data = {"title": text, "n": 3, "inner": [{"a": text}, None]}
    assert (list(odd_texts(data)), whole(data)) == ([], data)


@pytest.mark.parametrize("odd", ["\x00", "\x07", "\x0b", "\x1b", "\x7f", "\x85", "\ud800", "\uffff"])
def test_each_odd_character_is_a_warning_at_its_place(odd):
    data = {"title": "x", "blocks": [{"text": f"a{odd}b"}], "summary": odd}
    problem, path = told("page:a", list(odd_texts(data)))
    assert (problem.code, problem.severity, path) == ("text.odd_characters", "warning", ("blocks", 0, "text"))
    assert problem.message.endswith(f"U+{ord(odd):04X}")


@given(st.text(st.sampled_from('ab\\"\n\t/éü€🐆\x00\x07\x08\x0c\x0b\x1f\x7f\x80\x9f\ud800\uffff\ufffd')))
def test_none_is_overlooked(text):
    for data in ({"a": text}, [{"b": [text, 1]}], {"c": ["x", {"d": text}]}):
        assert may_hold_odd_text(data) or not list(odd_texts(data))


@pytest.mark.parametrize("text", ["", "a\n\tb", "\\", '"q"', "C:\\n", "€🐆"])
def test_most_data_is_quickly_told_to_hold_none(text):
    assert not may_hold_odd_text({"title": "x", "body": text, "n": [1, None]})


def test_each_record_is_told_of_once_and_published(site):
    site.write("content/pages/odd.yaml", 'title: "a\\x07b"\nsummary: "c\\x1bd\\x07"\n')
    project = load(site.root)
    with Ledger(project.written.ledger, project.root) as ledger:
        report = Sync(project, ledger).run()
    (found,) = (one for one in report.problems if one.code == "text.odd_characters")
    assert (found.key, found.field, found.origin.line) == ("page:odd", "title", 1)
    assert b'"title":"ab"' in site.outputs()["public/feed.json"][0]


def test_half_characters_become_whole_ones():
    assert whole({"a\ud800": ["b\udfff", 1, None]}) == {"a\ufffd": ["b\ufffd", 1, None]}
    assert whole("a\x07🐆") == "a\x07🐆"
