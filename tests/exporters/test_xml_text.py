from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.common.xml_text import DECLARATION, allowed, each, element, escaped, parent, start

any_text = st.text(st.characters(), max_size=30)


def parsed(xml):
    return ElementTree.fromstring((DECLARATION + xml).encode())


@given(text=any_text, value=any_text)
def test_a_parser_gives_back_what_was_written(text, value):
    read = parsed(element("a", text, {"b": value}))

    assert (read.text or "") == allowed(text)
    assert read.get("b") == allowed(value)


@pytest.mark.parametrize("text", ["\x00", "\x0b", "\x1f", "\ud800", "\ufffe", "\uffff"])
def test_what_xml_forbids_is_left_out(text):
    assert escaped(f"a{text}b") == "ab"
    assert start("a", {"b": text}) == '<a b="">'


@pytest.mark.parametrize(
    "text", ["\t", "\n", " ", "\x85", "\ud7ff", "\ue000", "\ufffd", "\U0001f406", "\U0010ffff"]
)
def test_what_xml_allows_stays(text):
    assert escaped(text) == text


def test_line_ends_and_quotes_survive_a_parser():
    assert element("a", "\r\n", {"b": '"\t\r\n<&'}) == '<a b="&quot;&#9;&#13;&#10;&lt;&amp;">&#13;\n</a>'


def test_elements_are_as_short_as_they_can_be():
    assert element("a") == element("a", "\x00") == "<a/>"
    assert element("a", 0, {"b": 1, "c": None}) == '<a b="1">0</a>'
    assert list(each("a", ["x", "", None, "<"])) == ["<a>x</a>", "<a>&lt;</a>"]
    assert parent("a", []) == "<a/>"


def test_children_stand_one_a_line():
    inner = parent("b", [element("c", "x\ny")], {"d": "e"}, depth=1)

    assert parent("a", [inner]) == '<a>\n  <b d="e">\n    <c>x\ny</c>\n  </b>\n</a>'
