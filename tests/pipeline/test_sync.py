"""The main job, end to end, through the command line."""

import json
import os

from pipeline.config import load
from pipeline.ledger import Ledger
from pipeline.run import Sync


def test_first_sync_publishes_everything(site):
    done = site.run("sync", "--yes")

    assert done.status == 0, done.err
    published = site.outputs()
    assert "public/feed.json" in published
    assert "public/index.json" in published
    page = next(json.loads(data) for name, (data, _) in published.items() if "leopards" in name)
    figures = next(block for block in page["blocks"] if block["type"] == "statistics")
    assert [item["display"] for item in figures["items"]] == ["221–450", "approximately 4,000"]


def test_second_sync_has_nothing_to_do_and_touches_no_file(site):
    site.run("sync", "--yes")
    before = site.outputs()
    done = site.run("sync", "--yes")

    assert done.status == 0
    assert "Nothing to do." in done.out
    assert site.outputs() == before


def test_unchanged_project_opens_no_content(site, monkeypatch):
    site.run("sync", "--yes")
    site.run("sync", "--yes")
    from sources.common.files import FileSource

    def opened(self, path, shown):
        raise AssertionError(f"{shown} was opened")

    monkeypatch.setattr(FileSource, "text", opened)
    assert "Nothing to do." in site.run("sync", "--yes").out


def test_one_edited_figure_reaches_exactly_the_records_that_quote_it(site):
    site.run("sync", "--yes")
    before = site.outputs()
    site.edit("content/statistics/killed.yaml", "221–450", "230–460")

    planned = site.run("plan", "--channel", "files", "--format", "json").json
    changes = {one["ident"]: one["action"] for one in planned["channels"][0]["changes"]}
    assert changes == {
        "article:first@en": "update",
        "page:leopards@en": "update",
        "statistic:killed@en": "update",
    }
    assert site.outputs() == before

    site.run("sync", "--yes")
    after = site.outputs()
    changed = {name for name in before if before[name][0] != after[name][0]}
    assert {name for name in changed if "index" not in name} == {
        "public/article/first.en.json",
        "public/feed.json",
        "public/page/leopards.en.json",
        "public/statistic/killed.en.json",
    }
    assert all(before[name] == after[name] for name in before if name not in changed)


def test_plan_shows_the_words_that_change(site):
    site.run("sync", "--yes")
    site.edit("content/statistics/left.yaml", "4000", "3500")
    done = site.run("plan", "--detailed-exitcode")

    assert done.status == 4
    assert "page:leopards@en" in done.out
    assert "3,500" in done.out


def test_plan_of_an_unchanged_project_leaves_with_0(site):
    site.run("sync", "--yes")
    done = site.run("plan", "--detailed-exitcode")
    assert done.status == 0
    assert "nothing to do" in done.out


def test_removed_record_leaves_the_channel(site):
    site.run("sync", "--yes")
    (site.root / "content/pages/other.yaml").unlink()
    site.run("sync", "--yes")
    assert "public/page/other.en.json" not in site.outputs()
    assert b"page:other" not in site.outputs()["public/index.json"][0]


def test_removed_output_is_written_again(site):
    site.run("sync", "--yes")
    before = site.outputs()
    (site.root / "public/page/other.en.json").unlink()
    (site.root / "public/feed.json").unlink()
    site.run("sync", "--yes")
    after = site.outputs()
    assert {name: data for name, (data, _) in after.items()} == {n: d for n, (d, _) in before.items()}


def test_a_bad_record_is_held_back_and_the_others_go_on(site):
    site.run("sync", "--yes")
    site.edit("content/pages/other.yaml", "title: Other", "titel: Other")
    site.edit("content/pages/leopards.yaml", "title: Leopards", "title: All leopards")
    done = site.run("sync", "--yes")

    assert done.status == 1
    assert "content/pages/other.yaml:1:1" in done.err
    assert "did you mean 'title'?" in done.err
    assert "public/page/other.en.json" in site.outputs()
    assert b"All leopards" in site.outputs()["public/page/leopards.en.json"][0]
    assert "page:other@en" in site.run("quarantine").out
    assert site.run("problems").status == 1

    site.edit("content/pages/other.yaml", "titel: Other", "title: Other")
    assert site.run("sync", "--yes").status == 0
    assert "Nothing is held back." in site.run("quarantine").out


def test_a_file_that_cannot_be_parsed_deletes_nothing(site):
    site.run("sync", "--yes")
    site.write("content/pages/other.yaml", "title: [broken")
    done = site.run("sync", "--yes")
    assert done.status == 1
    assert "public/page/other.en.json" in site.outputs()


def test_many_removals_need_a_word(site):
    for n in range(10):
        site.write(f"content/articles/more-{n}.md", f"---\ntitle: More {n}\n---\n\nText.\n")
    site.run("sync", "--yes")
    before = site.outputs()
    for n in range(10):
        (site.root / f"content/articles/more-{n}.md").unlink()
    done = site.run("sync", "--yes")
    assert done.status == 3
    assert "--allow-deletes files" in done.err
    assert site.outputs() == before
    assert site.run("sync", "--yes", "--allow-deletes", "files", "--allow-deletes", "feed").status == 0
    assert not any("more-" in name for name in site.outputs())


def test_a_source_that_is_suddenly_empty_stops_the_run(site):
    site.run("sync", "--yes")
    before = site.outputs()
    (site.root / "content/articles/first.md").unlink()
    done = site.run("sync", "--yes")
    assert done.status == 3
    assert "--allow-empty articles" in done.err
    assert site.outputs() == before
    assert site.run("sync", "--yes", "--allow-empty", "articles").status == 0


def test_a_source_that_is_gone_deletes_nothing(site):
    site.run("sync", "--yes")
    (site.root / "content/pages").rename(site.root / "content/elsewhere")
    done = site.run("sync", "--yes")
    assert done.status == 1
    assert "public/page/other.en.json" in site.outputs()


def test_without_a_terminal_sync_wants_yes(site):
    done = site.run("sync")
    assert done.status == 3
    assert "leopard sync --yes" in done.err
    assert not (site.root / "public").exists()


def test_two_runs_at_once_are_refused(site):
    from pipeline.ledger.lock import locked

    project = load(site.root)
    with Ledger(project.written.ledger, site.root) as ledger, locked(ledger, "other-run"):
        done = site.run("sync", "--yes")
    assert done.status == 3
    assert "other-run" in done.err
    assert str(os.getpid()) in done.err


def test_embargoed_content_is_nowhere_until_its_time(site):
    from datetime import UTC, datetime

    site.write(
        "content/articles/secret.md",
        "---\ntitle: Zeta secret\nembargo_until: 2030-01-01\n---\n\nZeta body.\n",
    )
    site.edit(
        "content/pages/other.yaml", "blocks:\n", "blocks:\n  - {type: related, items: [article:secret]}\n"
    )
    site.run("sync", "--yes")
    assert not any(b"eta" in data and b"Zeta" in data for data, _ in site.outputs().values())
    assert not any(b"article:secret" in data for data, _ in site.outputs().values())

    project = load(site.root)
    with Ledger(project.written.ledger, site.root) as ledger:
        Sync(project, ledger).run(now=datetime(2030, 1, 1, tzinfo=UTC))
    assert b"Zeta" in site.outputs()["public/feed.json"][0]
    assert b"Zeta" in site.outputs()["public/page/other.en.json"][0]


def test_expired_content_is_withdrawn_though_no_file_changed(site):
    from datetime import UTC, datetime

    site.write("content/articles/soon.md", "---\ntitle: Soon\nexpires_at: 2030-01-01\n---\n\nText.\n")
    site.run("sync", "--yes")
    assert "public/article/soon.en.json" in site.outputs()
    project = load(site.root)
    with Ledger(project.written.ledger, site.root) as ledger:
        Sync(project, ledger).run(now=datetime(2030, 1, 1, tzinfo=UTC))
    assert "public/article/soon.en.json" not in site.outputs()
