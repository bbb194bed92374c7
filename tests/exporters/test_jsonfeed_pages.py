"""JSON Feed 1.1 beyond its items: older pages, hubs, an end."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from pydantic import ValidationError

from exporters import jsonfeed
from exporters.jsonfeed import JsonFeedExporter

SCHEMA = json.loads(Path(__file__).with_name("jsonfeed.schema.json").read_text(encoding="utf-8"))
VALID = Draft202012Validator(SCHEMA, format_checker=FormatChecker(["date-time"]))
OPTIONS = {"path": "public/feed.json", "page_size": 3, "locales": ["en"]}


@pytest.fixture
def channel(context, desire, make):
    """A channel that is given articles by number, the newest first, and tells which files it wrote."""

    class Channel:
        def __init__(self):
            self.exporter = JsonFeedExporter(JsonFeedExporter.Options(**OPTIONS), context)
            self.documents = ()

        def publish(self, numbers, title="Leopards", **more):
            records = [
                make.article(key=f"article:a{n}", title=f"{title} {n}", image=None, **more) for n in numbers
            ]
            before = self.seen()
            remotes = [self.exporter.create(desire(self.exporter, r, make.records())) for r in records]
            self.documents = tuple(self.exporter.publish(remotes, self.documents))
            assert {document.path for document in self.documents} == set(self.seen())
            return sorted(name for name, state in self.seen().items() if before.get(name) != state)

        def seen(self):
            return {path.name: path.read_bytes() for path in (context.root / "public").glob("*.json")}

        def walk(self):
            """Numbers on each page, as a reader finds them who follows `next_url`."""
            pages, name = [], "feed.json"
            while name:
                page = json.loads((context.root / "public" / name).read_bytes())
                VALID.validate(page)
                assert page["feed_url"] == f"https://example.org/{name}"
                pages.append(
                    [int(item["_leopard"]["key"].removeprefix("article:a")) for item in page["items"]]
                )
                name = page.get("next_url", "").removeprefix("https://example.org/")
            return pages

    return Channel()


@pytest.mark.parametrize(
    ("count", "pages"),
    [
        (0, [[]]),
        (1, [[1]]),
        (5, [[5, 4, 3, 2, 1]]),
        (6, [[6, 5, 4], [3, 2, 1]]),
        (8, [[8, 7, 6, 5, 4], [3, 2, 1]]),
    ],
)
def test_the_feed_has_the_newest_and_older_pages_the_rest(channel, count, pages):
    channel.publish(range(count, 0, -1))

    assert channel.walk() == pages


def test_news_changes_the_feed_and_no_older_page(channel):
    assert channel.publish(range(9, 0, -1)) == ["feed-1.json", "feed-2.json", "feed.json"]
    assert channel.publish(range(10, 0, -1)) == ["feed.json"]
    assert channel.publish(range(11, 0, -1)) == ["feed.json"]
    assert channel.publish(range(12, 0, -1)) == ["feed-3.json", "feed.json"]
    assert channel.publish(range(12, 0, -1)) == []
    assert channel.walk() == [[12, 11, 10], [9, 8, 7], [6, 5, 4], [3, 2, 1]]


def test_a_correction_changes_its_page_alone(channel, context, desire, make):
    channel.publish(range(9, 0, -1))
    before = channel.seen()
    records = [make.article(key=f"article:a{n}", title=f"Leopards {n}", image=None) for n in range(9, 0, -1)]
    records[7] = records[7].model_copy(update={"title": "Corrected"})
    remotes = [channel.exporter.create(desire(channel.exporter, r, make.records())) for r in records]
    list(channel.exporter.publish(remotes, channel.documents))

    after = channel.seen()
    assert [name for name in after if after[name] != before[name]] == ["feed-1.json"]


def test_pages_that_are_no_longer_needed_go(channel):
    channel.publish(range(9, 0, -1))
    channel.publish(range(4, 0, -1))

    assert sorted(channel.seen()) == ["feed.json"]
    assert channel.walk() == [[4, 3, 2, 1]]


def test_items_that_look_like_the_end_of_one_are_not_divided(channel, monkeypatch):
    """And wherever the bytes are divided on their way."""
    trap = ",\n    {\n    }\n  ]\n}"
    body = {"format": "html", "text": f"<p>{trap}</p>"}
    whole = channel.publish(range(9, 0, -1), title=trap, body=body) and channel.seen()

    pieces = jsonfeed._split
    monkeypatch.setattr(
        jsonfeed, "_split", lambda chunks: pieces(bytes([byte]) for chunk in chunks for byte in chunk)
    )
    assert channel.publish(range(9, 0, -1), title=trap, body=body) == []
    assert channel.seen() == whole
    assert channel.walk() == [[9, 8, 7], [6, 5, 4], [3, 2, 1]]


def test_each_language_has_its_own_pages(context, desire, make, records):
    exporter = JsonFeedExporter(JsonFeedExporter.Options(path="public/feed.json", page_size=1), context)
    many = [make.article(key=f"article:{n}", locale=tag, image=None) for tag in ("en", "fr") for n in "ba"]
    documents = list(
        exporter.publish([exporter.create(desire(exporter, r, make.records())) for r in many], ())
    )

    assert [document.path for document in documents] == [
        "feed.json",
        "feed-1.json",
        "feed.fr.json",
        "feed-1.fr.json",
    ]
    found = json.loads((context.root / "public/feed.fr.json").read_bytes())
    assert found["next_url"] == "https://example.org/feed-1.fr.json"
    assert {remote.ident for remote in exporter.read()} == {one.ident for one in many}


def test_a_feed_can_say_that_it_has_ended(context):
    options = JsonFeedExporter.Options(path="public/feed.json", expired=True, hub="https://hub.example.org/")
    exporter = JsonFeedExporter(options, context)
    head = json.loads(b"".join(exporter.whole("en", ())))

    VALID.validate(head)
    assert head["expired"] is True
    assert head["hubs"] == [{"type": "WebSub", "url": "https://hub.example.org/"}]


def test_a_limit_and_pages_exclude_each_other():
    with pytest.raises(ValidationError, match="`limit` leaves older items out"):
        JsonFeedExporter.Options(path="feed.json", limit=10, page_size=5)
