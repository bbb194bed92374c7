"""A page that people made before Leopard came becomes the page of a record."""

import pytest

from exporters import memory

CONFIGURATION = """\
site: {title: Spots, url: "https://spots.example"}
sources: {pages: {use: yaml, path: content}}
channels: {site: {use: memory}, plain: {use: memory, store: plain, without: [adopt]}}
"""


@pytest.fixture
def store(monkeypatch):
    stores = {"default": memory.Store(), "plain": memory.Store()}
    monkeypatch.setattr(memory, "STORES", stores)
    return stores["default"]


@pytest.fixture
def site(empty, store):
    made = empty(CONFIGURATION)
    made.write("content/about.yaml", "title: About us\n")
    made.write("content/other.yaml", "title: Other\n")
    return made


def adopt(site, page, key="page:about", channel="site"):
    return site.run("adopt", key, page, "--channel", channel)


def test_the_page_is_updated_and_no_second_one_made(site, store):
    page = store.add_foreign({"title": "About, by hand"})
    assert adopt(site, page).status == 0

    changes = site.run("plan", "--channel", "site").out
    assert "~ page:about@en" in changes
    assert "by hand" in changes
    site.run("sync", "--yes", "--channel", "site")
    titles = [one.fields["title"] for one in store.pages.values()]
    assert sorted(titles) == ["About us", "Other"]
    assert next(one.id for one in store.pages.values() if one.key == "page:about") == page
    assert site.run("plan", "--channel", "site", "--detailed-exitcode").status == 0


def test_a_rollback_gives_the_page_its_words_back(site, store):
    page = store.add_foreign({"title": "About, by hand"})
    adopt(site, page)
    site.run("sync", "--yes", "--channel", "site")
    run = site.run("runs", "--format", "json").json[0]["id"]
    assert site.run("rollback", run, "--yes").status == 0
    assert store.pages[page].fields["title"] == "About, by hand"


@pytest.mark.parametrize(
    ("key", "page", "channel", "told"),
    [
        ("page:about", "nothing", "site", "there is no page nothing"),
        ("page:about", "1", "plain", "cannot take over"),
        ("page:about", "1", "sight", "did you mean 'site'?"),
    ],
)
def test_what_cannot_be_taken_over_says_why(site, key, page, channel, told):
    done = adopt(site, page, key, channel)
    assert done.status == 2
    assert told in done.err


def test_a_record_that_has_a_page_gets_no_other(site, store):
    site.run("sync", "--yes", "--channel", "site")
    page = store.add_foreign({"title": "By hand"})
    done = adopt(site, page)
    assert done.status == 2
    assert "has a page on site already" in done.err
    assert store.foreign[page] == {"title": "By hand"}
