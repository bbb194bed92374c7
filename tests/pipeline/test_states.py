"""Pages before their time, where a channel publishes on time by itself; and pages that people hide and show."""

import sys
from datetime import timedelta
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from ledger_place import ON_BOTH

from exporters import memory
from pipeline.config import load
from pipeline.ledger import Ledger
from pipeline.ledger import now as clock
from pipeline.planned import Wishes
from pipeline.run import Sync
from schemas.errors import Transient

pytestmark = ON_BOTH
EARLY = "article:early@en"


@pytest.fixture
def publish(site, monkeypatch):
    """One sync to a channel with these options, at an instant that is so much later than now."""
    monkeypatch.setattr(memory, "STORES", {})
    sources = (site.root / "leopard.yaml").read_text().partition("channels:")[0]

    def run(options="", later=timedelta(0), **wishes):
        site.write("leopard.yaml", f"{sources}channels:\n  out: {{use: memory{options}}}\n")
        project = load(site.root)
        with Ledger(project.written.ledger, project.root) as ledger:
            report = Sync(project, ledger, wishes=Wishes(**wishes)).run(now=clock() + later, allowed=["out"])
        return {problem.code for problem in report.problems}

    return run


def pages():
    return {page.ident: page for page in memory.STORES["default"].pages.values()}


def early(site, more=""):
    day = (clock() + timedelta(days=2)).isoformat()
    text = f"---\ntitle: Early\npublished_at: {day}\n{more}---\n\nSoon.\n"
    site.write("content/articles/early.md", text)


def test_what_is_early_waits_in_leopard(site, publish):
    early(site)
    assert publish() == set()
    assert EARLY not in pages()


def test_what_is_early_waits_on_the_channel_if_that_is_said(site, publish):
    early(site)
    assert publish(", schedule_ahead: true") == set()
    held = pages()[EARLY]
    assert held.state == "scheduled"
    assert publish(", schedule_ahead: true", later=timedelta(days=3)) == set()
    assert (pages()[EARLY].id, pages()[EARLY].state) == (held.id, "published")


def change_on_channel(ident, **changes):
    page = pages()[ident]
    memory.STORES["default"].pages[page.id] = page.model_copy(update=changes)


def calls_since(number):
    return [call.split()[0] for call in memory.STORES["default"].calls[number:]]


def test_what_the_channel_has_published_on_time_is_not_written_again(site, publish):
    early(site)
    publish(", schedule_ahead: true")
    before = len(memory.STORES["default"].calls)
    change_on_channel(EARLY, state="published", version="by the channel")
    assert publish(", schedule_ahead: true", later=timedelta(days=3)) == set()
    assert calls_since(before) == ["find"]
    assert publish(", schedule_ahead: true", later=timedelta(days=4)) == set()
    assert calls_since(before) == ["find"], "it is remembered that it came out"
    assert site.run("drift", "--detailed-exitcode").status == 0


def test_what_somebody_changed_before_it_came_out_is_asked_about(site, publish):
    early(site)
    publish(", schedule_ahead: true")
    fields = {**pages()[EARLY].fields, "title": "By hand"}
    change_on_channel(EARLY, state="published", version="by hand", fields=fields)
    assert publish(", schedule_ahead: true", later=timedelta(days=3)) == {"channel.conflict"}
    assert pages()[EARLY].fields["title"] == "By hand"


def test_a_channel_that_cannot_be_asked_is_told_to_publish(site, publish):
    early(site)
    publish(", schedule_ahead: true")
    memory.STORES["default"].faults.append(memory.Fault("find", error=Transient("busy")))
    assert publish(", schedule_ahead: true", later=timedelta(days=3)) == set()
    assert pages()[EARLY].state == "published"


def draft(site, more="status: draft\n"):
    site.write("content/articles/early.md", f"---\ntitle: Early\n{more}---\n\nNot yet.\n")


def test_drafts_wait_in_leopard_or_as_drafts_on_the_channel(site, publish):
    draft(site)
    assert publish() == set()
    assert EARLY not in pages()
    assert publish(", drafts: true") == set()
    held = pages()[EARLY]
    assert held.state == "draft"
    before = len(memory.STORES["default"].calls)
    assert publish(", drafts: true") == set()
    assert calls_since(before) == []
    draft(site, "")
    assert publish(", drafts: true") == set()
    assert (pages()[EARLY].id, pages()[EARLY].state) == (held.id, "published")
    draft(site)
    assert publish(", drafts: true") == set()
    assert pages()[EARLY].state == "draft"
    assert publish() == set()
    assert EARLY not in pages()


def test_no_public_page_leads_to_a_draft(site, publish):
    draft(site)
    site.write("content/articles/other.md", "---\ntitle: Other\n---\n\nSee [it](article:early).\n")
    publish(", drafts: true")
    assert pages()[EARLY].state == "draft"
    assert EARLY not in str(pages()["article:other@en"].fields)


def test_drafts_under_embargo_and_withdrawn_ones_stay_in_leopard(site, publish):
    draft(site, f"status: draft\nembargo_until: {(clock() + timedelta(days=1)).isoformat()}\n")
    publish(", drafts: true")
    assert EARLY not in pages()
    draft(site, "status: withdrawn\n")
    publish(", drafts: true")
    assert EARLY not in pages()


def test_what_is_under_embargo_waits_in_leopard_in_any_case(site, publish):
    early(site, f"embargo_until: {(clock() + timedelta(days=1)).isoformat()}\n")
    assert publish(", schedule_ahead: true") == set()
    assert EARLY not in pages()


def test_no_page_leads_to_one_that_is_early(site, publish):
    early(site)
    site.write("content/pages/to.yaml", "title: To\nblocks: [{type: related, items: ['article:early']}]\n")
    publish(", schedule_ahead: true")
    assert "early" not in str(pages()["page:to@en"].fields).lower()


def test_a_channel_that_has_no_schedule_is_sent_nothing_early(site, publish):
    early(site)
    assert publish(", schedule_ahead: true, without: [scheduling]") == set()
    assert EARLY not in pages()


@pytest.mark.parametrize(
    ("policy", "codes", "state"),
    [
        ("ask", {"channel.conflict"}, "withdrawn"),
        ("keep", set(), "withdrawn"),
        ("overwrite", set(), "published"),
    ],
)
def test_a_page_that_somebody_hides(site, publish, policy, codes, state):
    options = f", hand_edits: {policy}"
    publish(options)
    page = pages()["page:other@en"]
    hidden = {"state": "withdrawn", "version": "by hand"}
    memory.STORES["default"].pages[page.id] = page.model_copy(update=hidden)
    told = site.run("drift", "--format", "json").json
    assert [(one["ident"], one["fields"][0]["field"]) for one in told] == [("page:other@en", "state")]
    assert publish(options, refresh=True) == codes
    assert pages()["page:other@en"].state == state
    assert publish(options) == set()
    if policy == "keep":
        site.edit("content/pages/other.yaml", "title: Other", "title: Changed")
        assert publish(options, refresh=True) == set()
        assert (pages()["page:other@en"].state, pages()["page:other@en"].fields["title"]) == (
            state,
            "Changed",
        )
