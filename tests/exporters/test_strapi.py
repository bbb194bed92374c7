"""Records as Strapi holds them, its content types, what it answers, and what its refusals mean. Without a server."""

import json
import os
import threading
from pathlib import Path

import pytest
import requests

from exporters.dialects.strapi.media import file_fields, file_held
from exporters.dialects.strapi.refusals import NoRight, NotInstalled, refusal
from exporters.dialects.strapi.schema import RENAMED, Schema, _added, files_of, plural, schema_of, uid
from exporters.dialects.strapi.turns import Turns, turns_at
from exporters.dialects.strapi.values import compared, held, populate, related, sent, unasked
from exporters.strapi import StrapiExporter
from schemas.errors import AuthError, ChannelDown, ConfigError, Rejected, Unsupported
from schemas.plugins import names
from schemas.topic import Topic

GOLDEN = Path(__file__).parent / "golden" / "strapi"
WRITING = os.environ.get("LEOPARD_GOLDEN") == "write"
KEPT_BY_STRAPI = {
    *("id", "document_id", "created_at", "updated_at", "published_at", "created_by_id", "updated_by_id"),
    *("created_by", "updated_by", "entry_id", "status", "localizations", "meta", "locale", "__component"),
}
"""Names that Strapi's Content-Type Builder refuses."""
KINDS = tuple(names("kinds"))
IDS = {"asset:amur@en": "7 /uploads/amur.jpg"}


def channel(context, **more):
    options = {"url": "https://cms.example.org", "token": "env:STRAPI_TOKEN", **more}
    return StrapiExporter(StrapiExporter.Options(**options), context)


@pytest.fixture
def exporter(context):
    return channel(context)


def golden(name, value):
    path = GOLDEN / f"{name}.json"
    written = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    if WRITING:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(written, "utf-8")
    assert written == path.read_text("utf-8")


def resolved(value):
    """Ids of documents in place of references."""
    if isinstance(value, dict) and "$reference" in value:
        return IDS.get(value["$reference"], f"document of {value['$reference']}")
    if isinstance(value, dict):
        return {name: resolved(inner) for name, inner in value.items()}
    return [resolved(inner) for inner in value] if isinstance(value, list) else value


def answered(value, attributes, schema):
    """What Strapi answers, populated, to what it is sent."""
    found = {}
    for name, attribute in attributes.items():
        inner = value.get(name)
        kind = attribute["type"]
        if kind == "component":
            several = inner if isinstance(inner, list) else [inner] if inner else []
            done = [{"id": 1, **answered(one, schema.inside(attribute), schema)} for one in several]
            found[name] = done if attribute["repeatable"] else next(iter(done), None)
        elif kind == "dynamiczone":
            found[name] = [
                {"id": 1, "__component": one["__component"]}
                | answered(one, schema.components[one["__component"]], schema)
                for one in inner
            ]
        elif kind == "relation":
            several = inner if isinstance(inner, list) else [inner] if inner else []
            done = [{"id": 1, "documentId": one} for one in several]
            found[name] = done if attribute["relation"] == "oneToMany" else next(iter(done), None)
        elif kind == "media":
            found[name] = {"id": inner, "url": "/uploads/amur.jpg"} if inner else None
        else:
            found[name] = inner
    return found


# Records become fields.


@pytest.mark.parametrize(
    "ident",
    ["page:leopards@en", "article:2024/amur-count@en", "report:ounce@en", "species:amur@en", "asset:amur@en"],
)
def test_records_as_fields(exporter, records, ident):
    record = records.by_ident[ident]
    golden(record.kind, exporter.render(record, records))


def test_what_is_sent(exporter, records):
    record = records.by_ident["page:leopards@en"]
    fields = exporter.normalise(resolved(exporter.render(record, records)))
    golden("page.sent", sent(fields, exporter.schema.types["page"], exporter.schema))


@pytest.mark.parametrize("kind", ["page", "article", "report", "species", "statistic", "person"])
def test_what_is_answered_is_what_was_sent(exporter, records, kind):
    record = next(one for one in records if one.kind == kind)
    attributes, schema = exporter.schema.types[kind], exporter.schema
    fields = exporter.normalise(resolved(exporter.render(record, records)))
    entry = answered(sent(fields, attributes, schema), attributes, schema)
    system = {"id": 3, "documentId": "d", "locale": "en", "leopard_state": None, "leopard_key": record.key}
    back = held({**entry, **system}, attributes, schema)
    assert back == fields
    assert exporter.normalise(back) == back


def test_every_attribute_is_there_so_that_it_can_be_emptied(exporter, records):
    record = Topic(key="topic:crime", locale="en", title="Crime", slug="crime")
    fields = exporter.render(record, records)
    assert set(fields) == {"leopard_key", *exporter.schema.types["topic"]}
    assert fields["broader"] is None
    assert fields["other_languages"] == []


def test_a_dropped_field_shows(exporter, records, make):
    attributes, schema = exporter.schema.types["page"], exporter.schema
    fields = exporter.normalise(resolved(exporter.render(make.page(), records)))
    entry = answered(sent(fields, attributes, schema), attributes, schema)
    entry["blocks"][3]["items"][0]["citation"]["text"] = None
    back = held({**entry, "leopard_key": "page:leopards"}, attributes, schema)
    assert [name for name in fields if back.get(name) != fields[name]] == ["blocks"]


def test_prose_shows_assets_at_their_address(exporter, records):
    article = records.by_ident["article:2024/amur-count@en"]
    fields = exporter.normalise(resolved(exporter.render(article, records)))
    assert 'src="/uploads/amur.jpg"' in fields["body"]
    assert "urn:leopard" not in json.dumps(fields)


def test_what_exists_in_another_language_only_is_named_in_words(exporter, records, make):
    blocks = make.page().blocks
    french = make.page(locale="fr", blocks=blocks, species=("species:amur",))
    fields = exporter.render(french, records)
    assert fields["species"] == []
    (block,) = (one for one in fields["blocks"] if one["__component"] == "leopard.related")
    report = {"title": "An Ounce of Prevention", "language": "en"}
    report["url"] = "https://example.org/reports/an-ounce-of-prevention"
    assert block["items"] == [report]
    assert {"field": "blocks.statistics.items.citation.report", **report} in fields["other_languages"]
    assert any(one["field"] == "species" for one in fields["other_languages"])


def test_a_document_is_not_related_to_itself(exporter, records, make):
    quoted = {"figure": 1, "statement": "left", "display": "1", "citation": "report:ounce"}
    fields = exporter.render(make.report(statistics=(quoted,)), records)
    assert "report" not in fields["statistics"][0].get("citation", {})


def test_kinds_that_are_not_published_here_are_not_related(context, records):
    exporter = channel(context, kinds=("page",))
    fields = exporter.render(records.by_ident["page:leopards@en"], records)
    assert "species" not in fields
    assert set(exporter.schema.components["leopard-parts.reference"]) == {"page", "title", "url", "language"}
    (block,) = (one for one in fields["blocks"] if one["__component"] == "leopard.related")
    assert [one["title"] for one in block["items"]] == ["An Ounce of Prevention"]


def test_a_mapping_of_ones_own(context, records):
    own = {"article": {"seo_title": "{title} | News", "summary": None}}
    fields = channel(context, mapping=own).render(records.by_ident["article:2024/amur-count@en"], records)
    assert fields["seo_title"] == "More Amur Leopards counted | News"
    assert "summary" not in fields


def test_files_keep_credit_and_licence_in_their_caption(make):
    fields = file_fields(make.asset(focal_point={"x": 0.25, "y": 1}), {"caption": "A cat", "credit": "Ada"})
    assert (fields["caption"], fields["focalPoint"]) == ("A cat · Ada", {"x": 25, "y": 100})
    assert "digest" not in file_held(fields)
    assert file_held({"name": "asset:amur", "caption": ""})["caption"] is None


def test_a_file_cannot_be_hidden(exporter, make):
    asset = make.asset()
    page = {"id": "7 /uploads/amur.jpg", "key": asset.key, "locale": "en"}
    with pytest.raises(Unsupported):
        exporter.unpublish(type("Page", (), page)())


# Content types.


def test_content_types():
    written = dict(files_of(schema_of(KINDS)))
    for path in (
        "src/api/leopard-page/content-types/leopard-page/schema.json",
        "src/components/leopard/statistics.json",
        "src/components/leopard-parts/quoted.json",
        "src/components/leopard-parts/reference.json",
    ):
        golden(Path(path).stem if "/api/" not in path else "page.schema", json.loads(written[path]))
    assert "async unpublish(ctx)" in written["src/api/leopard-page/controllers/leopard-page.js"]
    assert not any(
        "@" in text.replace("@strapi", "") for path, text in written.items() if path.endswith(".js")
    )


def test_no_attribute_has_a_name_that_strapi_keeps():
    schema = schema_of(KINDS)
    for attributes in (*schema.types.values(), *schema.components.values()):
        assert not set(attributes) & KEPT_BY_STRAPI
    assert schema.types["page"][RENAMED["published_at"]] == {"type": "datetime"}


def test_relations_lead_to_content_types_that_are_there():
    for kinds in (KINDS, ("report",), ("page", "article")):
        schema = schema_of(kinds)
        there = {uid(kind) for kind in schema.kinds}
        every = [one for attributes in _all(schema) for one in attributes.values()]
        assert {one["target"] for one in every if one["type"] == "relation"} <= there
        used = {one["component"] for one in every if one["type"] == "component"}
        used |= {name for one in every if one["type"] == "dynamiczone" for name in one["components"]}
        assert used <= set(schema.components)


def _all(schema):
    return (*schema.types.values(), *schema.components.values())


def test_singular_and_plural_differ():
    assert (plural("species"), plural("person")) == ("leopard-species-list", "leopard-people")


def test_two_parts_of_one_name_are_refused():
    schema = Schema(("page",), components={"leopard.hero": {}})
    with pytest.raises(ConfigError, match=r"leopard\.hero"):
        _added("leopard.hero", [], Schema(("page",), components={"leopard.hero": {"x": {"type": "text"}}}))
    assert _added("leopard.hero", [], schema) == "leopard.hero"


def test_setup_writes_each_file_once(exporter, tmp_path):
    first = list(exporter.setup(tmp_path / "strapi"))
    assert "src/api/leopard-topic/routes/unpublish.js was written" in first
    assert list(exporter.setup(tmp_path / "strapi")) == []
    (tmp_path / "strapi/src/components/leopard/hero.json").write_text("{}")
    assert list(exporter.setup(tmp_path / "strapi")) == ["src/components/leopard/hero.json was written"]


def test_all_of_a_page_is_asked_for():
    schema = schema_of(KINDS)
    asked = dict(populate(schema.types["page"], schema))
    inner = "[populate][items][populate][citation][populate][report][fields][0]"
    assert asked[f"populate[blocks][on][leopard.statistics]{inner}"] == "documentId"
    assert asked["populate[image][fields][0]"] == "url"
    assert asked["populate[blocks][on][leopard.text]"] == "true"


def test_only_what_a_page_holds_is_asked_for_after_a_write():
    """What it held before is asked for as well, so that nothing stays behind unseen."""
    schema = schema_of(KINDS)
    page, inner = schema.types["page"], "[populate][items][populate]"
    now = {"title": "Spots", "image": None, "blocks": [{"__component": "leopard.text", "text": "All"}]}
    items = [{"value": 5}, {"value": 6, "citation": {"report": "abc"}}]
    before = {"image": "7", "blocks": [{"__component": "leopard.statistics", "items": items}]}
    asked = dict(populate(page, schema, among=[now, before]))
    assert asked == {
        "populate[image][fields][0]": "url",
        "populate[blocks][on][leopard.text]": "true",
        f"populate[blocks][on][leopard.statistics]{inner}[citation][populate][report][fields][0]": "documentId",
    }
    assert dict(populate(page, schema, among=[])) == {}
    assert unasked(page)["image"] is None
    assert unasked(page)["blocks"] == []
    assert "title" not in unasked(page)


# Answers.


def response(status, body):
    answer = requests.Response()
    answer.status_code = status
    answer._content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return answer


def failed(status, message="no", **details):
    error = {"status": status, "name": "Error", "message": message, "details": details}
    return response(status, {"data": None, "error": error})


TAKEN = {"path": ["slug"], "message": "This attribute must be unique"}
EMPTY = {"path": ["blocks", 0, "text"], "message": "text must be defined."}
PUT = "PUT https://cms.example.org/api/leopard-pages/abc"
LIST = "GET https://cms.example.org/api/leopard-pages"


@pytest.mark.parametrize(
    ("answer", "what", "kind", "said", "hint"),
    [
        (failed(401), LIST, AuthError, "does not know the token", "new API token"),
        (failed(403), PUT, AuthError, "no right to that", "channel check"),
        (failed(404), LIST, ChannelDown, "no such content type", "channel setup"),
        (response(405, b"Method Not Allowed"), PUT, ChannelDown, "no such content type", "channel setup"),
        (
            failed(400, errors=[TAKEN, EMPTY]),
            PUT,
            Rejected,
            "slug: This attribute must be unique; blocks.0.text",
            "has the same",
        ),
        (failed(400, "Invalid key nope"), PUT, Rejected, "Invalid key nope", "channel setup"),
        (failed(400, 'Document with id "x", locale "fr" not found'), PUT, Rejected, "not found", "--refresh"),
        (
            failed(400, "File type 'image/svg+xml' is not allowed"),
            PUT,
            Rejected,
            "image/svg+xml",
            "upload plug-in",
        ),
        (failed(400, "Odd"), PUT, Rejected, "Odd", None),
    ],
)
def test_refusals(answer, what, kind, said, hint):
    error = refusal(answer, what)
    assert isinstance(error, kind)
    assert said in error.message
    assert what in error.message
    assert (hint is None and error.hint is None) or hint in error.hint


@pytest.mark.parametrize(
    "answer",
    [failed(404), failed(413), failed(500), failed(429), response(502, b"<html>"), response(400, [])],
)
def test_what_http_says_well_enough(answer):
    assert refusal(answer, PUT) is None


def test_fields_of_two_spellings_compare_equal(exporter):
    schema = exporter.schema
    attributes = schema.types["topic"]
    one = {
        "leopard_key": "topic:x",
        "summary": "",
        "rights": {"licence": None, "holder": ""},
        "broader": None,
    }
    other = {"leopard_key": "topic:x", "summary": None, "rights": None, "broader": None}
    assert compared(one, attributes, schema) == compared(other, attributes, schema) == other


# Turns.


def test_what_a_page_names(exporter, records):
    attributes, schema = exporter.schema.types["page"], exporter.schema
    fields = exporter.normalise(resolved(exporter.render(records.by_ident["page:leopards@en"], records)))
    assert related(fields, attributes, schema) == {"document of report:ounce@en"}
    topic = {"broader": "one", "species": ["two", "three"]}
    kinds = {"broader": schema.types["topic"]["broader"], "species": attributes["species"]}
    assert related(topic, kinds, schema) == {"one", "two", "three"}


@pytest.mark.parametrize(
    ("first", "second", "at_once"),
    [
        (({"a"}, set()), ({"b"}, set()), True),
        (({"a"}, {"c"}), ({"b"}, {"c"}), True),
        (({"a"}, set()), ({"a"}, set()), False),
        (({"a"}, {"b"}), ({"b"}, set()), False),
        (({"a"}, set()), ({"b"}, {"a"}), False),
        (({"a"}, {"a"}), ({"b"}, {"c"}), True),
    ],
)
def test_turns(first, second, at_once):
    turns, begun = Turns(), threading.Event()

    def wait():
        with turns.take(*second):
            begun.set()

    with turns.take(*first):
        other = threading.Thread(target=wait)
        other.start()
        assert begun.wait(5 if at_once else 0.05) is at_once
    other.join(5)
    assert begun.is_set()
    with turns.take(*first):
        pass


def test_writers_of_one_strapi_take_turns():
    assert turns_at("https://one.example") is turns_at("https://one.example")
    assert turns_at("https://one.example") is not turns_at("https://other.example")


# What is missing.


class Api:
    """Answers by method and path; what it does not know is not there."""

    def __init__(self, answers):
        self.answers, self.asked = answers, []

    def call(self, method, path, **sent):
        self.asked.append((method, path))
        answer = self.answers.get((method, path), Rejected("no"))
        if isinstance(answer, Exception):
            raise answer
        return answer


def model_of(exporter):
    """What Strapi tells of its content types, with all that is needed."""
    written = {path: json.loads(text) for path, text in files_of(exporter.schema) if path.endswith("json")}
    types = [
        {
            "uid": uid(kind),
            "schema": _told(written[f"src/api/leopard-{kind}/content-types/leopard-{kind}/schema.json"]),
        }
        for kind in exporter.schema.kinds
    ]
    components = [
        {"uid": name, "schema": {"attributes": attributes}}
        for name, attributes in exporter.schema.components.items()
    ]
    return types, components


def _told(schema):
    return {**schema, "draftAndPublish": schema["options"]["draftAndPublish"]}


def lacking(exporter, types, components, locales=("en", "fr"), **more):
    exporter.api = Api(
        {
            ("GET", "/api/i18n/locales"): [{"code": code} for code in locales],
            ("GET", "/api/content-type-builder/content-types"): {"data": types},
            ("GET", "/api/content-type-builder/components"): {"data": components},
            **{tuple(at.split(" ")): answer for at, answer in more.items()},
        }
    )
    return list(exporter.check())


def test_check_of_a_whole_strapi(exporter):
    assert lacking(exporter, *model_of(exporter)) == []


def test_check_names_each_thing(exporter):
    types, components = model_of(exporter)
    by_uid = {one["uid"]: one["schema"] for one in types}
    del by_uid[uid("page")]["attributes"]["leopard_key"]
    by_uid[uid("report")]["attributes"]["pages"] = {"type": "string"}
    by_uid[uid("topic")]["draftAndPublish"] = False
    by_uid[uid("species")]["pluginOptions"] = {}
    without = [one for one in types if one["uid"] != uid("person")]
    left = [one for one in components if one["uid"] != "leopard.quote"]
    refused = {
        "POST /api/upload": NoRight("403"),
        "PUT /api/leopard-topics/leopard-check": NoRight("403"),
    }
    found = lacking(exporter, without, left, locales=("en",), **refused)
    assert [(one.code, one.message) for one in found] == [
        ("channel.no_language", "Strapi has no language fr"),
        ("channel.no_field", "the content type leopard-page of Strapi has no field leopard_key"),
        ("channel.no_content_type", "Strapi has no content type leopard-person"),
        (
            "channel.no_field",
            "the field pages of the content type leopard-report of Strapi is string instead of integer",
        ),
        ("channel.no_field", "the content type leopard-species of Strapi is not translated"),
        ("channel.no_field", "the content type leopard-topic of Strapi has no drafts"),
        ("channel.no_content_type", "Strapi has no component leopard.quote"),
        ("channel.no_right", "the token has no right to update on Leopard topic"),
        ("channel.no_right", "the token has no right to upload on Upload"),
    ]
    assert all(one.hint for one in found)


def test_check_asks_for_fields_of_a_mapping(context):
    exporter = channel(context, mapping={"topic": {"seo.title": "{title}"}})
    (one,) = lacking(exporter, *model_of(exporter))
    assert one.message == "the content type leopard-topic of Strapi has no field seo"


def test_check_where_the_model_is_not_shown(exporter):
    refused = {"GET /api/content-type-builder/content-types": NoRight("403")}
    (one,) = lacking(exporter, [], [], **refused)
    assert (one.code, one.severity) == ("channel.no_right", "warning")


def test_check_finds_files_of_an_older_leopard(exporter):
    gone = {"POST /api/leopard-topics/leopard-check/unpublish": NotInstalled("405")}
    (one,) = lacking(exporter, *model_of(exporter), **gone)
    assert (one.code, "channel setup" in one.hint) == ("channel.no_content_type", True)


def test_check_goes_on_where_it_may_not_see_languages(exporter):
    refused = {"GET /api/i18n/locales": NoRight("403"), "POST /api/upload": NoRight("403")}
    found = lacking(exporter, *model_of(exporter), **refused)
    assert [one.message.partition("right to ")[2] for one in found] == [
        "listLocales on I18N",
        "upload on Upload",
    ]


def test_check_stops_where_nothing_is_known_of_the_token(exporter):
    with pytest.raises(AuthError):
        lacking(exporter, *model_of(exporter), **{"GET /api/i18n/locales": AuthError("401")})


def test_check_changes_nothing(exporter):
    lacking(exporter, *model_of(exporter))
    writes = [(method, path) for method, path in exporter.api.asked if method != "GET"]
    assert writes
    assert all("leopard-check" in path or method == "POST" or path.endswith("/0") for method, path in writes)
