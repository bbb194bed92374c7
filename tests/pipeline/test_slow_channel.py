"""A channel that takes its time, or is gone, beside one that answers at once: nobody waits for another."""

import json
import threading
import time

import pytest
from receiver import receiving

from pipeline.config import load
from pipeline.ledger import Ledger
from pipeline.run import Sync

PAGES = 12
CONFIGURATION = """\
site: {{title: Spots, url: "https://spots.example"}}
sources: {{pages: {{use: json, path: content/pages.ndjson, kind: page}}}}
channels:
  slow: {{use: webhook, url: "{slow}", secret: "env:SPOTS_SECRET", workers: 4}}
  fast: {{use: webhook, url: "{fast}", secret: "env:SPOTS_SECRET", workers: 4}}
"""


@pytest.fixture
def channels():
    with receiving() as slow, receiving() as fast:
        yield slow, fast


@pytest.fixture
def root(empty, channels, monkeypatch):
    monkeypatch.setenv("SPOTS_SECRET", "a secret of at least thirty-two characters")
    slow, fast = channels
    site = empty(CONFIGURATION.format(slow=slow.address, fast=fast.address))
    lines = (f'{{"key": "p{number}", "title": "Page {number}"}}\n' for number in range(PAGES))
    site.write("content/pages.ndjson", "".join(lines))
    return site.root


def synced(root, reports=None):
    project = load(root)
    with Ledger(project.written.ledger, root) as ledger:
        report = Sync(project, ledger).run()
    if reports is not None:
        reports.append(report)
    return report


def remembered(root, channel):
    """How many pages of a channel the ledger knows, as another process sees it."""
    with Ledger(load(root).written.ledger, root) as ledger:
        return ledger.pages.counts().get(channel, 0)


def keys(receiver):
    return sorted(json.loads(body)["key"] for _, _, body in receiver.got)


def test_the_fast_one_is_done_while_the_slow_one_has_not_answered_once(root, channels):
    slow, fast = channels
    reports = []
    with slow.lock:  # it answers nothing
        run = threading.Thread(target=synced, args=(root, reports))
        run.start()
        until = time.monotonic() + 60
        while remembered(root, "fast") < PAGES and time.monotonic() < until:
            time.sleep(0.05)
        assert (remembered(root, "fast"), remembered(root, "slow"), slow.got) == (PAGES, 0, [])
    run.join()
    assert reports[0].outcome == "clean"
    assert keys(slow) == keys(fast) == sorted(f"page:p{number}" for number in range(PAGES))


def test_one_that_is_gone_is_reported_and_made_good_by_the_next_run(root, channels):
    slow, fast = channels
    slow.status = 503
    report = synced(root)
    done = {one.channel: sum(one.done.values()) for one in report.applied}
    assert (done["fast"], done.get("slow", 0), report.outcome) == (PAGES, 0, "problems")
    assert {one.channel for one in report.problems} == {"slow"}
    slow.status = 200
    assert synced(root).outcome == "clean"
    assert keys(slow) == keys(fast) == sorted(f"page:p{number}" for number in range(PAGES))
    assert synced(root).outcome == "nothing"
