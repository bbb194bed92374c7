"""Payload, on a real server whose collections are those that `setup` has written."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

sys.path.insert(0, str(Path(__file__).resolve().parent))

from killed import KilledConformance
from whole import WholeConformance

from exporters.cms.media import number_of
from exporters.dialects.payload.check import collection_of
from exporters.dialects.payload.lexical import editor_state
from exporters.payload import PayloadExporter
from exporters.trial import Desk, Foreign, context, html, picture
from pipeline.conformance import WireConformance
from pipeline.target import lacking
from pipeline.trial import Trial
from schemas.errors import AuthError, ChannelDown, Rejected, StaleWrite, Unsupported
from schemas.page import Page
from schemas.plugins import names
from transport.fault_proxy import Fault, FaultProxy

COLLECTIONS = [collection_of(kind) for kind in names("kinds")]
PROSE = (
    "<h2>Heads</h2><p>A <b>bold <i>both</i></b> <code>c</code> <u>u</u><s>s</s> <sub>1</sub><sup>2</sup> "
    '<a href="https://x.example/a" rel="nofollow">link <b>b</b></a><br>next <a href="#fn1">1</a></p>',
    "<blockquote><p>One</p><p>two</p></blockquote><hr><p><mark>m</mark> <q>said</q></p><p> </p>",
    "<ul><li>one<ul><li>inner<ol><li>deep</li></ol></li></ul></li><li>two</li></ul>",
    '<ol start="3"><li>x</li><li><p>a</p><p>b</p></li></ol><dl><dt>T</dt><dd>D</dd></dl>',
    "<table><caption>Of</caption><thead><tr><th>H</th><th scope='row'>R</th></tr></thead>"
    '<tbody><tr><td colspan="2">c</td></tr><tr><td></td></tr></tbody></table><pre><code>a\n  b</code></pre>',
    ['<p>before <img src="', {"asset": "7"}, '" alt=""> after</p>'],
    '<p><img src="https://x.example/a.png" alt="elsewhere"></p>loose',
)


class Hands:
    """Somebody with all rights, at the REST interface."""

    def __init__(self, server):
        self.url, self.http = server["url"], requests.Session()
        self.http.headers["Authorization"] = f"users API-Key {server['api_key']}"

    def ask(self, method, path, body=None, **query):
        params = {"depth": 0, "trash": "true", "fallback-locale": "none", **query}
        answer = self.http.request(method, f"{self.url}/api/{path}", params=params, json=body, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def all(self, collection, **query):
        return self.ask("GET", collection, limit=0, **query)["docs"]

    def empty(self):
        """No documents, whosever they are."""
        for collection in COLLECTIONS:
            if self.all(collection):
                self.ask("DELETE", collection, **{"where[id][exists]": "true"})

    def add(self, collection, locale="en", **fields):
        return self.ask("POST", collection, {"_status": "published", **fields}, locale=locale)["doc"]

    def edit(self, ident, **fields):
        """Change fields of the page with that ident."""
        key, _, locale = ident.rpartition("@")
        collection = collection_of(key.partition(":")[0])
        (page,) = self.all(collection, **{"where[leopard_key][equals]": key})
        query = {"draft": "true"} if fields.get("_status") == "draft" else {}
        return self.ask("PATCH", f"{collection}/{page['id']}", fields, locale=locale, **query)["doc"]

    def seen(self, key, locale="en"):
        """What everybody sees."""
        query = {"where[leopard_key][equals]": key, "locale": locale, "depth": 0}
        answer = requests.get(
            f"{self.url}/api/{collection_of(key.partition(':')[0])}", params=query, timeout=60
        )
        return answer.json()["docs"]


@pytest.fixture(scope="session")
def server(start):
    os.environ.setdefault("PYTHON", sys.executable)
    return start("payload")


@pytest.fixture(scope="session")
def hands(server):
    return Hands(server)


@pytest.fixture
def empty(hands):
    hands.empty()


@pytest.fixture
def keys(server, monkeypatch):
    """The secrets, where the configuration says they are; also for processes that a test starts."""
    monkeypatch.setenv("PAYLOAD_KEY", server["api_key"])
    monkeypatch.setenv("PAYLOAD_READER", server["reader_key"])
    monkeypatch.setenv("PAYLOAD_NOBODY", "not one of Payload's")


@pytest.fixture
def by_hand(hands):
    return lambda ident, title: hands.edit(ident, title=title)


class TestPayload(KilledConformance, WireConformance):
    many = 101  # one more than are listed at once

    @pytest.fixture
    def proxy(self, server):
        with FaultProxy(server["url"]) as proxy:
            yield proxy

    @pytest.fixture
    def channel(self, keys, empty, proxy):
        return {"use": "payload", "url": proxy.address, "api_key": "env:PAYLOAD_KEY"}

    @pytest.fixture
    def foreign(self, hands, empty):
        made = hands.add("pages", title="Theirs")
        return Foreign(str(made["id"]), lambda: hands.ask("GET", f"pages/{made['id']}", locale="all"))

    @pytest.fixture
    def media(self, server):
        return lambda page: (
            requests.get(server["url"] + page.url[page.url.index("/api/") :], timeout=60).content
        )

    @pytest.fixture
    def hand_edit(self, by_hand):
        return by_hand


class TestTheExample(WholeConformance):
    media = TestPayload.media

    @pytest.fixture
    def target(self, keys, empty, server):
        known = {"use": "payload", "url": server["url"], "api_key": "env:PAYLOAD_KEY"}
        return {**known, "locales": ["en", "fr"]}

    @pytest.fixture
    def carried(self, hands):
        def graph(ident):
            (page,) = hands.seen(*ident.split("@"))
            return page["linked_data"]

        return graph

    @pytest.fixture
    def hand_edit(self, by_hand):
        return by_hand

    def test_it_is_there_as_blocks_relations_and_uploads(self, published, hands):
        (page,) = hands.seen("page:leopards")
        kinds = [block["blockType"] for block in page["blocks"]]
        assert [kinds[0], kinds[1], kinds[-1]] == ["hero", "key_message", "related"]
        figures = next(block for block in page["blocks"] if block["blockType"] == "statistics")
        assert [one["display"] for one in figures["items"]][:2] == ["221–450", "more than 90%"]
        assert all(one["citation"]["report"] for one in figures["items"])
        related = page["blocks"][-1]["items"]
        assert [one["relationTo"] for one in related] == ["articles"] * 3 + ["reports"] * 4
        shown = hands.ask("GET", f"media/{page['blocks'][0]['image']}", locale="all")
        assert set(shown["alt"]) == {"en", "fr"}
        assert shown["credit"]
        assert len(hands.all("reports")) == 12
        (report,) = hands.seen("report:an-ounce-of-prevention")
        assert report["isbn"] == ["978-1-85850-409-4"]
        assert [one["family"] for one in report["authors"]][:2] == ["Nowell", "Li"]
        assert report["abstract"]["root"]["children"][0]["type"] == "paragraph"
        (french,) = hands.seen("page:leopards", "fr")
        assert french["id"] == page["id"]
        assert french["title"] != page["title"]


# What is peculiar to Payload.


def made(options, root, **more):
    return PayloadExporter(PayloadExporter.Options(**{**options, **more}), context(root))


def page(name="one", title="One", text="Words", **more):
    known = {"key": f"page:{name}", "locale": "en", "slug": name}
    return Page(**{**known, "title": title, "blocks": [{"type": "text", "text": html(text)}], **more})


@pytest.fixture
def options(keys, server):
    return {"url": server["url"], "api_key": "env:PAYLOAD_KEY"}


@pytest.fixture
def desk(options, empty, tmp_path):
    with Desk(made(options, tmp_path)).open() as desk:
        yield desk


@pytest.fixture
def project(server, keys, empty, tmp_path):
    """A small project with one page; a function starts it with other options."""
    trials = []

    def begin(**more):
        known = {"use": "payload", "url": server["url"], "api_key": "env:PAYLOAD_KEY"}
        trials.append(Trial(tmp_path, {**known, **more}))
        trials[-1].page("one", "One")
        return trials[-1]

    yield begin
    for trial in trials:
        trial.close()


def test_two_languages_are_one_document(desk, hands):
    english, french = page(), page(title="Un", locale="fr")
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda record: desk.exporter.create(desk.desired(record)), (english, french)))
    assert made[0].id == made[1].id
    assert {one.ident: one.fields["title"] for one in desk.exporter.read()} == {
        "page:one@en": "One",
        "page:one@fr": "Un",
    }
    desk.exporter.delete(made[0])
    assert [one.ident for one in desk.exporter.read()] == ["page:one@fr"]
    assert desk.create(english).id == made[1].id
    assert hands.seen("page:one", "fr")[0]["title"] == "Un"


def test_each_language_is_hidden_by_itself(desk, hands):
    desk.create(page())
    desk.create(page(title="Un", locale="fr"))
    desk.exporter.unpublish(desk.remotes["page:one@fr"])
    assert [one["title"] for one in hands.seen("page:one")] == ["One"]
    assert hands.seen("page:one", "fr") == []
    assert {one.ident: one.state for one in desk.exporter.read()} == {
        "page:one@en": "published",
        "page:one@fr": "withdrawn",
    }


def test_a_translation_that_people_wrote_stays(desk, hands):
    made = desk.create(page())
    hands.edit("page:one@fr", title="La leur")
    assert [one.ident for one in desk.exporter.read()] == ["page:one@en"]
    desk.exporter.delete(made)
    (left,) = hands.all("pages", locale="all")
    assert (left["title"]["fr"], left["leopard_key"]) == ("La leur", None)
    assert list(desk.exporter.read()) == []


def test_a_language_that_payload_does_not_have(desk, hands):
    desk.create(page())
    with pytest.raises(Unsupported, match="Payload has no language it"):
        desk.exporter.create(desk.desired(page(title="Uno", locale="it")))
    assert hands.seen("page:one")[0]["title"] == "One"


def test_a_draft_that_people_began_is_not_overwritten_unseen(desk, hands):
    made = desk.create(page())
    hands.edit("page:one@en", title="Begun", _status="draft")
    assert hands.seen("page:one")[0]["title"] == "One"
    (found,) = desk.exporter.find([made.ident])
    assert found.fields["title"] == "Begun"
    with pytest.raises(StaleWrite):
        desk.exporter.update(made, desk.desired(page(title="Ours")))


def test_a_page_in_the_trash_is_brought_back(desk, hands):
    made = desk.create(page())
    hands.edit("page:one@en", deletedAt="2026-01-01T00:00:00.000Z")
    assert list(desk.exporter.read()) == []
    assert desk.create(page(title="Again")).id == made.id
    assert hands.seen("page:one")[0]["title"] == "Again"


def test_a_copy_that_somebody_makes_is_not_ours(desk, hands):
    made = desk.create(page())
    hands.ask("POST", f"pages/{made.id}/duplicate")
    assert len(hands.all("pages")) == 2
    assert [one.id for one in desk.exporter.read()] == [made.id]


def test_a_number_that_was_given_to_another_document(desk, hands):
    made = desk.create(page())
    hands.ask("DELETE", f"pages/{made.id}")
    other = desk.create(page("other", "Other"))
    assert other.id == made.id
    assert desk.exporter.create(desk.desired(page())).id != other.id
    desk.remotes["page:one@en"] = made
    with pytest.raises(Rejected, match="given its number to page:other"):
        desk.update(page())


def test_a_page_that_names_what_is_gone(desk, hands):
    parent = page("parent", "Parent")
    there = desk.create(parent)
    desk.create(page("other", "Other"))  # else SQLite would give the number away again
    hands.ask("DELETE", f"pages/{there.id}")
    child = page(parent="page:parent", blocks=[{"type": "related", "items": ["page:parent"]}])
    with pytest.raises(Rejected, match=f"not in Payload any more: pages {there.id}"):
        desk.create(child, parent)


def test_a_picture_is_replaced_in_its_place(desk):
    root = desk.exporter.context.root
    first = desk.create(picture(root, focal_point={"x": 0.325, "y": 0.1}))
    assert (first.fields["focalX"], first.fields["focalY"]) == (32, 10)
    assert first.fields["translations"] == {"fr": {"alt": "Rosettes et taches"}}
    again = desk.update(picture(root, shade=200))
    assert number_of(again.id) == number_of(first.id)
    assert requests.get(again.url, timeout=60).content == (root / "pictures/coat.png").read_bytes()
    words = desk.update(picture(root, shade=200, alt={"en": "Spots"}, caption={}))
    assert words.url == again.url
    assert "translations" not in words.fields
    assert desk.exporter.create(desk.desired(picture(root, shade=200))).id == again.id


def test_a_withdrawn_picture_is_not_shown(desk):
    made = desk.create(picture(desk.exporter.context.root))
    assert requests.get(made.url, timeout=60).status_code == 200
    hidden = desk.exporter.unpublish(made)
    assert hidden.state == "withdrawn"
    assert requests.get(made.url, timeout=60).status_code in (403, 404)


def test_fields_of_a_team(options, empty, tmp_path, hands):
    mapping = {"page": {"title": "{title}!", "summary": None, "blocks": []}}
    with Desk(made(options, tmp_path, mapping=mapping)).open() as desk:
        desk.create(page(summary="Ours"))
        hands.edit("page:one@en", summary="Theirs")
        (held,) = desk.exporter.read()
        desk.keep(held)
        desk.update(page(title="Two", summary="Ours"))
    (found,) = hands.seen("page:one")
    assert (found["title"], found["summary"], found["blocks"]) == ("Two!", "Theirs", [])


def test_prose_opens_in_the_editor_as_it_was_written(home):
    states = [editor_state(one, "media") for one in PROSE]
    command = ("node", "--conditions=production", "lexical.mjs")
    done = subprocess.run(
        command, input=json.dumps(states), capture_output=True, text=True, cwd=home / "payload", check=True
    )
    for state, saved in zip(states, json.loads(done.stdout), strict=True):
        assert saved == state


# Bad input.


@pytest.mark.parametrize(
    ("option", "value", "code", "said"),
    [
        ("api_key", "env:PAYLOAD_NOBODY", "channel.auth", "the API key is not accepted"),
        ("api_key", "env:PAYLOAD_UNSET", "channel.auth", "PAYLOAD_UNSET"),
        ("api_key", "env:PAYLOAD_READER", "channel.no_right", "no right to create in the collection pages"),
        ("users", "people", "channel.auth", "the API key is not accepted"),
        ("url", "http://127.0.0.1:9", "channel.transient", "cannot connect to 127.0.0.1:9"),
        ("locales", ("en", "it"), "channel.no_language", "Payload has no language it"),
        ("mapping", {"page": {"seo": "{title}"}}, "channel.no_field", "pages of Payload has no field seo"),
    ],
)
def test_what_check_finds(options, tmp_path, option, value, code, said):
    problems = lacking(made(options, tmp_path, **{option: value}))
    assert any(one.code == code and said in one.message for one in problems), problems
    assert "Payload's" not in str(problems)


def test_check_of_a_payload_that_is_ready(options, tmp_path):
    assert lacking(made(options, tmp_path)) == []


def test_a_path_where_no_payload_is(options, server, tmp_path):
    (problem,) = lacking(made(options, tmp_path, url=f"{server['url']}/blog"))
    assert problem.code == "channel.down"
    assert "is no Payload with the collections of Leopard" in problem.message


def test_a_payload_without_our_collections(options, tmp_path, monkeypatch):
    monkeypatch.setattr("exporters.payload.MEDIA", "users")
    (problem,) = lacking(made(options, tmp_path))
    assert "is no Payload with the collections of Leopard" in problem.message
    assert "leopard channel setup" in problem.hint


def test_a_login_page_in_between(options, tmp_path, server):
    with FaultProxy(server["url"]) as proxy:
        proxy.faults.append(Fault("html", method=".*"))
        (problem,) = lacking(made(options, tmp_path, url=proxy.address))
    assert problem.code == "channel.down"
    assert "a web page instead of JSON" in problem.message


def test_setup_writes_what_this_server_has(options, tmp_path, home):
    (said,) = made(options, tmp_path).setup(tmp_path)
    assert "leopard.collections.mjs" in said
    written = (tmp_path / "leopard.collections.mjs").read_text()
    assert written == (home / "payload" / "leopard.collections.mjs").read_text()
    assert list(made(options, tmp_path).setup(tmp_path)) == []


def test_no_right_to_write_stops_the_channel(options, empty, tmp_path):
    reader = made(options, tmp_path, api_key="env:PAYLOAD_READER")
    with Desk(reader).open() as desk, pytest.raises(AuthError, match="has no right to this"):
        desk.create(page())


def test_a_field_that_is_gone_stops_the_channel(desk, monkeypatch):
    monkeypatch.setattr("exporters.dialects.payload.mapping.PayloadMapping.added", lambda self, kind: ["seo"])
    with pytest.raises(ChannelDown, match="has no field seo"):
        desk.create(page())


def test_an_image_that_is_refused(project):
    trial = project()
    (trial.root / "content/images/coat.svg").write_text(
        "<svg xmlns='http://www.w3.org/2000/svg' width='1' height='1'><script>alert(1)</script></svg>"
    )
    trial.write("content/images/coat.yaml", {"file": "coat.svg", "alt": "A coat", "credit": "Ada"})
    trial.page("two", "Two", image=True)
    refused = [one for one in trial.run().problems if one.code == "channel.rejected"]
    assert [one.key for one in refused] == ["asset:coat"]
    assert "SVG file contains potentially harmful content" in refused[0].message
    assert "mimeTypes" in refused[0].hint
    assert "page:one@en" in trial.held()


def test_a_field_that_is_too_long(project):
    trial = project(mapping={"page": {"slug": "{summary}"}})
    trial.write("content/pages/long.yaml", {"title": "Long", "summary": "far too long " * 20})
    (problem,) = trial.run().problems
    assert (problem.code, problem.key) == ("channel.rejected", "page:long")
    assert "slug: This value must be shorter than the max length of 120 characters" in problem.message
    assert set(trial.held()) == {"page:one@en"}


@pytest.mark.parametrize(("status", "said"), [(413, "larger than the server takes"), (429, None)])
def test_a_proxy_before_the_server_that_refuses(project, server, status, said):
    with FaultProxy(server["url"]) as proxy:
        fault = Fault(
            "error_before", method="POST", path="api/pages", status=status, headers={"Retry-After": "0"}
        )
        proxy.faults.append(fault)
        trial = project(url=proxy.address)
        trial.page("two", "Two")
        problems = trial.run().problems
        assert not fault.times
        assert [said in one.hint for one in problems] == ([True] if said else [])
        assert len(trial.held()) == (1 if said else 2)


def test_a_document_that_somebody_has_open(desk, hands, server):
    made = desk.create(page())
    me = hands.ask("GET", "users/me")["user"]["id"]
    lock = {
        "document": {"relationTo": "pages", "value": int(made.id)},
        "user": {"relationTo": "users", "value": me},
    }
    reader = {"Authorization": f"users API-Key {server['reader_key']}"}
    someone = requests.get(f"{server['url']}/api/users/me", headers=reader, timeout=60).json()["user"]["id"]
    lock["user"]["value"] = someone
    hands.ask("POST", "payload-locked-documents", lock)
    try:
        with pytest.raises(Rejected, match="423") as refused:
            desk.update(page(title="Changed"))
        assert "open in Payload" in refused.value.hint
    finally:
        hands.ask("DELETE", "payload-locked-documents", **{"where[id][exists]": "true"})
