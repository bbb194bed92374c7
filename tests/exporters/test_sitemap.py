import re
from datetime import datetime, timedelta, timezone
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from usp.tree import sitemap_from_str

from exporters.base import ChannelContext
from exporters.sitemap import NAMESPACES, SitemapExporter
from pipeline.conformance import ChannelConformance
from schemas.errors import Rejected, Unsupported
from schemas.site import Site

NAMES = {name.partition(":")[2] or "s": uri for name, uri in NAMESPACES.items()}
W3C_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


class TestSitemap(ChannelConformance):
    readable = False
    notices_vanished = False
    longest_title = 300
    test_odd_texts_survive = test_long_texts_survive = None
    test_what_is_created_can_be_read_back = None

    @pytest.fixture
    def channel(self):
        return {"use": "sitemap", "path": "public/sitemap.xml", "news": True}

    def record(self, name="leopards", text="", **more):
        return super().record(name, text, published_at=more.pop("published_at", "2024-05-01"), **more)

    def title_of(self, fields):
        return fields["url"]

    def test_an_update_changes_one_page_and_keeps_its_id(self, desk):
        """A title is not in a sitemap, a slug is."""
        first = desk.create(self.record())
        assert desk.update(self.record(slug="other")).id == first.id

    def test_documents(self, desk):
        desk.create(self.record())
        first = desk.publish()
        assert desk.publish() == first
        desk.update(self.record(slug="other"))
        assert desk.publish() != first

    def test_changes_take_as_many_writes(self, published):
        published.page("three", "Changed")
        assert published.run().applied[0].done == {"update": 1}


def exporter_of(context, **more):
    options = {"path": "public/sitemap.xml", "images": "https://cdn.example.org/photos/", **more}
    return SitemapExporter(SitemapExporter.Options(**options), context)


@pytest.fixture
def exporter(context):
    return exporter_of(context)


def publish(exporter, desire, records, documents=()):
    chosen = [one for one in records if one.kind in exporter.options.kinds and one.slug]
    remotes = {one.ident: exporter.create(desire(exporter, one, records)) for one in chosen}
    return remotes, list(exporter.publish(iter(remotes.values()), documents))


def check(context, name="sitemap.xml"):
    """The addresses of a sitemap with what is said of them, after all that the protocol asks is checked."""
    folder = context.root / "public"
    index = ElementTree.fromstring((folder / name).read_bytes())
    assert index.tag == f"{{{NAMES['s']}}}sitemapindex"
    found = {}
    parts = [one.text for one in index.findall("s:sitemap/s:loc", NAMES)]
    assert 0 < len(parts) <= 50_000
    for address in parts:
        path = folder / address.rpartition("/")[2]
        assert path.stat().st_size <= SitemapExporter.largest
        urls = ElementTree.fromstring(path.read_bytes()).findall("s:url", NAMES)
        assert 0 < len(urls) <= SitemapExporter.most
        found |= {url.find("s:loc", NAMES).text: url for url in urls}
        assert read_by_others(path) == [url.find("s:loc", NAMES).text for url in urls]
    for address, url in found.items():
        check_url(address, url, found)
    return found


def read_by_others(path):
    pages = sitemap_from_str(path.read_text(encoding="utf-8")).all_pages()
    return [page.url for page in pages]


def check_url(address, url, found):
    assert re.fullmatch(r"https?://[!-~]+", address)
    assert len(address) < 2_048
    allowed = {"s": {"loc", "lastmod"}, "xhtml": {"link"}, "image": {"image"}, "news": {"news"}}
    assert {child.tag for child in url} <= {f"{{{NAMES[n]}}}{t}" for n, tags in allowed.items() for t in tags}
    for dated in url.findall("s:lastmod", NAMES):
        assert W3C_DATE.fullmatch(dated.text)
    assert len(url.findall("image:image", NAMES)) <= 1_000
    languages = alternates(url)
    if languages:
        assert address in languages.values()
        assert len([tag for tag in languages if tag == "x-default"]) == 1
        for other in languages.values():
            assert alternates(found[other]) == languages


def alternates(url):
    return {one.get("hreflang"): one.get("href") for one in url.findall("xhtml:link", NAMES)}


def part(context, name="sitemap-1.xml"):
    return (context.root / "public" / name).read_text(encoding="utf-8")


def test_an_index_and_its_part(exporter, context, records, desire):
    _, documents = publish(exporter, desire, records)

    assert [document.path for document in documents] == ["sitemap-1.xml", "sitemap.xml"]
    assert part(context, "sitemap.xml") == (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!-- leopard:sitemap -->\n'
        '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        "<sitemap><loc>https://example.org/sitemap-1.xml</loc>"
        "<lastmod>2024-05-01T08:00:00Z</lastmod></sitemap>\n"
        "</sitemapindex>\n"
    )
    assert len(check(context)) == 4


def test_an_address_with_all_that_is_said_of_it(exporter, context, records, desire, make):
    publish(exporter, desire, make.records(make.asset(), make.article()))

    photo = f"https://cdn.example.org/photos/amur-{make.asset().digest[:12]}.jpg"
    assert part(context).splitlines()[3] == (
        "<url><loc>https://example.org/articles/more-amur-leopards-counted</loc>"
        "<lastmod>2024-05-01T08:00:00Z</lastmod>"
        f"<image:image><image:loc>{photo}</image:loc></image:image></url>"
    )


def test_languages_name_each_other(exporter, context, records, desire):
    publish(exporter, desire, records)

    languages = {
        "en": "https://example.org/leopards",
        "fr": "https://example.org/fr/leopards",
        "x-default": "https://example.org/leopards",
    }
    found = check(context)
    assert alternates(found["https://example.org/leopards"]) == languages
    assert alternates(found["https://example.org/fr/leopards"]) == languages


@pytest.mark.parametrize("way", ["hidden", "not published here"])
def test_a_language_that_is_not_there_is_not_named(context, records, desire, make, way):
    exporter = exporter_of(context, locales=("en",) if way == "not published here" else None)
    french = make.page(locale="fr", slug="leopards")
    known = make.records(make.page(), *([french] if way == "not published here" else []))

    assert "alternates" not in exporter.render(make.page(), known)


def test_other_readers_get_the_first_language_there_is(context, make):
    site = Site(title="Spots", url="https://example.org", languages=("en", "fr", "de"))
    exporter = exporter_of(ChannelContext("test", context.root, site))
    both = [make.page(locale=tag, slug=tag, alternates=("de", "fr")) for tag in ("fr", "de")]

    found = {page.locale: exporter.render(page, make.records(*both))["alternates"] for page in both}
    assert found["fr"] == found["de"]
    assert dict(found["fr"])["x-default"] == "https://example.org/fr/fr"


def test_the_last_change_is_the_latest_instant(exporter, make):
    def lastmod(**fields):
        article = make.article(published_at=None, **fields)
        return exporter.render(article, make.records(article)).get("lastmod")

    east = timezone(timedelta(hours=9))
    assert lastmod() is None
    assert lastmod(updated_at=datetime(2024, 5, 1, 3, tzinfo=east)) == "2024-04-30T18:00:00Z"
    assert lastmod(updated_at="2024-05-01", embargo_until="2024-06-01") == "2024-06-01T00:00:00Z"


def test_images_are_listed_once_and_only_where_they_can_be_seen(context, records, make):
    elsewhere = make.asset(file=None, path=None, digest=None, url="/photos/é.jpg")
    lookup = make.records(elsewhere, make.page())

    assert exporter_of(context).render(make.page(), lookup)["images"] == [
        "https://example.org/photos/%C3%A9.jpg"
    ]
    assert "images" not in exporter_of(context, images=None).render(make.page(), records)
    assert "images" not in exporter_of(context).render(make.page(), records.but("asset:amur"))


def test_news(context, records, desire):
    exporter = exporter_of(context, news=True, images=None)
    publish(exporter, desire, records)

    assert (
        "<news:news><news:publication><news:name>Wildlife Trade Specialists</news:name>"
        "<news:language>en</news:language></news:publication>"
        "<news:publication_date>2024-05-01T08:00:00Z</news:publication_date>"
        "<news:title>More Amur Leopards counted</news:title></news:news>"
    ) in part(context)
    assert part(context).count("<news:news>") == 1
    check(context)


@pytest.mark.parametrize(
    ("locale", "language"), [("pt-BR", "pt"), ("zh-Hant", "zh-tw"), ("zh-TW", "zh-tw"), ("zh", "zh-cn")]
)
def test_the_language_of_news(context, make, locale, language):
    article = make.article(locale=locale)

    news = exporter_of(context, news=True).render(article, make.records(article))["news"]
    assert news["language"] == language


def test_an_article_without_a_date_is_no_news(context, make):
    article = make.article(published_at=None)

    assert "news" not in exporter_of(context, news=True).render(article, make.records(article))


def articles(make, count):
    return [make.article(key=f"article:a{n}", slug=f"a{n}", image=None, body=None) for n in range(count)]


def test_more_addresses_than_a_document_holds(exporter, context, desire, make, monkeypatch):
    monkeypatch.setattr(SitemapExporter, "most", 2)
    _, documents = publish(exporter, desire, make.records(*articles(make, 5)))

    names = ["sitemap-1.xml", "sitemap-2.xml", "sitemap-3.xml", "sitemap.xml"]
    assert [document.path for document in documents] == names
    assert list(check(context)) == [f"https://example.org/articles/a{n}" for n in range(5)]

    publish(exporter, desire, make.records(*articles(make, 3)), documents)
    assert sorted(path.name for path in (context.root / "public").iterdir()) == [
        "sitemap-1.xml",
        "sitemap-2.xml",
        "sitemap.xml",
    ]


def test_more_bytes_than_a_document_holds(exporter, context, desire, make, monkeypatch):
    publish(exporter, desire, make.records(*articles(make, 2)))
    monkeypatch.setattr(SitemapExporter, "largest", len(part(context).encode()))

    publish(exporter, desire, make.records(*articles(make, 5)))
    found = check(context)
    assert len(found) == 5
    assert (context.root / "public/sitemap-3.xml").exists()


def test_more_news_than_a_document_holds(context, desire, make, monkeypatch):
    monkeypatch.setattr(SitemapExporter, "most_news", 1)
    publish(exporter_of(context, news=True), desire, make.records(*articles(make, 2)))

    assert (context.root / "public/sitemap-2.xml").exists()


def test_nothing_to_list_is_no_document(exporter, context, desire, make):
    _, documents = publish(exporter, desire, make.records(make.article()))

    assert publish(exporter, desire, make.records(), documents) == ({}, [])
    assert list((context.root / "public").iterdir()) == []


def test_publishing_again_touches_nothing(exporter, context, records, desire):
    def seen():
        return {path: path.stat().st_mtime_ns for path in (context.root / "public").iterdir()}

    _, documents = publish(exporter, desire, records)
    before = seen()
    assert publish(exporter, desire, records, documents)[1] == documents
    assert seen() == before


def test_a_sitemap_of_somebody_else_stays(exporter, context, records, desire):
    (context.root / "public").mkdir()
    (context.root / "public/sitemap-1.xml").write_text("<urlset/>")

    with pytest.raises(Rejected, match=r"public/sitemap-1\.xml is already there"):
        publish(exporter, desire, records)
    assert part(context) == "<urlset/>"


def test_what_has_no_address_is_refused(exporter, make):
    records = make.records()
    with pytest.raises(Unsupported, match="has no slug"):
        exporter.render(make.article(slug=None), records)
    long = Site(title="Long", url="https://example.org/" + "x" * 2_040)
    with pytest.raises(Unsupported, match="longer than 2047"):
        exporter_of(ChannelContext("test", exporter.context.root, long)).render(
            make.article(), make.records()
        )


def test_addresses_are_ascii(context, desire, make):
    paths = {"article": "/новости/{slug}"}
    site = Site(title="<&> Леопарды", url="https://леопард.example", languages=("en",), paths=paths)
    there = ChannelContext("test", context.root, site)
    publish(exporter_of(there, news=True), desire, make.records(make.article()))

    (address,) = check(context)
    assert address.startswith("https://xn--80aibxqgi.example/%D0%BD")
    assert "<news:name>&lt;&amp;&gt; Леопарды</news:name>" in part(context)


@pytest.mark.parametrize("wrong", [{"path": "sitemap.txt"}, {"images": "photos"}, {"newz": True}, {}])
def test_wrong_options_are_refused(wrong):
    with pytest.raises(ValidationError):
        SitemapExporter.Options(**({"path": "sitemap.xml", **wrong} if wrong else {}))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=st.text(st.characters(exclude_categories=()), min_size=1, max_size=40))
def test_any_title_gives_a_valid_sitemap(context, desire, make, title):
    article = make.article().model_copy(update={"title": title})

    publish(exporter_of(context, news=True), desire, make.records(article))
    check(context)
