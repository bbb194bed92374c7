"""However many records there are, hardly any of them is in memory."""

import gc
import json
import shutil
from datetime import UTC, datetime

import pytest

from exporters.base import Desired, Remote
from pipeline import run
from pipeline.cache.body import reads_back
from pipeline.cache.card import Card
from pipeline.cache.store import Store
from pipeline.change import Change
from pipeline.config import load
from pipeline.ledger import Entry, Ledger
from pipeline.run import Sync
from schemas.record import Record

CONFIGURATION = (
    'site: {title: Spots, url: "https://spots.example"}\n'
    "sources: {notes: {use: json, path: content/notes.ndjson, kind: article}}\n"
    "channels: {feed: {use: jsonfeed, path: public/feed.json}}\n"
)
HEAVY = (Change, Desired, Entry, Remote, Record, Card)
FEW = 2_500
"""Those of one page of each table that is read, and what lies at hand."""


def notes(count, changed=0):
    for number in range(count):
        title = f"Note {number}" + (" again" if number < changed else "")
        yield json.dumps({"key": f"n{number:06}", "title": title, "tags": ["cats"], "body": "Words"}) + "\n"


def alive():
    gc.collect()
    return sum(isinstance(one, HEAVY) for one in gc.get_objects())


@pytest.mark.parametrize("count", [4_000, 12_000])
def test_what_is_in_memory_does_not_grow_with_the_content(empty, monkeypatch, count):
    """A first run, in which all is new, and one in which little is."""
    site, seen = empty(CONFIGURATION), []
    apply = run.apply

    before = 0

    def counted(planned=None):
        seen.append(alive() - before)
        return True

    def applied(*words):
        done = apply(*words)
        counted()
        return done

    monkeypatch.setattr(run, "apply", applied)
    for changed in (0, 40):
        site.write("content/notes.ndjson", "".join(notes(count, changed)))
        before = alive()
        project = load(site.root)
        with Ledger(project.written.ledger, site.root) as ledger:
            report = Sync(project, ledger).run(review=counted)
        assert report.applied[0].done == ({"update": changed} if changed else {"create": count})
    assert len(seen) == 4
    assert max(seen) < FEW


def test_a_long_plan_is_shown_saved_and_carried_out_like_a_short_one(empty, monkeypatch):
    outcomes = []
    for kept in (1_000, 2):
        monkeypatch.setattr("pipeline.spool.KEPT", kept)
        site = empty(CONFIGURATION)
        site.write("content/notes.ndjson", "".join(notes(9)))
        saved = str(site.root / "plan.json")
        shown = site.run("plan", "--full", "--out", saved)
        assert site.run("sync", "--yes", saved).status == 0
        held = json.loads((site.root / "public/feed.json").read_text())
        site.write("content/notes.ndjson", "".join(notes(4, 2)))
        later = json.loads(site.run("plan", "--format", "json").out)["channels"][0]["changes"]
        assert site.run("sync", "--yes", "--allow-deletes", "feed").status == 0
        outcomes.append((shown.out, held, later, (site.root / "public/feed.json").read_bytes()))
        for folder in (".leopard", "public"):
            shutil.rmtree(site.root / folder)
    assert outcomes[0] == outcomes[1]


def test_what_is_taken_on_trust_reads_back(site, monkeypatch):
    """Records of our own kinds, as they are read."""
    put, trusted = Store.put, []

    def checked(self, record, *, sure=False):
        digest, body = put(self, record, sure=sure)
        if sure and body > 0:
            trusted.append(record.ident)
            ((data,),) = self.rows("SELECT body FROM bodies WHERE id = ?", (body,))
            assert reads_back(record, data)
        return digest, body

    monkeypatch.setattr(Store, "put", checked)
    now = datetime.now(UTC).isoformat()
    site.write(
        "content/articles/odd.md",
        f"---\ntitle: '\u2066\U0001f406\u2028 &amp; <b>'\npublished_at: {now}\n---\nx\n",
    )
    site.run("check")
    assert len(trusted) > 4
