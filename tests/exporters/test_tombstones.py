"""What is gone from an Atom feed: a tombstone (RFC 6721) with the id that the entry had, and the instant."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from runpy import run_path
from xml.etree import ElementTree

import pytest

from exporters.atom import AtomExporter
from exporters.base import ChannelContext
from exporters.common.parts import urn_of

RULES = run_path(str(Path(__file__).with_name("feed_rules.py")))
NOON = datetime(2024, 7, 1, 12, tzinfo=UTC)
A, B = "article:a@en", "article:b@en"


@pytest.fixture
def feed(context, make, desire, monkeypatch):
    """Publishes articles at an hour of the day; gives entries and tombstones by id, as they then stand there."""

    def run(*names, hour=0, locale="en", **options):
        monkeypatch.setattr(AtomExporter, "clock", staticmethod(lambda: NOON + timedelta(hours=hour)))
        name = options.pop("name", "test")
        exporter = AtomExporter(
            AtomExporter.Options(path="public/feed.xml", **options),
            ChannelContext(name, context.root, context.site),
        )
        plain = {
            "image": None,
            "species": (),
            "statistics": (),
            "authors": (),
            "body": None,
            "locale": locale,
        }
        articles = [make.article(key=f"article:{name}", **plain) for name in names]
        list(
            exporter.publish([exporter.create(desire(exporter, one, make.records())) for one in articles], ())
        )
        path = context.root / ("public/feed.xml" if locale == "en" else "public/feed.fr.xml")
        data = path.read_bytes()
        entries = [one.findtext(f"{RULES['ATOM']}id") for one in RULES["atom_entries"](data)]
        root = ElementTree.fromstring(data)
        gone = {one.get("ref"): one.get("when") for one in root.findall(RULES["GONE"])}
        return entries, gone, root.findtext(f"{RULES['ATOM']}id"), root.findtext(f"{RULES['ATOM']}updated")

    return run


def test_what_is_gone_leaves_its_id_and_the_instant(feed, context):
    a, b = (urn_of(one, context.site) for one in (A, B))
    assert feed("a", "b")[:2] == ([a, b], {})
    assert feed("a", hour=1)[:2] == ([a], {b: "2024-07-01T13:00:00Z"})
    assert feed("a", hour=2)[:2] == ([a], {b: "2024-07-01T13:00:00Z"}), "it was gone then already"
    assert feed(hour=3)[:2] == ([], {b: "2024-07-01T13:00:00Z", a: "2024-07-01T15:00:00Z"})
    assert feed(hour=4)[3] == "2024-07-01T15:00:00Z"
    assert feed("b", hour=5)[:2] == ([b], {a: "2024-07-01T15:00:00Z"}), "what comes back is not gone"


def test_a_feed_that_did_not_change_has_the_same_bytes_at_any_time(feed, context):
    feed("a", "b")
    feed("a", hour=1)
    before = (context.root / "public/feed.xml").stat()
    feed("a", hour=2)
    assert (context.root / "public/feed.xml").stat() == before


def test_what_is_too_old_for_the_feed_is_not_gone(feed, context):
    feed("b")
    assert feed("a", "b", limit=1)[:2] == ([urn_of(A, context.site)], {})


def test_a_feed_with_a_limit_has_no_more_tombstones_than_that(feed, context):
    feed("a", "b", "c")
    feed("a", "b", hour=1)
    assert feed(hour=2, limit=2)[1].keys() == {urn_of(one, context.site) for one in (A, B)}


def test_each_language_has_its_own(feed, context):
    feed("a", locale="fr")
    assert feed(hour=1, locale="fr")[1] == {urn_of("article:a@fr", context.site): "2024-07-01T13:00:00Z"}
    assert b"deleted-entry" not in (context.root / "public/feed.xml").read_bytes()


def test_a_feed_keeps_its_id_when_its_channel_is_called_otherwise(feed):
    first = feed("a")[2]
    assert feed("a", "b", name="news")[2] == first


def test_words_that_look_like_an_id_leave_nothing(feed, context, make, desire):
    odd = f"x\n    <id>{urn_of(B, context.site)}</id>\n  <at:deleted-entry ref"
    exporter = AtomExporter(AtomExporter.Options(path="public/feed.xml"), context)
    article = make.article(key="article:a", title=odd[:300], image=None, body={"format": "html", "text": odd})
    list(exporter.publish([exporter.create(desire(exporter, article, make.records()))], ()))
    assert feed("a", hour=1)[1] == {}
