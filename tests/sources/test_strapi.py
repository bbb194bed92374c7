"""Strapi: collections of a team's own by configuration, and what Leopard has written there as it was."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from fake_strapi import FakeStrapi, entry, file

from sources.base import COMPLETE
from sources.conformance import RemoteConformance, read_all
from sources.dialects.strapi.richtext import html_of
from sources.strapi import StrapiSource
from transport.fault_proxy import FaultProxy

GOLDEN = Path(__file__).parent / "golden" / "strapi"
SIGNED = {"token": "env:STRAPI_TOKEN"}
COLLECTIONS = {
    "articles": {
        "kind": "article",
        "fields": {"summary": "seo.description", "body": "content", "image": "cover", "authors": "writers"},
    },
    "authors": {"kind": "person", "fields": {"family": "name", "title": "name"}},
}


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr("transport.fetch.BACKOFF", 0.0)
    monkeypatch.setenv("STRAPI_TOKEN", "t0ken")


@pytest.fixture
def strapi(web):
    text = [
        {"type": "heading", "level": 3, "children": [{"type": "text", "text": "Range"}]},
        {"type": "paragraph", "children": [{"type": "text", "text": "Rare & ", "bold": True}]},
    ]
    whole = {
        "content": text,
        "seo": {"id": 4, "description": "In short."},
        "cover": {"id": 9, "documentId": "f9", "name": "leopard.jpg"},
        "writers": [{"id": 2, "documentId": "jo", "name": "Jo Writer"}],
    }
    lists = {
        "articles": [entry("one", "Snow leopards", **whole), entry("two", "Not yet", state="draft")],
        "authors": [entry("jo", name="Jo Writer")],
    }
    return FakeStrapi(web, lists, [file(9)])


@pytest.fixture
def source(folder, web, strapi):
    """The source, in a new run each time."""

    def make(**options):
        known = {"url": web.address, "rate": 10_000, "collections": COLLECTIONS, **SIGNED, **options}
        return StrapiSource(StrapiSource.Options(**known), folder.context)

    return make


def by_key(result):
    records, problems, outcome = result
    assert (problems, outcome) == ([], COMPLETE)
    return {raw.data["key"]: raw.data for raw in records}


class TestStrapi(RemoteConformance):
    @pytest.fixture
    def proxy(self, strapi, web):
        with FaultProxy(web.address) as proxy:
            yield proxy

    @pytest.fixture
    def source(self, folder, proxy):
        options = {"url": proxy.address, "rate": 10_000, "collections": COLLECTIONS, **SIGNED}
        return StrapiSource(StrapiSource.Options(**options), folder.context)

    @pytest.fixture
    def change(self, strapi):
        def edit():
            strapi.lists["articles"][0] |= {"title": "Other", "updatedAt": "2024-05-01T00:00:00.000Z"}

        return edit


def test_collections_become_records_by_configuration(source, web):
    records, problems, outcome = read_all(source())
    assert (problems, outcome) == ([], COMPLETE)
    found = [
        {"name": raw.name, "within": raw.origin.within, "locale": raw.locale, **raw.data} for raw in records
    ]
    written = json.dumps(found, indent=1, ensure_ascii=False).replace(web.address, "https://cms.example.org")
    assert written + "\n" == (GOLDEN / "records.json").read_text()


def test_without_a_token_only_what_is_public_is_asked_for(source, strapi):
    found = by_key(read_all(source(token=None)))
    assert "article:one" in found
    assert "article:two" not in found


def test_what_is_being_written_on_a_published_entry_is_not_read(source, strapi):
    strapi.lists["articles"].append(entry("one", "Being written", state="draft"))
    assert by_key(read_all(source()))["article:one"]["title"] == "Snow leopards"


def test_languages_are_told_apart(source, strapi):
    strapi.lists["articles"].append(entry("one", "Panthères des neiges", locale="fr"))
    records, _, _ = read_all(source())
    assert [raw.locale for raw in records if raw.data["key"] == "article:one"] == ["en", "fr"]


def test_many_pages_of_a_list(source, strapi):
    strapi.lists["articles"] = [entry(f"a{number}") for number in range(250)]
    assert len([key for key in by_key(read_all(source())) if key.startswith("article:")]) == 250


def test_a_list_that_is_shorter_than_it_says_is_not_complete(source, strapi):
    strapi.total = 5
    records, (problem,), outcome = read_all(source())
    assert (records, outcome.state, problem.code) == ([], "failed", "api.short")


def test_wrong_tokens_are_no_emptiness(source, monkeypatch):
    monkeypatch.setenv("STRAPI_TOKEN", "wrong")
    records, (problem,), outcome = read_all(source())
    assert (records, outcome.state, problem.code) == ([], "failed", "fetch.auth")


def test_only_what_has_changed_is_asked_for_and_what_is_gone_goes(source, strapi):
    strapi.lists["articles"] = [entry(f"a{number}") for number in range(5)]
    assert "article:a1" in by_key(read_all(source()))
    strapi.asked.clear()
    strapi.lists["articles"].pop(1)
    strapi.lists["articles"][2] |= {"title": "New", "updatedAt": "2024-06-01T00:00:00.000Z"}
    found = by_key(read_all(source()))
    assert "article:a1" not in found
    assert found["article:a3"]["title"] == "New"
    assert len([key for key in found if key.startswith("article:")]) == 4
    whole = [query for name, query in strapi.asked if name == "articles" and "populate" in query]
    assert {query["filters[updatedAt][$gte]"] for query in whole} == {"2024-04-01T09:55:00Z"}


def test_nothing_of_ours_and_no_collections(source, strapi):
    records, (problem,), outcome = read_all(source(collections={}))
    assert (records, outcome.state, problem.code) == ([], "failed", "strapi.nothing_known")


def test_what_leopard_has_written_comes_back_as_it_was(source, web):
    relation = {"id": 1, "documentId": "x", "leopard_key": "topic:cats"}
    image = {"id": 9, "documentId": "f9", "name": "asset:leopards/hero"}
    blocks = [
        {"id": 1, "__component": "leopard.hero", "heading": "Leopards", "text": None, "image": image,
         "image_alt": "A leopard", "image_credit": "J. Doe"},
        {"id": 2, "__component": "leopard.key-message", "text": "They are rare."},
        {"id": 3, "__component": "leopard.text", "lead": True, "text": '<p><img src="/uploads/leopard_9.jpg"></p>'},
        {"id": 4, "__component": "leopard.statistics", "items": [
            {"id": 7, "figure": {"id": 8, "value": 4000, "low": None}, "statement": "remain",
             "statistic": {"id": 1, "leopard_key": "statistic:wild"}}]},
        {"id": 5, "__component": "leopard.related", "items": [{"article": {"leopard_key": "article:news"}, "page": None}]},
    ]  # fmt: skip
    page = entry(
        "doc", "Leopards", leopard_key="page:leopards", leopard_state=None, blocks=blocks, topics=[relation],
        publication_time="2024-01-01T00:00:00.000Z", linked_data={"@type": "WebPage"}, parent=None, image=None,
    )  # fmt: skip
    draft = entry("old", "Old", state="draft", leopard_key="page:old", leopard_state="withdrawn")
    FakeStrapi(web, {"leopard-pages": [page, draft], "leopard-topics": []}, [file(9, "asset:leopards/hero")])
    found = by_key(read_all(source(collections={})))
    assert found["page:old"]["status"] == "withdrawn"
    assert found["page:leopards"] == {
        "kind": "page",
        "key": "page:leopards",
        "status": "published",
        "title": "Leopards",
        "slug": "doc",
        "published_at": "2024-01-01T00:00:00.000Z",
        "topics": ["topic:cats"],
        "blocks": [
            {"type": "hero", "heading": "Leopards", "image": "asset:leopards/hero"},
            {"type": "key_message", "text": "They are rare."},
            {
                "type": "text",
                "text": {"format": "html", "text": '<p><img src="asset:leopards/hero"></p>'},
                "lead": True,
            },
            {
                "type": "statistics",
                "items": [{"figure": {"value": 4000}, "statement": "remain", "statistic": "statistic:wild"}],
            },
            {"type": "related", "items": ["article:news"]},
        ],
    }
    assert found["asset:leopards/hero"]["alt"] == {"en": "A leopard"}
    assert found["asset:leopards/hero"]["credit"] == "J. Doe"


def test_text_in_blocks_of_strapi_is_html():
    def text(words, **marks):
        return {"type": "text", "text": words, **marks}

    blocks = [
        {"type": "heading", "level": 9, "children": [text("A <b>")]},
        {"type": "list", "format": "ordered", "children": [{"type": "list-item", "children": [text("1")]}]},
        {"type": "quote", "children": [text("said", italic=True)]},
        {"type": "code", "children": [text("x < y")]},
        {
            "type": "paragraph",
            "children": [{"type": "link", "url": 'https://e.org/"', "children": [text("to")]}],
        },
        {
            "type": "image",
            "image": {"url": "/uploads/x.png", "alternativeText": 'a "b"'},
            "children": [text("")],
        },
        {"type": "paragraph", "children": [text("")]},
    ]
    assert html_of(blocks).split("\n") == [
        "<h6>A &lt;b&gt;</h6>",
        "<ol><li>1</li></ol>",
        "<blockquote><p><em>said</em></p></blockquote>",
        "<pre><code>x &lt; y</code></pre>",
        '<p><a href="https://e.org/&quot;">to</a></p>',
        '<p><img src="/uploads/x.png" alt="a &quot;b&quot;"></p>',
        "",
    ]


def test_names_are_those_that_the_channel_sets_up():
    """Both sides have to call things the same."""
    from exporters.dialects.strapi import schema
    from sources.dialects.strapi import names

    assert names.RENAMED == schema.RENAMED
    assert names.STATE == schema.STATE
    kinds = tuple(names.own_kinds())
    made = schema.schema_of(kinds)
    for kind in kinds:
        assert names.plural(kind) == schema.plural(kind)
        from exporters.dialects.strapi.values import populate

        asked = {at for at, _ in names.populate(names_of(kind), kinds)}
        assert {_bare(at) for at in asked} == {
            _bare(at) for at, _ in populate(made.types[kind], made) if "other_languages" not in at
        }


def names_of(kind):
    from sources.common.shapes import models_of

    return models_of(kind)


def _bare(at):
    return at.partition("[fields]")[0]
