"""Saved pages: structure, fields, metadata, encodings, and pages that want to do harm."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.plugins import find
from schemas.record import references
from schemas.site import Site
from sources.base import COMPLETE, SourceContext
from sources.capture import CaptureSource
from sources.conformance import SourceConformance, read_all
from sources.html import HtmlSource

ARTICLE = """<!DOCTYPE html>
<html lang="fr-CA"><head><title>Comptage 2024 | Les Amis</title><meta property="og:site_name" content="Les Amis">
<meta name="description" content="Combien sont-ils ?"><meta name="author" content="Ada Birk">
<link rel="canonical" href="https://amis.example/2024/comptage"><meta property="og:image" content="/i/neige.jpg"></head>
<body><nav><a href="/">Accueil</a></nav><main><article><h1>Comptage 2024</h1>
<p class="byline">Ada Birk</p><p class="byline">Zoé Hart</p><time datetime="2024-05-01T09:30">1 mai</time>
<div class="text"><p>Une longue phrase sur les <a href="/lynx">lynx</a> qui vivent au nord, avec leurs petits, pendant l’hiver.</p>
<figure><img src="/i/neige.jpg" alt="Un lynx dans la neige"><figcaption>Au matin © Ada Birk / Boreal</figcaption></figure>
<p>Une autre phrase, assez longue pour que personne ne la prenne pour un menu ou pour un pied de page.</p>
<script>alert(1)</script></div></article></main><footer>© 2024</footer></body></html>
"""


@pytest.fixture
def page(folder):
    """Reads one saved page; returns records, problems and outcome."""

    def read(html, name="a.html", **options):
        folder.write(name, html)
        return folder.read(HtmlSource, **options)

    return read


class TestSavedPages(SourceConformance):
    tells_its_end = True

    @pytest.fixture
    def source(self, folder):
        folder.write("2024/comptage.html", ARTICLE)
        return folder.source(HtmlSource)


class TestSavedPagesOfBlocks(SourceConformance):
    tells_its_end = True

    @pytest.fixture
    def source(self, folder, saved):
        folder.write(
            "lynxes.html",
            saved.replace(
                '<div class="figure" data-count="120"></div><p>Iberian Lynxes are run over each year</p>', ""
            ).replace(
                "<div><p>lynxes were estimated to have been trapped in Siberia since 1999</p></div>", ""
            ),
        )
        return folder.source(HtmlSource, kind="page")


@pytest.fixture(scope="module")
def saved(request):
    return (request.path.parent / "pages" / "lynxes.html").read_text("utf-8")


@pytest.fixture(scope="module")
def copied(request):
    return (request.path.parent / "captures" / "lynxes.txt").read_text("utf-8")


def shape(value):
    """Data with prose as its words alone, and without what only a saved page knows."""
    if isinstance(value, dict):
        if set(value) == {"format", "text"}:
            words = value["text"].replace("&nbsp;", " ")
            for mark in ("<p>", "</p>", "<em>", "</em>", '<a href="https://cats.example/slow">', "</a>"):
                words = words.replace(mark, "")
            return " ".join(words.split())
        return {name: shape(one) for name, one in value.items()}
    return [shape(one) for one in value] if isinstance(value, list) else value


def test_a_saved_page_gives_what_its_copied_text_gives(folder, saved, copied):
    """Facts, sections, quotes, topics and credits are the same, field by field; and there is more."""
    folder.write("lynxes.html", saved)
    folder.write("lynxes.txt", copied)
    records, problems, outcome = folder.read(HtmlSource, kind="page")
    theirs, their_problems, _ = folder.read(CaptureSource)
    ours = {raw.data.get("key", raw.name): shape(raw.data) for raw in records}
    for raw in theirs:
        key, wanted = raw.data.get("key", raw.name), shape(raw.data)
        if key == "lynxes":
            blocks = ours[key].pop("blocks")
            assert blocks[-1] == {"type": "image", "image": "asset:lynxes/a-den-above-the-river"}
            for teaser in blocks[-2]["items"]:
                assert teaser.pop("image").startswith("asset:lynxes/")
            assert blocks[:-1] == wanted.pop("blocks")
        assert {name: ours[key].get(name) for name in wanted} == wanted
    no_figure = [one.message for one in their_problems if one.code == "capture.no_figure"]
    assert [one.message for one in problems] == no_figure
    assert outcome == COMPLETE


def test_every_record_is_valid_and_every_reference_has_its_record(folder, saved):
    folder.write("lynxes.html", saved)
    records, problems, _ = folder.read(HtmlSource, kind="page")
    made = [
        find("kinds", raw.data.get("kind", "page")).model_validate(
            {"key": f"page:{raw.name}", "locale": "en", **raw.data}
        )
        for raw in records
    ]
    named = {key for record in made for _, _, key in references(record)}
    assert named == {record.key for record in made} - {"page:lynxes"}
    assert problems[0].origin.within == "main > section:nth-of-type(3) > p"


def test_the_golden_records(folder, saved, request):
    """To be written anew after a change that is meant: delete the file, and run this test."""
    folder.write("lynxes.html", saved)
    folder.write("comptage.html", ARTICLE)
    found = [
        {"name": raw.name, "locale": raw.locale, "origin": str(raw.origin), "data": raw.data}
        for kind, path in (("page", "content/lynxes.html"), ("article", "content/comptage.html"))
        for raw in folder.read(HtmlSource, kind=kind, path=path)[0]
    ]
    golden = request.path.parent / "golden" / "html" / "records.json"
    if not golden.exists():
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", "utf-8")
        pytest.fail("written anew: look at it, and run again")
    assert found == json.loads(golden.read_text("utf-8"))


def test_metadata_comes_first_and_main_content_is_the_body(page):
    records, problems, outcome = page(ARTICLE, "2024/comptage.html")
    article, image = records
    assert (article.name, article.locale) == ("2024/comptage", "fr")
    data = article.data
    assert data["title"] == "Comptage 2024"
    assert (data["summary"], data["authors"]) == ("Combien sont-ils ?", [{"name": "Ada Birk"}])
    assert data["published_at"] == "2024-05-01T09:30:00+00:00"
    assert data["image"] == "asset:2024/comptage/au-matin"
    body = data["body"]["text"]
    assert '<a href="https://amis.example/lynx">lynx</a>' in body
    assert 'src="asset:2024/comptage/au-matin"' in body
    assert not any(word in body for word in ("alert", "Accueil", "<h1", "© 2024"))
    assert image.data == {
        "kind": "asset",
        "key": "asset:2024/comptage/au-matin",
        "alt": "Un lynx dans la neige",
        "caption": "Au matin",
        "url": "https://amis.example/i/neige.jpg",
        "credit": "© Ada Birk / Boreal",
        "photographer": "Ada Birk",
        "agency": "Boreal",
    }
    assert (problems, outcome) == ([], COMPLETE)


def test_fields_are_selected_over_everything_else(page):
    fields = {
        "title": "h1",
        "authors": {"select": ".byline", "all": True},
        "published_at": {"select": "time", "attribute": "datetime"},
        "body": ".text",
        "rights.holder": "footer",
        "tags": {"select": "nav a", "all": True},
    }
    records, problems, _ = page(ARTICLE, fields=fields)
    data = records[0].data
    assert data["authors"] == [{"name": "Ada Birk"}, {"name": "Zoé Hart"}]
    assert data["rights"] == {"holder": "© 2024"}
    assert data["tags"] == ["Accueil"]
    assert data["body"]["text"].startswith("<p>Une longue phrase")
    assert problems == []


def test_fields_into_another_kind_and_their_places(folder):
    folder.write("ada.html", "<html lang=en><body><h1>Ada</h1><b>Birk</b><a href='/ada'>me</a></body></html>")
    fields = {"given": "h1", "family": "b", "url": {"select": "a", "attribute": "href"}, "orcid": ".orcid"}
    source = folder.source(HtmlSource, kind="person", fields=fields)
    (raw,), (problem,), outcome = read_all(source)
    assert "Birk" in raw.data.pop("body")["text"]
    assert raw.data == {"title": "Ada", "given": "Ada", "family": "Birk", "url": "/ada"}
    assert (problem.code, problem.severity, outcome) == ("html.no_match", "warning", COMPLETE)
    assert source.locate(raw.origin, ("family",)).within == "b"


def test_a_picture_that_was_saved_with_the_page_is_a_file(folder, page):
    folder.write("a_files/x.png", b"PNG")
    html = "<html><body><main><h1>A</h1><p>Words that end.</p><img src='{}' alt='Spots'></main></body></html>"
    records, _, _ = page(html.format("a_files/x.png"), kind="page")
    assert records[1].data["file"] == "a_files/x.png"
    for elsewhere in ("../../etc/passwd", "/etc/passwd", "file:///etc/passwd", "data:image/png;base64,x"):
        assert len(page(html.format(elsewhere), kind="page")[0]) == 1


@pytest.mark.parametrize(
    ("data", "title"),
    [
        ("<meta charset=windows-1252><title>Caf\u00e9</title>".encode("cp1252"), "Café"),
        ("\ufeff<title>Café</title>".encode("utf-16"), "Café"),
        ("\ufeff<title>Café</title>".encode(), "Café"),
        ("<meta charset=utf-16><title>Café</title>".encode(), "Café"),
        (
            '<meta http-equiv=a content="text/html; charset=koi8-r"><title>Рысь</title>'.encode("koi8-r"),
            "Рысь",
        ),
        ("<meta charset=latin1><title>“x”</title>".encode("cp1252"), "“x”"),
    ],
)
def test_encodings(page, data, title):
    end = "<p>Words</p></html>".encode("utf-16-le" if data[:2] == b"\xff\xfe" else "ascii")
    records, problems, _ = page(data + end)
    assert (records[0].data["title"], problems) == (title, [])


@pytest.mark.parametrize(
    ("data", "code", "says"),
    [
        (b"<title>Caf\xe9</title></html>", "file.encoding", "byte 10 is not valid utf-8"),
        (b"<meta charset=utf-7><p>x</html>", "file.encoding", "nobody knows the encoding 'utf-7'"),
        (b"<meta charset=rot13><p>x</html>", "file.encoding", "nobody knows"),
        (b"<p>\0</p></html>", "file.binary", "NUL"),
        ("<div>" * 300 + "x</html>", "html.too_much", "more than 250 deep"),
        ("<b><p>" * 300 + "x</html>", "html.too_much", "more than 250 deep"),
        ("<i></p>" * 200_000 + "x</html>", "html.too_much", "deep"),
        ("<br>" * 600_000 + "</html>", "html.too_much", "500,000 tags"),
        ("<p title='" + "x" * 2_000_000 + "'>y</html>", "html.too_much", "a tag of it"),
        ("x" * 6_000_000, "file.too_large", "5 MB"),
        ("<html><body> <script>x()</script></body></html>", "html.empty", "nothing to be read"),
        ("<title>404 Not Found</title><h1>Not Found</h1></html>", "html.notice", "404 Not Found"),
        ("<title>Cats</title><h1>Page not found</h1><p>Sorry.</p></html>", "html.notice", "Page not found"),
        ("<title>Just a moment...</title><p>Checking.</p></html>", "html.notice", "Just a moment"),
        ("<title>Log in</title><p>x</p></html>", "source.login", "login page"),
        ("<title>Cats</title><form><input type=password></form><p>Hi</html>", "source.login", "login page"),
    ],
)
def test_what_is_no_page_ends_with_one_sentence(page, data, code, says):
    began = time.process_time()
    records, problems, outcome = page(data)
    assert records == []
    assert [one.code for one in problems] == [code]
    assert says in problems[0].message
    assert outcome.state == "partial"
    assert time.process_time() - began < 20, "a bound against quadratic time, far above what it takes"


@pytest.mark.parametrize(
    "html",
    [
        "<title>404 lynxes counted</title><p>It was a good year.</p></html>",
        "<header><form><input type=password></form></header><title>Cats</title><p>News of cats.</p></html>",
        "<title>Cats</title><p>" + "Many words. " * 200 + "</p><form><input type=password></form></html>",
        "<!DOCTYPE x [<!ENTITY a 'b'>]><title>&a;&#x26;&#99999999;&notit;</title><p>x</html>",
        "<title>A</title><p>x<svg><style><img src=x onerror=alert(1)></style></svg></html>",
        "<title>A</title><p " + " ".join(f"a{n}=1" for n in range(5_000)) + ">x</p></html>",
        "<title>A</title><table>" + "<tr><td>x" * 5_000 + "</table></html>",
        "<title>A</title>" + "<!--" * 10_000 + "--><p>x</html>",
        "<title>A</title>" + "<p>x" * 20_000 + "</html>",
        "<title>A</title><p>" + "<" * 50_000 + "</html>",
    ],
)
def test_odd_pages_are_read(page, html):
    records, problems, outcome = page(html, fields={"body": "p"})
    assert len(records) == 1
    assert [one for one in problems if one.severity == "error"] == []
    assert outcome == COMPLETE


def test_hostile_main_content_ends(page):
    html = "<title>A</title><main>" + "<p>Words of a sentence, and <i>more<p>" * 120 + "</main></html>"
    records, problems, outcome = page(html)
    assert records or problems
    assert outcome.state in ("complete", "partial")


def test_a_page_without_its_end_is_flagged(page):
    records, (problem,), outcome = page("<title>Cats</title><p>Words")
    assert records[0].data["title"] == "Cats"
    assert (problem.code, outcome.state) == ("source.open_end", "partial")


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=300) | st.text(alphabet="<>/ab'\"=& html!-p", max_size=300).map(str.encode))
def test_any_bytes_are_read_or_refused(tmp_path_factory, data):
    root = tmp_path_factory.mktemp("any")
    (root / "a.html").write_bytes(data)
    context = SourceContext(root, Site(title="S", url="https://example.org", languages=["en"]))
    for kind in ("page", "article"):
        records, problems, outcome = read_all(
            HtmlSource(HtmlSource.Options(path="a.html", kind=kind), context)
        )
        assert outcome == COMPLETE or problems
        assert records or problems


@settings(max_examples=60, deadline=None)
@given(end=st.integers(0, len(ARTICLE.encode())))
def test_a_page_cut_anywhere_is_an_error_or_a_flagged_prefix(tmp_path_factory, end):
    root = tmp_path_factory.mktemp("cut")
    (root / "a.html").write_bytes(ARTICLE.encode()[:end])
    context = SourceContext(root, Site(title="S", url="https://example.org", languages=["en"]))
    _, problems, outcome = read_all(HtmlSource(HtmlSource.Options(path="a.html"), context))
    is_whole = ARTICLE.encode()[:end].rstrip().endswith(b"</html>")
    assert (outcome == COMPLETE) == is_whole
    assert bool(problems) != is_whole


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "one of `path`, `sitemap` and `urls`"),
        ({"path": "x", "urls": ["https://a.example"]}, "path and urls"),
        ({"path": "x", "under": ["/a"]}, "`under` belongs to `sitemap`"),
        ({"path": "x", "fields": {"title": "h1["}}, "no CSS selector"),
        ({"path": "x", "fields": {"title": {"select": "h1", "html": True, "attribute": "x"}}}, "go together"),
        ({"sitemap": "ftp://a.example/x"}, "only http and https"),
        ({"urls": ["https://me:secret@a.example"]}, "credentials"),
        ({"sitemap": "https://a.example", "hosts": ["https://b.example"]}, "no host"),
    ],
)
def test_options_that_cannot_be(options, says):
    with pytest.raises(ValueError, match=says):
        HtmlSource.Options.model_validate(options)


@pytest.mark.parametrize(
    "title", ["What is a lynx?", "10 lynxes counted", "lynx", "Related to cats", "© 2024 and on"]
)
def test_the_heading_is_the_title_whatever_it_says(page, title):
    html = f"<html><body><main><p>Home</p><h1>{title}</h1><p>Words that end.</p></main></body></html>"
    records, _, outcome = page(html, kind="page")
    assert (records[0].data["title"], outcome) == (title, COMPLETE)
    html = html.replace("<p>Home</p>", "<figure><img src='https://a.example/x.png' alt='Spots'></figure>")
    assert page(html, kind="page")[0][0].data["title"] == title


def test_a_page_of_many_parts_takes_no_longer_than_its_length(page):
    parts = "".join(f"<h2>Part {at} of it</h2><p>Words {at} end.</p>" for at in range(8_000))
    began = time.process_time()
    (record,), problems, _ = page(f"<html><body><main><h1>A</h1>{parts}</main></body></html>", kind="page")
    assert (len(record.data["blocks"]), problems) == (8_000, [])
    assert time.process_time() - began < 20, "it took more where the neighbours of each part were counted"
