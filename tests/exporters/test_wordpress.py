"""Records as WordPress holds them, the plug-in, and what refusals mean. Without a server."""

import json
import os
import re
from pathlib import Path

import pytest
import requests

from exporters.base import REFERENCE, Desired
from exporters.dialects.wordpress import markup as markup
from exporters.dialects.wordpress.answers import TermExists, in_batch, refusal, refused
from exporters.dialects.wordpress.fields import compact, file_in, held, meta_of, schema_of
from exporters.dialects.wordpress.marks import marked, unmarked, word
from exporters.dialects.wordpress.plugin import plugin, version
from exporters.dialects.wordpress.prose import Prose
from exporters.wordpress import WordPressExporter
from schemas.errors import Ambiguous, AuthError, ChannelDown, NotFound, Rejected, Unsupported
from schemas.model import MARKER, content_type
from schemas.plugins import names
from schemas.site import Site
from schemas.topic import Topic

GOLDEN = Path(__file__).parent / "golden" / "wordpress"
WRITING = os.environ.get("LEOPARD_GOLDEN") == "write"
IDS = {
    "asset:amur@en": "12 https://cms.example.org/wp-content/uploads/amur-0123456789abcdef.jpg",
    "report:ounce@en": "17",
    "species:amur@en": "18",
    "topic:crime@en": "3",
}
SITE = Site(title="Spots", url="https://spots.example", languages=("en", "fr", "pt-BR"))


def exporter_of(context, **more):
    known = {"url": "https://cms.example.org", "username": "leopard", "password": "env:PASSWORD"}
    return WordPressExporter(WordPressExporter.Options(**known, **more), context)


@pytest.fixture
def exporter(context):
    return exporter_of(context)


@pytest.fixture
def bare(context):
    return exporter_of(context, plugin=False)


@pytest.fixture
def topic():
    words = {"title": "Wildlife crime & trade", "slug": "wildlife-crime", "summary": "Of traders"}
    return Topic(key="topic:crime", locale="en", image="asset:amur", **words)


def resolved(value):
    """Fields with ids of the channel in place of references, as the core sends them."""
    if isinstance(value, dict) and set(value) == {REFERENCE}:
        return IDS.get(value[REFERENCE])
    if isinstance(value, dict):
        return {name: resolved(inner) for name, inner in value.items()}
    return [resolved(inner) for inner in value] if isinstance(value, list) else value


def sent(exporter, record, records):
    return exporter.normalise(resolved(exporter.render(record, records)))


def desired(record, fields, **more):
    known = {"key": record.key, "locale": record.locale, "kind": record.kind, "title": record.title}
    return Desired(**known, fields=fields, digest="", **more)


def golden(name, fields):
    """Two files: the blocks as they are, and the other fields."""
    content = fields.get("content")
    rest = {key: value for key, value in fields.items() if key != "content"}
    written = {f"{name}.json": json.dumps(rest, ensure_ascii=False, indent=1, sort_keys=True) + "\n"}
    if content is not None:
        written[f"{name}.html"] = content + "\n"
    for file, text in written.items():
        if WRITING:
            GOLDEN.mkdir(parents=True, exist_ok=True)
            (GOLDEN / file).write_text(text, "utf-8")
        assert (GOLDEN / file).read_text("utf-8") == text


# Records as fields.


@pytest.mark.parametrize("kind", ["page", "article", "report", "species", "asset"])
def test_what_is_sent(exporter, records, kind):
    record = next(one for one in records if one.kind == kind and one.locale == "en")
    golden(kind, sent(exporter, record, records))


def test_what_is_sent_of_a_topic(exporter, records, topic, make):
    golden("topic", sent(exporter, topic, make.records(*records, topic)))


@pytest.mark.parametrize("kind", ["article", "report"])
def test_what_is_sent_without_the_plugin(bare, records, kind):
    record = next(one for one in records if one.kind == kind)
    golden(f"{kind}.bare", sent(bare, record, records))


def test_everything_that_is_sent_is_spelt_as_it_comes_back(exporter, records):
    for record in records:
        once = sent(exporter, record, records)
        assert exporter.normalise(once) == once


def test_what_is_said_in_the_content_and_in_the_meta_is_all_there_is(exporter, make, records):
    report = make.report(species=["species:amur"], isbn=["978-1-85850-409-4"], doi="10.1000/1", pages=9)
    fields = sent(exporter, report, records)
    assert fields["meta.leopard_species"] == [
        {"key": "species:amur", "id": "18", "title": "Amur Leopard", "url": "https://example.org/species/"}
    ]
    assert fields["meta.leopard_authors"][0]["family"] == "Nowell"
    for said in ("978-1-85850-409-4", "https://doi.org/10.1000/1", "Kristin Nowell", "/files/ounce.pdf"):
        assert said in fields["content"]


def test_other_bytes_make_other_fields_of_what_shows_them(exporter, make, records):
    article, other = make.article(body=None), make.asset(digest="f" * 64)
    before = exporter.render(article, records)
    assert exporter.render(article, make.records(*records, other)) != before
    page = make.page()
    before = exporter.render(page, records)
    assert exporter.render(page, make.records(*records, other)) != before


def test_a_language_that_is_not_the_first_has_slugs_of_its_own(exporter, context, make, records):
    french = make.page(locale="fr", title="Léopards", slug="leopards", blocks=())
    assert exporter.render(french, records)["slug"] == "leopards-fr"
    only = exporter_of(context, locales=("fr",))
    assert only.render(french, records)["slug"] == "leopards"


def test_the_latest_of_the_instants_is_the_date(exporter, make, records):
    waits = make.article(published_at="2024-05-01T09:00:00+01:00", embargo_until="2024-06-01T00:00:00Z")
    assert exporter.render(waits, records)["date_gmt"] == "2024-06-01T00:00:00"
    assert "date_gmt" not in exporter.render(make.article(published_at=None), records)


def test_titles_and_excerpts_are_html(exporter, make, records):
    fields = exporter.render(make.article(title="a < b & <i>c</i>", summary="d & e"), records)
    assert (fields["title"], fields["excerpt"]) == ("a &lt; b &amp; &lt;i&gt;c&lt;/i&gt;", "d &amp; e")


def test_a_mapping_of_ones_own(context, make, records):
    own = {"article": {"excerpt": "{title}!", "meta.seo_title": "{summary}", "template": "wide"}}
    fields = sent(exporter_of(context, mapping=own), make.article(), records)
    assert fields["excerpt"] == "More Amur Leopards counted!"
    assert (fields["meta.seo_title"], fields["template"]) == ("A count with good news.", "wide")
    answer = {"template": "wide", "meta": {"seo_title": "A count with good news."}}
    known = held(answer, ["template"], {})
    assert {name: fields[name] for name in known} == known


# What is refused before anything is sent.


def test_kinds_that_have_no_place_without_the_plugin(bare, exporter, records):
    species = records.get("species:amur", "en")
    assert exporter.render(species, records)
    with pytest.raises(Unsupported, match="species"):
        bare.render(species, records)


def test_what_the_channel_cannot_take(exporter, make, records, topic):
    article = make.article(tags=["x" * 201])
    with pytest.raises(Unsupported, match="200"):
        exporter.accept(desired(article, exporter.render(article, records)))
    with pytest.raises(Unsupported, match="bytes"):
        exporter.accept(desired(make.asset(), {}))
    with pytest.raises(Unsupported, match="no drafts"):
        exporter.accept(desired(topic, {}, state="draft"))
    exporter.accept(desired(article, {"tags": ["x" * 200]}, state="scheduled"))


# Prose as blocks.

PROSE = {
    "<p>One</p>\n<p>Two &amp; <em>three</em></p>": "paragraph paragraph",
    "loose <b>words</b>": "paragraph",
    '<h2 id="x">Head</h2><p>Text</p>': "heading paragraph",
    '<ul><li>One</li><li>Two<ol start="2"><li>Deep</li></ol></li></ul>': (
        "list list-item list-item list list-item"
    ),
    "<blockquote><p>Said</p><p>More</p></blockquote>": "quote paragraph paragraph",
    "<table><tr><td>x</td></tr></table>": "html",
    '<p dir="rtl">x</p>': "html",
    "<p>open": "html",
    "<p>One</p><hr><p>Two</p>": "paragraph html paragraph",
    "<div><p>In</p></div>": "html",
    "<ul><li><p>One</p><p>Two</p></li></ul>": "html",
    '<figure><img src="https://x.example/y.png" alt="Y"><figcaption>Cap</figcaption></figure>': "image",
    "": "",
}


@pytest.mark.parametrize("html", PROSE)
def test_prose(html):
    made = Prose(lambda ident: "").blocks(html)
    opened = " ".join(re.findall(r"<!-- wp:([a-z-]+)", made))
    assert opened == PROSE[html]
    assert len(re.findall(r"<!-- /wp:", made)) == len(opened.split())


def test_no_text_gets_out_of_its_block():
    made = Prose(lambda ident: "").blocks("<p>a <!-- /wp:paragraph --><!-- wp:html --> [gallery]</p>")
    assert re.findall(r"<!-- (/?wp:[a-z]+)", made) == ["wp:paragraph", "/wp:paragraph"]
    assert "&#91;gallery]" in made
    assert markup.text('[x] <b> "') == "&#91;x] &lt;b&gt; &quot;"
    escaped = markup.block("group", "", {"className": 'a-->"b<'})
    assert escaped.startswith(r'<!-- wp:group {"className":"a\u002d\u002d\u003e\u0022b\u003c"} -->')


def test_an_image_in_prose_brings_its_credit(exporter, make, records):
    shown = make.article(
        body={"format": "html", "text": '<p><img src="asset:amur" alt=""></p>'}, statistics=()
    )
    content = sent(exporter, shown, records)["content"]
    assert 'class="wp-image-12"/><figcaption class="wp-element-caption">Amur Leopard <em>© Lynn' in content
    assert '{"id":12,' in content


def test_what_is_not_there_yet_is_left_out(exporter, records, make):
    fields = exporter.render(make.page(), records)
    content = exporter.normalise({**fields, "content": json.loads(json.dumps(fields["content"]))})["content"]
    assert "$reference" not in content
    assert "data-id" not in content


# Marks.


@pytest.mark.parametrize("ident", ["page:leopards@en", "report:a--b---c@zh-Hant", "article:2024/x.y@pt-BR"])
@pytest.mark.parametrize("blocks", [True, False])
def test_marks(ident, blocks):
    text = marked("Text with\nlines", ident, blocks=blocks)
    assert unmarked(text) == (ident, "Text with\nlines")
    assert word(ident) in text
    assert "--" not in word(ident)


def test_what_is_not_marked():
    for text in ("", "leopard:page:x@en", "<!-- leopard: -->", "&lt;!-- leopard:page:x@en --&gt;"):
        assert unmarked(text) == (None, text)


# The plug-in.


def test_the_plugin_registers_each_kind_and_field():
    php = plugin(names("kinds"), SITE, SITE.languages)
    model = json.loads(re.search(r"<<<'JSON'\n(.*)\nJSON,", php)[1])
    assert php.startswith("<?php\n")
    assert {"post", "page", "attachment", "category", "report", "species"} <= model.keys()
    for kind in ("report", "species", "person"):
        wanted = {MARKER} | {f"leopard_{one.name}" for one in meta_of(kind)}
        assert model[kind]["meta"].keys() == wanted
        assert model[kind]["route"] == content_type(kind).plural
    assert model["report"]["meta"]["leopard_authors"]["items"]["properties"]["orcid"] == {"type": "string"}
    assert model["report"]["path"] == "reports"


def test_links_lead_to_where_wordpress_shows_the_pages():
    rules = json.loads(re.search(r"<<<'JSON'\n(.*)\nJSON,", plugin(names("kinds"), SITE, SITE.languages))[1])
    assert rules["post"]["rules"] == {
        "^articles/([^/]+)/?$": "index.php?name=$matches[1]",
        "^fr/articles/([^/]+)/?$": "index.php?name=$matches[1]-fr",
        "^pt-BR/articles/([^/]+)/?$": "index.php?name=$matches[1]-pt-br",
    }
    assert rules["page"]["rules"]["^fr/([^/]+)/?$"] == "index.php?pagename=$matches[1]-fr"
    assert (
        rules["report"]["rules"]["^fr/reports/([^/]+)/?$"] == "index.php?post_type=report&name=$matches[1]-fr"
    )


def test_another_model_is_another_version():
    one = version(["page"], SITE, ("en",))
    assert one == version(["page"], SITE, ("en",))
    assert len({one, version(["page", "report"], SITE, ("en",)), version(["page"], SITE, ("en", "fr"))}) == 3


def test_setup_writes_the_plugin_once(exporter, bare, tmp_path):
    (said,) = exporter.setup(tmp_path / "setup")
    assert "mu-plugins" in said
    assert (tmp_path / "setup" / "leopard.php").read_text().startswith("<?php")
    assert list(exporter.setup(tmp_path / "setup")) == []
    assert list(bare.setup(tmp_path / "other")) == []


def test_meta_fits_its_schema(exporter, records):
    jsonschema = pytest.importorskip("jsonschema")
    for record in records:
        fields = sent(exporter, record, records)
        for one in meta_of(record.kind):
            value = fields[f"meta.leopard_{one.name}"]
            if value is not None:
                jsonschema.validate(value, schema_of(one))


def test_what_is_empty_does_not_count():
    assert compact({"a": None, "b": "", "c": [], "d": {"e": None}, "f": False, "id": "7 https://x"}) == {
        "f": False,
        "id": "7",
    }


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("coat-0123456789abcdef.png", "coat-0123456789abcdef.png"),
        ("coat-0123456789abcdef-scaled.jpg", "coat-0123456789abcdef.jpg"),
        ("coat-0123456789abcdef-2.png", "coat-0123456789abcdef.png"),
        ("theirs.png", "theirs.png"),
    ],
)
def test_a_files_name_tells_its_bytes(name, known):
    assert file_in(f"https://x.example/uploads/{name}") == known


# Refusals.

PAGE, ALL = "POST https://x.example/wp-json/wp/v2/pages/7", "POST https://x.example/wp-json/wp/v2/pages"
REFUSALS = [
    (401, "rest_cannot_create", PAGE, AuthError),
    (401, "rest_not_logged_in", PAGE, AuthError),
    (403, "rest_cannot_edit", PAGE, AuthError),
    (404, "rest_post_invalid_id", PAGE, NotFound),
    (404, "rest_term_invalid", PAGE, NotFound),
    (404, "rest_no_route", PAGE, ChannelDown),
    (400, "term_exists", ALL, TermExists),
    (400, "rest_invalid_param", ALL, Rejected),
    (400, "empty_content", ALL, Rejected),
    (400, "rest_invalid_type", PAGE, Rejected),
    (400, "rest_invalid_type", ALL, Ambiguous),
    (500, "rest_invalid_stored_value", ALL, Ambiguous),
    (500, "rest_invalid_stored_value", PAGE, Rejected),
    (500, "rest_upload_sideload_error", ALL, Rejected),
    (500, "db_insert_error", ALL, Rejected),
    (413, "rest_upload_file_too_big", ALL, Rejected),
]


@pytest.mark.parametrize(("status", "code", "what", "kind"), REFUSALS)
def test_refusals(status, code, what, kind):
    data = {"status": status, "term_id": 5, "params": {"title": "is &#8220;wrong&#8221;"}}
    data = data if code in ("term_exists", "rest_invalid_param") else {"status": status}
    error = refused(status, {"code": code, "message": "Sorry, that&#8217;s it.", "data": data}, what)
    assert type(error) is kind
    assert "Sorry, that’s it." in error.message
    if code == "rest_invalid_param":
        assert "title: is “wrong”" in error.message
        assert "title" in error.hint
    if code == "term_exists":
        assert error.term == 5


def test_what_the_server_says_of_itself_is_left_to_http():
    assert refused(500, {"code": "internal_server_error", "message": "critical"}, ALL) is None
    assert isinstance(in_batch(500, {"code": "internal_server_error", "message": "critical"}, ALL), Ambiguous)
    assert isinstance(in_batch(400, {"code": "rest_invalid_param", "message": "x"}, ALL), Rejected)
    assert isinstance(in_batch(502, None, ALL), Ambiguous)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [(404, b"<html>", ChannelDown), (413, b"<html>", type(None)), (429, b'{"code": "x"}', type(None))],
)
def test_answers_that_are_not_of_wordpress(status, body, kind):
    answer = requests.Response()
    answer.status_code, answer._content = status, body
    assert isinstance(refusal(answer, PAGE), kind)
