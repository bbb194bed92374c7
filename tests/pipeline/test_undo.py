"""What people change on a channel, and taking back what we did: drift, rollback, detach, saved plans."""

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from ledger_place import ON_BOTH, Place

from exporters import memory
from pipeline.ledger import Deed

pytestmark = ON_BOTH
CONFIGURATION = """\
site: {title: Spots, url: "https://spots.example"}
sources: {pages: {use: yaml, path: content}}
channels: {site: {use: memory, hand_edits: %s, hand_edits_in: {summary: keep}}}
"""


@pytest.fixture
def store(monkeypatch):
    """The pages of the channel."""
    monkeypatch.setattr(memory, "STORES", {"default": memory.Store()})
    return memory.STORES["default"]


@pytest.fixture
def pages(empty, store):
    """Makes a project whose three pages have been published."""

    def make(policy="ask"):
        site = empty(CONFIGURATION % policy)
        for name in ("a", "b", "c"):
            page(site, name, f"Page {name}")
        assert site.run("sync", "--yes").status == 0
        return site

    return make


def page(site, name, title, summary="Short."):
    site.write(f"content/{name}.yaml", f"title: {title}\nsummary: {summary}\n")


def live(store):
    """Titles and summaries by the name of the page."""
    return {p.key.partition(":")[2]: (p.fields["title"], p.fields["summary"]) for p in store.pages.values()}


def last(site):
    return site.run("runs", "--format", "json").json[0]["id"]


def actions(site, *words):
    (channel,) = site.run("plan", "--format", "json", *words).json["channels"]
    return {change["ident"]: change["action"] for change in channel["changes"]}


# drift


def test_untouched_pages_do_not_differ(pages):
    done = pages().run("drift", "--detailed-exitcode")
    assert (done.status, done.out) == (0, "Every page is as we left it.\n")


def test_drift_tells_edits_removals_and_pages_that_nobody_remembers(pages, store):
    site = pages()
    store.hand_edit("page:a@en", {"title": "By hand", "summary": "Longer."})
    page_b = next(p for p in store.pages.values() if p.key == "page:b")
    del store.pages[page_b.id]
    store.pages["x"] = page_b.model_copy(update={"id": "x", "key": "page:x"})
    done = site.run("drift", "--format", "json", "--detailed-exitcode")
    assert done.status == 4
    found = {one["ident"]: one for one in done.json}
    assert {ident: one["what"] for ident, one in found.items()} == {
        "page:a@en": "edited",
        "page:b@en": "removed",
        "page:x@en": "unknown",
    }
    assert found["page:a@en"]["fields"] == [
        {"field": "summary", "applied": "Short.", "live": "Longer.", "policy": "keep"},
        {"field": "title", "applied": "Page a", "live": "By hand", "policy": "ask"},
    ]


def test_an_edit_that_is_asked_about_stays_until_somebody_says_so(pages, store):
    site = pages("ask")
    store.hand_edit("page:a@en", {"title": "By hand"})
    page(site, "a", "New")
    assert actions(site, "--refresh") == {"page:a@en": "conflict"}
    for words in (("--refresh",), ()):  # looked at first, or noticed by the channel when it is written to
        done = site.run("sync", "--yes", *words)
        assert done.status == 1
        assert "leopard sync --overwrite page:a" in done.err
        assert live(store)["a"][0] == "By hand"
    assert site.run("sync", "--yes", "--overwrite", "page:a").status == 0
    assert live(store)["a"][0] == "New"


def test_an_edit_that_is_kept_survives_what_is_written_around_it(pages, store):
    site = pages("overwrite")
    store.hand_edit("page:a@en", {"summary": "By hand."})
    assert site.run("sync", "--yes", "--refresh").status == 0
    page(site, "a", "New", "Another.")
    assert site.run("sync", "--yes").status == 0
    assert live(store)["a"] == ("New", "By hand.")
    page(site, "a", "Newer", "A third.")
    assert site.run("sync", "--yes", "--refresh").status == 0
    assert live(store)["a"] == ("Newer", "By hand.")
    assert site.run("sync", "--yes", "--overwrite", "page:a").status == 0
    assert live(store)["a"] == ("Newer", "A third.")


def test_an_edit_that_is_overwritten_is_gone_after_a_look(pages, store):
    site = pages("overwrite")
    store.hand_edit("page:a@en", {"title": "By hand"})
    assert actions(site) == {}
    assert actions(site, "--refresh") == {"page:a@en": "update"}
    assert site.run("sync", "--yes", "--refresh").status == 0
    assert live(store)["a"][0] == "Page a"


def test_an_edited_page_without_a_record_is_asked_about(pages, store):
    site = pages("ask")
    store.hand_edit("page:a@en", {"title": "By hand"})
    (site.root / "content/a.yaml").unlink()
    assert site.run("sync", "--yes").status == 1
    assert live(store)["a"][0] == "By hand"
    assert site.run("sync", "--yes", "--overwrite", "page:a").status == 0
    assert "a" not in live(store)


# detach, attach


def test_a_detached_page_is_left_alone_until_it_is_attached(pages, store):
    site = pages()
    assert site.run("detach", "page:a").status == 0
    page(site, "a", "New")
    store.hand_edit("page:a@en", {"title": "By hand"})
    assert site.run("sync", "--yes", "--refresh").out == "Nothing to do.\n"
    assert "Every page is as we left it." in site.run("drift").out
    (site.root / "content/a.yaml").unlink()
    assert actions(site) == {}
    page(site, "a", "New")
    assert site.run("attach", "page:a").status == 0
    assert actions(site, "--refresh") == {"page:a@en": "conflict"}
    assert live(store)["a"][0] == "By hand"


# rollback


def test_a_rollback_takes_back_all_that_a_run_did(pages, store):
    site = pages()
    before = live(store)
    page(site, "a", "New")
    (site.root / "content/b.yaml").unlink()
    page(site, "d", "Page d")
    site.run("sync", "--yes")
    assert set(live(store)) == {"a", "c", "d"}
    done = site.run("rollback", last(site), "--yes")
    assert done.status == 0, done.err
    assert live(store) == before
    assert site.run("rollback", last(site), "--yes").status == 0
    assert set(live(store)) == {"a", "c", "d"}
    assert live(store)["a"][0] == "New"


def test_after_a_rollback_the_content_is_followed_again(pages, store):
    site = pages()
    page(site, "a", "New")
    site.run("sync", "--yes")
    site.run("rollback", last(site), "--yes")
    assert actions(site) == {"page:a@en": "update"}
    site.run("sync", "--yes")
    assert live(store)["a"][0] == "New"


def test_a_rollback_leaves_what_was_changed_since_and_says_so(pages, store):
    site = pages()
    for name in ("a", "b", "c"):
        page(site, name, f"New {name}")
    site.run("sync", "--yes")
    run = last(site)
    page(site, "a", "Newer a")
    site.run("sync", "--yes")
    store.hand_edit("page:b@en", {"title": "By hand"})
    done = site.run("rollback", run, "--yes")
    assert done.status == 1
    assert "page:a@en is not taken back, because a later run has changed it" in done.err
    assert "page:b@en is not taken back, because somebody changed it on the channel since" in done.err
    assert {name: title for name, (title, _) in live(store).items()} == {
        "a": "Newer a",
        "b": "By hand",
        "c": "Page c",
    }


def test_a_rollback_restores_what_people_wrote_and_we_overwrote(pages, store):
    site = pages("overwrite")
    store.hand_edit("page:a@en", {"title": "By hand"})
    site.run("sync", "--yes", "--refresh")
    assert live(store)["a"][0] == "Page a"
    assert site.run("rollback", last(site), "--yes").status == 0
    assert live(store)["a"][0] == "By hand"


def test_a_rollback_waits_for_writes_that_nobody_knows_of(pages, store):
    site = pages()
    page(site, "a", "New")
    site.run("sync", "--yes")
    with Place(site.ledger, site.root).opened() as ledger:
        ledger.journal.intend("died", "site", [Deed("page:a@en", "update", None)])
    done = site.run("rollback", last(site), "--yes")
    assert done.status == 1
    assert "sync first" in done.err
    assert live(store)["a"][0] == "New"


def test_a_rollback_of_no_run_or_without_a_word_does_nothing(pages, store):
    site = pages()
    assert site.run("rollback", "nonsense", "--yes").status == 2
    before = list(store.calls)
    assert site.run("rollback", last(site)).status == 3
    assert [call for call in store.calls[len(before) :] if call != "read"] == []


# saved plans


def test_stale_items_are_refused_one_by_one_and_the_others_go_on(pages, store):
    site = pages()
    for name in ("a", "b"):
        page(site, name, f"New {name}")
    (site.root / "content/c.yaml").unlink()
    assert site.run("plan", "--out", str(site.root / "saved.plan")).status == 0
    page(site, "b", "Newer b")
    page(site, "d", "Never approved")
    done = site.run("sync", str(site.root / "saved.plan"))
    assert done.status == 1
    assert "the plan to update page:b@en is stale" in done.err
    assert {name: title for name, (title, _) in live(store).items()} == {"a": "New a", "b": "Page b"}
    assert actions(site) == {"page:b@en": "update", "page:d@en": "create"}


def test_a_plan_of_another_ledger_is_stopped(pages, store):
    site = pages()
    page(site, "a", "New")
    site.run("plan", "--out", str(site.root / "saved.plan"))
    Place(site.ledger, site.root).execute("update facts set value = 'another' where name = 'lineage'")
    done = site.run("sync", str(site.root / "saved.plan"))
    assert done.status == 3
    assert "made from another ledger" in done.err
    assert live(store)["a"][0] == "Page a"


def test_a_plan_for_a_channel_that_was_configured_anew_is_stale(pages, store):
    site = pages()
    page(site, "a", "New")
    site.run("plan", "--out", str(site.root / "saved.plan"))
    site.edit("leopard.yaml", "hand_edits: ask", "hand_edits: overwrite")
    done = site.run("sync", str(site.root / "saved.plan"))
    assert done.status == 1
    assert "the channel's configuration has changed since" in done.err
    assert live(store)["a"][0] == "Page a"


def test_a_saved_plan_holds_no_content(pages):
    site = pages()
    page(site, "a", "Leopard zeta")
    site.run("plan", "--out", str(site.root / "saved.plan"))
    assert "zeta" not in (site.root / "saved.plan").read_text()


def test_what_is_no_plan_is_refused(pages):
    site = pages()
    site.write("saved.plan", "{}")
    done = site.run("sync", str(site.root / "saved.plan"))
    assert done.status == 2
    assert "is not a plan" in done.err


# the plan as a page


def test_the_plan_as_a_page_needs_nothing_else_and_escapes_content(pages):
    site = pages()
    page(site, "a", '"<script>alert(1)</script> a"')
    done = site.run("plan", "--format", "html")
    assert done.status == 0
    assert "<ins>" in done.out
    assert "<script" not in done.out
    assert "&lt;script&gt;" in done.out
    assert not re.search(r"""(src|href)\s*=|url\(|@import|<(link|img|iframe|object)\b""", done.out)
