"""Records as Ghost holds them, what it answers, and what its refusals mean. Without a server."""

import base64
import json
import os
from pathlib import Path

import pytest
import requests

from exporters.cms.content import Content
from exporters.dialects.ghost import api
from exporters.dialects.ghost.api import Token, refusal
from exporters.dialects.ghost.fields import (
    MARK,
    asset_fields,
    cut,
    fields_of,
    file_of,
    ident_of,
    normalised,
    query_for,
    state_of,
)
from exporters.dialects.ghost.head import commented, joined
from exporters.dialects.ghost.lexical import document, paragraph, settled, spelt, text
from exporters.dialects.ghost.prose import prose
from exporters.ghost import GhostExporter
from schemas.errors import (
    AuthError,
    ChannelDown,
    NotFound,
    Rejected,
    StaleWrite,
    Transient,
    Unsupported,
)
from schemas.topic import Topic

GOLDEN = Path(__file__).parent / "golden" / "ghost"
WRITING = os.environ.get("LEOPARD_GOLDEN") == "write"
AMUR = {"$reference": "asset:amur@en"}
SHOWN = {"asset": AMUR}


@pytest.fixture
def exporter(context):
    return GhostExporter(GhostExporter.Options(url="https://blog.example.org", key="env:KEY"), context)


@pytest.fixture
def topic():
    words = {"title": "Wildlife crime", "slug": "wildlife-crime", "summary": "Of traders & poachers"}
    return Topic(key="topic:wildlife-crime", locale="en", image="asset:amur", **words)


def golden(name, fields):
    path = GOLDEN / f"{name}.json"
    if WRITING:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(fields, indent=1, ensure_ascii=False, sort_keys=True) + "\n", "utf-8")
    assert json.loads(path.read_text("utf-8")) == fields


@pytest.mark.parametrize("key", ["page:leopards", "article:2024/amur-count", "report:ounce", "asset:amur"])
def test_a_record_as_ghost_holds_it(exporter, records, key):
    golden(key.partition(":")[0], exporter.render(records.get(key, "en"), records))


def test_a_topic_is_a_tag(exporter, make, records, topic):
    known = make.records(*records, topic)
    golden("topic", exporter.render(topic, known))
    about = make.article(topics=["topic:wildlife-crime"], tags=["Wildlife Crime", "counts"])
    fields = exporter.render(about, known)
    assert fields["topics"] == [{"$reference": "topic:wildlife-crime@en"}]
    assert fields["tags"][:2] == ["counts", "Amur Leopard"]


def test_a_topic_that_is_not_published_here_is_a_word(context, make, records, topic):
    options = GhostExporter.Options(url="https://blog.example.org", key="env:KEY", kinds=["article"])
    about = make.article(topics=["topic:wildlife-crime"])
    fields = GhostExporter(options, context).render(about, make.records(*records, topic))
    assert (fields["topics"], fields["tags"][:2]) == ([], ["counts", "Wildlife crime"])


def test_what_may_not_be_shown_is_not_there(exporter, make, records):
    fields = exporter.render(make.article(), records.but("asset:amur", "species:amur"))
    assert (fields["feature_image"], fields["files"]) == (None, [])
    assert "urn:leopard" not in json.dumps(fields)
    assert "Amur Leopard" not in fields["tags"]


def test_a_team_maps_a_field_in_its_own_way(context, make, records):
    mapping = {"article": {"meta_title": "{title} | News", "og_image": "{image}", "custom_excerpt": None}}
    options = GhostExporter.Options(url="https://blog.example.org", key="env:KEY", mapping=mapping)
    fields = GhostExporter(options, context).render(make.article(), records)
    assert fields["meta_title"] == "More Amur Leopards counted | News"
    assert fields["og_image"] == AMUR
    assert "custom_excerpt" not in fields


@pytest.mark.parametrize(
    ("kind", "more", "says"),
    [
        ("species", {}, "no place"),
        ("article", {"title": "x" * 256}, "title may have 255"),
        ("article", {"feature_image_alt": "x" * 192}, "feature_image_alt may have 191"),
        ("article", {"tags": ["x" * 192]}, "name may have 191"),
    ],
)
def test_what_ghost_would_refuse_is_refused_before(exporter, records, desire, kind, more, says):
    record = records.get("species:amur" if kind == "species" else "article:2024/amur-count", "en")
    desired = desire(exporter, record, records)
    exporter.accept(desire(exporter, records.get("report:ounce", "en"), records))
    with pytest.raises(Unsupported, match=says):
        exporter.accept(desired.model_copy(update={"fields": {**desired.fields, **more}}))


def test_a_key_that_is_too_long_to_be_marked(exporter, records, desire, make):
    long = make.article(key=f"article:{'x' * 190}")
    with pytest.raises(Unsupported, match="182 characters"):
        exporter.accept(desire(exporter, long, records))


# Prose


def nodes(html):
    return prose(html, lambda ident: {"alt": "Amur", "caption": "Snow", "credit": "© WWF", "width": 3})


def outline(node):
    """A node in short: its type, and what it says."""
    if "text" in node:
        return (node["text"], node["format"])
    words = {"link": "url", "image": "src", "html": "html", "codeblock": "code", "extended-heading": "tag"}
    told = node.get(words.get(node["type"], ""))
    inner = [outline(child) for child in node.get("children", ())]
    return (node["type"], *([told] if told else []), *([inner] if inner else []))


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>One <strong>two <em>three</em></strong></p>", [("paragraph", [("One ", 0), ("two ", 1), ("three", 3)])]),
        ("<p> a\n b<br> c </p>", [("paragraph", [("a b", 0), ("linebreak",), ("c", 0)])]),
        ("just words", [("paragraph", [("just words", 0)])]),
        ("<p></p><hr>", [("horizontalrule",)]),
        ("<h1>A</h1><h3>B</h3>", [("extended-heading", "h2", [("A", 0)]), ("extended-heading", "h3", [("B", 0)])]),
        (
            '<p>See <a href="https://e.org" rel="noopener">this</a>.</p>',
            [("paragraph", [("See ", 0), ("link", "https://e.org/", [("this", 0)]), (".", 0)])],
        ),
        (
            "<ul><li>a</li><li>b<ol start=3><li>c</li></ol></li></ul>",
            [
                (
                    "list",
                    [
                        ("listitem", [("a", 0)]),
                        ("listitem", [("b", 0)]),
                        ("listitem", [("list", [("listitem", [("c", 0)])])]),
                    ],
                )
            ],
        ),
        (
            "<blockquote><p>a</p><p>b</p></blockquote>",
            [("extended-quote", [("a", 0), ("linebreak",), ("linebreak",), ("b", 0)])],
        ),
        ('<pre><code class="language-py">a &lt; b\n</code></pre>', [("codeblock", "a < b")]),
        ('<div><p>a</p><img src="https://e.org/x.png"></div>', [("paragraph", [("a", 0)]), ("image", "https://e.org/x.png")]),
        ('<p>a <img src="https://e.org/x.png"> b</p>', [("paragraph", [("a", 0)]), ("image", "https://e.org/x.png"), ("paragraph", [("b", 0)])]),
        ("<p>H<sub>2</sub>O x<sup>2</sup></p>", [("paragraph", [("H", 0), ("2", 32), ("O x", 0), ("2", 64)])]),
        ("<p>a &amp; b &lt;c&gt;</p>", [("paragraph", [("a & b <c>", 0)])]),
    ],
)  # fmt: skip
def test_html_becomes_native(html, expected):
    assert [outline(node) for node in nodes(html)] == expected


@pytest.mark.parametrize(
    "html",
    [
        '<p>The <abbr title="World Wide Fund">WWF</abbr> says</p>',
        "<table><tbody><tr><td>1 &amp; 2</td></tr></tbody></table>",
        '<h2 id="range">Range</h2>',
        '<p lang="fr">Bonjour</p>',
        "<ul><li><p>a</p><p>b</p></li></ul>",
        "<ol reversed><li>a</li></ol>",
        "<blockquote><p>a</p>b</blockquote>",
        '<p title="t">a <img src="https://e.org/x.png" alt="x"> b</p>',
        "<dl><dt>a</dt><dd>b</dd></dl>",
        "<p>H<kbd>x</kbd></p>",
    ],
)
def test_html_that_the_editor_would_lose_is_kept_as_it_is(html):
    (card,) = nodes(html)
    assert (card["type"], card["html"]) == ("html", html)


def test_assets_in_prose_have_their_words_and_credit():
    (shown,) = nodes(['<p><img src="', SHOWN, '" alt=""></p>'])
    assert (shown["src"], shown["alt"], shown["caption"], shown["width"]) == (AMUR, "Amur", "Snow (© WWF)", 3)
    (figure,) = nodes(
        ['<figure><img src="', SHOWN, '" alt="Cat"><figcaption>In <em>snow</em></figcaption></figure>']
    )
    assert (figure["alt"], figure["caption"]) == ("Cat", "In <em>snow</em> (© WWF)")
    (card,) = nodes(['<table><tr><td><img src="', SHOWN, '" alt=""></td></tr></table>'])
    assert card["html"] == ['<table><tr><td><img src="', SHOWN, '" alt=""></td></tr></table>']
    (link,) = nodes(['<p><a href="', SHOWN, '">photo</a></p>'])
    assert link["children"][0]["url"] == AMUR


def test_what_has_no_address_yet_is_not_shown():
    whole = document([*nodes(['<p><img src="', SHOWN, '"></p>']), paragraph(text("a"))])
    whole["root"]["children"][0]["src"] = None
    assert [one["type"] for one in settled(whole)["root"]["children"]] == ["paragraph"]
    for found, whole in (("https://e.org/x.png", "<p>https://e.org/x.png</p>"), (None, "<p></p>")):
        card = {"type": "html", "html": ["<p>", {"asset": found}, "</p>"]}
        assert settled([card]) == [{"type": "html", "html": whole}]
    waiting = {"type": "html", "html": ["<p>", SHOWN, "</p>"]}
    assert settled(waiting) == waiting


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://e.org", "https://e.org/"),
        ("https://e.org?a=b", "https://e.org/?a=b"),
        ("https://e.org/x", "https://e.org/x"),
        ("mailto:a@e.org", "mailto:a@e.org"),
        ("http://[e", "http://[e"),
        (AMUR, AMUR),
    ],
)
def test_addresses_have_a_path(url, expected):
    assert spelt(url) == expected


# What Ghost answers


def answered(fields, ident, **more):
    """A post as Ghost tells it."""
    tags = [
        {"id": one.partition("/")[2], "name": "T", "codeinjection_head": "<!-- leopard topic:t@en -->"}
        for one in fields["topics"]
    ]
    tags += [
        {"id": "0", "name": name, "codeinjection_head": None} for name in (*fields["tags"], MARK + ident)
    ]
    known = {"tags": tags, "lexical": json.dumps(fields["lexical"]), "status": "published", "authors": []}
    return {**joined(fields, {}), **known, **more}


def test_an_answer_in_which_nothing_was_lost_is_what_was_sent(exporter, records):
    url = "https://blog.example.org/content/images/2024/01/amur-{}.jpg".format(
        records.get("asset:amur", "en").digest[:16]
    )
    rendered = exporter.render(records.get("article:2024/amur-count", "en"), records)
    desired = json.loads(json.dumps(rendered).replace(json.dumps(AMUR), json.dumps(url)))
    sent = normalised(desired)
    held = fields_of("posts", answered(sent, "article:2024/amur-count@en"))
    assert {name: held.get(name) for name in sent} == sent
    assert normalised(sent) == sent
    lost = fields_of("posts", answered({**sent, "custom_excerpt": None}, "x@en"))
    assert [name for name in sent if lost.get(name) != sent[name]] == ["custom_excerpt"]


def test_titles_are_trimmed_and_times_are_in_seconds():
    sent = {"title": "\u00a0 A\ufeff", "published_at": "2024-05-01T09:00:00.750+01:00", "feature_image": None}
    sent |= {"feature_image_alt": "x"}
    assert normalised(sent) == {
        "title": "A", "published_at": "2024-05-01T08:00:00.000Z", "feature_image": None, "feature_image_alt": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("home", "item", "state"),
    [
        ("posts", {"status": "draft", "tags": []}, "draft"),
        ("posts", {"status": "draft", "tags": [{"name": "#withdrawn"}]}, "withdrawn"),
        ("posts", {"status": "scheduled", "tags": []}, "scheduled"),
        ("posts", {"status": "sent", "tags": []}, "published"),
        ("tags", {"name": "Crime", "visibility": "internal"}, "withdrawn"),
        ("tags", {"name": "Crime", "visibility": "public"}, "published"),
        ("tags", {"name": "#leopard asset:a@en", "visibility": "internal"}, "published"),
        ("tags", {"name": "#leopard asset:a@en", "description": "#withdrawn 00"}, "withdrawn"),
    ],
)
def test_states(home, item, state):
    assert state_of(home, item) == state


def test_marks():
    assert (
        ident_of("posts", {"tags": [{"name": "x"}, {"name": "#leopard page:a/b@pt-BR"}]}) == "page:a/b@pt-BR"
    )
    assert ident_of("posts", {"tags": [{"name": "leopard"}]}) is None
    tag = {"name": "Crime", **commented("topic:crime@en", {"codeinjection_head": "<style></style>"})}
    assert tag["codeinjection_head"] == "<style></style><!-- leopard topic:crime@en -->"
    assert ident_of("tags", tag) == "topic:crime@en"
    assert commented("topic:crime@en", tag) == {}
    assert commented("topic:b@en", tag) == {
        "codeinjection_head": "<style></style><!-- leopard topic:b@en -->"
    }
    assert (
        query_for("posts", ["page:a@en", "page:b@en"])
        == "tags.name:['#leopard page:a@en','#leopard page:b@en']"
    )
    assert query_for("tags", ["asset:a@en", "topic:b@en"]) == (
        "name:'#leopard asset:a@en',codeinjection_head:~'<!-- leopard topic:b@en -->'"
    )


def test_files_are_known_by_their_bytes(make, records, context):
    content = Content(context.site, records, "en")
    named = asset_fields(make.asset(path="photos/Ünï Cat.JPG"), content)["file"]
    assert named == f"n-cat-{make.asset().digest[:16]}.jpg"
    for again in ("", "-1", "-12"):
        stored = f"https://e.org/content/images/2024/01/{named.replace('.jpg', again + '.jpg')}"
        assert file_of(stored) == named
    assert file_of("https://elsewhere.org/x.jpg") == "https://elsewhere.org/x.jpg"


def test_a_text_is_cut_at_the_end_of_a_word():
    assert cut("one two three", 20) == "one two three"
    assert cut("one two, three", 12) == "one two…"
    assert cut("  ", 12) is None


# Refusals


def answer(status, error=None, body=None, **headers):
    made = requests.Response()
    made.status_code = status
    made.headers.update(headers)
    made._content = json.dumps({"errors": [error]}).encode() if error else (body or b"")
    return made


@pytest.mark.parametrize(
    ("status", "error", "kind", "says"),
    [
        (
            401,
            {"message": "Invalid token: jwt expired", "type": "UnauthorizedError"},
            AuthError,
            "jwt expired",
        ),
        (
            403,
            {"message": "API tokens do not have permission", "type": "NoPermissionError"},
            AuthError,
            "403",
        ),
        (403, {"message": "You have reached a limit", "type": "HostLimitError"}, Rejected, "limit"),
        (400, {"message": "Bad", "code": "INVALID_JWT", "type": "BadRequestError"}, AuthError, "Bad"),
        (404, {"message": "Resource not found", "context": "Post not found."}, NotFound, "Post not found"),
        (406, {"message": "The endpoint was not found."}, ChannelDown, "endpoint"),
        (409, {"message": "Saving failed!", "type": "UpdateCollisionError"}, StaleWrite, "Saving failed"),
        (413, {"message": "Request is larger than the maximum"}, Rejected, "larger"),
        (415, {"message": "Please select a valid image."}, Rejected, "valid image"),
        (429, {"message": "Too many attempts."}, Transient, "Too many"),
        (503, {"message": "Site is being upgraded"}, Transient, "upgraded"),
    ],
)
def test_a_refusal(status, error, kind, says):
    found = refusal(answer(status, error), "POST https://e.org/x")
    assert type(found) is kind
    assert says in found.message
    assert f"POST https://e.org/x answered {status}" in found.message


def test_a_refusal_names_the_field():
    detail = {"instancePath": "/posts/0/custom_excerpt", "message": "must NOT have more than 300 characters"}
    missing = {"instancePath": "/posts/0", "params": {"missingProperty": "title"}, "message": "is required"}
    error = {"message": "Validation error.", "context": "Validation failed.", "details": [detail, missing]}
    found = refusal(answer(422, error), "PUT https://e.org/x")
    assert "custom_excerpt must NOT have more than 300 characters title is required" in found.message
    assert found.hint


def test_answers_that_are_not_ghosts():
    assert isinstance(refusal(answer(404, body=b"<html>"), "POST https://e.org/x"), ChannelDown)
    assert refusal(answer(404), "HEAD https://e.org/x.png") is None
    assert refusal(answer(500, {"message": "Oh"}), "POST https://e.org/x") is None
    assert refusal(answer(502, body=b"<html>"), "POST https://e.org/x") is None


# Tokens


def parts(token):
    return [json.loads(base64.urlsafe_b64decode(part + "==")) for part in token.split(".")[:2]]


def test_a_token_is_made_anew_in_time(monkeypatch):
    now = [1_700_000_000.0]
    monkeypatch.setattr(api.time, "time", lambda: now[0])
    token = Token(f"{'0a' * 12}:{'ff' * 32}\n")
    seen = []
    for seconds in (0, 100, 30, 300, -1000):
        now[0] += seconds
        request = token(requests.Request("GET", "https://e.org/").prepare())
        seen.append(request.headers["Authorization"].removeprefix("Ghost "))
    assert [parts(one)[1]["iat"] - 1_700_000_000 for one in seen] == [0, 0, 130, 430, -570]
    head, claims = parts(seen[0])
    assert head == {"alg": "HS256", "typ": "JWT", "kid": "0a" * 12}
    assert (claims["exp"] - claims["iat"], claims["aud"]) == (300, "/admin/")


@pytest.mark.parametrize("key", ["", "abc", "0a:ff", f"{'0a' * 12}:xyz", f"{'0a' * 12}:fff"])
def test_a_key_that_is_none(key):
    with pytest.raises(AuthError, match="id:secret") as wrong:
        Token(key)
    assert not key or key not in wrong.value.message
