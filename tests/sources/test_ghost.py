"""Ghost: posts, pages, tags, authors and the files that they show; who may see what; nothing half."""

import base64
import hmac
import json
import sys
from hashlib import sha256
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from fake_ghost import KEY, FakeGhost, post, tag

from schemas.errors import ConfigError
from sources.base import COMPLETE
from sources.conformance import RemoteConformance, read_all
from sources.dialects.ghost.token import token
from sources.ghost import GhostSource
from transport.fault_proxy import FaultProxy

GOLDEN = Path(__file__).parent / "golden" / "ghost"
SIGNED = {"key": "env:GHOST_KEY"}


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr("transport.fetch.BACKOFF", 0.0)
    monkeypatch.setenv("GHOST_KEY", KEY)
    monkeypatch.setenv("GHOST_CONTENT", "c0ntent")


@pytest.fixture
def ghost(web):
    return FakeGhost(web)


@pytest.fixture
def source(folder, web, ghost):
    """The source, in a new run each time."""

    def make(**options):
        known = {"url": web.address, "rate": 10_000, **(options or SIGNED)}
        return GhostSource(
            GhostSource.Options(**{**known, **({} if "content_key" in options else SIGNED)}), folder.context
        )

    return make


def by_key(result):
    records, problems, outcome = result
    assert (problems, outcome) == ([], COMPLETE)
    return {raw.data["key"]: raw.data for raw in records}


def key(number, what="article:post"):
    return f"{what}-{number:024x}"


class TestGhost(RemoteConformance):
    @pytest.fixture
    def proxy(self, ghost, web):
        with FaultProxy(web.address) as proxy:
            yield proxy

    @pytest.fixture
    def source(self, folder, proxy):
        return GhostSource(GhostSource.Options(url=proxy.address, rate=10_000, **SIGNED), folder.context)

    @pytest.fixture
    def change(self, ghost):
        def edit():
            ghost.lists["posts"][0] |= {"title": "Other", "updated_at": "2024-05-01T00:00:00.000Z"}

        return edit


def test_each_thing_becomes_a_record(source, web):
    records, problems, outcome = read_all(source())
    assert (problems, outcome) == ([], COMPLETE)
    found = [{"name": raw.name, "within": raw.origin.within, **raw.data} for raw in records]
    written = json.dumps(found, indent=1, ensure_ascii=False).replace(web.address, "https://cms.example.org")
    assert written + "\n" == (GOLDEN / "records.json").read_text()


def test_with_a_content_key_only_what_is_public_is_read(source, ghost):
    ghost.lists["posts"].append(post(8, status="draft"))
    found = by_key(read_all(source(content_key="env:GHOST_CONTENT")))
    assert key(7) in found
    assert key(8) not in found


def test_drafts_and_what_is_for_members_are_not_public(source, ghost):
    ghost.lists["posts"] = [
        post(1, status="draft", published_at=None),
        post(2, status="scheduled", published_at="2199-01-01T00:00:00.000Z"),
        post(3, visibility="paid"),
        post(4, status="sent"),
        post(5, tags=[tag(20, "#withdrawn")], status="draft"),
    ]
    found = by_key(read_all(source()))
    states = [found[key(number)]["status"] for number in range(1, 6)]
    assert states == ["draft", "published", "draft", "draft", "withdrawn"]
    assert found[key(2)]["published_at"] == "2199-01-01T00:00:00.000Z"


def test_what_leopard_has_written_keeps_its_key(source, ghost):
    marked = [tag(30, "#leopard article:news/count@fr"), tag(31, "Counts")]
    ghost.lists["posts"] = [post(1, tags=marked)]
    ghost.lists["tags"] = [*marked, tag(32, "Cats", codeinjection_head="<!-- leopard topic:cats@en -->")]
    records, _, _ = read_all(source())
    (article,) = (raw for raw in records if raw.data["kind"] == "article")
    assert (article.data["key"], article.locale, article.data["tags"]) == (
        "article:news/count",
        "fr",
        ["Counts"],
    )
    assert "topic:cats" in {raw.data["key"] for raw in records}


def test_many_pages_of_a_list(source, ghost):
    ghost.lists["posts"] = [post(number) for number in range(1, 251)]
    found = by_key(read_all(source()))
    assert len([one for one in found if one.startswith("article:")]) == 250


def test_a_list_that_is_shorter_than_it_says_is_not_complete(source, ghost):
    ghost.total = 5
    records, (problem,), outcome = read_all(source())
    assert (records, outcome.state, problem.code) == ([], "failed", "api.short")


def test_only_what_has_changed_is_asked_for(source, ghost):
    ghost.lists["posts"] = [post(number) for number in range(1, 6)]
    assert key(2) in by_key(read_all(source()))
    ghost.asked.clear()
    ghost.lists["posts"][2] |= {"title": "New", "updated_at": "2024-06-01T00:00:00.000Z"}
    found = by_key(read_all(source()))
    assert found[key(3)]["title"] == "New"
    assert len([one for one in found if one.startswith("article:")]) == 5
    assert ("posts", "updated_at:>='2024-04-08 09:55:00'") in [(n, q.get("filter")) for n, q in ghost.asked]


def test_files_are_copied_once(source, folder, web, ghost):
    web.put("/content/images/2024/05/leopard.jpg", b"JPEG")
    ghost.lists["posts"][0]["html"] = "<p>Words.</p>"
    for _ in range(2):
        found = by_key(read_all(source(media="content/media")))
        (asset,) = (data for one, data in found.items() if one.startswith("asset:"))
        assert asset["file"].endswith("content/media/leopard-files-images-2024-05-leopard-jpg.jpg")
    assert len([path for path in web.paths if path.startswith("/content/")]) == 1


def test_tokens_are_signed_as_ghost_checks_them():
    head, claims, signature = token(KEY, 1_700_000_000).split(".")

    def plain(part):
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))

    assert json.loads(plain(head)) == {"alg": "HS256", "typ": "JWT", "kid": KEY[:24]}
    assert json.loads(plain(claims)) == {"iat": 1_700_000_000, "exp": 1_700_000_300, "aud": "/admin/"}
    made = hmac.new(bytes.fromhex(KEY[25:]), f"{head}.{claims}".encode(), sha256).digest()
    assert plain(signature) == made
    with pytest.raises(ConfigError, match="id:secret"):
        token("nonsense")


def test_wrong_keys_are_no_emptiness(source, monkeypatch):
    monkeypatch.setenv("GHOST_CONTENT", "wrong")
    records, (problem,), outcome = read_all(source(content_key="env:GHOST_CONTENT"))
    assert (records, outcome.state, problem.code) == ([], "failed", "fetch.auth")
    assert "wrong" not in problem.message


@pytest.mark.parametrize("options", [{}, {"key": "env:A", "content_key": "env:B"}])
def test_one_key_is_needed(options):
    with pytest.raises(ValueError, match="either"):
        GhostSource.Options(url="https://old.example.org", **options)
