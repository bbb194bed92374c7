"""The schema.org graph that pages of content management systems carry."""

import json
import re

import extruct
import pytest

from exporters.cms.linked_data import as_text, fitted, page_graph, placed, with_graph
from exporters.common.linked_data import graph, script_tag
from exporters.common.links import Links
from exporters.dialects.ghost.fields import fields_of
from exporters.dialects.ghost.head import HEAD, commented, held, joined
from exporters.dialects.wordpress.plugin import plugin
from exporters.directus import DirectusExporter
from exporters.ghost import GhostExporter
from exporters.payload import PayloadExporter
from exporters.strapi import StrapiExporter
from exporters.wordpress import WordPressExporter
from schemas.site import Site

SITE = Site(title="Wildlife Trade Specialists", url="https://example.org", languages=("en", "fr"))
URL = "https://cms.example.org"
ADDRESS = f"{URL}/files/amur.jpg"
SECRETS = {
    WordPressExporter: {"username": "leopard", "password": "env:X"},
    StrapiExporter: {"token": "env:X"},
    DirectusExporter: {"token": "env:X"},
    GhostExporter: {"key": "env:X"},
    PayloadExporter: {"api_key": "env:X"},
}
IDS = {
    WordPressExporter: f"7 {ADDRESS}",
    StrapiExporter: "7 /files/amur.jpg",
    DirectusExporter: "0c0ffee",
    GhostExporter: ADDRESS,
    PayloadExporter: f"7 {ADDRESS}",
}
"""What each exporter calls an asset that is on its channel."""
everywhere = pytest.mark.parametrize("kind", SECRETS, ids=lambda kind: kind.name)


def exporter_of(kind, context, **more):
    return kind(kind.Options(url=URL, **SECRETS[kind], **more), context)


def resolved(value, page):
    """Fields with ids of the channel; `page` is that of the asset."""
    if isinstance(value, dict) and set(value) == {"$reference"}:
        return page if value["$reference"].startswith("asset:") else "1"
    if isinstance(value, dict):
        return {name: resolved(inner, page) for name, inner in value.items()}
    return [resolved(inner, page) for inner in value] if isinstance(value, list) else value


def published(exporter, record, records, ids=IDS):
    """The graph in what the channel would hold."""
    fields = exporter.normalise(resolved(exporter.render(record, records), ids.get(type(exporter))))
    found = fields.get("linked_data") or fields.get("meta.leopard_linked_data")
    return json.loads(found) if isinstance(found, str) else found


@everywhere
@pytest.mark.parametrize("key", ["page:leopards", "article:2024/amur-count", "report:ounce"])
def test_it_is_that_of_the_files_with_the_addresses_of_the_channel(kind, context, records, key):
    record = records.get(key, "en")
    there = f"{URL}/assets/0c0ffee" if kind is DirectusExporter else ADDRESS
    links = Links(SITE, records, "en", lambda asset: there)
    assert published(exporter_of(kind, context), record, records) == graph(record, links)


@everywhere
def test_comparing_it_twice_changes_nothing(kind, context, make, records):
    exporter = exporter_of(kind, context)
    fields = exporter.normalise(resolved(exporter.render(make.article(), records), IDS[kind]))
    assert exporter.normalise(fields) == fields


@everywhere
def test_nothing_in_it_may_not_be_shown(kind, context, make, records):
    public = records.but("asset:amur", "species:amur", "statistic:amur-left", "person:compton")
    text = json.dumps(published(exporter_of(kind, context), make.article(), public))
    assert "More Amur Leopards counted" in text
    assert not [word for word in ("Panthera", "remain", "amur.jpg", "Stone") if word in text]


@everywhere
def test_an_image_that_is_not_there_has_no_address(kind, context, make, records):
    exporter = exporter_of(kind, context)
    (image,) = published(exporter, make.article(), records, ids={})["image"]
    assert image["creditText"] == "© Lynn M. Stone / WWF"
    assert "contentUrl" not in image


@everywhere
def test_a_team_can_leave_it_out(kind, context, make, records):
    name = "meta.leopard_linked_data" if kind is WordPressExporter else "linked_data"
    exporter = exporter_of(kind, context, mapping={"article": {name: None}})
    assert "schema.org" not in json.dumps(exporter.render(make.article(), records))


def test_without_the_plugin_wordpress_carries_none(context, make, records):
    exporter = exporter_of(WordPressExporter, context, plugin=False)
    assert "schema.org" not in json.dumps(exporter.render(make.article(), records))


@everywhere
def test_what_is_too_long_is_told_and_the_page_goes_on(kind, context, make, records):
    crowd = make.report(authors=[{"given": "Ada", "family": f"Spots {n}"} for n in range(6000)])
    exporter = exporter_of(kind, context)
    found = published(exporter, crowd, records)
    assert "author" not in found
    assert (found["name"], found["publisher"]["name"]) == ("An Ounce of Prevention", "Specialists")
    (problem,) = exporter.problems
    assert (problem.code, problem.severity) == ("channel.linked_data_too_long", "warning")
    assert "report:ounce" in problem.message
    assert "without author:" in problem.message


def test_the_largest_members_go_first():
    given = {
        "@id": "x" * 50,
        "name": "y" * 50,
        "author": ["z" * 200],
        "citation": ["c" * 90],
        "genre": "news",
    }
    assert fitted(given, 1000) == (given, [])
    assert fitted(given, 300)[1] == ["author"]
    assert fitted(given, 10)[1] == ["author", "citation", "genre"]
    assert set(fitted(given, 10)[0]) == {"@id", "name"}


def test_addresses_are_put_in_once_they_are_known(make, records):
    found = page_graph(make.article(), SITE, records, "en")
    assert found["image"][0]["contentUrl"] == {"asset": {"$reference": "asset:amur@en"}}
    assert placed(resolved(found, "a"), str.upper)["image"][0]["contentUrl"] == "A"
    assert "asset.invalid" not in json.dumps(found)
    assert with_graph({"title": "x"}, str) == {"title": "x"}


def test_an_asset_that_is_elsewhere_keeps_its_address(make, records):
    elsewhere = make.asset(path=None, file=None, url="/photos/amur.jpg")
    found = page_graph(make.article(), SITE, make.records(*records.but("asset:amur"), elsewhere), "en")
    assert found["image"][0]["contentUrl"] == "https://example.org/photos/amur.jpg"


def test_identity_stays_where_the_address_moves(make, records):
    moved = Site(title="New", url="https://new.example.org", languages=("en", "fr"))
    one, other = (page_graph(make.article(), site, records, "en") for site in (SITE, moved))
    assert one["@id"] == other["@id"]
    assert other["url"].startswith("https://new.example.org/")


def test_no_text_ends_the_element(make, records):
    record = make.article(title="</script><script>alert(1)</script> <!-- & 豹")
    text = as_text(page_graph(record, SITE, records, "en"), str)
    page = f"<html><head>{script_tag(text)}</head></html>"
    (found,) = extruct.extract(page, syntaxes=["json-ld"])["json-ld"]
    assert found["headline"] == "</script><script>alert(1)</script> <!-- & 豹"
    assert not set("<>&") & set(text)
    assert as_text('"</script>"', str) == '"\\u003c/script\\u003e"'


# Ghost: beside what people write into the same field.


THEIRS = "<script>track()</script>\n<!-- theirs -->"


@pytest.mark.parametrize("theirs", [None, "", THEIRS, f"{THEIRS}\n"])
def test_what_editors_wrote_stays_beside_it(theirs):
    sent = joined({"title": "x", "linked_data": '{"a":1}'}, {HEAD: theirs})
    assert held(sent) == {"linked_data": '{"a":1}', HEAD: theirs or None}
    assert joined({"linked_data": '{"a":1}'}, sent)[HEAD] == sent[HEAD]
    changed = joined({"linked_data": '{"a":2}'}, sent)
    assert held(changed) == {"linked_data": '{"a":2}', HEAD: theirs or None}
    assert joined({"linked_data": None}, changed)[HEAD] == (theirs or None)
    after = joined({"linked_data": '{"a":3}'}, {HEAD: f"{sent[HEAD]}\n<style></style>"})
    assert held(after)[HEAD] == f"{theirs or ''}\n<style></style>"


def test_code_that_a_team_maps_is_replaced_and_the_graph_stays():
    sent = joined({HEAD: "<style></style>", "linked_data": "{}"}, {HEAD: THEIRS})
    assert held(sent) == {"linked_data": "{}", HEAD: "<style></style>"}
    assert joined({HEAD: "<b>"}, sent)[HEAD].startswith("<b>\n<script")
    assert joined({"title": "x"}, sent) == {"title": "x"}


def test_the_mark_of_a_topic_and_its_graph_do_not_disturb_each_other():
    tag = {"name": "Crime", "slug": "crime"}
    sent = joined({"linked_data": "{}"}, {})
    sent |= commented("topic:crime@en", sent)
    assert fields_of("tags", {**tag, **sent})["linked_data"] == "{}"
    assert fields_of("tags", {**tag, **sent})[HEAD] is None
    again = joined({"linked_data": "[]"}, sent)
    again |= commented("topic:crime@en", {**sent, **again})
    assert again[HEAD].count("<!-- leopard topic:crime@en -->") == 1
    assert held(again)["linked_data"] == "[]"


def test_the_plugin_of_wordpress_prints_it_and_nothing_that_ends_it():
    php = plugin(["page"], SITE, SITE.languages)
    assert re.search(r"add_action\( 'wp_head'.+leopard_linked_data.+JSON_HEX_TAG", php, re.DOTALL)
