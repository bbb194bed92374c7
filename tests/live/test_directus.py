"""Directus, on a real server whose collections `setup` has made."""

import sys
import uuid
from pathlib import Path
from typing import ClassVar

import pytest
import requests

sys.path.insert(0, str(Path(__file__).resolve().parent))

from as_source import RealSource
from killed import KilledConformance
from whole import WholeConformance

from exporters.base import Write
from exporters.dialects.directus.calls import Calls
from exporters.dialects.directus.model import BLOCKS, LANGUAGES, LINKS, RECORDS, table_of
from exporters.dialects.directus.rows import id_of
from exporters.dialects.directus.tables import FOLDER, collections, file_fields
from exporters.directus import DirectusExporter
from exporters.trial import Desk, Foreign, context, html, picture, png
from pipeline.conformance import WireConformance
from schemas.errors import AuthError, ChannelDown, Rejected, StaleWrite, Transient
from schemas.page import Page
from schemas.plugins import names
from sources.directus import DirectusSource
from transport.fault_proxy import Fault, FaultProxy

KINDS = tuple(names("kinds"))
EVERYTHING = {"query": {"limit": -1}}


class Hands:
    """Somebody with all rights."""

    def __init__(self, server):
        self.url, self.http = server["url"], requests.Session()
        self.http.headers["Authorization"] = f"Bearer {server['token']}"

    def ask(self, method, path, ok=True, **sent):
        answer = self.http.request(method, self.url + path, timeout=60, **sent)
        if ok:
            assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json()["data"] if answer.ok and answer.content else None

    def get(self, collection, *fields, **where):
        """Items with these values."""
        asked = {f"filter[{name}][_eq]": value for name, value in where.items()}
        fields = ",".join(fields or ["*"])
        return self.ask("GET", f"/items/{collection}", params={"fields": fields, "limit": -1, **asked})

    def empty(self):
        """No rows and no files, whosever they are."""
        for kind in KINDS:
            if kind != "asset":
                self.ask("DELETE", f"/items/{table_of(kind, KINDS).name}", json=EVERYTHING)
        self.ask("DELETE", f"/items/{RECORDS}", json=EVERYTHING)
        self.ask("DELETE", "/files", json=EVERYTHING)

    def edit(self, ident, **data):
        """Change fields of the row with that ident."""
        table = table_of(ident.partition(":")[0], KINDS).name
        (row,) = self.get(table, "id", leopard_key=ident)
        return self.ask("PATCH", f"/items/{table}/{row['id']}", json=data)

    def tear_down(self):
        """As if nobody had ever set it up."""
        left = [one["collection"] for one in collections(KINDS)]
        for _ in range(len(left)):  # what others refer to goes after them
            for name in list(left):
                if self.http.delete(f"{self.url}/collections/{name}", timeout=60).status_code in (204, 403):
                    left.remove(name)
        assert not left
        for one in file_fields():
            self.ask("DELETE", f"/fields/directus_files/{one['field']}", ok=False)


def exporter_for(server, folder, **options):
    known = {"url": server["url"], "token": "env:DIRECTUS_TOKEN", **options}
    return DirectusExporter(DirectusExporter.Options(**known), context(folder))


@pytest.fixture(scope="session")
def server(start, tmp_path_factory):
    server = start("directus")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIRECTUS_TOKEN", server["token"])
        exporter = exporter_for(server, tmp_path_factory.mktemp("setup"))
        with exporter.session():
            list(exporter.setup(exporter.context.root))
    return server


@pytest.fixture(scope="session")
def hands(server):
    return Hands(server)


@pytest.fixture
def empty(hands):
    hands.empty()


@pytest.fixture
def tokens(server, monkeypatch):
    """The secrets, where the configuration says they are; also for processes that a test starts."""
    monkeypatch.setenv("DIRECTUS_TOKEN", server["token"])
    monkeypatch.setenv("DIRECTUS_GUEST", server["guest_token"])
    monkeypatch.setenv("DIRECTUS_NOBODY", "nobody-knows-it")


@pytest.fixture
def by_hand(hands):
    return lambda ident, title: hands.edit(ident, title=title)


class TestDirectus(KilledConformance, WireConformance):
    no_such_id = str(uuid.uuid4())
    many = 110

    @pytest.fixture
    def proxy(self, server):
        with FaultProxy(server["url"]) as proxy:
            yield proxy

    @pytest.fixture
    def channel(self, tokens, empty, proxy):
        return {"use": "directus", "url": proxy.address, "token": "env:DIRECTUS_TOKEN"}

    @pytest.fixture
    def foreign(self, hands, empty):
        page = str(uuid.uuid4())
        hands.ask("POST", "/items/leopard_pages", json={"id": page, "title": "Theirs", "status": "published"})
        return Foreign(page, lambda: hands.ask("GET", f"/items/leopard_pages/{page}", params={"fields": "*"}))

    @pytest.fixture
    def media(self, hands):
        return lambda page: hands.http.get(f"{hands.url}/assets/{page.id}", timeout=60).content

    @pytest.fixture
    def hand_edit(self, by_hand):
        return by_hand


class TestTheExample(WholeConformance):
    media = TestDirectus.media

    @pytest.fixture
    def target(self, tokens, empty, server):
        known = {"use": "directus", "url": server["url"], "token": "env:DIRECTUS_TOKEN"}
        return {**known, "locales": ["en", "fr"]}

    @pytest.fixture
    def readers(self, server):
        return {"Authorization": f"Bearer {server['token']}"}

    @pytest.fixture
    def carried(self, hands):
        def graph(ident):
            table = table_of(ident.partition(":")[0], KINDS).name
            (row,) = hands.get(table, "linked_data", leopard_key=ident)
            return row["linked_data"]

        return graph

    @pytest.fixture
    def hand_edit(self, by_hand):
        return by_hand

    def test_the_page_is_there_as_native_structure(self, published, hands):
        deep = "blocks.*,blocks.statistics_items.*,blocks.teasers_items.*,blocks.related_items.blocks_related_items_record.*"
        asked = ("*", deep, "species.pages_species_record.leopard_key")
        (page,) = hands.get("leopard_pages", *asked, leopard_key="page:leopards@en")
        blocks = sorted(page["blocks"], key=lambda one: one["sort"])
        types = [one["type"] for one in blocks]
        assert types[0] == "hero" and {"text", "statistics", "quote", "teasers", "related"} <= set(types)
        (file,) = hands.ask(
            "GET",
            "/files",
            params={"filter[id][_eq]": blocks[0]["image"], "fields": "*,leopard_translations.*"},
        )
        assert file["credit"] and file["alt"] and file["filesize"]
        assert {one["languages_code"] for one in file["leopard_translations"]} == {"en", "fr"}
        (quote,) = [one for one in blocks if one["type"] == "quote"][:1]
        assert quote["text"] and quote["name"]
        figures = [one for block in blocks for one in block["statistics_items"]]
        assert figures and all(one["statement"] and one["display"] for one in figures)
        related = [
            one["blocks_related_items_record"]["leopard_key"]
            for block in blocks
            for one in block["related_items"]
        ]
        assert page["species"][0]["pages_species_record"]["leopard_key"].startswith("species:")
        assert any(key.startswith("report:") for key in related)

    def test_the_reports_are_there_with_authors_and_identifiers(self, published, hands):
        asked = (
            "*",
            "authors.*",
            "authors.person.leopard_key",
            "publisher.leopard_key",
            "files.*",
            "species.*",
        )
        reports = [one for one in hands.get("leopard_reports", *asked) if one["languages_code"] == "en"]
        assert len(reports) == 12
        assert all(one["authors"] and one["publisher"] and one["issued"] for one in reports)
        assert any(one["doi"] for one in reports)
        assert any(author["person"] for one in reports for author in one["authors"])

    def test_languages_share_an_item(self, published, hands):
        (item,) = hands.get(RECORDS, "*", "pages.languages_code", "pages.title", leopard_key="page:leopards")
        titles = {one["languages_code"]: one["title"] for one in item["pages"]}
        assert set(titles) == {"en", "fr"} and titles["en"] != titles["fr"]

    def test_nothing_is_left_of_what_goes(self, published, hands):
        for path in ("pages/leopards.yaml", "pages/leopards.fr.yaml"):
            (published.root / "content" / path).unlink()
        published.leopard("sync", "--yes", "--allow-empty", "pages")
        assert hands.get(RECORDS, leopard_key="page:leopards") == []
        assert hands.get(BLOCKS) == []
        assert not [one for one in hands.get(LINKS) if one["pages_species"] or one["blocks_related_items"]]


@pytest.fixture
def desk(tokens, empty, server, tmp_path):
    with Desk(exporter_for(server, tmp_path)).open() as desk:
        yield desk


def page(name="leopards", **more):
    known = {"key": f"page:{name}", "locale": "en", "title": "Leopards", "slug": name}
    return Page(**{**known, **more})


class TestWrites:
    """What no suite for all channels can know."""

    def test_a_language_more_and_less(self, desk, hands):
        desk.create(page())
        desk.create(page(locale="fr", title="Léopards"))
        (item,) = hands.get(RECORDS, "pages.languages_code")
        assert len(item["pages"]) == 2
        desk.delete(desk.remotes["page:leopards@en"])
        assert len(hands.get(RECORDS)) == 1
        desk.delete(desk.remotes["page:leopards@fr"])
        assert hands.get(RECORDS) == []

    def test_two_languages_in_one_batch(self, desk):
        records = [page(), page(locale="fr", title="Léopards")]
        outcomes = desk.exporter.write_many(self.batch(desk, records))
        assert {one.id for one in outcomes.values()} == {id_of("page:leopards")}

    @staticmethod
    def batch(desk, records):
        return [Write(desired=desk.desired(one), remote=desk.remotes.get(one.ident)) for one in records]

    def test_a_batch_larger_than_a_request_may_be(self, desk):
        text = "leopard " * 40_000
        records = [page(f"n-{n}", blocks=[{"type": "text", "text": html(text)}]) for n in range(4)]
        outcomes = desk.exporter.write_many(self.batch(desk, records))
        assert {one.state for one in outcomes.values()} == {"published"}

    def test_a_record_larger_than_a_request_may_be(self, desk):
        huge = page(blocks=[{"type": "text", "text": html("leopard " * 150_000)}])
        outcomes = desk.exporter.write_many(self.batch(desk, [huge, page("small")]))
        assert isinstance(outcomes[huge.ident], Rejected)
        assert "MAX_PAYLOAD_SIZE" in outcomes[huge.ident].hint
        assert outcomes["page:small@en"].id

    def test_blocks_and_parts_that_are_dropped_go(self, desk, hands):
        figures = [{"figure": n, "statement": "left", "display": str(n)} for n in range(3)]
        blocks = [{"type": "statistics", "items": figures}, {"type": "key_message", "text": "Rare"}]
        desk.create(page(blocks=blocks))
        desk.update(page(blocks=[{**blocks[0], "items": figures[:1]}]))
        assert [one["type"] for one in hands.get(BLOCKS)] == ["statistics"]
        assert len(hands.get("leopard_quoted")) == 1
        desk.update(page())
        assert hands.get(BLOCKS) == hands.get("leopard_quoted") == []

    def test_more_parts_than_directus_lists_by_itself(self, desk):
        figures = [{"figure": n, "statement": "left", "display": str(n)} for n in range(105)]
        desk.create(page(blocks=[{"type": "statistics", "items": figures}]))
        (block,) = desk.held()["page:leopards@en"].fields["blocks"]
        assert [one["display"] for one in block["items"]] == [str(n) for n in range(105)]

    def test_a_hand_edit_of_a_block_is_seen(self, desk, hands):
        made = desk.create(page(blocks=[{"type": "key_message", "text": "Rare"}]))
        (block,) = hands.get(BLOCKS)
        hands.ask("PATCH", f"/items/{BLOCKS}/{block['id']}", json={"text": "By hand"})
        held = desk.held()[made.ident]
        assert held.fields["blocks"] == [{"type": "key_message", "text": "By hand"}]
        assert held.version != made.version

    def test_a_stale_write_in_a_batch(self, desk, hands):
        desk.create(page())
        desk.create(page("other"))
        hands.edit("page:leopards@en", title="By hand")
        outcomes = desk.exporter.write_many(
            self.batch(desk, [page(title="Ours"), page("other", title="Ours")])
        )
        assert isinstance(outcomes["page:leopards@en"], StaleWrite)
        assert outcomes["page:other@en"].fields["title"] == "Ours"

    def test_a_field_of_the_team(self, tokens, empty, server, hands, tmp_path):
        field = {"field": "excerpt", "type": "string", "schema": {"max_length": 20}, "meta": {}}
        hands.ask("DELETE", "/fields/leopard_pages/excerpt", ok=False)
        exporter = exporter_for(
            server, tmp_path, mapping={"page": {"excerpt": "On {title}", "summary": None}}
        )
        with Desk(exporter).open() as desk:
            (problem,) = exporter.check()
            assert (problem.code, "excerpt" in problem.message) == ("channel.no_field", True)
            with pytest.raises(AuthError, match="does not show it"):
                desk.create(page())
            hands.empty()
            hands.ask("POST", "/fields/leopard_pages", json=field)
            try:
                assert list(exporter.check()) == []
                made = desk.create(page())
                assert made.fields["excerpt"] == "On Leopards"
                assert made.fields["excerpt"] == desk.held()[made.ident].fields["excerpt"]
                hands.edit(made.ident, summary="By the editors")
                desk.keep(desk.held()[made.ident])
                desk.update(page(title="Cats"))
                assert hands.get("leopard_pages")[0]["summary"] == "By the editors"
                with pytest.raises(Rejected, match="excerpt of leopard_pages takes 20 characters"):
                    desk.create(page("other", title="Leopards " * 9))
            finally:
                hands.ask("DELETE", "/fields/leopard_pages/excerpt")


class TestFiles:
    def test_bytes_are_sent_once(self, desk, hands):
        root = desk.exporter.context.root
        made = desk.create(picture(root))
        (before,) = hands.ask("GET", "/files")
        changed = desk.update(picture(root, credit="© Somebody else"))
        (after,) = hands.ask("GET", "/files")
        assert (before["uploaded_on"], changed.id) == (after["uploaded_on"], made.id)
        assert after["credit"] == "© Somebody else"

    def test_bytes_replaced_by_hand_are_put_right(self, desk, hands):
        root = desk.exporter.context.root
        made = desk.create(picture(root))
        theirs = {"file": ("theirs.png", png(3) + b"more", "image/png")}
        hands.ask("PATCH", f"/files/{made.id}", files=theirs)
        desk.keep(desk.held()[made.ident])
        desk.update(picture(root))
        assert hands.http.get(f"{hands.url}/assets/{made.id}", timeout=60).content == png()

    def test_an_upload_that_broke_off_is_done_again(self, desk, hands, monkeypatch):
        root = desk.exporter.context.root
        with monkeypatch.context() as patch:
            patch.setattr(Calls, "change", lambda *_: (_ for _ in ()).throw(ChannelDown("gone")))
            with pytest.raises(ChannelDown):
                desk.create(picture(root))
        assert list(desk.exporter.find(["asset:coat@en"])) == list(desk.exporter.read()) == []
        desk.create(picture(root, shade=9))
        (file,) = hands.ask("GET", "/files")
        assert file["credit"] == "© Ada Spots / Leopards"
        assert hands.http.get(f"{hands.url}/assets/{file['id']}", timeout=60).content == png(9)

    def test_prose_shows_a_file(self, desk, hands):
        asset = picture(desk.exporter.context.root)
        made = desk.create(asset)
        desk.create(
            page(blocks=[{"type": "text", "text": {"format": "html", "text": '<img src="asset:coat">'}}]),
            asset,
        )
        (block,) = hands.get(BLOCKS)
        assert f"{hands.url}/assets/{made.id}" in block["text_html"]

    @pytest.mark.parametrize(
        ("more", "says"),
        [({"media_type": "text/plain"}, "FILES_MIME_TYPE_ALLOW_LIST"), ({"size": 1_500_000}, "larger")],
    )
    def test_a_file_that_directus_refuses(self, desk, hands, more, says):
        asset = picture(desk.exporter.context.root, **more)
        if "size" in more:
            (desk.exporter.context.root / asset.path).write_bytes(png() + bytes(more["size"]))
        with pytest.raises(Rejected) as refused:
            desk.create(asset)
        assert says in refused.value.hint
        assert hands.ask("GET", "/files") == []


class TestRefusals:
    """One sentence each, and what to do."""

    REFUSED: ClassVar = [
        ({"token": "env:DIRECTUS_NOBODY"}, AuthError, "401", "static token"),
        ({"token": "env:DIRECTUS_GUEST"}, AuthError, "403", "leopard channel check"),
        ({"url": "/nowhere"}, ChannelDown, "404", "without /admin"),
        ({"url": "http://127.0.0.1:9"}, Transient, "cannot connect", "check the address"),
    ]

    @pytest.mark.parametrize(("options", "kind", "says", "do"), REFUSED)
    def test_what_is_refused(self, tokens, server, tmp_path, options, kind, says, do):
        if options.get("url", "").startswith("/"):
            options = {"url": server["url"] + options["url"]}
        exporter = exporter_for(server, tmp_path, **options)
        with Desk(exporter).open() as desk, pytest.raises(kind, match=says) as refused:
            desk.create(page())
        assert do in refused.value.hint
        assert "nobody-knows-it" not in str(refused.value)

    def test_busy(self, tokens, empty, server, tmp_path):
        with (
            FaultProxy(server["url"]) as proxy,
            Desk(exporter_for(server, tmp_path, url=proxy.address)).open() as desk,
        ):
            proxy.faults.append(Fault("error_before", status=429, headers={"Retry-After": "7"}))
            with pytest.raises(Transient) as busy:
                desk.create(page())
        assert busy.value.retry_after == 7

    def test_what_is_named_is_gone(self, desk, hands):
        other = page("other")
        desk.create(other)
        hands.empty()
        linking = page(blocks=[{"type": "related", "items": [other.key]}])
        with pytest.raises(Rejected, match="foreign key") as refused:
            desk.create(linking, other)
        assert "--refresh" in refused.value.hint


class TestPreparing:
    def codes(self, exporter):
        with exporter.session():
            return [(one.code, one.message) for one in exporter.check()]

    def test_a_complete_server_lacks_nothing(self, tokens, server, tmp_path):
        exporter = exporter_for(server, tmp_path)
        assert self.codes(exporter) == []
        with exporter.session():
            assert list(exporter.setup(tmp_path)) == []

    def test_what_is_missing_is_named_and_made(self, tokens, empty, server, hands, tmp_path):
        exporter = exporter_for(server, tmp_path)
        hands.ask("DELETE", "/fields/leopard_reports/doi")
        hands.ask("DELETE", "/relations/leopard_teaser/link")
        hands.ask("DELETE", f"/items/{LANGUAGES}/fr")
        said = " ".join(message for _, message in self.codes(exporter))
        assert all(word in said for word in ("doi", "link of leopard_teaser", "language fr"))
        with exporter.session():
            assert len(list(exporter.setup(tmp_path))) == 3
        assert self.codes(exporter) == []

    def test_a_field_of_another_type_is_named(self, tokens, empty, server, hands, tmp_path):
        hands.ask("DELETE", "/fields/leopard_reports/pages")
        wrong = {"field": "pages", "type": "boolean", "schema": {}, "meta": {}}
        hands.ask("POST", "/fields/leopard_reports", json=wrong)
        exporter = exporter_for(server, tmp_path)
        ((code, message),) = self.codes(exporter)
        assert code == "channel.no_field" and "boolean instead of bigInteger" in message
        hands.ask("DELETE", "/fields/leopard_reports/pages")
        with exporter.session():
            assert len(list(exporter.setup(tmp_path))) == 1

    def test_an_empty_server_is_prepared(self, tokens, server, hands, tmp_path):
        hands.empty()
        hands.tear_down()
        exporter = exporter_for(server, tmp_path)
        missing = self.codes(exporter)
        named = [message for code, message in missing if code == "channel.no_content_type"]
        assert len(named) == len(collections(KINDS))
        assert {code for code, _ in missing} == {
            "channel.no_content_type", "channel.no_field", "channel.no_language",
        }  # fmt: skip
        with exporter.session():
            said = list(exporter.setup(tmp_path))
        assert f"made the collection {FOLDER}" in said
        assert self.codes(exporter) == []

    def test_the_rights_of_a_guest(self, tokens, server, tmp_path):
        exporter = exporter_for(server, tmp_path, token="env:DIRECTUS_GUEST")
        assert [code for code, _ in self.codes(exporter)] == ["channel.no_right"]

    def test_the_least_rights(self, tokens, empty, server, hands, editor, tmp_path, monkeypatch):
        """Those that the documentation lists are enough to check and to publish, and no more than needed."""
        monkeypatch.setenv("DIRECTUS_TOKEN", editor.token)
        exporter = exporter_for(server, tmp_path)
        assert self.codes(exporter) == []
        with Desk(exporter).open() as desk:
            desk.create(picture(tmp_path))
            desk.create(page(blocks=[{"type": "key_message", "text": "Rare"}]))
            desk.update(page(title="Cats"))
            desk.delete(desk.remotes["page:leopards@en"])
        right = editor.take(BLOCKS, "create")
        ((code, message),) = self.codes(exporter)
        assert code == "channel.no_right" and "create in leopard_blocks" in message
        with Desk(exporter).open() as desk, pytest.raises(AuthError) as refused:
            desk.create(page(blocks=[{"type": "key_message", "text": "Rare"}]))
        assert "leopard channel check" in refused.value.hint
        editor.give(right)


class Editor:
    """A user with a policy of its own."""

    def __init__(self, hands):
        self.hands, self.token = hands, uuid.uuid4().hex
        self.policy = hands.ask("POST", "/policies", json={"name": "Leopard"})["id"]
        user = {"email": f"{self.token}@example.org", "token": self.token, "status": "active"}
        self.user = hands.ask("POST", "/users", json={**user, "policies": [{"policy": self.policy}]})["id"]
        written = [one["collection"] for one in collections(KINDS) if one["schema"] is not None]
        rights = [
            (name, right)
            for name in [*written, "directus_files"]
            for right in ("create", "read", "update", "delete")
        ]
        for name in ("directus_collections", "directus_fields", "directus_relations"):
            rights.append((name, "read"))
        self.rights = {one: self.give(one) for one in rights if one[0] != LANGUAGES or one[1] == "read"}

    def give(self, right):
        known = {"policy": self.policy, "collection": right[0], "action": right[1], "fields": ["*"]}
        return self.hands.ask("POST", "/permissions", json={**known, "permissions": {}, "validation": {}})[
            "id"
        ]

    def take(self, *right):
        self.hands.ask("DELETE", f"/permissions/{self.rights[right]}")
        return right

    def leave(self):
        self.hands.ask("DELETE", f"/users/{self.user}")
        self.hands.ask("DELETE", f"/policies/{self.policy}")


@pytest.fixture
def editor(hands):
    editor = Editor(hands)
    yield editor
    hands.empty()  # Directus keeps a user whose files are there
    editor.leave()


class TestAsSource(RealSource):
    of = DirectusSource

    @pytest.fixture
    def server_url(self, server):
        return server["url"]

    @pytest.fixture
    def fill(self, hands):
        hands.empty()
        for number, title in enumerate(("Old", "Not yet")):
            row = {"id": str(uuid.UUID(int=number + 1)), "title": title, "slug": f"a{number}"}
            sent = {**row, "languages_code": "en", "status": "draft" if number else "published"}
            hands.ask("POST", "/items/leopard_pages", json=sent)
        return str(uuid.UUID(int=1))

    @pytest.fixture
    def options(self, tokens):
        return {"token": "env:DIRECTUS_TOKEN", "collections": {"leopard_pages": {"kind": "page"}}}

    @pytest.fixture
    def change(self, hands, fill):
        return lambda: hands.ask("PATCH", f"/items/leopard_pages/{fill}", json={"title": "Another"})
