"""HTML as pieces: joined again nothing is lost."""

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.steps.markup import linked_keys, map_text, pieces, plain_text, to_html
from schemas.base import RichText

SNIPPETS = [
    "<p>",
    "</p>",
    "<b",
    ">",
    '"',
    "'",
    "<",
    "&amp;",
    "text",
    "<code>",
    "</code>",
    '<a title="a > b">',
    "\n",
]


@settings(deadline=None)
@given(st.lists(st.sampled_from(SNIPPETS)).map("".join))
def test_pieces_are_the_whole(html):
    assert "".join(piece.text for piece in pieces(html)) == html


def test_tags_with_signs_in_attributes_are_one_piece():
    html = '<img alt="a > b < c"> x'
    assert [piece.text for piece in pieces(html)] == ['<img alt="a > b < c">', " x"]


def test_text_changes_outside_of_code_only():
    html = '<p title="cat">cat <code>cat</code> cat</p>'
    assert map_text(html, str.upper) == '<p title="cat">CAT <code>cat</code> CAT</p>'


def test_plain_text_keeps_words_apart_and_leaves_out_what_is_not_read():
    html = (
        "<h2>Cats</h2><p>Snow<em>y</em> &amp;<br>big</p><ul><li>one</li><li>two</li></ul><script>x()</script>"
    )
    assert plain_text(html) == "Cats Snowy & big one two"
    assert plain_text(html, without=frozenset({"h2", "ul"})) == "Snowy & big"


def test_plain_text_becomes_escaped_paragraphs():
    text = RichText(format="text", text="a < b\r\nc\n\n \n<script>d</script>\n")
    assert to_html(text) == "<p>a &lt; b<br>c</p>\n<p>&lt;script&gt;d&lt;/script&gt;</p>\n"
    assert to_html(RichText(format="text", text=" \n ")) == ""


def test_linked_keys_are_those_of_known_kinds_in_tags():
    html = (
        '<a href="page:a">href="page:no"</a><img alt="" src=\'asset:b\'><a href="other:c"><a href="http://x">'
    )
    assert linked_keys(html) == ["page:a", "asset:b"]
