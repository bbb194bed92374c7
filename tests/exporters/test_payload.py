"""Records as Payload holds them, its collections, what it answers, and what its refusals mean. Without a server."""

import json
import os
import re
from pathlib import Path

import pytest
import requests

from exporters.dialects.payload.check import Broken, NoRoute, Taken, fields_of, lacks_rights, refusal
from exporters.dialects.payload.lexical import editor_state
from exporters.dialects.payload.schema import written
from exporters.dialects.payload.server import Server, page_of
from exporters.dialects.payload.values import held, pruned, related, sent
from exporters.payload import PayloadExporter
from schemas.errors import AuthError, NotFound, Rejected, Unsupported
from schemas.model import content_types
from schemas.plugins import names

GOLDEN = Path(__file__).parent / "golden" / "payload"
WRITING = os.environ.get("LEOPARD_GOLDEN") == "write"
KINDS = tuple(kind for kind in names("kinds") if kind != "asset")


def channel(context, **more):
    options = {"url": "https://cms.example.org", "api_key": "env:PAYLOAD_KEY", **more}
    return PayloadExporter(PayloadExporter.Options(**options), context)


@pytest.fixture
def exporter(context):
    return channel(context)


def golden(name, value):
    path = GOLDEN / f"{name}.json"
    text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    if WRITING:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")


def resolved(value, known=lambda ident: str(len(ident))):
    """Ids in place of references, as the core puts them in."""
    if isinstance(value, dict) and set(value) == {"$reference"}:
        return known(value["$reference"])
    if isinstance(value, dict):
        return {name: resolved(inner, known) for name, inner in value.items()}
    if isinstance(value, list):
        done = [(inner, resolved(inner, known)) for inner in value]
        return [after for before, after in done if after is not None or before is None]
    return value


def answered(value, rows=False):
    """What Payload answers to what it is sent: rows have ids, and names that nobody gave."""
    if isinstance(value, dict) and "root" not in value:
        named = {"id": "65f0c0ffee", "blockName": None} if rows and "relationTo" not in value else {}
        plain = {"linked_data": value["linked_data"]} if "linked_data" in value else {}
        return {**named, **{name: answered(inner) for name, inner in value.items()}, **plain}
    return [answered(one, rows=True) for one in value] if isinstance(value, list) else value


# Records as fields.


@pytest.mark.parametrize(
    "ident",
    [
        "page:leopards@en",
        "page:leopards@fr",
        "article:2024/amur-count@en",
        "report:ounce@en",
        "asset:amur@en",
    ],
)
def test_a_record_as_it_is_sent(exporter, records, ident):
    record = records.by_ident[ident]
    golden(re.sub(r"[:/@]", "-", ident), exporter.render(record, records))


def test_what_is_answered_is_what_was_sent(exporter, records):
    for record in records:
        if record.kind == "asset":
            continue
        fields, model = exporter.normalise(resolved(exporter.render(record, records))), fields_of(record.kind)
        assert fields
        assert exporter.normalise(fields) == fields
        assert held(answered(sent(fields, model)), model) == fields


def test_what_is_not_there_yet_is_left_out(exporter, records):
    page = exporter.normalise(
        resolved(exporter.render(records.get("page:leopards", "en"), records), lambda ident: None)
    )
    named = [value for _, value in related(page, fields_of("page"))]
    assert named == []
    assert [block["blockType"] for block in page["blocks"]][-2:] == ["related", "image"]
    article = exporter.render(records.get("article:2024/amur-count", "en"), records)
    assert len(article["body"]["root"]["children"]) == 2
    body = exporter.normalise(resolved(article, lambda ident: None))["body"]["root"]
    assert [node["type"] for node in body["children"]] == ["paragraph"]


def test_all_that_is_named_is_known(exporter, records):
    page = exporter.normalise(resolved(exporter.render(records.get("page:leopards", "en"), records)))
    assert set(related(page, fields_of("page"))) == {
        ("media", str(len("asset:amur@en"))),
        ("reports", str(len("report:ounce@en"))),
    }
    article = exporter.render(records.get("article:2024/amur-count", "en"), records)
    assert ("media", "13") in set(related(exporter.normalise(resolved(article)), fields_of("article")))


def test_what_a_record_does_not_have_is_emptied(exporter, make, records):
    page = make.page(blocks=(), summary="", tags=())
    body = sent(exporter.normalise(exporter.render(page, records)), exporter.ours("page"))
    assert body["blocks"] == body["tags"] == body["species"] == []
    assert body["rights"] == {"licence": None, "holder": None, "statement": None}
    assert body["summary"] is body["image"] is body["revised_at"] is None


def test_ids_are_numbers_where_they_count():
    model = fields_of("page")
    assert sent({"parent": "17"}, model)["parent"] == 17
    assert sent({"parent": "65f0c0ffee65f0c0ffee65f0"}, model)["parent"] == "65f0c0ffee65f0c0ffee65f0"
    assert (
        held({"parent": 17}, model)
        == held({"parent": {"id": 17, "title": "populated"}}, model)
        == {"parent": "17"}
    )


def test_a_mapping_of_a_team(context, records, make):
    own = {"title": "{title} | us", "body": "<p>{summary}</p>", "place": None, "seo": "{slug}"}
    exporter = channel(context, mapping={"article": own})
    fields = exporter.render(make.article(place="Harbin"), records)
    assert (fields["title"], fields["seo"]) == (
        "More Amur Leopards counted | us",
        "more-amur-leopards-counted",
    )
    assert "place" not in fields
    (paragraph,) = fields["body"]["root"]["children"]
    assert paragraph["children"][0]["text"] == "A count with good news."
    body = sent(fields, exporter.ours("article"))
    assert "place" not in body
    assert body["seo"] == fields["seo"]


def test_an_asset_without_bytes_is_refused(exporter, make, records, desire):
    asset = make.asset(file=None, path=None, url="https://elsewhere.example/amur.jpg")
    with pytest.raises(Unsupported, match="bytes are not in the project"):
        exporter.accept(desire(exporter, asset, records))
    shown = exporter.render(make.page(image="asset:amur"), type(records)(asset))
    assert "image" not in shown


def test_pruning_leaves_what_says_something():
    fields = {"a": "", "b": [], "c": {"d": None}, "e": [{"f": []}, {"g": 0}], "h": False, "i": [None, "j"]}
    assert pruned(fields) == {"e": [{"g": 0}], "h": False, "i": ["j"]}


# Prose.


def said(node):
    if node["type"] == "text":
        return node["text"]
    return "|" if node["type"] == "linebreak" else "".join(map(said, node.get("children", ())))


@pytest.mark.parametrize(
    ("html", "blocks"),
    [
        ("", [("paragraph", "")]),
        ("plain", [("paragraph", "plain")]),
        ("<p>  a \n b  </p>", [("paragraph", "a b")]),
        ("a<p>b</p>c", [("paragraph", "a"), ("paragraph", "b"), ("paragraph", "c")]),
        ("<div><section><p>a</p></section>b</div>", [("paragraph", "a"), ("paragraph", "b")]),
        ("<h3>a</h3><hr>", [("heading", "a"), ("horizontalrule", "")]),
        ("<p>a<br>b</p>", [("paragraph", "a|b")]),
        ("<pre>a\n  b\n</pre>", [("paragraph", "a|  b")]),
        ("<dl><dt>a</dt><dd>b</dd></dl>", [("paragraph", "a"), ("paragraph", "b")]),
        ("<table><caption>a</caption><tr><td>b</td></tr></table>", [("paragraph", "a"), ("table", "b")]),
        ("<p>a <q>b</q> &lt;c&gt; &amp;amp;</p>", [("paragraph", "a “b” <c> &amp;")]),
        ('<p>a <img src="https://x.example/i.png" alt="b"></p>', [("paragraph", "a b")]),
        (
            '<p>a <a href="/x"><img src="https://x.example/i.png"></a></p>',
            [("paragraph", "a https://x.example/i.png")],
        ),
        ("<p>a</b></p></p><p>b", [("paragraph", "a"), ("paragraph", "b")]),
    ],
)
def test_prose(html, blocks):
    children = editor_state(html, "media")["root"]["children"]
    assert [(node["type"], said(node)) for node in children] == blocks


def test_styles_add_up():
    (line,) = editor_state("<p>a <b>b <i>c</i></b> <code><b>d</b></code></p>", "media")["root"]["children"]
    assert [(node["text"], node["format"]) for node in line["children"]] == [
        ("a ", 0),
        ("b ", 1),
        ("c", 3),
        (" ", 0),
        ("d", 17),
    ]


def test_lists_in_lists():
    html = "<ol start='3'><li>a<ul><li>b</li></ul></li><li><p>c</p><p>d</p></li></ol>"
    (outer,) = editor_state(html, "media")["root"]["children"]
    assert (outer["listType"], outer["start"]) == ("number", 3)
    assert [(item["value"], said(item)) for item in outer["children"]] == [(3, "a"), (4, "b"), (4, "c|d")]
    assert outer["children"][1]["children"][0]["children"][0]["indent"] == 1


def test_images_stand_between_the_paragraphs():
    prose = ['<p>a <img src="', {"asset": "7"}, '" alt=""> b</p>']
    before, image, after = editor_state(prose, "media")["root"]["children"]
    assert (said(before), said(after)) == ("a", "b")
    assert (image["type"], image["relationTo"], image["value"]) == ("upload", "media", "7")
    assert editor_state(prose, "media") == editor_state(prose, "media")


# The collections.


@pytest.fixture
def collections():
    text = written(content_types(names("kinds")), ["en", "fr"])
    found = re.search(r"^export const collections = (\[.*?^\])$", text, re.DOTALL | re.MULTILINE)
    return json.loads(re.sub(r": (editor|published|notWithdrawn|endpoints)\b", ": null", found[1]))


def told(collections, locales=("en", "fr")):
    """What a server with these collections tells of itself."""

    def names_of(fields):
        return {field["name"]: described(field) for field in fields}

    def described(field):
        more = {"fields": names_of(field["fields"])} if "fields" in field else {}
        if "blocks" in field:
            more["blocks"] = {block["slug"]: names_of(block["fields"]) for block in field["blocks"]}
        return {"type": field["type"], "localized": field.get("localized", False), **more}

    status = {"name": "_status", "type": "select", "localized": True}
    point = [{"name": name, "type": "number"} for name in ("focalX", "focalY")]
    known = {
        one["slug"]: names_of([*one["fields"], *(point if one.get("upload") else [status])])
        for one in collections
    }
    return {"locales": list(locales), "collections": known}


def test_the_collections_are_all_that_is_needed(collections):
    server = Server(told(collections))
    for kind in names("kinds"):
        assert list(server.lacks(kind)) == []
    assert list(server.lacks_locales(["en", "fr"])) == []


def test_the_collections_are_good_to_edit(collections):
    by_slug = {one["slug"]: one for one in collections}
    assert set(by_slug) == {
        *("articles", "organisations", "pages", "people", "reports"),
        *("species", "statistics", "topics", "media"),
    }
    page = {field["name"]: field for field in by_slug["pages"]["fields"]}
    assert [block["slug"] for block in page["blocks"]["blocks"]][:3] == ["hero", "text", "key_message"]
    assert page["leopard_key"]["unique"]
    assert page["parent"]["relationTo"] == "pages"
    assert page["title"]["maxLength"] == 300
    (related_to,) = (
        field
        for block in page["blocks"]["blocks"]
        for field in block["fields"]
        if block["slug"] == "related" and field["name"] == "items"
    )
    assert set(related_to["relationTo"]) == set(by_slug)
    report = {field["name"]: field for field in by_slug["reports"]["fields"]}
    assert "journal_article" in report["type"]["options"]
    assert "updated_at" not in report, "Payload has a column of that name"


def test_setup_writes_the_file_once(exporter, tmp_path):
    (sentence,) = exporter.setup(tmp_path / "setup")
    assert "leopard.collections.mjs" in sentence
    assert '"defaultLocale": "en"' in (tmp_path / "setup" / "leopard.collections.mjs").read_text()
    assert list(exporter.setup(tmp_path / "setup")) == []


@pytest.mark.parametrize(
    ("harm", "code", "message"),
    [
        (lambda known: known.pop("pages"), "no_content_type", "no collection pages with a field leopard_key"),
        (lambda known: known["pages"].pop("slug"), "no_field", "no field pages.slug"),
        (
            lambda known: known["pages"].pop("_status"),
            "no_field",
            "collection pages of Payload has no field _status",
        ),
        (lambda known: known["pages"]["slug"].update(type="number"), "no_field", "is number instead of text"),
        (
            lambda known: known["pages"]["slug"].update(localized=False),
            "no_field",
            "pages.slug of Payload is not localized",
        ),
        (lambda known: known["pages"]["blocks"]["blocks"].pop("quote"), "no_field", "has no block quote"),
        (
            lambda known: known["pages"]["blocks"]["blocks"]["statistics"]["items"]["fields"].pop("display"),
            "no_field",
            "no field pages.blocks.statistics.items.display",
        ),
    ],
)
def test_what_a_server_lacks(collections, harm, code, message):
    known = told(collections)
    harm(known["collections"])
    (problem,) = Server(known).lacks("page")
    assert problem.code == f"channel.{code}"
    assert message in problem.message
    assert "leopard channel setup" in problem.hint


def test_languages_a_server_lacks(collections):
    messages = [one.message for one in Server(told(collections)).lacks_locales(["en", "it"])]
    assert messages == ["Payload has no language it"]
    alone = Server(told(collections, locales=()))
    assert [one.message for one in alone.lacks_locales(["en", "fr", "en"])] == ["Payload has no language fr"]
    assert list(alone.lacks("page")) == []


def test_rights_a_key_lacks():
    access = {"collections": {"pages": {"read": True, "create": {"permission": True}}}}
    messages = [one.message for one in lacks_rights(["page"], access)]
    assert messages == [
        "the API key has no right to update in the collection pages",
        "the API key has no right to delete in the collection pages",
    ]


# Answers.


def test_a_document_in_all_languages(collections):
    server = Server(told(collections))
    document = {
        "id": 7,
        "title": {"en": "One", "fr": "Un"},
        "leopard_key": "page:one",
        "leopard_state": {"en": "published", "fr": None},
        "_status": {"en": "published"},
    }
    assert server.held_in("page", document, "en") == ["en"]
    assert server.other_languages("page", document, "en") == {"fr"}
    flat = server.flat("page", document, "fr")
    assert (flat["id"], flat["title"], flat["_status"]) == (7, "Un", None)


@pytest.mark.parametrize(
    ("status", "own", "state"),
    [
        ("published", "published", "published"),
        ("published", "draft", "published"),
        ("draft", "published", "draft"),
        ("draft", "draft", "draft"),
        ("draft", "withdrawn", "withdrawn"),
        ("draft", None, "draft"),
    ],
)
def test_states(status, own, state):
    flat = {"id": 7, "title": "One", "_status": status, "leopard_state": own}
    page = page_of(flat, "page:one", "en", fields_of("page"), "https://cms.example.org")
    assert (page.id, page.state, page.fields) == ("7", state, {"title": "One"})


def answer(status, body):
    made = requests.Response()
    made.status_code = status
    made._content = body if isinstance(body, bytes) else json.dumps(body).encode()
    made.headers["Content-Type"] = "text/html" if isinstance(body, bytes) else "application/json"
    return made


def invalid(*errors):
    data = {"collection": "pages", "errors": [{"path": path, "message": message} for path, message in errors]}
    return {
        "errors": [{"name": "ValidationError", "data": data, "message": "The following field is invalid"}]
    }


@pytest.mark.parametrize(
    ("status", "body", "kind", "message", "hint"),
    [
        (400, invalid(("leopard_key", "Value must be unique")), Taken, "carries this leopard_key", ""),
        (
            400,
            invalid(("slug", "Too long."), ("blocks.0.text", "Bad.")),
            Rejected,
            "slug: Too long; blocks.0.text: Bad",
            "its rule",
        ),
        (
            400,
            invalid(("file", "Invalid MIME type")),
            Rejected,
            "file: Invalid MIME type",
            "upload.mimeTypes",
        ),
        (400, {"errors": [{"message": "Invalid JSON"}]}, Rejected, "refused: Invalid JSON", ""),
        (
            403,
            {"errors": [{"message": "You are not allowed"}]},
            AuthError,
            "has no right to this",
            "channel check",
        ),
        (404, {"errors": [{"message": "Not Found"}]}, NotFound, "404", ""),
        (404, {"message": 'Route not found "/api/x"'}, NoRoute, "no such route", "check the address"),
        (404, b"<!doctype html>", NoRoute, "no such route", "check the address"),
        (
            423,
            {"errors": [{"message": "locked by another user"}]},
            Rejected,
            "locked by another user",
            "open in Payload",
        ),
        (500, {"errors": [{"message": "Something went wrong."}]}, Broken, "nobody knows", ""),
    ],
)
def test_refusals(status, body, kind, message, hint):
    error = refusal(answer(status, body), "POST https://cms.example.org/api/pages")
    assert type(error) is kind
    assert message in error.message
    assert hint in (error.hint or "")


@pytest.mark.parametrize(
    ("status", "body", "what"),
    [
        (500, b"", "POST https://cms.example.org/api/pages"),
        (500, {"errors": [{"message": "Something went wrong."}]}, "GET https://cms.example.org/api/pages"),
        (403, b"<!doctype html>", "GET https://cms.example.org/api/pages"),
        (429, {"errors": [{"message": "slower"}]}, "POST https://cms.example.org/api/pages"),
    ],
)
def test_what_http_says_enough_about(status, body, what):
    assert refusal(answer(status, body), what) is None


def test_a_server_that_cannot_tell_what_it_has():
    error = refusal(
        answer(500, {"errors": [{"message": "No."}]}), "GET https://cms.example.org/api/media/leopard"
    )
    assert type(error) is NoRoute
