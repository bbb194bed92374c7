"""RSS 2.0, judged by `feed_rules.py` and read back by feedparser."""

import re
import shutil
from datetime import datetime, timedelta, timezone
from html import unescape
from pathlib import Path
from runpy import run_path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from exporters.base import ChannelContext
from exporters.common.parts import plain_text
from exporters.rss import RssExporter
from pipeline.cli import leopard
from schemas.errors import Rejected
from schemas.site import Site

EXAMPLE = Path(__file__).parents[2] / "examples" / "leopards"
CONTENT, DC = "{http://purl.org/rss/1.0/modules/content/}encoded", "{http://purl.org/dc/elements/1.1/}"
MEDIA = "{http://search.yahoo.com/mrss/}"
RULES = run_path(str(Path(__file__).with_name("feed_rules.py")))
valid, read_back = RULES["rss_items"], RULES["read_back"]


@pytest.fixture
def exporter(context):
    return RssExporter(RssExporter.Options(path="public/feed.xml"), context)


@pytest.fixture
def publish(context, desire):
    def run(exporter, records, documents=()):
        ordered = sorted(records, key=lambda record: record.kind != "asset")
        chosen = [record for record in ordered if record.kind in ("asset", *exporter.options.kinds)]
        remotes = [exporter.create(desire(exporter, record, records)) for record in chosen]
        return list(exporter.publish(remotes, documents))

    return run


@pytest.fixture
def published(exporter, publish, context, make):
    """The items of the English feed."""

    def run(*records):
        publish(exporter, make.records(*records))
        return valid((context.root / "public/feed.xml").read_bytes())

    return run


def test_the_feed_as_it_stands_in_the_file(exporter, publish, context, make):
    short = make.article(body=None, image=None, species=(), statistics=(), updated_at="2024-06-01T00:00:00Z")
    publish(exporter, make.records(short))

    assert (
        (context.root / "public/feed.xml").read_text("utf-8")
        == """\
<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" \
xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" \
xmlns:media="http://search.yahoo.com/mrss/">
  <channel>
    <generator>Leopard</generator>
    <title>Wildlife Trade Specialists</title>
    <link>https://example.org</link>
    <description>Wildlife Trade Specialists</description>
    <language>en</language>
    <lastBuildDate>Sat, 01 Jun 2024 00:00:00 +0000</lastBuildDate>
    <atom:link rel="self" type="application/rss+xml" href="https://example.org/feed.xml"/>
    <item>
      <title>More Amur Leopards counted</title>
      <link>https://example.org/articles/more-amur-leopards-counted</link>
      <guid isPermaLink="false">urn:uuid:62734013-717c-5268-8bdd-7c02ae62d784</guid>
      <pubDate>Wed, 01 May 2024 09:00:00 +0100</pubDate>
      <dc:creator>James Compton</dc:creator>
      <category>counts</category>
      <description>A count with good news.</description>
    </item>
  </channel>
</rss>
"""
    )
    assert valid((context.root / "public/feed.fr.xml").read_bytes()) == []


def test_an_independent_reader_finds_the_same_values(exporter, publish, records, context, make):
    publish(exporter, records)
    feed = read_back(context.root / "public/feed.xml")

    assert (feed.version, feed.feed.title, feed.feed.language) == (
        "rss20",
        "Wildlife Trade Specialists",
        "en",
    )
    article, page, report = sorted(feed.entries, key=lambda entry: entry.link)
    photo = f"https://example.org/feed-xml-assets/amur-{make.asset().digest[:12]}.jpg"
    assert article.title == make.article().title
    assert article.summary == make.article().summary
    assert article.published_parsed[:5] == (2024, 5, 1, 8, 0)
    assert article.content[0].value == (
        '<p>See <a href="https://example.org/leopards#range">leopards</a>. '
        f'<img src="{photo}" alt="An Amur Leopard in snow"></p>'
    )
    assert [tag.term for tag in article.tags] == ["counts"]
    assert (article.author, article.guidislink) == ("James Compton", False)
    (image,) = article.media_content
    assert (image["url"], image["type"], image["width"]) == (photo, "image/jpeg", "1600")
    assert article.media_credit[0]["content"] == "© Lynn M. Stone / WWF"
    assert "<blockquote>" in page.content[0].value
    (file,) = report.enclosures
    assert (file.href, file.length, file.type) == (
        "https://example.org/files/ounce.pdf",
        "9",
        "application/pdf",
    )
    assert report.published_parsed[:3] == (2016, 10, 1)


def test_an_image_brings_its_words_and_its_credit(published, make):
    (item,) = published(make.article(), make.asset())
    (image,) = item.iter(f"{MEDIA}content")

    assert image.findtext(f"{MEDIA}description") == "An Amur Leopard in snow"
    assert image.findtext(f"{MEDIA}credit") == "© Lynn M. Stone / WWF"


def test_the_first_file_is_the_enclosure_and_the_others_are_media(published, make):
    files = [
        {"url": "/a.pdf"},
        {"url": "/b.xlsx", "size": 3, "label": "Data"},
        {"url": "mailto:x@example.org"},
    ]
    (item,) = published(make.report(files=files))

    assert item.find("enclosure").attrib == {
        "url": "https://example.org/a.pdf",
        "length": "0",
        "type": "application/pdf",
    }
    (other,) = item.iter(f"{MEDIA}content")
    assert (other.get("url"), other.get("fileSize")) == ("https://example.org/b.xlsx", "3")
    assert other.findtext(f"{MEDIA}title") == "Data"


def test_plain_text_becomes_html_where_readers_expect_it(published, make):
    (item,) = published(make.article(title="1 < 2 & <b>3</b>", summary="1 < 2 & <b>3</b>"))

    assert item.findtext("title") == "1 < 2 & <b>3</b>"
    assert unescape(item.findtext("description")) == "1 < 2 & <b>3</b>"
    assert item.findtext("description") != "1 < 2 & <b>3</b>"


def test_topics_are_categories_and_rights_are_said(published, make):
    rights = {"holder": "WTS", "licence": "CC-BY-4.0"}
    (item,) = published(make.article(tags=["b", "a", "b", "\x00"], rights=rights))

    assert [one.text for one in item.iter("category")] == ["b", "a"]
    assert item.findtext(f"{DC}rights") == "WTS, CC-BY-4.0"


def test_authors_are_organisations_or_ten_thousand(published, make):
    many = [{"family": f"N{number}"} for number in range(10_000)]
    first, second = published(
        make.article(authors=[{"name": "Specialists & Co"}, {"name": "\x00"}]),
        make.article(key="article:many", authors=many),
    )

    assert [one.text for one in first.iter(f"{DC}creator")] == ["Specialists & Co"]
    assert [one.text for one in second.iter(f"{DC}creator")] == [f"N{number}" for number in range(10_000)]


def test_dates_that_are_missing_or_odd(published, exporter, context, publish, make):
    old = datetime(1840, 1, 1, tzinfo=timezone(timedelta(seconds=-75)))
    items = published(
        make.article(published_at=None),
        make.article(key="article:old", published_at=old),
        make.report(issued="1996"),
    )

    assert [item.findtext("pubDate") for item in items] == [
        None,
        "Wed, 01 Jan 1840 00:01:15 +0000",
        "Mon, 01 Jan 1996 00:00:00 +0000",
    ]

    publish(exporter, make.records(make.article(published_at=None)))
    assert b"lastBuildDate" not in (context.root / "public/feed.xml").read_bytes()


def test_the_date_of_the_feed_is_that_of_its_newest_item(context, publish, make):
    """Whatever the offset; items that the limit leaves out do not count."""
    at = ("2024-05-01T09:00:00+05:00", "2024-05-01T07:00:00Z", "2024-05-01T09:00:00Z")
    articles = [make.article(key=f"article:a{n}", updated_at=one) for n, one in enumerate(at)]
    articles = [one.model_copy(update={"published_at": None}) for one in articles]
    exporter = RssExporter(RssExporter.Options(path="public/feed.xml", limit=2), context)
    publish(exporter, make.records(*articles))

    text = (context.root / "public/feed.xml").read_text("utf-8")
    assert "<lastBuildDate>Wed, 01 May 2024 07:00:00 +0000</lastBuildDate>" in text


def test_what_may_not_be_shown_is_nowhere(exporter, publish, records, context):
    hidden = records.but("asset:amur", "person:compton", "report:ounce")
    publish(exporter, hidden)

    text = (context.root / "public/feed.xml").read_text("utf-8")
    assert "media:content" not in text
    assert "Ounce" not in text
    assert "<img" not in unescape(text)


def test_the_id_never_changes(exporter, records, make, context):
    moved = ChannelContext("new", context.root, Site(title="New", url="https://new.example.org"))
    there = RssExporter(RssExporter.Options(path="other.rss"), moved)
    before = exporter.render(make.article(), records)["xml"]
    after = there.render(make.article(slug="other", title="Other"), records)["xml"]

    assert re.search("<guid.*", before)[0] == re.search("<guid.*", after)[0]


def test_publishing_again_touches_nothing(exporter, publish, records, context):
    def seen():
        paths = (context.root / "public").rglob("*")
        return {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in paths if path.is_file()}

    documents = publish(exporter, records)
    before = seen()
    publish(exporter, records, documents)

    assert seen() == before
    assert len(before) == 3


def test_a_feed_of_somebody_else_is_refused_and_ours_is_known_again(exporter, publish, records, context):
    publish(exporter, records)
    publish(exporter, records)

    (context.root / "public/feed.xml").write_text('<rss version="2.0"><channel/></rss>')
    with pytest.raises(Rejected, match=r"public/feed\.xml is already there"):
        publish(exporter, records)


@pytest.mark.parametrize("path", ["feed.json", "public/", "", ".xml", "public/.rss"])
def test_the_path_must_be_an_xml_file(path):
    with pytest.raises(ValidationError):
        RssExporter.Options(path=path)


words = st.text(st.characters(exclude_categories=()), max_size=40)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=words, body=words, summary=words, tag=words, name=words, form=st.sampled_from(["html", "text"]))
def test_any_text_gives_a_valid_feed(published, make, title, body, summary, tag, name, form):
    """Half characters too, which pass no validation, but may come from a step."""
    given = make.article(body={"format": form, "text": "x"}, image=None, species=(), statistics=())
    text = given.body.model_copy(update={"text": body})
    author = given.authors[0].model_copy(update={"given": None, "family": name, "person": None})
    odd = {"title": title, "summary": summary, "tags": (tag,), "body": text, "authors": (author,)}
    (item,) = published(given.model_copy(update=odd))

    assert item.findtext("title") == (plain_text(title) or given.key)
    assert unescape(item.findtext("description") or "") == unescape(plain_text(summary).replace("&", "&amp;"))
    assert [one.text for one in item.iter("category")] == [one for one in [plain_text(tag)] if one]


def test_the_example_project_is_valid_and_nothing_is_left_to_do(tmp_path):
    root = tmp_path / "leopards"
    shutil.copytree(EXAMPLE, root, ignore=shutil.ignore_patterns("public", ".leopard"))
    (root / "content/articles/odd.md").write_text(
        '---\ntitle: "<b>AT&T</b> \\U0001F406 \\u202e"\npublished_at: 2024-11-02\n---\n'
        "[x](javascript:alert(1)) [y](/about) ![z](asset:tracks-in-snow) <script>alert(1)</script>",
        "utf-8",
    )
    config = (root / "leopard.yaml").read_text("utf-8").partition("\nchannels:")[0]
    (root / "leopard.yaml").write_text(
        f"{config}\nchannels:\n  rss: {{use: rss, path: public/feed.xml}}\n", "utf-8"
    )

    done = CliRunner().invoke(leopard, ["-C", str(root), "sync", "--yes"])
    assert done.exit_code == 0, done.output
    items = valid((root / "public/feed.xml").read_bytes())
    assert len(items) == 20
    assert items[0].findtext("title") == "<b>AT&T</b> \U0001f406 \u202e"
    html = items[0].findtext(CONTENT)
    assert 'href="https://example.org/about"' in html
    assert 'src="https://example.org/feed-xml-assets/tracks-in-snow-' in html
    assert "javascript" not in html
    assert "script" not in html
    assert len(valid((root / "public/feed.fr.xml").read_bytes())) > 0
    assert len(read_back(root / "public/feed.xml").entries) == len(items)

    again = CliRunner().invoke(leopard, ["-C", str(root), "sync", "--yes"])
    assert "Nothing to do." in again.output
