import pytest

from exporters.common.html import body
from exporters.common.links import Links
from schemas.page import Page

REPORT = "https://example.org/reports/an-ounce-of-prevention"
IMAGE = (
    '<img src="https://example.org/amur.jpg" alt="An Amur Leopard in snow" width="1600" height="900">'
    "<figcaption>{} <small>© Lynn M. Stone / WWF</small></figcaption>"
)


@pytest.fixture
def links(context, records):
    return Links(context.site, records, "en", lambda asset: "https://example.org/amur.jpg")


def test_a_page_is_semantic_html(make, links):
    assert body(make.page(), links).split("\n") == [
        f"<figure>{IMAGE.format('Amur Leopard')}</figure>",
        "<p>Under threat</p>",
        "<p>All are under threat.</p>",
        "<p><strong>Skins &amp; bones are traded</strong></p>",
        "<h2>In figures</h2>",
        "<dl>",
        "<dt>221–450</dt><dd>Snow Leopards are killed each year "
        f'<cite><a href="{REPORT}">An Ounce of Prevention (2016)</a></cite></dd>',
        "</dl>",
        "<figure><blockquote><p>A wake-up call</p></blockquote>"
        "<figcaption><cite>James Compton</cite>, Senior Director</figcaption></figure>",
        "<h2>Our work</h2>",
        "<ul>",
        "<li><p>Crime</p><p>How</p>"
        '<p><a href="https://example.org/crime">fighting wildlife crime</a></p></li>',
        "</ul>",
        "<h2>Related reports</h2>",
        "<ul>",
        f'<li><p><a href="{REPORT}">An Ounce of Prevention</a></p></li>',
        "</ul>",
        f"<figure>{IMAGE.format('In the snow')}</figure>",
    ]


def test_a_report_is_abstract_citation_and_files(make, links):
    assert body(make.report(), links).split("\n") == [
        "<p>Snow Leopard crime revisited.</p>",
        "<p><cite>Nowell, K. (2016). An Ounce of Prevention.</cite></p>",
        "<ul>",
        '<li><a href="https://example.org/files/ounce.pdf">Report</a></li>',
        "</ul>",
    ]


def test_words_never_become_markup(links):
    evil = "<script>alert(1)</script>"
    page = Page(
        key="page:x",
        locale="en",
        title="x",
        blocks=[
            {"type": "hero", "heading": evil, "text": evil},
            {"type": "text", "heading": evil, "text": {"format": "text", "text": evil}},
            {"type": "text", "text": {"format": "markdown", "text": evil}},
            {"type": "key_message", "heading": evil, "text": evil},
            {
                "type": "statistics",
                "heading": evil,
                "items": [{"figure": 1, "display": evil, "statement": evil, "citation": {"text": evil}}],
            },
            {"type": "quote", "text": evil, "name": evil, "role": evil},
            {"type": "teasers", "items": [{"title": evil, "text": evil, "url": "/x", "label": evil}]},
            {"type": "related", "heading": evil, "text": evil},
            {"type": "image", "image": "asset:amur", "caption": evil},
        ],
    )

    html = body(page, links)

    assert "<script" not in html
    assert html.count("alert(1)") == 20


def test_an_image_without_address_leaves_nothing(make, context, records):
    links = Links(context.site, records, "en", lambda asset: None)

    assert "figcaption" not in body(make.page(blocks=[{"type": "image", "image": "asset:amur"}]), links)
