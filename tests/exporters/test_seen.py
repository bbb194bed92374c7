"""What readers see of a text is the same on every channel, whatever the form in which the channel holds it."""

import re
from html import unescape

import pytest

from exporters.cms.lexical import shown
from exporters.trial import Desk, context
from pipeline.page_view import page_of
from schemas import plugins
from schemas.article import Article
from schemas.base import RichText
from schemas.page import Page

URL = "http://127.0.0.1:9"
KEY = "64f0a1b2c3d4e5f6a7b8c9d0:" + "ab" * 32
OPTIONS = {
    "atom": {"path": "feed.xml"},
    "directus": {"url": URL, "token": "env:KEY"},
    "ghost": {"url": URL, "key": "env:KEY"},
    "jsonfeed": {"path": "feed.json"},
    "markdown": {"path": "md"},
    "payload": {"url": URL, "api_key": "env:KEY"},
    "rss": {"path": "feed.xml"},
    "strapi": {"url": URL, "token": "env:KEY"},
    "wordpress": {"url": URL, "username": "ada", "password": "env:KEY"},
}
HTML = (
    "<p>Fewer than <strong>60</strong> in 2016 &amp; more: <em>now</em></p><h2>Why &lt; 100</h2>"
    '<ul><li>one</li><li>two</li></ul><p><a href="https://spots.example/x?a=1&amp;b=2">the report</a></p>'
    "<blockquote><p>quoted</p></blockquote><pre><code>a &lt; b</code></pre>"
    "<table><tr><th>head</th></tr><tr><td>cell</td></tr></table>"
)
WORDS = "Fewer than 60 in 2016 & more: now Why < 100 one two the report quoted a < b head cell"


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("KEY", KEY)


@pytest.fixture(params=sorted(OPTIONS))
def exporter(request, tmp_path):
    found = plugins.find("exporters", request.param)
    return found(found.Options(**OPTIONS[request.param]), context(tmp_path))


def words_of(html):
    body = re.sub(r"<!--.*?-->", " ", html.partition("</h1>")[2], flags=re.DOTALL)
    return " ".join(unescape(re.sub("<[^>]*>", " ", body)).split())


def prose():
    return RichText.model_validate({"format": "html", "text": HTML})


def seen(exporter, record):
    desired = Desk(exporter).desired(record)
    return page_of(desired, exporter.seen(desired))


def test_an_article_reads_as_it_was_written(exporter):
    article = Article.model_validate(
        {"key": "article:a", "locale": "en", "title": "An article", "slug": "a", "body": prose()}
    )
    html = seen(exporter, article)
    assert WORDS in words_of(html)
    for tag in ("strong", "em", "h2", "li", "blockquote", "code", "th", "td"):
        assert f"<{tag}" in html
    assert "https://spots.example/x?a=1&amp;b=2" in html


def test_blocks_keep_their_headings(exporter):
    block = {
        "type": "text",
        "heading": "A heading",
        "text": {"format": "html", "text": "<p>Body <em>it</em></p>"},
    }
    page = Page.model_validate(
        {"key": "page:p", "locale": "en", "title": "A page", "slug": "p", "blocks": [block]}
    )
    html = seen(exporter, page)
    assert "A heading Body it" in words_of(html)
    assert "<em>it</em>" in html


def test_a_feed_without_a_text_shows_its_summary(tmp_path):
    found = plugins.find("exporters", "rss")
    made = found(found.Options(path="feed.xml"), context(tmp_path))
    article = {
        "key": "article:a",
        "locale": "en",
        "title": "An article",
        "slug": "a",
        "summary": "Short <b> & so on",
    }
    desired = Desk(made).desired(Article.model_validate(article))
    assert made.seen(desired) == {"text": "Short &lt;b&gt; &amp; so on"}


CARDS = [
    ({"type": "image", "src": {"$reference": "asset:a@en"}, "alt": 'a "b"', "caption": "c"}, "<figure><img src=\"asset:a\" alt=\"a &quot;b&quot;\"><figcaption>c</figcaption></figure>"),
    ({"type": "upload", "value": {"$reference": "asset:a@en"}}, '<p><img src="asset:a" alt="asset:a"></p>'),
    ({"type": "button", "buttonText": "Go <x>", "buttonUrl": "https://a.example/"}, '<p><a href="https://a.example/">Go &lt;x&gt;</a> </p>'),
    ({"type": "bookmark", "url": "https://a.example/", "metadata": {"title": "A", "description": "B"}}, '<p><a href="https://a.example/">A</a> B</p>'),
    ({"type": "file", "src": {"$reference": "asset:a@en"}, "fileTitle": "F"}, '<p><a href="asset:a">F</a> </p>'),
    ({"type": "callout", "calloutText": "<b>so</b>"}, "<aside><b>so</b></aside>"),
    ({"type": "codeblock", "code": "a < b"}, "<pre><code>a &lt; b</code></pre>"),
    ({"type": "html", "html": ["<p>", {"asset": {"$reference": "asset:a@en"}}, "</p>"]}, "<p>asset:a</p>"),
    ({"type": "horizontalrule"}, "<hr>"),
    ({"type": "linebreak"}, "<br>"),
    ({"type": "text", "text": "<", "format": 1 | 8 | 128}, "<mark><u><strong>&lt;</strong></u></mark>"),
    ({"type": "tablecell", "headerState": 1, "children": []}, "<th></th>"),
    ({"type": "what is that", "children": [{"type": "text", "text": "x"}]}, "x"),
    ({"type": "link", "fields": {"url": "javascript:x\"<"}, "children": []}, '<a href="javascript:x&quot;&lt;"></a>'),
]  # fmt: skip


@pytest.mark.parametrize(("node", "html"), CARDS, ids=[node["type"] for node, _ in CARDS])
def test_every_node_of_an_editor_is_shown(node, html):
    assert shown({"root": {"type": "root", "children": [node]}}) == html


def test_what_is_no_document_stays_as_it_is():
    fields = {"a": [1, "b", {"root": "no"}], "c": None, "d": {"e": {"root": {"type": "root"}}}}
    assert shown(fields) == {"a": [1, "b", {"root": "no"}], "c": None, "d": {"e": ""}}
