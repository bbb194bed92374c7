"""Ghost, on a real server."""

import sys
import time
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path

import pytest
import requests

sys.path.insert(0, str(Path(__file__).resolve().parent))

from as_source import RealSource
from killed import KilledConformance
from whole import OnTimeConformance, WholeConformance, graph_of

from exporters.dialects.ghost.api import API, Token
from exporters.ghost import GhostExporter
from exporters.trial import Desk, Foreign, context, picture, png
from pipeline.conformance import WireConformance
from schemas.errors import Ambiguous, AuthError, Rejected, StaleWrite, Transient, Unsupported
from schemas.page import Page
from schemas.topic import Topic
from sources.ghost import GhostSource
from transport.fault_proxy import Fault, FaultProxy
from transport.session import ApiSession


@pytest.fixture(scope="session")
def server(start):
    return start("ghost")


@pytest.fixture(scope="session")
def admin(server):
    with ApiSession(server["url"]) as api:
        api.http.auth = Token(server["admin_key"])
        yield api


@pytest.fixture
def keys(server, monkeypatch):
    """The secrets, where the configuration says they are; also for processes that a test starts."""
    for name in ("admin_key", "staff_key", "contributor_key"):
        monkeypatch.setenv(f"GHOST_{name.upper()}", server[name])


@pytest.fixture
def empty(admin):
    """No pages, posts or tags, whosever they are."""
    for home in ("pages", "posts", "tags"):
        while items := admin.call("GET", f"{API}/{home}/", params={"limit": 100, "fields": "id"})[home]:
            for item in items:
                admin.call("DELETE", f"{API}/{home}/{item['id']}/")


def add(admin, home, **item):
    return admin.call("POST", f"{API}/{home}/", json={home: [item]})[home][0]


def look(admin, home, number):
    return admin.call("GET", f"{API}/{home}/{number}/")[home][0]


def change(admin, home, item, **changes):
    body = {home: [{**changes, "updated_at": item["updated_at"]}]}
    return admin.call("PUT", f"{API}/{home}/{item['id']}/", json=body)[home][0]


def by_hand(admin):
    def edit(ident, title):
        (item,) = admin.call("GET", f"{API}/pages/", params={"filter": f"tags.name:'#leopard {ident}'"})[
            "pages"
        ]
        change(admin, "pages", item, title=title)

    return edit


class TestGhost(KilledConformance, WireConformance):
    no_such_id = "pages/ffffffffffffffffffffffff"

    @pytest.fixture
    def proxy(self, server):
        with FaultProxy(server["url"]) as proxy:
            yield proxy

    @pytest.fixture
    def channel(self, keys, empty, proxy):
        return {"use": "ghost", "url": proxy.address, "key": "env:GHOST_ADMIN_KEY"}

    @pytest.fixture
    def foreign(self, admin, empty):
        page = add(admin, "pages", title="Theirs", status="published")
        return Foreign(f"pages/{page['id']}", lambda: look(admin, "pages", page["id"]))

    @pytest.fixture
    def media(self):
        return lambda page: requests.get(page.id, timeout=10).content

    @pytest.fixture
    def hand_edit(self, admin):
        return by_hand(admin)


class TestTheExample(OnTimeConformance, WholeConformance):
    scheduled = "scheduled"
    media = TestGhost.media

    @pytest.fixture
    def visitor(self, server):
        """Somebody who knows the password of the site, which is closed to all others."""
        visitor = requests.Session()
        with ApiSession(server["url"]) as owner:
            owner.http.auth = Token(server["staff_key"])
            settings = owner.call("GET", f"{API}/settings/")["settings"]
        (word,) = (one["value"] for one in settings if one["key"] == "password")
        visitor.post(f"{server['url']}/private/", params={"r": "/"}, data={"password": word}, timeout=60)
        return visitor

    @pytest.fixture
    def ahead(self):
        return 165  # it schedules nothing that is due within two minutes

    @pytest.fixture
    def there(self, admin):
        def look():
            (item,) = admin.call("GET", f"{API}/posts/", params={"filter": "slug:on-time"})["posts"]
            return item["status"], item["updated_at"]

        return look

    @pytest.fixture
    def address(self, server):
        return f"{server['url']}/on-time/"

    @pytest.fixture
    def tick(self):
        return lambda: None

    @pytest.fixture
    def target(self, keys, empty, server):
        return {"use": "ghost", "url": server["url"], "key": "env:GHOST_ADMIN_KEY"}

    @pytest.fixture
    def hand_edit(self, admin):
        return by_hand(admin)

    @pytest.fixture
    def carried(self, admin, visitor):
        def graph(ident):
            home = "pages" if ident.startswith("page:") else "posts"
            (item,) = admin.call("GET", f"{API}/{home}/", params={"filter": f"tags.name:'#leopard {ident}'"})[
                home
            ]
            return graph_of(item["url"], visitor)

        return graph


# What is peculiar to Ghost.


@pytest.fixture
def exporter(tmp_path, keys, empty, server):
    """Gives an exporter with a session that is open, by the name of its key and its options."""
    with ExitStack() as open_:

        def make(key="env:GHOST_ADMIN_KEY", **more):
            options = GhostExporter.Options(**{"url": server["url"], "key": key, **more})
            made = GhostExporter(options, context(tmp_path))
            open_.enter_context(made.session())
            return made

        yield make


@pytest.fixture
def desk(exporter):
    return Desk(exporter())


def page(name="leopards", **more):
    known = {"key": f"page:{name}", "locale": "en", "title": name.title(), "slug": name}
    return Page(**{**known, **more})


def problems(exporter):
    return [(one.code, one.severity) for one in exporter.check()]


def test_an_empty_and_a_full_server_lack_nothing(exporter, desk, tmp_path):
    assert problems(desk.exporter) == []
    desk.create(page())
    desk.create(picture(tmp_path))
    assert problems(desk.exporter) == []
    assert list(desk.exporter.setup(tmp_path)) == []


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("0" * 24 + ":" + "ab" * 32, "Unknown Admin API Key"),
        ("{admin}00", "invalid signature"),
        ("x:y", "id:secret"),
    ],
)
def test_a_wrong_key(exporter, server, monkeypatch, key, says):
    monkeypatch.setenv("WRONG", key.format(admin=server["admin_key"][:-2]))
    with pytest.raises(AuthError, match=says):
        list(exporter("env:WRONG").read())


def test_somebody_without_rights(exporter):
    theirs = exporter("env:GHOST_CONTRIBUTOR_KEY")
    assert ("channel.no_right", "error") in problems(theirs) or ("channel.auth", "error") in problems(theirs)
    with pytest.raises(AuthError, match="403"):
        Desk(theirs).create(page())


def test_a_token_of_the_staff_will_do(exporter):
    theirs = exporter("env:GHOST_STAFF_KEY")
    assert problems(theirs) == []
    assert Desk(theirs).create(page()).state == "published"


def test_a_wrong_address(exporter, server):
    elsewhere = exporter(url=f"{server['url']}/blog")
    assert problems(elsewhere) == [("channel.down", "error")]
    nobody = exporter(url="http://127.0.0.1:9")
    assert problems(nobody) == [("channel.transient", "error")]


def test_another_language(exporter):
    assert problems(exporter(locales=["fr"])) == [("channel.no_language", "warning")]


def test_a_token_is_renewed_before_it_grows_old(desk):
    token = desk.exporter.api.http.auth
    desk.create(page())
    first = token.made
    desk.update(page(title="Soon"))
    assert token.made == first
    token.made -= 200
    desk.update(page(title="Later"))
    assert token.made >= first


def test_a_file_that_is_no_image(desk, tmp_path):
    wanted = desk.desired(picture(tmp_path, digest=f"{time.time_ns():064x}"))
    (tmp_path / "pictures" / "coat.png").write_bytes(b"no picture")
    with pytest.raises(Rejected, match="Image processing failed"):
        desk.exporter.create(wanted)
    with pytest.raises(Rejected, match="415"):
        desk.exporter.create(wanted.model_copy(update={"fields": {"file": "no-picture.svg"}}))


def test_a_field_too_long_is_refused_before_anything_is_sent(desk):
    with pytest.raises(Unsupported, match="title may have 255 characters"):
        desk.exporter.accept(desk.desired(page(title="x" * 256)))
    wanted = desk.desired(page())
    long = {**wanted.fields, "custom_excerpt": "x" * 301}
    with pytest.raises(Rejected, match="custom_excerpt must NOT have more than 300 characters"):
        desk.exporter.create(wanted.model_copy(update={"fields": long}))


def test_too_much_and_too_fast(exporter, server):
    with FaultProxy(server["url"]) as proxy:
        desk = Desk(exporter(url=proxy.address))
        proxy.faults.append(Fault("error_before", status=413))
        with pytest.raises(Rejected, match="413"):
            desk.create(page())
        proxy.faults.append(Fault("error_before", status=429, headers={"Retry-After": "7"}))
        with pytest.raises(Transient) as busy:
            desk.create(page())
        assert busy.value.retry_after == 7
        assert desk.create(page()).state == "published"


def test_two_writes_in_one_second_are_told_apart(desk):
    """Ghost's own times would not: they are in seconds."""
    for number in range(6):
        name = f"page-{number}"
        old = desk.create(page(name))
        desk.update(page(name, title="Theirs"))
        with pytest.raises(StaleWrite):
            desk.exporter.update(old, desk.desired(page(name, title="Ours")))


def test_a_slug_that_is_taken_stays_as_it_was_given_until_it_is_free(desk, admin):
    theirs = add(admin, "posts", title="Theirs", slug="leopards")
    assert desk.create(page()).fields["slug"] == "leopards-2"
    for title in ("One", "Two"):
        assert desk.update(page(title=title)).fields["slug"] == "leopards-2"
    admin.call("DELETE", f"{API}/posts/{theirs['id']}/")
    assert desk.update(page(title="Three")).fields["slug"] == "leopards"
    assert desk.create(page("rss")).fields["slug"] == "rss-post"
    assert desk.update(page("rss", title="Other")).fields["slug"] == "rss-post"


def test_visitors_are_redirected_where_that_is_allowed(exporter, server):
    for key, codes in (("STAFF", []), ("ADMIN", ["channel.redirect"])):
        desk = Desk(exporter(f"env:GHOST_{key}_KEY"))
        name = f"{key.lower()}-{time.time_ns()}"
        old = desk.create(page(name))
        assert desk.update(page(name, slug=f"{name}-new")).id == old.id
        answer = requests.get(old.url, timeout=10, allow_redirects=False)
        assert (answer.status_code == 301) is not bool(codes)
        assert [one.code for one in desk.exporter.problems] == codes


def test_a_copy_that_people_make_is_not_ours(desk, admin):
    made = desk.create(page())
    admin.call("POST", f"{API}/{made.id}/copy/")
    assert [one.id for one in desk.exporter.read()] == [made.id]
    assert [one.code for one in desk.exporter.problems] == ["channel.duplicate"]
    assert [one.id for one in desk.exporter.find([made.ident])] == [made.id]


def test_bytes_are_sent_once_whatever_becomes_of_the_answer(exporter, server, tmp_path):
    with FaultProxy(server["url"]) as proxy:
        desk = Desk(exporter(url=proxy.address))
        asset = picture(tmp_path, shade=time.time_ns() % 251)
        (tmp_path / "pictures" / "coat.png").write_bytes(unique := png() + time.time_ns().to_bytes(8))
        asset = asset.model_copy(update={"digest": sha256(unique).hexdigest()})
        proxy.faults.append(Fault("lost", path="/images/upload/"))
        with pytest.raises(Ambiguous):
            desk.create(asset)
        made = desk.create(asset)
        sent = [one for one in proxy.writes if "/images/upload/" in one.path]
        assert len(sent) == 1
        assert requests.get(made.id, timeout=10).content == unique


def test_what_is_published_can_be_scheduled(desk):
    made = desk.create(page())
    later = desk.update(page(published_at="2999-01-01"), state="scheduled")
    assert (later.id, later.state) == (made.id, "scheduled")
    now = desk.update(page(), state="published")
    assert now.fields["published_at"] < "2999"


def test_topics_are_tags_of_their_own(desk):
    topic = Topic(key="topic:crime", locale="en", title="Crime", slug="crime", summary="Of traders")
    made = desk.create(topic)
    about = page(topics=["topic:crime"], tags=["crime", "Trade"])
    shown = desk.create(about, topic)
    assert (shown.fields["topics"], shown.fields["tags"]) == ([made.id], ["Trade"])
    desk.update(topic.model_copy(update={"title": "Wildlife crime"}))
    hidden = desk.exporter.unpublish(desk.remotes[topic.ident])
    assert hidden.state == "withdrawn"
    assert desk.held()[topic.ident].state == "withdrawn"
    assert desk.held()[about.ident].fields["topics"] == [made.id]


def test_a_user_of_ghost_is_named_as_author(exporter):
    for email, told in (
        ("contributor@example.org", "contributor@example.org"),
        ("no@example.org", "owner@example.org"),
    ):
        desk = Desk(exporter(mapping={"page": {"authors": [email]}}))
        assert desk.create(page(email.partition("@")[0])).fields["authors"] == [told]


class TestAsSource(RealSource):
    of = GhostSource

    @pytest.fixture
    def server_url(self, server):
        return server["url"]

    @pytest.fixture
    def fill(self, admin, empty):
        text = {"lexical": None, "tags": [{"name": "Cats"}]}
        add(admin, "posts", title="Not yet", **text)
        add(admin, "pages", title="A page", status="published", **text)
        return add(admin, "posts", title="Old & new", status="published", **text)

    @pytest.fixture
    def options(self, keys):
        return {"key": "env:GHOST_ADMIN_KEY"}

    @pytest.fixture
    def change(self, admin, fill):
        return lambda: (
            time.sleep(1.1),
            change(admin, "posts", fill, title="Another"),
        )  # its times are in seconds
