"""Directus: collections of a team's own, with their translations and files; what has changed; nothing half."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from fake_directus import FILE, FakeDirectus, file, item

from sources.base import COMPLETE
from sources.conformance import RemoteConformance, read_all
from sources.directus import DirectusSource
from transport.fault_proxy import FaultProxy

GOLDEN = Path(__file__).parent / "golden" / "directus"
COLLECTIONS = {
    "posts": {
        "kind": "article",
        "prose": "html",
        "fields": {"body": "content", "image": "cover", "topics": "tags.tags_id", "published_at": "date"},
    },
    "tags": {"kind": "topic", "fields": {"title": "name"}},
}
SIGNED = {"token": "env:DIRECTUS_TOKEN", "collections": COLLECTIONS}


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr("transport.fetch.BACKOFF", 0.0)
    monkeypatch.setenv("DIRECTUS_TOKEN", "t0ken")


@pytest.fixture
def directus(web):
    whole = {
        "content": f'<p>Words. <img src="{web.address}/assets/{FILE}?width=300"></p>',
        "cover": FILE,
        "tags": [{"id": 1, "tags_id": 4}],
        "date": "2024-03-02T10:00:00.000Z",
        "translations": [
            {"id": 1, "languages_code": "en-GB", "title": "Snow leopards"},
            {"id": 2, "languages_code": "fr-FR", "title": "Panthères des neiges", "content": "<p>Mots.</p>"},
        ],
    }
    lists = {
        "posts": [item(1, None, **whole), item(2, status="draft"), item(3, status="archived")],
        "tags": [item(4, name="Counts")],
    }
    return FakeDirectus(web, lists, [file()])


@pytest.fixture
def source(folder, web, directus):
    """The source, in a new run each time."""

    def make(**options):
        known = {"url": web.address, "rate": 10_000, **SIGNED, **options}
        return DirectusSource(DirectusSource.Options(**known), folder.context)

    return make


def by_key(result):
    records, problems, outcome = result
    assert (problems, outcome) == ([], COMPLETE)
    return {raw.data["key"]: raw.data for raw in records}


class TestDirectus(RemoteConformance):
    @pytest.fixture
    def proxy(self, directus, web):
        with FaultProxy(web.address) as proxy:
            yield proxy

    @pytest.fixture
    def source(self, folder, proxy):
        options = {"url": proxy.address, "rate": 10_000, **SIGNED}
        return DirectusSource(DirectusSource.Options(**options), folder.context)

    @pytest.fixture
    def change(self, directus):
        def edit():
            directus.lists["posts"][1] |= {"title": "Other", "date_updated": "2024-05-01T00:00:00.000Z"}

        return edit


def test_collections_become_records_by_configuration(source, web):
    records, problems, outcome = read_all(source())
    assert (problems, outcome) == ([], COMPLETE)
    found = [
        {"name": raw.name, "within": raw.origin.within, "locale": raw.locale, **raw.data} for raw in records
    ]
    written = json.dumps(found, indent=1, ensure_ascii=False).replace(web.address, "https://cms.example.org")
    assert written + "\n" == (GOLDEN / "records.json").read_text()


def test_many_pages_of_a_list(source, directus):
    directus.lists["posts"] = [item(number) for number in range(250)]
    assert len([key for key in by_key(read_all(source())) if key.startswith("article:")]) == 250


def test_a_list_that_is_shorter_than_it_says_is_not_complete(source, directus):
    directus.total = 5
    records, (problem,), outcome = read_all(source())
    assert (records, outcome.state, problem.code) == ([], "failed", "api.short")


def test_wrong_tokens_are_no_emptiness(source, monkeypatch):
    monkeypatch.setenv("DIRECTUS_TOKEN", "wrong")
    records, (problem,), outcome = read_all(source())
    assert (records, outcome.state, problem.code) == ([], "failed", "fetch.auth")


def test_only_what_has_changed_is_asked_for_and_what_is_gone_goes(source, directus):
    directus.lists["posts"] = [item(number) for number in range(5)]
    assert "article:posts-1" in by_key(read_all(source()))
    directus.asked.clear()
    directus.lists["posts"].pop(1)
    directus.lists["posts"][2] |= {"title": "New", "date_updated": "2024-06-01T00:00:00.000Z"}
    found = by_key(read_all(source()))
    assert "article:posts-1" not in found
    assert found["article:posts-3"]["title"] == "New"
    assert len([key for key in found if key.startswith("article:")]) == 4
    newer = [
        json.loads(query["filter"]) for name, query in directus.asked if name == "posts" and "filter" in query
    ]
    assert newer[0]["_or"][0] == {"date_updated": {"_gte": "2024-04-01T09:55:00Z"}}


def test_files_are_copied_once(source, folder, web):
    web.put(f"/assets/{FILE}/leopard.jpg", b"JPEG")
    for _ in range(2):
        found = by_key(read_all(source(media="content/media")))
        assert found[f"asset:file-{FILE}"]["file"].endswith(f"content/media/leopard-files-{FILE}.jpg")
    assert len([path for path in web.paths if path.startswith("/assets/")]) == 1


def test_collections_have_to_be_named():
    with pytest.raises(ValueError, match="collections"):
        DirectusSource.Options(url="https://cms.example.org")
