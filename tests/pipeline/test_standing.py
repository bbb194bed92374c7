"""Pages that certainly stand are not compared; all others are, whatever happened to ledger, cache and content."""

import json
import shutil
import time

import pytest

from pipeline.desire import Wanted
from pipeline.steps.summarise import Summarise


@pytest.fixture
def site(site):
    synced(site)
    return site


def synced(site, *words, status=0):
    time.sleep(0.06)  # what is younger might change again unseen
    done = site.run("sync", "--yes", "--format", "json", *words)
    assert done.status == status, done.err
    return done


def changes(done):
    channels = json.loads(done.out)["channels"] if done.out else {}
    return {name: channel["done"] for name, channel in channels.items() if channel["done"]}


@pytest.fixture
def compared(monkeypatch):
    """Idents that are rendered or compared, by channel."""
    seen = []
    desired = Wanted.desired

    def noted(self, card, *more, **named):
        seen.append((self.exporter.context.name, card.ident))
        return desired(self, card, *more, **named)

    monkeypatch.setattr(Wanted, "desired", noted)
    return seen


def test_only_what_has_changed_is_compared(site, compared):
    site.edit("content/articles/first.md", "title: First", "title: Best")
    assert changes(synced(site)) == {"files": {"update": 1}, "feed": {"update": 1}}
    assert sorted(compared) == [("feed", "article:first@en"), ("files", "article:first@en")]


def test_who_quotes_what_has_changed_is_compared_as_well(site, compared):
    site.edit("content/statistics/killed.yaml", "221–450", "300")
    synced(site)
    assert {ident for channel, ident in compared if channel == "feed"} == {
        "article:first@en",
        "page:leopards@en",
    }


def test_other_bytes_of_an_image_reach_those_who_show_it(site, compared):
    path = site.root / "content/images/coat.png"
    path.write_bytes(path.read_bytes() + b"\0")
    synced(site)
    assert ("feed", "page:leopards@en") in compared
    shown = json.loads((site.root / "public/page/leopards.en.json").read_text())["image"]["url"]
    assert (site.root / shown.removeprefix("https://spots.example/")).name in {
        one.name for one in (site.root / "public/assets").iterdir()
    }


def test_a_record_that_is_gone_leaves_its_channels(site):
    (site.root / "content/pages/other.yaml").unlink()
    assert changes(synced(site)) == {"files": {"delete": 1}, "feed": {"delete": 1}}


def test_a_new_record_comes_to_its_channels(site, compared):
    site.write("content/pages/new.yaml", "title: New\n")
    assert changes(synced(site)) == {"files": {"create": 1}, "feed": {"create": 1}}
    assert {ident for _, ident in compared} == {"page:new@en"}


def test_a_cache_that_has_missed_a_run_is_not_believed(site):
    """As with two machines that share a ledger and not a cache."""
    cache, aside = site.root / ".leopard/cache.db", site.root / "aside.db"
    shutil.copy(cache, aside)
    site.edit("content/articles/first.md", "title: First", "title: Best")
    synced(site)
    shutil.copy(aside, cache)
    site.edit("content/articles/first.md", "title: Best", "title: First")
    assert changes(synced(site)) == {"files": {"update": 1}, "feed": {"update": 1}}


def test_a_ledger_that_was_put_back_is_compared_as_a_whole(site):
    ledger, aside = site.root / ".leopard/ledger.db", site.root / "aside.db"
    shutil.copy(ledger, aside)
    site.edit("content/articles/first.md", "title: First", "title: Best")
    synced(site)
    shutil.copy(aside, ledger)
    for end in ("-wal", "-shm"):
        ledger.with_name(ledger.name + end).unlink(missing_ok=True)
    site.edit("content/pages/other.yaml", "title: Other", "title: Another")
    assert changes(synced(site)) == {"files": {"update": 2}, "feed": {"update": 2}}


def test_another_configuration_of_a_channel_is_compared_as_a_whole(site, compared):
    site.edit("leopard.yaml", "path: public}", "path: public, url: 'https://other.example'}")
    synced(site)
    assert len({ident for channel, ident in compared if channel == "files"}) == 6
    assert not [ident for channel, ident in compared if channel == "feed"]


def test_what_a_step_has_said_is_said_again_at_the_place_where_it_stands_now(site, monkeypatch):
    site.write("content/articles/second.md", "---\ntitle: Second\n---\n\nSee [it](page:nowhere).\n")
    synced(site)
    changed = []
    change = Summarise.change
    monkeypatch.setattr(
        Summarise, "change", lambda step, record: changed.append(record.ident) or change(step, record)
    )
    site.edit("content/articles/first.md", "title: First", "title: Best")
    told = [one for one in json.loads(synced(site).out)["problems"] if one["code"] == "link.dangling"]
    assert changed == ["article:first@en"]
    assert [(one["origin"]["line"], one["excerpt"]) for one in told] == [(5, "See [it](page:nowhere).")]
    site.edit("content/articles/second.md", "title: Second\n", "title: Second\ntags: []\n")
    synced(site)
    site.edit("content/articles/first.md", "title: Best", "title: First")
    (told,) = [one for one in json.loads(synced(site).out)["problems"] if one["code"] == "link.dangling"]
    assert (told["origin"]["line"], told["excerpt"]) == (6, "See [it](page:nowhere).")


def test_who_comes_earlier_takes_an_address_from_who_has_it(site):
    site.write("content/pages/b.yaml", "title: Same\n")
    synced(site)
    site.write("content/pages/a.yaml", "title: Same\n")
    done = synced(site, status=1)
    (problem,) = [one for one in json.loads(done.out)["problems"] if one["code"] == "slug.taken"]
    assert problem["key"] == "page:b"
    assert (site.root / "public/page/a.en.json").exists()
    (site.root / "content/pages/a.yaml").unlink()
    synced(site)
    assert not (site.root / "public/page/a.en.json").exists()
