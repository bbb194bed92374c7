import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.common.links import _AWAY, Links
from schemas.base import RichText
from schemas.site import Site


@pytest.fixture
def links(context, records):
    return Links(context.site, records, "en", lambda asset: f"https://media.example.org/{asset.key}.jpg")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('<a href="page:leopards">x</a>', '<a href="https://example.org/leopards">x</a>'),
        ('<a href="page:leopards#range">x</a>', '<a href="https://example.org/leopards#range">x</a>'),
        (
            '<a href="asset:amur" rel="noopener">x</a>',
            '<a href="https://media.example.org/asset:amur.jpg" rel="noopener">x</a>',
        ),
        ('<p>a <a href="page:secret">b <em>c</em></a> d</p>', "<p>a b <em>c</em> d</p>"),
        ('<a href="page:secret">a</a> <a href="/about">b</a>', 'a <a href="https://example.org/about">b</a>'),
        ('a <img src="asset:secret" alt="x"> b', "a  b"),
        ('<a href="mailto:a@example.org">x</a>', '<a href="mailto:a@example.org">x</a>'),
        ('<a href="tel:123">x</a>', '<a href="tel:123">x</a>'),
        ('<a href="">x</a>', '<a href="">x</a>'),
        ("<A HREF=page:leopards>x</A>", '<a href="https://example.org/leopards">x</A>'),
        ('<b title="<a href=page:secret>">x</b>', '<b title="<a href=page:secret>">x</b>'),
        (
            '<a download alt="" href="/x?a=1&amp;b=2">x</a>',
            '<a download alt="" href="https://example.org/x?a=1&amp;b=2">x</a>',
        ),
        ('<a href="#top">x</a>', '<a href="#top">x</a>'),
        ('<a href="//other.example.org/">x</a>', '<a href="https://other.example.org/">x</a>'),
        ("<a name='x'>x</a> &amp; AT&T &copy;", "<a name='x'>x</a> &amp; AT&T &copy;"),
        (
            '<p>1\n2 <b title="a > b">é豹</b>\n<a title="a > b" href="page:leopards">x</a></p>',
            '<p>1\n2 <b title="a > b">é豹</b>\n'
            '<a title="a &gt; b" href="https://example.org/leopards">x</a></p>',
        ),
        ('<a href="javascript:alert(1)">x</a>', "x"),
        ('<a href=" java\tscript:alert(1)">a <b>c</b></a>', "a <b>c</b>"),
        ('<a href="&#1;JavaScript&colon;x">x</a>', "x"),
        ('<a href="javascript:x">x</a>', "x"),
        ('<a href="vbscript:x">a</a> <a href="data:text/html,x">b</a>', "a b"),
        ('a <img src="data:image/svg+xml,x" alt="x"> b', "a  b"),
        ('<!-- <a href="page:leopards"> --><a href="page:secret">x', '<!-- <a href="page:leopards"> -->x'),
    ],
)
def test_links_lead_to_real_addresses_or_leave_their_words(links, written, expected):
    assert links.html(written) == expected


def test_an_image_gets_the_words_of_its_asset_where_it_has_none(links):
    html = links.html('<img src="asset:amur" alt="">')

    assert html == '<img src="https://media.example.org/asset:amur.jpg" alt="An Amur Leopard in snow">'
    assert 'alt="Mine"' in links.html('<img alt="Mine" src="asset:amur">')


def test_words_are_in_the_readers_language(links, context, records):
    french = Links(context.site, records, "fr", links.asset_url)

    assert french.alt(french.asset("asset:amur")) == "Une panthère de l'Amour dans la neige"
    assert french.words({"en": "only English"}) == "only English"


def test_only_html_is_touched(links):
    markdown = RichText(format="markdown", text='[x](page:leopards) <a href="page:leopards">')

    assert links.prose(markdown) is markdown


@pytest.mark.parametrize("piece", ["<a ", "<a '\"", '<a "', "<!--", "<a", "<a x", "<b \"<a '"])
def test_broken_markup_takes_no_longer_than_it_is_long(links, piece):
    assert links.html(f'<a href="#">{piece * 100_000}').startswith('<a href="#">')


AWAY = st.lists(
    st.sampled_from(
        [
            "<p>",
            "</p>",
            "<a>",
            "</a>",
            "<br>",
            "<img>",
            '<a_href="https://a.org/x?a=1&amp;b=2">',
            '<a_href="http://["',
            '<a_href="page:x">',
            '<a_href="https:x">',
            '<a_href="https://&#1;">',
            '<a_href="https://a.org"_rel="noopener_noreferrer">',
            '<a_href="/x">',
            '<img_src="https://a.org/1.jpg"_alt="cub">',
            '<img_src="https://a.org/1.jpg"_alt="">',
            '<img_src="/x"_alt="cub">',
            '<img_src="https://a.org/1.jpg"_alt="cub"_title="a"_href="x"_src="/y">',
            '<b_title="a">',
            "<!--",
            "-->",
            "href=",
            'a_"b"_>',
        ]
    ).map(lambda piece: piece.replace("_", " ")),
    max_size=8,
).map("".join)


@pytest.fixture(scope="module")
def links_to_nothing():
    asked = []

    class Nothing:
        def get(self, key, locale):
            asked.append(key)

    return Links(Site(title="x", url="https://example.org"), Nothing(), "en", lambda asset: None), asked


@given(AWAY)
def test_html_that_is_told_at_once_to_lead_away_is_not_rewritten(links_to_nothing, text):
    links, asked = links_to_nothing
    if _AWAY.fullmatch(text):
        assert links._rewritten(text) == text
        assert not asked


def test_usual_html_is_told_at_once_to_lead_away():
    html = (
        '<h2>Cats</h2>\n<p>a <a href="https://a.org/b?c=1&amp;d=2" rel="noopener noreferrer">b</a> — c.</p>\n'
    )
    assert _AWAY.fullmatch(f'{html}<p><img src="https://a.org/1.jpg" alt="A cub" title="c"></p>')
    assert not _AWAY.fullmatch(html.replace("https://a.org/b", "page:b"))


@given(st.text(alphabet=st.sampled_from("<>/aimg href=src\"'#:\n&;!-page:secret"), max_size=60))
def test_any_markup_is_survived(text):
    class Nothing:
        def get(self, key, locale):
            return None

    links = Links(Site(title="x", url="https://example.org"), Nothing(), "en", lambda asset: None)
    assert isinstance(links.html(text), str)
