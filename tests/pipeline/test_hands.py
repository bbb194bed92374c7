"""What people decide: plans that wait for approval, channels that are paused, and the log of it."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from ledger_place import ON_BOTH

pytestmark = ON_BOTH
SITE = """\
site: {title: Spots, url: "https://spots.example", languages: [en]}
sources:
  pages: {use: yaml, path: content/pages, kind: page}
channels:
  files: {use: json, path: public/files}
  feed: {use: jsonfeed, path: public/feed.json, kinds: [page], approval: required}
"""


@pytest.fixture
def site(empty):
    made = empty(SITE)
    made.write("content/pages/one.yaml", "title: One\n")
    return made


def feed(site):
    path = site.root / "public/feed.json"
    return sorted(item["title"] for item in json.loads(path.read_text())["items"]) if path.exists() else None


def test_nothing_is_written_before_a_person_approves(site):
    done = site.run("sync", "--yes")
    assert done.status == 3
    assert "Waiting for approval: feed." in done.out
    assert "leopard approve feed" in done.err
    assert feed(site) is None
    assert (site.root / "public/files/index.json").exists()
    assert site.run("sync", "--yes").status == 3
    done = site.run("approve", "feed")
    assert (done.status, feed(site)) == (0, ["One"])
    assert site.run("sync", "--yes").status == 0
    assert site.run("approve", "feed").status == 3


def test_what_came_after_the_proposal_is_not_carried_out_with_it(site):
    site.run("sync", "--yes")
    site.write("content/pages/two.yaml", "title: Two\n")
    assert site.run("approve", "feed").status == 0
    assert feed(site) == ["One"]
    assert site.run("sync", "--yes").status == 3
    site.run("approve", "feed")
    assert feed(site) == ["One", "Two"]


def test_what_changed_after_the_proposal_is_stale(site):
    site.run("sync", "--yes")
    site.write("content/pages/one.yaml", "title: Another\n")
    done = site.run("approve", "feed")
    assert done.status == 1
    assert "stale" in done.err
    assert feed(site) is None


def test_a_refusal_holds_for_that_plan_only(site):
    site.run("sync", "--yes")
    assert site.run("refuse", "feed").status == 0
    done = site.run("sync", "--yes")
    assert done.status == 0
    assert "refused by" in done.err
    assert site.run("approve", "feed").status == 3
    site.write("content/pages/one.yaml", "title: Better\n")
    assert site.run("sync", "--yes").status == 3
    assert site.run("approve", "feed").status == 0
    assert feed(site) == ["Better"]


def test_a_saved_plan_was_seen_by_whoever_carries_it_out(site):
    saved = str(site.root / "monday.plan")
    site.run("plan", "--out", saved)
    done = site.run("sync", saved)
    assert (done.status, feed(site)) == (0, ["One"])


def test_a_proposal_goes_when_nothing_is_left_to_do(site):
    site.run("sync", "--yes")
    (site.root / "content/pages/one.yaml").unlink()
    site.run("sync", "--yes", "--allow-empty", "pages")
    assert site.run("approve", "feed").status == 3


def test_a_removal_of_much_asks_once_and_not_twice(site):
    for number in range(20):
        site.write(f"content/pages/p{number}.yaml", f"title: P{number}\n")
    site.run("sync", "--yes")
    site.run("approve", "feed")
    for number in range(15):
        (site.root / f"content/pages/p{number}.yaml").unlink()
    assert site.run("sync", "--yes", "--channel", "feed").status == 3
    assert site.run("approve", "feed").status == 0
    assert len(feed(site)) == 6


def test_a_paused_channel_rests_and_the_others_go_on(site):
    site.write("leopard.yaml", SITE.replace(", approval: required", ""))
    site.run("sync", "--yes")
    assert site.run("pause", "feed").status == 0
    site.write("content/pages/one.yaml", "title: Changed\n")
    done = site.run("sync", "--yes")
    assert done.status == 0
    assert "feed is paused since" in done.err
    assert feed(site) == ["One"]
    assert "Changed" in (site.root / "public/files/page/one.en.json").read_text()
    assert site.run("resume", "feed").status == 0
    site.run("sync", "--yes")
    assert feed(site) == ["Changed"]


def test_who_did_what_is_in_the_log(site):
    assert "Nobody" in site.run("audit").out
    site.run("sync", "--yes")
    for words in (("approve", "feed"), ("pause", "files"), ("resume", "files")):
        site.run(*words)
    log = json.loads(site.run("audit", "--format", "json").out)
    assert [(act["action"], act["subject"]) for act in log] == [
        ("resume", "files"),
        ("pause", "files"),
        ("approve", "feed"),
    ]
    assert log[2]["detail"] == "1 to create"
    assert all(act["who"] and act["at"] for act in log)


@pytest.mark.parametrize("command", ["approve", "refuse", "pause", "resume"])
def test_a_channel_that_does_not_exist_is_named(site, command):
    done = site.run(command, "fed")
    assert done.status == 2
    assert "no channel called 'fed'" in done.err
    assert "feed" in done.err
