"""Newsfeeds: the same entries whatever the dialect, keys that stay, and nothing that is no whole feed."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.errors import ContentError
from sources.base import COMPLETE
from sources.conformance import RemoteConformance, read_all
from sources.dialects.feed.entries import entries_of
from sources.dialects.feed.text import decoded
from sources.feed import FeedSource
from transport.fault_proxy import FaultProxy

GOLDEN = Path(__file__).parent / "golden" / "feed"
DIALECTS = ["rss.xml", "atom.xml", "feed.json"]


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr("transport.fetch.BACKOFF", 0.0)


@pytest.fixture
def feed(folder, web):
    """The source, in a new run each time."""

    def make(**options):
        return FeedSource(FeedSource.Options(url=web.address + "/feed", **options), folder.context)

    return make


def rss(*items, head="<title>T</title>"):
    return f'<rss version="2.0"><channel>{head}{"".join(items)}</channel></rss>'


def item(title, guid=None, link=None, date=None):
    parts = [f"<title>{title}</title>"]
    parts += [f'<guid isPermaLink="false">{guid}</guid>'] if guid else []
    parts += [f"<link>{link}</link>"] if link else []
    parts += [f"<pubDate>{date}</pubDate>"] if date else []
    return f"<item>{''.join(parts)}</item>"


class TestFeed(RemoteConformance):
    @pytest.fixture(params=DIALECTS)
    def proxy(self, web, request):
        web.put("/feed", (GOLDEN / request.param).read_bytes())
        with FaultProxy(web.address) as proxy:
            yield proxy

    @pytest.fixture
    def source(self, folder, proxy):
        return FeedSource(FeedSource.Options(url=proxy.address + "/feed"), folder.context)

    @pytest.fixture
    def change(self, web):
        return lambda: web.put("/feed", rss(item("New", "new")))


@pytest.mark.parametrize("name", DIALECTS)
def test_what_an_entry_says(feed, web, name):
    web.put("/feed", (GOLDEN / name).read_bytes())
    records, problems, outcome = read_all(feed())
    assert (problems, outcome) == ([], COMPLETE)
    found = [
        {"name": raw.name, "locale": raw.locale, "within": raw.origin.within, **raw.data} for raw in records
    ]
    text = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
    assert text.replace(web.address, "https://feed.example") == (GOLDEN / f"{name}.records.json").read_text()


def test_another_kind_takes_the_fields_that_it_has(feed, web):
    web.put("/feed", (GOLDEN / "atom.xml").read_bytes())
    record = read_all(feed(kind="report"))[0][0]
    assert record.data["url"] == "https://leopards.org/neige"
    assert "body" not in record.data


def names(feed, web, *items, **options):
    """Names of the entries by their titles, in a new run in which the feed lists these."""
    web.put("/feed", rss(*items))
    records, problems, _ = read_all(feed(**options))
    assert problems == []
    return {raw.data["title"]: raw.name for raw in records}


DAY = "Sat, 01 Jun 2024 10:00:00 GMT"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (item("A", "g1", "/a"), item("A new", "g1", "/b")),
        (item("A", "g1", "/a"), item("A new", "g2", "/a")),
        (item("A", "g1", "/a"), item("A new", None, "/a#top")),
        (item("A", None, "/a"), item("A new", "g1", "/a?utm_source=x&amp;utm_medium=y")),
        (item("A", None, "http://X.example/a/"), item("A new", None, "https://x.example/a")),
        (item("A", None, None, DAY), item("A", "g1", "/a", DAY)),
        (item("A", "g1", "/a", DAY), item("A", "g2", "/b", DAY)),
    ],
)
def test_an_entry_keeps_its_key(feed, web, before, after):
    first = names(feed, web, before, item("B", "other", "/other"))
    second = names(feed, web, item("C", "third", "/third"), after, item("B", "other", "/other"))
    assert len(second) == 3
    assert second["B"] == first["B"]
    assert {second.get("A"), second.get("A new")} == {first["A"], None}


def test_without_a_memory_the_guid_makes_the_key(feed, web, folder):
    first = names(feed, web, item("A", "g1", "/a"))
    for path in (folder.root / ".leopard" / "sources").rglob("*.entries.db"):
        path.unlink()
    assert names(feed, web, item("A new", "g1", "/b")) == {"A new": first["A"]}


def test_a_guid_that_all_entries_share_says_nothing(feed, web):
    items = item("A", "same", "/a"), item("B", "same", "/b"), item("C", "same", "/c")
    first = names(feed, web, *items)
    assert len(set(first.values())) == 3
    assert names(feed, web, *reversed(items)) == first
    assert names(feed, web, items[1]) == first


def test_entries_that_are_alike_in_everything_are_one(feed, web):
    assert len(names(feed, web, item("A", "g", "/a"), item("A", "g", "/a"))) == 1


def test_what_a_feed_does_not_list_any_more_stays_unless_told(feed, web):
    first = names(feed, web, item("A", "1"), item("B", "2"))
    assert names(feed, web, item("C", "3"), item("B", "2")).keys() == {"A", "B", "C"}
    assert names(feed, web, item("C", "3"), gone="remove").keys() == {"C"}
    assert names(feed, web, item("A", "1"), gone="remove") == {"A": first["A"]}


def test_an_unchanged_feed_is_not_sent_again(feed, web):
    web.put("/feed", rss(item("A", "1")))
    assert read_all(feed()) == read_all(feed())
    assert [one.headers.get("if-none-match") is None for one in web.seen] == [True, False]


ENTITIES = '<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
EXTERNAL = '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("<!DOCTYPE html><html><title>News</title></html>", "source.page"),
        ("<html xmlns='http://www.w3.org/1999/xhtml'><body/></html>", "source.page"),
        ("<form><input type='password'/></form>", "feed.shape"),
        ("<sitemap/>", "feed.shape"),
        ("", "feed.syntax"),
        ("plain words", "feed.syntax"),
        (ENTITIES + rss("<item><title>&b;</title></item>"), "feed.entities"),
        (EXTERNAL + rss("<item><title>&x;</title></item>"), "feed.entities"),
        (rss("<item><title>&x;</title></item>"), "feed.syntax"),
        (rss(item("A & B")), "feed.syntax"),
        ('{"items": []}', "feed.shape"),
        ('{"version": "https://jsonfeed.org/version/1.1", "items": {}}', "feed.shape"),
        ('{"error": "not found"}', "feed.shape"),
        ('{"version": ', "json.syntax"),
        (b"<rss><channel><title>\xff</title></channel></rss>", "file.encoding"),
        (b'<?xml version="1.0" encoding="martian"?><rss/>', "file.encoding"),
    ],
)
def test_what_is_no_feed(feed, web, body, code):
    web.put("/feed", rss(item("Good", "1")))
    assert read_all(feed())[2] == COMPLETE
    web.put("/feed", body)
    records, problems, outcome = read_all(feed())
    assert [one.code for one in problems] == [code, "source.stale"]
    assert problems[0].origin.path == web.address + "/feed"
    assert [raw.data["title"] for raw in records] == ["Good"]
    assert outcome.state == "partial"


def test_an_entry_that_says_nothing_is_a_problem_and_the_others_go_on(feed, web):
    web.put("/feed", rss("<item></item>", item("A", "1")))
    records, (problem,), outcome = read_all(feed())
    assert [raw.data["title"] for raw in records] == ["A"]
    assert (problem.code, problem.origin.within, outcome.state) == ("feed.empty_entry", "entry 1", "partial")


def test_an_external_document_type_is_not_fetched(feed, web):
    web.put("/feed", f'<!DOCTYPE rss SYSTEM "{web.address}/rss.dtd">' + rss(item("A", "1")))
    assert len(read_all(feed())[0]) == 1
    assert web.paths == ["/feed"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1252", "shift_jis"])
def test_encodings(feed, web, encoding):
    title = "豹" if encoding == "shift_jis" else "Panthère"
    declared = "utf-8" if encoding == "utf-8-sig" else encoding
    web.put("/feed", f'<?xml version="1.0" encoding="{declared}"?>{rss(item(title, "1"))}'.encode(encoding))
    assert read_all(feed())[0][0].data["title"] == title


def test_an_encoding_that_only_the_server_says(feed, web):
    web.put(
        "/feed",
        rss(item("Panthère", "1")).encode("latin-1"),
        Content_Type="application/rss+xml; charset=latin-1",
    )
    assert read_all(feed())[0][0].data["title"] == "Panthère"


@pytest.mark.parametrize("name", DIALECTS)
def test_a_feed_that_is_cut_anywhere_is_no_feed(name):
    data = (GOLDEN / name).read_bytes().rstrip()
    for end in range(len(data)):
        with pytest.raises(ContentError):
            entries_of(decoded(data[:end], None, "x"), "https://x.example/feed", "x")


@given(st.lists(st.sampled_from(["<rss>", "</rss>", "<channel>", "<item>", "</item>", "<title>", "&amp;", "&x;", "<![CDATA[", "]]>", "<feed xmlns='http://www.w3.org/2005/Atom'>", "<entry>", "</entry>", "</feed>", '{"version":"https://jsonfeed.org/version/1","items":[', "{}", "]}", '"id":', "1", "null", "x", "\x00", "\ud800"]), max_size=12).map("".join))  # fmt: skip
@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
def test_no_text_brings_it_down(text):
    with suppress(ContentError):
        entries_of(text, "https://x.example/feed", "x")
