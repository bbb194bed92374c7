"""What nothing has changed for is not read, validated or changed again; and nothing else is taken as it was."""

import sqlite3
import time
from contextlib import closing, contextmanager

import pytest

from pipeline import prepare
from pipeline.cache import reading
from pipeline.draft import Draft
from pipeline.steps.base import Step
from pipeline.steps.summarise import Summarise
from sources.common.files import FolderSource

LINES = [f'{{"key": "n{number}", "title": "Note {number}", "body": "Words"}}\n' for number in range(5)]
LONG = 'site: {title: Spots, url: "https://spots.example", languages: [en, fr]}\n' + (
    "sources: {notes: {use: json, path: content/notes.ndjson, kind: article}}\n"
    "channels: {feed: {use: rss, path: public/feed.xml}}\n"
)


def synced(site, *words):
    time.sleep(0.06)  # what is younger might change again unseen
    done = site.run("sync", "--yes", *words)
    assert done.status == 0, done.err


@pytest.fixture
def site(site):
    synced(site)
    return site


@pytest.fixture
def long(empty):
    made = empty(LONG)
    made.write("content/notes.ndjson", "".join(LINES))
    synced(made)
    return made


@pytest.fixture
def watched(monkeypatch):
    """Files that are read, records that are validated, and records that are changed by the last step."""

    @contextmanager
    def watch():
        seen = {"read": [], "validated": [], "changed": []}
        with monkeypatch.context() as patch:
            for kind, name, told in (
                (FolderSource, "reading", lambda _, part, records: ("read", part.name)),
                (Draft, "validated", lambda draft: ("validated", draft.key)),
                (Summarise, "change", lambda _, record: ("changed", record.ident)),
            ):
                patch.setattr(kind, name, _told(getattr(kind, name), told, seen))
            yield seen

    return watch


def _told(function, told, seen):
    def around(*args):
        what, name = told(*args)
        seen[what].append(name)
        return function(*args)

    return around


def seen_by(site, watched, *words):
    with watched() as seen:
        synced(site, *words)
    return seen


def test_only_the_file_that_changed_is_read(site, watched):
    site.edit("content/articles/first.md", "title: First", "title: Best")
    seen = seen_by(site, watched)
    assert seen == {
        "read": ["content/articles/first.md"],
        "validated": ["article:first"],
        "changed": ["article:first@en"],
    }


def test_a_figure_changes_those_who_quote_it(site, watched):
    site.edit("content/statistics/killed.yaml", "221–450", "300")
    seen = seen_by(site, watched)
    assert seen["read"] == ["content/statistics/killed.yaml"]
    assert sorted(seen["changed"]) == ["article:first@en", "page:leopards@en", "statistic:killed@en"]
    assert b"300" in (site.root / "public/article/first.en.json").read_bytes()


def test_a_new_species_is_looked_for_everywhere(site, watched):
    site.write("content/pages/spotted.yaml", "kind: species\nscientific_name: Panthera pardus\n")
    assert len(seen_by(site, watched)["changed"]) > 5


def test_other_steps_change_all_and_read_nothing(site, watched):
    site.write("leopard.yaml", (site.root / "leopard.yaml").read_text() + "steps: [typography]\n")
    seen = seen_by(site, watched)
    assert (seen["read"], len(seen["changed"])) == ([], 6)


def test_another_site_is_another_world(site, watched):
    site.edit("leopard.yaml", "title: Spots", "title: Stripes")
    assert len(seen_by(site, watched)["validated"]) == 6


def test_newer_code_does_everything_again(site, watched, monkeypatch):
    monkeypatch.setattr(prepare, "code_of", lambda project: "newer")
    site.edit("content/articles/first.md", "title: First", "title: Best")
    seen = seen_by(site, watched)
    assert (len(seen["validated"]), len(seen["changed"])) == (6, 6)


def test_no_cache_does_everything_again_and_changes_nothing(site, watched):
    before = site.outputs()
    seen = seen_by(site, watched, "--no-cache")
    assert (len(seen["validated"]), len(seen["changed"])) == (6, 6)
    assert site.outputs() == before


def test_of_a_long_file_only_other_rows_are_validated(long, watched):
    lines = [LINES[3], '{"key": "new", "title": "New"}\n', *LINES[:3]]
    long.write("content/notes.ndjson", "".join(lines))
    seen = seen_by(long, watched)
    assert seen["validated"] == ["article:new"]
    assert seen["changed"] == ["article:new@en"]
    feed = (long.root / "public/feed.xml").read_text()
    assert [f"Note {number}" in feed for number in range(5)] == [True, True, True, True, False]


def test_a_problem_is_told_at_the_line_where_it_stands_now(long):
    long.write("content/notes.ndjson", "".join([*LINES, '{"key": "bad", "titel": 1}\n']))
    long.run("sync", "--yes")
    long.write("content/notes.ndjson", "".join(["\n", *LINES, '{"key": "bad", "titel": 1}\n']))
    assert "content/notes.ndjson:7" in long.run("check").out
    long.write("content/notes.ndjson", "".join([*LINES, LINES[0]]))
    assert "stands twice" in long.run("check").out


def test_a_file_that_is_too_young_is_read_again(site, watched, monkeypatch):
    monkeypatch.setattr(reading, "RACY", 10**12)
    site.edit("content/articles/first.md", "title: First", "title: Best")
    synced(site)
    site.edit("content/pages/other.yaml", "title: Other", "title: Another")
    assert "content/articles/first.md" in seen_by(site, watched)["read"]


def test_an_image_that_is_another_one_is_noticed(site, watched):
    path = site.root / "content/images/coat.png"
    path.write_bytes(path.read_bytes() + b"\0")
    assert seen_by(site, watched)["validated"] == ["asset:coat"]


def test_an_image_behind_a_link_is_looked_up_each_time(site, watched):
    site.write("content/images/b.png", (site.root / "content/images/coat.png").read_bytes() + b"\0")
    (site.root / "content/images/coat.png").unlink()
    (site.root / "content/images/coat.png").symlink_to("b.png")
    synced(site)
    site.edit("content/pages/other.yaml", "title: Other", "title: Another")
    assert "asset:coat" in seen_by(site, watched)["validated"]


def test_what_is_gone_is_forgotten(site):
    (site.root / "content/articles/first.md").unlink()
    synced(site, "--allow-empty", "articles")
    with closing(sqlite3.connect(site.root / ".leopard/cache.db")) as cache:
        held = {
            name: cache.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("inputs", "rows")
        }
        bodies = cache.execute("SELECT count(*) FROM bodies").fetchone()[0]
        made = cache.execute("SELECT count(*) FROM made").fetchone()[0]
    assert (held, bodies) == ({"inputs": 5, "rows": 5}, 5 + made)


@pytest.mark.parametrize("harm", ["gone", "nothing", "noise", "other body"])
def test_a_cache_that_is_lost_or_damaged_harms_nothing(site, harm):
    path = site.root / ".leopard/cache.db"
    if harm == "gone":
        path.unlink()
    elif harm == "nothing":
        path.write_bytes(b"")
    elif harm == "noise":
        path.write_bytes(b"no database " * 1000)
    else:
        with closing(sqlite3.connect(path)) as cache, cache:
            cache.execute(
                "UPDATE bodies SET body = CAST(replace(CAST(body AS TEXT), 'First', 'Worst') AS BLOB)"
            )
    before = site.outputs()
    site.edit("content/statistics/killed.yaml", "221–450", "300")
    synced(site)
    site.edit("content/statistics/killed.yaml", "300", "221–450")
    synced(site)
    assert {name: data for name, (data, _) in site.outputs().items()} == {
        name: data for name, (data, _) in before.items()
    }


def test_a_cache_that_another_run_uses_is_done_without(site):
    with closing(sqlite3.connect(site.root / ".leopard/cache.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        site.edit("content/articles/first.md", "title: First", "title: Best")
        synced(site)
    assert b"Best" in (site.root / "public/article/first.en.json").read_bytes()


def test_check_leaves_no_cache_where_there_is_no_ledger(empty):
    made = empty()
    before = sorted(made.root.rglob("*"))
    made.run("check")
    assert sorted(made.root.rglob("*")) == before


def test_a_step_that_promises_nothing_is_run_for_every_record(site, watched, monkeypatch):
    monkeypatch.delattr(Summarise, "remembered")
    assert Summarise.remembered is Step.remembered is False
    site.edit("content/articles/first.md", "title: First", "title: Best")
    seen = seen_by(site, watched)
    assert (len(seen["validated"]), len(seen["changed"])) == (1, 6)
