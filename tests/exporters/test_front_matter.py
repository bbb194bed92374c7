"""Fields in front come back as they were, whoever reads them; bodies are read as the HTML they are."""

import re
from html.parser import HTMLParser

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pyromark import html as commonmark

from exporters.common.front_matter import dump, inert, load
from exporters.common.record_fields import clean
from sources.common import yaml_text

ANYTHING = st.text(st.characters(exclude_categories=()), max_size=40)

LOOKALIKES = [
    "no",
    "NO",
    "~",
    "null",
    "12:30",
    "0o14",
    "0x1F",
    "1e3",
    "1_000",
    "2024-05-01",
    ".inf",
    "<<",
    "=",
    "",
]


@pytest.mark.parametrize(
    "text", [*LOOKALIKES, "- a", "a: b", "# c", "*x", "&x", "!x", "%x", "@x", "`x", "---", "a\n---\nb"]
)
def test_texts_stay_texts(text):
    data = dump({"title": text, "tags": [text], "map": {text or "x": text}}, "", ("title",), ())

    written = data.decode().removeprefix("---\n").rpartition("---\n")[0]
    for found in (yaml.safe_load(written), yaml_text.load(written, "x.md"), load(data)[0]):
        assert found == {"title": text, "tags": [text], "map": {text or "x": text}}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | ANYTHING,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANYTHING.filter(bool), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(value=VALUES, body=st.text(st.sampled_from("a<>\n- {"), max_size=20))
def test_any_value_comes_back(value, body):
    body = body.strip("\n")
    front = clean({"value": value, "other": value})
    data = dump(front, body, ("other",), ())
    assert load(data) == (front, body)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no fields",
        b"---\n- a\n---\n",
        b"---\ntitle: [\n---\n",
        b"---\na: &a [x]\nb: *a\n---\n",
        b"---\na: " + b"[" * 5_000 + b"]" * 5_000 + b"\n---\n",
        b"---\na: !!python/object/apply:os.system [x]\n---\n",
        b"---\na: \xff\n---\n",
        b"---\n? [a]\n: b\n---\n",
    ],
)
def test_front_matter_that_is_none_of_ours(data):
    found = load(data)
    assert found is None or "leopard" not in found[0]


def test_line_ends_of_other_systems_are_read():
    assert load(b"\xef\xbb\xbf---\r\ntitle: x\r\n---\r\n\r\n<p>a</p>\r\n") == ({"title": "x"}, "<p>a</p>")


@pytest.mark.parametrize(
    "html",
    [
        "<p>*a* _b_ `c` [d](e) # f</p>",
        "<p>a</p>\n\n    <p>code?</p>\n\n# heading?\n\n- list?",
        "<pre><code>a\n\n\n    *b*\n \t\nc</code></pre>\n<p>after</p>\n\n*x*",
        "plain *text* with <b>bold</b>",
        "<b>a</b>\n\n***\n\n> b",
        "<blockquote>\n\n1. a\n\n</blockquote>",
        "<p>a\r\n\r\nb\r\rc</p>",
        '<p title="a\n\nb *c*">d</p>',
    ],
)
def test_markdown_leaves_html_alone(html):
    made = inert(html)

    assert commonmark(made).strip() == made
    assert as_read(made) == as_read(html)


class Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen = []

    def handle_starttag(self, tag, attrs):
        self.seen += [] if tag == "div" else [f"<{tag}>", str(attrs)]

    def handle_data(self, data):
        self.seen.append(data)


def as_read(html):
    """The text with its line ends, as a browser takes it."""
    reader = Reader()
    reader.feed(html.replace("\r\n", "\n").replace("\r", "\n").strip())
    reader.close()
    return "".join(reader.seen).strip()


@pytest.mark.parametrize(
    "text", ["{{ 7*7 }}", "{% include x %}", "{{< figure >}}", "{{% x %}}", "{# x #}", "{a: b}"]
)
def test_templates_find_nothing_to_do(text):
    made = inert(f'<p title="{text}">{text}</p>')

    assert not re.search(r"\{", made)
    assert as_read(made) == as_read(f'<p title="{text}">{text}</p>')


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from("ab \n\t*_#>-+`~&{%\\1."), max_size=40))
def test_any_paragraph_stays_as_it_is(text):
    html = (
        f"<p>{text.replace('&', '&amp;').replace('>', '&gt;')}</p>\n{text.replace('&', '').replace('>', '')}"
    )
    made = inert(html)
    assert commonmark(made).strip() == made
