import json
import os
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from pydantic import ValidationError

from exporters.base import ChannelContext
from exporters.common.parts import plain_text
from exporters.jsonfeed import ABOUT, JsonFeedExporter
from schemas.errors import ChannelDown, NotFound, Rejected
from schemas.site import Site

SCHEMA = json.loads(Path(__file__).with_name("jsonfeed.schema.json").read_text(encoding="utf-8"))
VALID = Draft202012Validator(SCHEMA, format_checker=FormatChecker(["date-time"]))


@pytest.fixture
def exporter(context):
    return JsonFeedExporter(JsonFeedExporter.Options(path="public/feed.json"), context)


def publish(exporter, desire, records, documents=()):
    ordered = sorted(records, key=lambda record: record.kind != "asset")
    remotes = {r.ident: exporter.create(desire(exporter, r, records)) for r in ordered}
    return remotes, list(exporter.publish(iter(remotes.values()), documents))


def feed(context, name="feed.json"):
    value = json.loads((context.root / "public" / name).read_text(encoding="utf-8"))
    VALID.validate(value)
    return value


def test_the_feed_says_what_it_is(exporter, context, records, desire):
    _, documents = publish(exporter, desire, records)

    head = feed(context)
    del head["items"]
    assert list(head.items()) == [
        ("version", "https://jsonfeed.org/version/1.1"),
        ("title", "Wildlife Trade Specialists"),
        ("home_page_url", "https://example.org"),
        ("feed_url", "https://example.org/feed.json"),
        ("language", "en"),
        ("authors", [{"name": "Wildlife Trade Specialists", "url": "https://example.org"}]),
        ("_leopard", {"about": ABOUT}),
    ]
    sizes = {document.path: document.size for document in documents}
    assert sizes == {
        name: (context.root / "public" / name).stat().st_size for name in ("feed.json", "feed.fr.json")
    }


def test_the_extension_is_described_where_it_says():
    path, _, anchor = ABOUT.partition("#")
    text = (Path(__file__).parents[2] / path).read_text("utf-8")

    assert anchor in [
        line.removeprefix("## ").replace("`", "").replace(" ", "-").lower() for line in text.splitlines()
    ]


def test_an_article_as_an_item(exporter, context, records, desire, make):
    publish(exporter, desire, records)

    photo = f"https://example.org/feed-assets/amur-{make.asset().digest[:12]}.jpg"
    item = feed(context)["items"][0]
    assert item == {
        "id": "urn:uuid:62734013-717c-5268-8bdd-7c02ae62d784",
        "url": "https://example.org/articles/more-amur-leopards-counted",
        "title": "More Amur Leopards counted",
        "content_html": '<p>See <a href="https://example.org/leopards#range">leopards</a>. '
        f'<img src="{photo}" alt="An Amur Leopard in snow"></p>',
        "summary": "A count with good news.",
        "image": photo,
        "date_published": "2024-05-01T09:00:00+01:00",
        "tags": ["counts"],
        "authors": [{"name": "James Compton", "url": "https://people.example.org/jc"}],
        "language": "en",
        "_leopard": {
            "about": ABOUT,
            "key": "article:2024/amur-count",
            "kind": "article",
            "statistics": [
                {
                    "statistic": "statistic:amur-left",
                    "figure": {"value": 70, "percent": False},
                    "display": "only 70",
                    "statement": "Amur Leopards remain",
                }
            ],
            "species": [
                {
                    "key": "species:amur",
                    "title": "Amur Leopard",
                    "scientific_name": "Panthera pardus orientalis",
                }
            ],
        },
    }


def test_a_link_inside_the_page_leads_to_the_page(exporter, context, desire, make):
    note = '<p>See<a href="#note">1</a>.</p><p id="note">There.</p>'
    publish(exporter, desire, make.records(make.article(body={"format": "html", "text": note})))

    (item,) = feed(context)["items"]
    assert item["content_html"] == note.replace(
        '"#', '"https://example.org/articles/more-amur-leopards-counted#'
    )


def test_a_report_as_an_item(exporter, context, records, desire):
    publish(exporter, desire, records)

    (item,) = (item for item in feed(context)["items"] if item["_leopard"]["kind"] == "report")
    assert item["external_url"] == "https://reports.example.org/ounce"
    assert item["authors"] == [{"name": "Kristin Nowell", "url": "https://orcid.org/0000-0002-1825-0097"}]
    assert item["date_published"] == "2016-10-01T00:00:00Z"
    assert item["_leopard"]["citation"] == "Nowell, K. (2016). An Ounce of Prevention."
    assert item["attachments"] == [
        {
            "url": "https://example.org/files/ounce.pdf",
            "mime_type": "application/pdf",
            "title": "Report",
            "size_in_bytes": 9,
        }
    ]
    assert "private" not in json.dumps(item)


def test_a_page_brings_its_hero_and_its_statistics(exporter, context, records, desire):
    publish(exporter, desire, records)

    (item,) = (item for item in feed(context)["items"] if item["_leopard"]["kind"] == "page")
    assert item["image"].startswith("https://example.org/feed-assets/amur-")
    assert "<blockquote>" in item["content_html"]
    (figure,) = item["_leopard"]["statistics"]
    url = "https://reports.example.org/ounce"
    work = {"report": "report:ounce", "text": "An Ounce of Prevention (2016)", "url": url}
    assert figure["citation"] == work
    assert item["_leopard"]["citations"] == [work]
    assert item["banner_image"] == item["image"]


def test_an_item_without_body_has_its_words(exporter, context, records, desire, make):
    short = make.records(make.article(body=None), make.article(key="article:b", body=None, summary=""))
    publish(exporter, desire, short)

    assert [item["content_text"] for item in feed(context)["items"]] == [
        "A count with good news.",
        "More Amur Leopards counted",
    ]


def test_one_feed_a_language_even_if_it_is_empty(exporter, context, records, desire, make):
    publish(exporter, desire, records)
    assert [item["title"] for item in feed(context, "feed.fr.json")["items"]] == ["Léopards"]
    assert feed(context, "feed.fr.json")["home_page_url"] == "https://example.org/fr"

    publish(exporter, desire, make.records())
    assert feed(context, "feed.fr.json")["items"] == []
    assert feed(context)["items"] == []


def test_the_id_never_changes(exporter, records, make):
    before = exporter.render(make.article(), records)
    after = exporter.render(make.article(slug="other", title="Other"), records)
    moved = ChannelContext("new", exporter.context.root, Site(title="New", url="https://new.example.org"))
    there = JsonFeedExporter(JsonFeedExporter.Options(path="other.json"), moved)

    assert after["title"] == "Other"
    assert {before["id"], after["id"], there.render(make.article(), records)["id"]} == {before["id"]}
    assert (
        exporter.render(make.page(locale="fr"), records)["id"] != exporter.render(make.page(), records)["id"]
    )


def test_the_newest_come_first_and_the_limit_counts_per_language(context, records, desire, make):
    exporter = JsonFeedExporter(JsonFeedExporter.Options(path="public/feed.json", limit=2), context)
    articles = [make.article(key=f"article:a{n}") for n in range(3)]
    french = [make.article(key=f"article:a{n}", locale="fr") for n in range(3)]

    publish(exporter, desire, make.records(make.asset(), *articles, *french))

    for name in ("feed.json", "feed.fr.json"):
        keys = [item["_leopard"]["key"] for item in feed(context, name)["items"]]
        assert keys == ["article:a0", "article:a1"]


def test_options_give_title_address_and_languages(context, records, desire):
    options = JsonFeedExporter.Options(
        path="public/news.json",
        url="https://feeds.example.org/en/",
        title="News",
        description="All of it",
        locales=("en",),
    )
    publish(JsonFeedExporter(options, context), desire, records.but("page:leopards"))

    found = feed(context, "news.json")
    assert (found["title"], found["description"]) == ("News", "All of it")
    assert found["feed_url"] == "https://feeds.example.org/en/news.json"
    assert found["items"][0]["image"].startswith("https://feeds.example.org/en/news-assets/")
    assert not (context.root / "public/news.fr.json").exists()


def test_publishing_again_touches_nothing(exporter, context, records, desire):
    def seen():
        paths = (context.root / "public").rglob("*")
        return {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in paths if path.is_file()}

    _, documents = publish(exporter, desire, records)
    before = seen()
    publish(exporter, desire, records, documents)

    assert seen() == before
    assert len(before) == 3


def test_bytes_do_not_depend_on_the_order_of_members(exporter, context, records, desire):
    remotes, documents = publish(exporter, desire, records)
    before = (context.root / "public/feed.json").read_bytes()
    turned = [
        remote.model_copy(update={"fields": dict(reversed(remote.fields.items()))})
        for remote in remotes.values()
    ]

    assert list(exporter.publish(turned, documents)) == documents
    assert (context.root / "public/feed.json").read_bytes() == before


def test_reading_gives_back_what_was_written(exporter, context, records, desire):
    remotes, _ = publish(exporter, desire, records)
    (context.root / "public/feed-assets/of-others-0123456789ab.jpg").write_bytes(b"x")
    (context.root / "public/feed.me.txt.json").write_text("{}")

    assert {remote.ident: remote for remote in exporter.read()} == remotes
    wanted = remotes["page:leopards@fr"]
    assert list(exporter.find([wanted.ident, "page:none@en"])) == [wanted]


def test_reading_an_empty_channel_or_one_of_others(exporter, context):
    assert list(exporter.read()) == []
    (context.root / "public").mkdir()
    (context.root / "public/feed.json").write_text('{"version": "x", "items": [{"id": "1"}]}')
    assert list(exporter.read()) == []


def test_a_document_that_is_no_longer_needed_is_removed(exporter, context, records, desire):
    remotes, documents = publish(exporter, desire, records)
    english = JsonFeedExporter(JsonFeedExporter.Options(path="public/feed.json", locales=("en",)), context)

    rest = [remote for remote in remotes.values() if remote.locale == "en"]
    assert [document.path for document in english.publish(rest, documents)] == ["feed.json"]
    assert not (context.root / "public/feed.fr.json").exists()


def test_a_feed_of_somebody_else_is_refused_and_stays(exporter, context):
    (context.root / "public").mkdir()
    (context.root / "public/feed.json").write_text('{"version": "x", "items": []}')

    with pytest.raises(Rejected, match=r"public/feed\.json is already there"):
        list(exporter.publish((), ()))
    assert (context.root / "public/feed.json").read_text() == '{"version": "x", "items": []}'


def test_a_link_in_place_of_the_feed_is_not_followed(exporter, context):
    (context.root / "treasure").write_text("treasure")
    (context.root / "public").mkdir()
    (context.root / "public/feed.json").symlink_to(context.root / "treasure")

    with pytest.raises(Rejected):
        list(exporter.publish((), ()))
    assert (context.root / "treasure").read_text() == "treasure"


def test_assets_come_go_and_are_missed(exporter, context, records, desire, make):
    remotes, documents = publish(exporter, desire, records)
    photo = remotes["asset:amur@en"]
    path = context.root / "public" / photo.fields["file"]
    assert path.read_bytes() == (context.root / "photos/amur.jpg").read_bytes()
    assert list(exporter.absent(remotes.values(), documents)) == []

    path.unlink()
    (context.root / "public/feed.json").write_text("[]")
    assert list(exporter.absent(remotes.values(), documents)) == ["asset:amur@en", "feed.json"]
    with pytest.raises(NotFound):
        exporter.update(photo, desire(exporter, make.asset(), records))

    exporter.create(desire(exporter, make.asset(), records))
    exporter.delete(photo)
    assert not path.parent.exists()


def test_an_asset_in_two_languages_is_two_files(exporter, context, records, desire, make):
    both = make.records(make.asset(), make.asset(locale="fr"))
    remotes, _ = publish(exporter, desire, both)

    exporter.delete(remotes["asset:amur@fr"])

    assert [remote.ident for remote in exporter.read()] == ["asset:amur@en"]


def test_an_asset_that_is_elsewhere_is_only_linked(exporter, context, records, desire, make):
    away = make.asset(file=None, path=None, digest=None, url="https://photos.example.org/a.jpg")
    publish(exporter, desire, make.records(away, make.article()))

    assert feed(context)["items"][0]["image"] == "https://photos.example.org/a.jpg"
    assert not (context.root / "public/assets").exists()


def test_a_full_disk_leaves_the_old_feed(exporter, context, records, desire, monkeypatch):
    _, documents = publish(exporter, desire, records)
    before = (context.root / "public/feed.json").read_bytes()
    genuine = os.open

    def full(path, flags, *more, **named):
        if flags & os.O_CREAT and str(path).endswith(".part"):
            raise OSError(28, os.strerror(28))
        return genuine(path, flags, *more, **named)

    monkeypatch.setattr(os, "open", full)
    with pytest.raises(ChannelDown, match=r"cannot write public/feed\.json: no space left on device"):
        list(exporter.publish([], documents))

    assert (context.root / "public/feed.json").read_bytes() == before
    assert sorted(path.name for path in (context.root / "public").iterdir()) == [
        "feed-assets",
        "feed.fr.json",
        "feed.json",
    ]


def test_a_large_feed_is_the_same_feed(exporter, context, desire, make):
    """More than fits the part that is kept in memory."""
    body = {"format": "html", "text": "<p>" + "leopard " * 140_000 + "</p>"}
    articles = [make.article(key=f"article:a{n}", body=body) for n in range(9)]
    publish(exporter, desire, make.records(make.asset(), *articles))

    assert len(feed(context)["items"]) == 9
    assert sorted(path.name for path in (context.root / "public").iterdir()) == [
        "feed-assets",
        "feed.fr.json",
        "feed.json",
    ]


@pytest.mark.parametrize(
    ("at", "written"),
    [
        (datetime(2024, 5, 1, 9, tzinfo=timezone(timedelta(0))), "2024-05-01T09:00:00Z"),
        (
            datetime(2024, 5, 1, 9, tzinfo=timezone(timedelta(hours=-9, minutes=-30))),
            "2024-05-01T09:00:00-09:30",
        ),
        (datetime(1840, 1, 1, tzinfo=timezone(timedelta(seconds=-75))), "1840-01-01T00:01:15Z"),
    ],
)
def test_dates_are_rfc_3339(exporter, context, desire, make, at, written):
    publish(exporter, desire, make.records(make.article(published_at=at, updated_at=at)))

    (item,) = feed(context)["items"]
    assert (item["date_published"], item["date_modified"]) == (written, written)


def test_control_characters_are_dropped_and_other_oddities_stay(exporter, context, desire, make):
    odd = "a\x00b\x1b[31m \u202eRTL\u202c 🐆 <b>&amp;"
    publish(exporter, desire, make.records(make.article(title=odd, summary=odd, tags=["\x07", "x"])))

    (item,) = feed(context)["items"]
    assert item["title"] == item["summary"] == "ab[31m \u202eRTL\u202c 🐆 <b>&amp;"
    assert item["tags"] == ["x"]


@pytest.mark.parametrize("path", ["feed.xml", "public/", "", ".json/", "public/.json"])
def test_the_path_must_be_a_json_file(path):
    with pytest.raises(ValidationError):
        JsonFeedExporter.Options(path=path)


words = st.text(st.characters(exclude_categories=()), max_size=40)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=words, body=words, summary=words, tag=words, form=st.sampled_from(["html", "text"]))
def test_any_text_gives_a_valid_feed(exporter, context, desire, make, title, body, summary, tag, form):
    """Half characters too, which pass no validation, but may come from a step."""
    prose = make.article().body.model_copy(update={"format": form, "text": body})
    odd = {"title": title, "body": prose, "summary": summary, "tags": (tag,)}
    article = make.article().model_copy(update=odd)
    page = make.page(blocks=[{"type": "key_message", "heading": "x", "text": "x"}])
    block = page.blocks[0].model_copy(update={"heading": summary, "text": title})
    publish(
        exporter, desire, make.records(article, page.model_copy(update={"title": title, "blocks": (block,)}))
    )

    first, second = feed(context)["items"]
    assert first["title"] == (plain_text(title) or "article:2024/amur-count")
    assert second["title"] == (plain_text(title) or "page:leopards")
