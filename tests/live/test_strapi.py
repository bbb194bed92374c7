"""Strapi, on a real server whose content types are those that `setup` has written."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

sys.path.insert(0, str(Path(__file__).resolve().parent))

from as_source import RealSource
from killed import KilledConformance
from whole import WholeConformance

from exporters.dialects.strapi.schema import plural
from exporters.strapi import StrapiExporter
from exporters.trial import Desk, Foreign, context, html, picture
from pipeline.cache.store import Store
from pipeline.config import load
from pipeline.conformance import WireConformance
from pipeline.read import Reader
from pipeline.target import lacking
from pipeline.trial import Trial
from schemas.errors import AuthError, ChannelDown, Rejected
from schemas.page import Page
from schemas.plugins import find, names
from sources.base import COMPLETE, SourceContext
from sources.conformance import read_all
from sources.strapi import StrapiSource
from transport.fault_proxy import Fault, FaultProxy

KINDS = [kind for kind in names("kinds") if kind != "asset"]


class Hands:
    """Somebody with all rights, at the content API."""

    def __init__(self, server):
        self.url, self.http = server["url"], requests.Session()
        self.http.headers["Authorization"] = f"Bearer {server['admin_token']}"

    def ask(self, method, path, params=None, **data):
        sent = {"json": {"data": data}} if data else {}
        answer = self.http.request(method, f"{self.url}/api/{path}", params=params, timeout=60, **sent)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def empty(self):
        """No documents and no files, whosever they are."""
        for kind in KINDS:
            query = {"locale": "*", "status": "draft", "fields[0]": "locale", "pagination[pageSize]": 100}
            while documents := self.ask("GET", plural(kind), query)["data"]:
                for one in {one["documentId"] for one in documents}:
                    self.ask("DELETE", f"{plural(kind)}/{one}", {"locale": "*"})
        for file in self.ask("GET", "upload/files"):
            self.ask("DELETE", f"upload/files/{file['id']}")

    def add(self, kind, locale="en", status="published", **data):
        return self.ask("POST", plural(kind), {"locale": locale, "status": status}, **data)["data"]

    def look(self, kind, document, locale="en", **query):
        return self.ask("GET", f"{plural(kind)}/{document}", {"locale": locale, **query})["data"]

    def edit(self, ident, status="published", **data):
        """Change fields of the page with that ident."""
        key, _, locale = ident.rpartition("@")
        kind = key.partition(":")[0]
        query = {"filters[leopard_key][$eq]": key, "locale": locale, "status": "draft"}
        (page,) = self.ask("GET", plural(kind), query)["data"]
        where = {"locale": locale, "status": status}
        return self.ask("PUT", f"{plural(kind)}/{page['documentId']}", where, **data)["data"]


@pytest.fixture(scope="session")
def server(start):
    os.environ.setdefault("PYTHON", sys.executable)
    return start("strapi")


@pytest.fixture(scope="session")
def hands(server):
    return Hands(server)


@pytest.fixture
def empty(hands):
    hands.empty()


@pytest.fixture
def tokens(server, monkeypatch):
    """The secrets, where the configuration says they are; also for processes that a test starts."""
    for name in ("token", "read_token"):
        monkeypatch.setenv(f"STRAPI_{name.upper()}", server[name])
    monkeypatch.setenv("STRAPI_NO_TOKEN", "0123456789abcdef")


@pytest.fixture
def by_hand(hands):
    return lambda ident, title: hands.edit(ident, title=title)


class TestStrapi(KilledConformance, WireConformance):
    many = 30

    @pytest.fixture
    def proxy(self, server):
        with FaultProxy(server["url"]) as proxy:
            yield proxy

    @pytest.fixture
    def channel(self, tokens, empty, proxy):
        return {"use": "strapi", "url": proxy.address, "token": "env:STRAPI_TOKEN", "kinds": ["page"]}

    @pytest.fixture
    def foreign(self, hands, empty):
        page = hands.add("page", title="Theirs", slug="theirs")
        return Foreign(page["documentId"], lambda: hands.look("page", page["documentId"]))

    @pytest.fixture
    def media(self, server):
        return lambda page: requests.get(server["url"] + page.id.split(" ")[1], timeout=60).content

    @pytest.fixture
    def hand_edit(self, by_hand):
        return by_hand


class TestTheExample(WholeConformance):
    media = TestStrapi.media

    @pytest.fixture
    def target(self, tokens, empty, server):
        return {"use": "strapi", "url": server["url"], "token": "env:STRAPI_TOKEN", "locales": ["en", "fr"]}

    @pytest.fixture
    def carried(self, hands):
        def graph(ident):
            key, _, locale = ident.rpartition("@")
            query = {"filters[leopard_key][$eq]": key, "locale": locale}
            (page,) = hands.ask("GET", plural(key.partition(":")[0]), query)["data"]
            return page["linked_data"]

        return graph

    @pytest.fixture
    def hand_edit(self, by_hand):
        return by_hand


# What is peculiar to Strapi.


@pytest.fixture
def options(tokens, server):
    return {"url": server["url"], "token": "env:STRAPI_TOKEN"}


@pytest.fixture
def exporter(options, empty, tmp_path):
    return made(options, tmp_path)


@pytest.fixture
def desk(exporter):
    with Desk(exporter).open() as desk:
        yield desk


@pytest.fixture
def project(server, tokens, empty, tmp_path):
    """A small project with one page; a function starts it with other options."""
    trials = []

    def begin(**more):
        known = {"use": "strapi", "url": server["url"], "token": "env:STRAPI_TOKEN", "kinds": ["page"]}
        trials.append(Trial(tmp_path, {**known, **more}))
        trials[-1].page("one", "One")
        return trials[-1]

    yield begin
    for trial in trials:
        trial.close()


def made(options, root, **more):
    return StrapiExporter(StrapiExporter.Options(**{**options, **more}), context(root))


def page(name="one", title="One", text="Words", **more):
    known = {"key": f"page:{name}", "locale": "en", "slug": name}
    return Page(**{**known, "title": title, "blocks": [{"type": "text", "text": html(text)}], **more})


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
    assert hands.look("page", made[0].id, locale="fr")["title"] == "Un"


def test_a_language_that_strapi_does_not_have(desk):
    with pytest.raises(Rejected, match="Strapi has no language it"):
        desk.exporter.create(desk.desired(page(locale="it")))
    assert list(desk.exporter.read()) == []


def test_what_people_write_in_a_draft_is_seen(desk, hands):
    desk.create(page())
    hands.edit("page:one@en", status="draft", title="Not yet published")
    (found,) = desk.exporter.read()
    assert (found.fields["title"], found.state) == ("Not yet published", "published")


def test_two_documents_with_one_key(desk, hands):
    first = desk.create(page())
    hands.add("page", status="draft", title="A copy", leopard_key="page:one")
    assert [one.id for one in desk.exporter.find([first.ident])] == [first.id]
    assert [one.id for one in desk.exporter.read()] == [first.id]
    assert {problem.code for problem in desk.exporter.problems} == {"channel.duplicate"}


def test_hidden_pages_are_not_public(desk, hands):
    desk.create(page())
    hidden = desk.exporter.unpublish(desk.remotes["page:one@en"])
    with pytest.raises(requests.HTTPError, match="404"):
        hands.look("page", hidden.id)
    desk.keep(hidden)
    desk.update(page(), state="published")
    assert hands.look("page", hidden.id)["title"] == "One"
    desk.update(page(), state="draft")
    with pytest.raises(requests.HTTPError, match="404"):
        hands.look("page", hidden.id)
    assert [one.state for one in desk.exporter.read()] == ["draft"]


def test_pages_follow_when_what_they_relate_to_is_published_again(desk, hands):
    two = page("two", "Two")
    desk.create(two)
    linking = page("one", blocks=[{"type": "related", "items": ["page:two"]}])
    made = desk.create(linking, two)
    desk.update(page("two", "Two, changed"))
    query = {"populate[blocks][on][leopard.related][populate][items][populate][page][fields][0]": "title"}
    (block,) = hands.look("page", made.id, **query)["blocks"]
    assert block["items"][0]["page"]["title"] == "Two, changed"


def test_pages_that_name_each_other_lose_nothing_when_written_at_once(desk, hands, options, tmp_path):
    names = ["one", "two", "three", "four", "five"]

    def titled(title):
        links = {name: [f"page:{other}" for other in names if other != name] for name in names}
        return [page(n, title, blocks=[{"type": "related", "items": links[n]}]) for n in names]

    for title in ("First", "Second"):
        for one in titled(title):
            (desk.update if one.ident in desk.remotes else desk.create)(one, *titled(title))
    writers = [made(options, tmp_path) for _ in names]
    with ExitStack() as opened, ThreadPoolExecutor(len(names)) as pool:
        for writer in writers:
            opened.enter_context(writer.session())
        for title in ("Third", "Fourth"):
            wanted = [desk.desired(one, *titled(title)) for one in titled(title)]
            remotes = [desk.remotes[one.ident] for one in wanted]
            list(pool.map(lambda writer, *page: writer.update(*page), writers, remotes, wanted))
    query = {"populate[blocks][on][leopard.related][populate][items][populate][page][fields][0]": "title"}
    for remote in desk.remotes.values():
        for status in ("draft", "published"):
            (block,) = hands.look("page", remote.id, status=status, **query)["blocks"]
            assert [one["page"]["title"] for one in block["items"]] == ["Fourth"] * (len(names) - 1)


def test_a_picture_is_replaced_in_its_place(desk, exporter):
    first = desk.create(picture(exporter.context.root))
    again = desk.update(picture(exporter.context.root, shade=200))
    assert again.id == first.id
    asset = picture(exporter.context.root, shade=200, caption={"en": "Other words"})
    assert "Other words" in desk.update(asset).fields["caption"]
    desk.exporter.create(desk.desired(asset))
    assert len(list(desk.exporter.read())) == 1


def test_an_image_type_that_is_refused(project):
    trial = project()
    svg = "<svg xmlns='http://www.w3.org/2000/svg' width='1' height='1'/>"
    (trial.root / "content/images/coat.svg").write_text(svg)
    trial.write("content/images/coat.yaml", {"file": "coat.svg", "alt": "A coat", "credit": "Ada"})
    trial.page("two", "Two", image=True)
    problems = trial.run().problems
    (refused,) = (one for one in problems if one.code == "channel.rejected")
    assert refused.key == "asset:coat"
    assert "File type 'image/svg+xml' is not allowed" in refused.message
    assert "page:one@en" in trial.held()


def test_more_than_strapi_takes(project):
    trial = project()
    blocks = [{"type": "text", "text": html("long " * 300_000)}]
    trial.write("content/pages/long.yaml", {"title": "Long", "blocks": blocks})
    (problem,) = trial.run().problems
    assert (problem.code, problem.key) == ("channel.rejected", "page:long")
    assert "413" in problem.message
    assert "larger than the server takes" in problem.hint
    assert set(trial.held()) == {"page:one@en"}


def test_a_slug_that_is_taken(project, hands):
    hands.add("page", title="Theirs", slug="one")
    (problem,) = project().run().problems
    assert "slug: This attribute must be unique" in problem.message


def test_being_asked_to_be_slower(project, server):
    with FaultProxy(server["url"]) as proxy:
        proxy.faults.append(Fault("error_before", method="POST", path="leopard-pages.*populate", status=429))
        proxy.faults[0].headers = {"Retry-After": "0"}
        assert project(url=proxy.address).run().problems == []
        assert not proxy.faults[0].times


@pytest.mark.parametrize(
    ("option", "value", "code", "said"),
    [
        ("token", "env:STRAPI_NO_TOKEN", "channel.auth", "does not know the token"),
        ("token", "env:STRAPI_UNSET", "channel.auth", "STRAPI_UNSET"),
        ("token", "env:STRAPI_READ_TOKEN", "channel.no_right", "no right to create on Leopard page"),
        ("url", "http://127.0.0.1:9", "channel.transient", "cannot connect to 127.0.0.1:9"),
        ("locales", ("en", "it"), "channel.no_language", "Strapi has no language it"),
        ("mapping", {"page": {"seo": "{title}"}}, "channel.no_field", "has no field seo"),
    ],
)
def test_what_check_finds(options, tmp_path, option, value, code, said):
    problems = lacking(made(options, tmp_path, **{option: value}))
    assert any(one.code == code and said in one.message for one in problems), problems


def test_check_of_a_strapi_that_is_ready(options, tmp_path):
    assert lacking(made(options, tmp_path)) == []


def test_a_login_page_in_between(options, tmp_path, server):
    with FaultProxy(server["url"]) as proxy:
        proxy.faults.append(Fault("html", method=".*"))
        (problem,) = lacking(made(options, tmp_path, url=proxy.address))
    assert problem.code == "channel.down"
    assert "a web page instead of JSON" in problem.message


def test_content_types_that_are_not_installed(options, tmp_path):
    exporter = made(options, tmp_path)
    exporter.schema.types["nowhere"] = exporter.schema.types["topic"]
    try:
        messages = [one.message for one in lacking(exporter)]
    finally:
        del exporter.schema.types["nowhere"]
    assert messages == ["Strapi has no content type leopard-nowhere"]
    with exporter.session():
        for method in ("GET", "POST"):
            with pytest.raises(ChannelDown, match="no such content type"):
                exporter.api.call(method, "/api/leopard-nowheres")


def test_a_token_without_rights_stops_the_channel(options, empty, tmp_path):
    exporter = made(options, tmp_path, token="env:STRAPI_READ_TOKEN")
    with Desk(exporter).open() as desk, pytest.raises(AuthError, match="no right"):
        desk.create(page())


class TestAsSource(RealSource):
    of = StrapiSource

    @pytest.fixture
    def server_url(self, server):
        return server["url"]

    @pytest.fixture
    def fill(self, hands, empty):
        hands.add("page", "fr", title="Vieux", slug="vieux")
        hands.add("page", status="draft", title="Not yet", slug="not-yet")
        return hands.add("page", title="Old", slug="old")["documentId"]

    @pytest.fixture
    def options(self, tokens):
        return {"token": "env:STRAPI_TOKEN", "collections": {plural("page"): {"kind": "page"}}}

    @pytest.fixture
    def change(self, hands, fill):
        path, where = f"{plural('page')}/{fill}", {"locale": "en", "status": "published"}
        return lambda: hands.ask("PUT", path, where, title="Another")


class TestWhatItHolds:
    """What the example project has brought there comes back as it was."""

    target, place, published = TestTheExample.target, TestTheExample.place, TestTheExample.published

    def test_it_comes_back(self, published, server, tmp_path):
        project = load(published.root)
        source = StrapiSource(
            StrapiSource.Options(url=server["url"], token="env:STRAPI_TOKEN", rate=1000),
            SourceContext(tmp_path, project.site),
        )
        records, problems, outcome = read_all(source)
        assert (problems, outcome) == ([], COMPLETE)
        back = {f"{raw.data['key']}@{raw.locale}": raw for raw in records if raw.data["kind"] != "asset"}
        held = {ident: page for ident, page in published.held().items() if not ident.startswith("asset:")}
        assert back.keys() == held.keys()
        content = Reader(project, Store(None, "")).read().records
        for ident, raw in back.items():
            model = find("kinds", raw.data["kind"])
            record = model.model_validate({**raw.data, "locale": raw.locale})
            before = content[ident]
            for name in ("title", "status", "published_at", "tags", "topics", "species", "parent", "image"):
                assert getattr(record, name, None) == getattr(before, name, None), (ident, name)
            assert [one.type for one in getattr(record, "blocks", ())] == [
                one.type for one in getattr(before, "blocks", ())
            ]
        assets = {raw.data["key"]: raw.data for raw in records if raw.data["kind"] == "asset"}
        for key, data in assets.items():
            before = content.get(f"{key}@en")
            if before is not None and before.alt:
                assert data["alt"].items() <= before.alt.items() or data["alt"] == before.alt
