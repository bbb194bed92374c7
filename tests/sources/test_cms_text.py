"""Texts of content management systems: whatever is written, it is read, and in a time that grows with its length."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.common.html_text import attributes_in, paragraphs, plain, relinked
from sources.dialects.ghost.images import files_in, without_cards
from sources.dialects.wordpress.blocks import PageBlocks, tree
from sources.dialects.wordpress.body import drawn_in, with_paragraphs, written
from sources.dialects.wordpress.index import Index, ident_in, without_mark

PIECES = st.sampled_from(
    ["<!-- wp:a ", "<!-- /wp:a -->", '<!-- wp:group {"className":"leopard-hero"} -->', "{", "}", "-->", " /-->", "[", "<a ", "<img ", 'href="', "src='", '"', "'", ">", "<", "</a>", "=", "]", "gallery", "<li>", "<cite>", "\n\n", " ", "<!-- leopard:page:x@en -->", "<!-- wp:html -->", "<p>", "</p>", "&amp;", "&#x;", "é", "\u202e", "x"]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=80)


def read(text):
    index = Index()
    index.add("media/1", None, "x")
    PageBlocks(text, index).blocks()
    tree(text)
    for function in (
        plain,
        paragraphs,
        attributes_in,
        without_cards,
        drawn_in,
        with_paragraphs,
        written,
        without_mark,
    ):
        function(text)
    ident_in({"content": {"raw": text}})
    files_in({"posts/1": {"html": text}})
    return relinked(text, lambda written, attributes: None)


@given(TEXTS)
def test_whatever_is_written_is_read_and_no_link_changes_by_itself(text):
    assert read(text) == text


@given(TEXTS)
def test_without_tags_a_text_has_no_tag(text):
    assert "<p>" not in plain(text.replace("&", ""))


@pytest.mark.parametrize(
    "piece",
    ["<!-- wp:a {", "<!-- wp:a {} ", "[a =", "[a ", "<a href=", "<a '", '<img src="', "<li>", "<cite>", "<p>\n", "\n ", "- ", "<!-- leopard:", "<!-- wp:html --> ", "<!--", "&", "="],
)  # fmt: skip
def test_hostile_repetition_takes_no_longer_than_its_length(piece):
    text = piece * (200_000 // len(piece))
    assert read(text) == text
    assert read(f"<!-- leopard: [a {text}") is not None
