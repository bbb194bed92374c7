"""Atom (RFC 4287), judged by `feed_rules.py` and read back by feedparser."""

import re
import shutil
from pathlib import Path
from runpy import run_path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from exporters.atom import AtomExporter
from exporters.base import ChannelContext
from exporters.common.parts import plain_text
from pipeline.cli import leopard
from schemas.errors import Rejected
from schemas.site import Site

EXAMPLE = Path(__file__).parents[2] / "examples" / "leopards"
ATOM, MEDIA = "{http://www.w3.org/2005/Atom}", "{http://search.yahoo.com/mrss/}"
RULES = run_path(str(Path(__file__).with_name("feed_rules.py")))
valid, read_back = RULES["atom_entries"], RULES["read_back"]


@pytest.fixture
def exporter(context):
    return AtomExporter(AtomExporter.Options(path="public/feed.xml"), context)


@pytest.fixture
def publish(desire):
    def run(exporter, records, documents=()):
        ordered = sorted(records, key=lambda record: record.kind != "asset")
        chosen = [record for record in ordered if record.kind in ("asset", *exporter.options.kinds)]
        remotes = [exporter.create(desire(exporter, record, records)) for record in chosen]
        return list(exporter.publish(remotes, documents))

    return run


@pytest.fixture
def published(exporter, publish, context, make):
    """The entries of the English feed."""

    def run(*records):
        publish(exporter, make.records(*records))
        return valid((context.root / "public/feed.xml").read_bytes())

    return run


def test_the_feed_as_it_stands_in_the_file(publish, context, make):
    plain = {"image": None, "species": (), "statistics": (), "body": {"format": "html", "text": "<p>70.</p>"}}
    options = AtomExporter.Options(path="public/feed.atom", title="News", description="All of it")
    more = {"updated_at": "2024-06-01T00:00:00Z", "rights": {"statement": "© WTS"}}
    publish(AtomExporter(options, context), make.records(make.article(**plain, **more)))

    assert (
        (context.root / "public/feed.atom").read_text("utf-8")
        == """\
<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/" xml:lang="en">
  <generator>Leopard</generator>
  <id>urn:uuid:1f1c25a0-d805-58c7-a766-a4f757836682</id>
  <title>News</title>
  <subtitle>All of it</subtitle>
  <updated>2024-06-01T00:00:00Z</updated>
  <link rel="self" href="https://example.org/feed.atom" type="application/atom+xml"/>
  <link rel="alternate" href="https://example.org" type="text/html"/>
  <author>
    <name>Wildlife Trade Specialists</name>
    <uri>https://example.org</uri>
  </author>
  <entry>
    <id>urn:uuid:62734013-717c-5268-8bdd-7c02ae62d784</id>
    <title>More Amur Leopards counted</title>
    <link rel="alternate" href="https://example.org/articles/more-amur-leopards-counted" type="text/html"/>
    <published>2024-05-01T09:00:00+01:00</published>
    <updated>2024-06-01T00:00:00Z</updated>
    <author>
      <name>James Compton</name>
    </author>
    <category term="counts"/>
    <rights>© WTS</rights>
    <summary>A count with good news.</summary>
    <content type="html">&lt;p&gt;70.&lt;/p&gt;</content>
  </entry>
</feed>
"""
    )
    french = (context.root / "public/feed.fr.atom").read_bytes()
    assert valid(french) == []
    assert b'xml:lang="fr"' in french
    assert b'href="https://example.org/fr"' in french


def test_an_independent_reader_finds_the_same_values(exporter, publish, records, context, make):
    publish(exporter, records)
    feed = read_back(context.root / "public/feed.xml")

    assert (feed.version, feed.feed.title) == ("atom10", "Wildlife Trade Specialists")
    article, page, report = sorted(feed.entries, key=lambda entry: entry.link)
    photo = f"https://example.org/feed-xml-assets/amur-{make.asset().digest[:12]}.jpg"
    assert article.title == make.article().title
    assert article.summary == make.article().summary
    assert article.published == article.updated == "2024-05-01T09:00:00+01:00"
    assert (article.content[0].type, article.content[0].language) == ("text/html", "en")
    assert article.content[0].value == (
        '<p>See <a href="https://example.org/leopards#range">leopards</a>. '
        f'<img src="{photo}" alt="An Amur Leopard in snow"></p>'
    )
    assert [tag.term for tag in article.tags] == ["counts"]
    assert dict(article.author_detail) == {"name": "James Compton", "href": "https://people.example.org/jc"}
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
    links = {link.rel: link.href for link in report.links}
    assert links["related"] == "https://reports.example.org/ounce"
    assert report.updated == "2016-10-01T00:00:00Z"


def test_every_file_is_an_enclosure(published, make):
    files = [
        {"url": "/a.pdf"},
        {"url": "/b.xlsx", "size": 3, "label": "Data"},
        {"url": "mailto:x@example.org"},
    ]
    (entry,) = published(make.report(files=files))
    found = [link.attrib for link in entry.findall(f"{ATOM}link") if link.get("rel") == "enclosure"]

    assert found[0] == {"rel": "enclosure", "href": "https://example.org/a.pdf", "type": "application/pdf"}
    assert (found[1]["length"], found[1]["title"]) == ("3", "Data")
    assert len(found) == 2


def test_authors_are_organisations_or_ten_thousand(published, make):
    many = [{"family": f"N{number}"} for number in range(10_000)]
    first, second = published(
        make.article(
            authors=[{"name": "Specialists & Co", "ror": "https://ror.org/05a28rw58"}, {"name": "\x00"}]
        ),
        make.article(key="article:many", authors=many),
    )

    (author,) = first.findall(f"{ATOM}author")
    assert author.findtext(f"{ATOM}name") == "Specialists & Co"
    assert author.findtext(f"{ATOM}uri") == "https://ror.org/05a28rw58"
    names = [one.text for one in second.iterfind(f"{ATOM}author/{ATOM}name")]
    assert names == [f"N{number}" for number in range(10_000)]


def test_an_entry_without_a_date_has_one_that_stays_the_same(exporter, published, context, make):
    undated, dated = published(
        make.article(published_at=None), make.article(key="article:b", updated_at="2023-01-01T00:00:00Z")
    )

    assert undated.findtext(f"{ATOM}updated") == "1970-01-01T00:00:00Z"
    assert undated.find(f"{ATOM}published") is None
    assert dated.findtext(f"{ATOM}updated") == "2024-05-01T09:00:00+01:00", "not before it was published"
    text = (context.root / "public/feed.xml").read_text("utf-8")
    assert text.partition("<entry>")[0].count("<updated>2024-05-01T09:00:00+01:00</updated>") == 1


def test_what_may_not_be_shown_is_nowhere(exporter, publish, records, context):
    hidden = records.but("asset:amur", "person:compton", "report:ounce")
    publish(exporter, hidden)

    text = (context.root / "public/feed.xml").read_text("utf-8")
    assert "media:content" not in text
    assert "Ounce" not in text
    assert "people.example.org" not in text


def test_the_ids_never_change(exporter, context, records, make):
    moved = ChannelContext(context.name, context.root, Site(title="New", url="https://new.example.org"))
    there = AtomExporter(AtomExporter.Options(path="other.atom", title="Other"), moved)
    before = exporter.render(make.article(), records)["xml"]
    after = there.render(make.article(slug="other", title="Other"), records)["xml"]

    assert re.search("<id>.*", before)[0] == re.search("<id>.*", after)[0]
    for one in (exporter, there):
        list(one.publish((), ()))
    heads = [one.file.read_bytes() for one in (exporter, there)]
    assert len({re.search(b"<id>.*", head)[0] for head in heads}) == 1


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

    (context.root / "public/feed.xml").write_text('<feed xmlns="http://www.w3.org/2005/Atom"/>')
    with pytest.raises(Rejected, match=r"public/feed\.xml is already there"):
        publish(exporter, records)


@pytest.mark.parametrize("path", ["feed.json", "public/", "", ".xml", "public/.atom", "feed.rss"])
def test_the_path_must_be_an_xml_file(path):
    with pytest.raises(ValidationError):
        AtomExporter.Options(path=path)


words = st.text(st.characters(exclude_categories=()), max_size=40)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=words, body=words, summary=words, tag=words, name=words, form=st.sampled_from(["html", "text"]))
def test_any_text_gives_a_valid_feed(published, make, title, body, summary, tag, name, form):
    """Half characters too, which pass no validation, but may come from a step."""
    plain = make.article(body={"format": form, "text": "x"}, image=None, species=(), statistics=())
    text = plain.body.model_copy(update={"text": body})
    author = plain.authors[0].model_copy(update={"given": None, "family": name, "person": None})
    odd = {"title": title, "summary": summary, "tags": (tag,), "body": text, "authors": (author,)}
    (entry,) = published(plain.model_copy(update=odd))

    assert entry.findtext(f"{ATOM}title") == (plain_text(title) or plain.key)
    assert (entry.findtext(f"{ATOM}summary") or "") == plain_text(summary)
    assert [one.get("term") for one in entry.iter(f"{ATOM}category")] == [
        one for one in [plain_text(tag)] if one
    ]


def test_the_example_project_is_valid_and_nothing_is_left_to_do(tmp_path):
    root = tmp_path / "leopards"
    shutil.copytree(EXAMPLE, root, ignore=shutil.ignore_patterns("public", ".leopard"))
    config = (root / "leopard.yaml").read_text("utf-8").partition("\nchannels:")[0]
    (root / "leopard.yaml").write_text(
        f"{config}\nchannels:\n  atom: {{use: atom, path: public/feed.atom}}\n", "utf-8"
    )

    done = CliRunner().invoke(leopard, ["-C", str(root), "sync", "--yes"])
    assert done.exit_code == 0, done.output
    entries = valid((root / "public/feed.atom").read_bytes())
    assert len(entries) > 10
    assert len(read_back(root / "public/feed.atom").entries) == len(entries)
    assert len(valid((root / "public/feed.fr.atom").read_bytes())) > 0

    again = CliRunner().invoke(leopard, ["-C", str(root), "sync", "--yes"])
    assert "Nothing to do." in again.output
