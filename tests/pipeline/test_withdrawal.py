"""On time to the second, and gone to the second: what the clock alone publishes and withdraws."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.config import load
from pipeline.ledger import Ledger
from pipeline.run import Sync

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)


def at(hours):
    return (NOON + timedelta(hours=hours)).isoformat()


def run(site, now):
    project = load(site.root)
    with Ledger(project.written.ledger, project.root) as ledger:
        return Sync(project, ledger).run(now=now)


def words_in(site, word):
    return sorted(name for name, (data, _) in site.outputs().items() if word.encode() in data)


def test_on_time_to_the_second_and_gone_to_the_second(site):
    site.write(
        "content/pages/timed.yaml",
        f"title: SECRET\nembargo_until: {at(0)}\nexpires_at: {at(1)}\n",
    )
    run(site, NOON - timedelta(seconds=1))
    assert words_in(site, "SECRET") == []
    run(site, NOON)
    assert words_in(site, "SECRET") == [
        "public/feed.json",
        "public/index.json",
        "public/page/timed.en.json",
    ]
    run(site, NOON + timedelta(minutes=59, seconds=59))
    assert "public/page/timed.en.json" in words_in(site, "SECRET")
    run(site, NOON + timedelta(hours=1))
    assert words_in(site, "SECRET") == []


def test_an_unchanged_project_still_notices_the_time(site):
    site.write("content/pages/timed.yaml", f"title: SECRET\nembargo_until: {at(0)}\nexpires_at: {at(1)}\n")
    for hour, shown in ((-1, False), (-1, False), (0, True), (0, True), (1, False), (1, False)):
        run(site, NOON + timedelta(hours=hour))
        assert bool(words_in(site, "SECRET")) == shown, hour


def test_an_image_leaves_when_its_rights_end_and_its_bytes_too(site):
    site.edit("content/images/coat.yaml", "credit: us", f"credit: us\nrights_expire: {at(1)}")
    run(site, NOON)
    assert [name for name in site.outputs() if "/assets/" in name]
    assert words_in(site, "asset:coat")
    run(site, NOON + timedelta(hours=1))
    assert [name for name in site.outputs() if "/assets/" in name] == []
    assert words_in(site, "asset:coat") == []
    assert words_in(site, "assets/coat") == []
    assert "public/page/leopards.en.json" in site.outputs()


def test_an_image_that_only_embargoed_content_shows_is_not_there_before(site):
    site.edit("content/pages/leopards.yaml", "title: Leopards", f"title: Leopards\nembargo_until: {at(0)}")
    run(site, NOON - timedelta(seconds=1))
    assert [name for name in site.outputs() if "coat" in name] == []
    run(site, NOON)
    assert [name for name in site.outputs() if "coat" in name]


def test_a_language_under_embargo_is_no_alternate(site):
    site.write(
        "content/pages/two.yaml",
        f"title: Two\ntranslations: {{fr: {{title: SECRET, embargo_until: '{at(0)}'}}}}\n",
    )
    run(site, NOON - timedelta(seconds=1))
    assert words_in(site, "SECRET") == []
    assert b"alternates" not in site.outputs()["public/page/two.en.json"][0]
    run(site, NOON)
    assert "public/page/two.fr.json" in words_in(site, "SECRET")
    assert b'"fr"' in site.outputs()["public/page/two.en.json"][0]


@pytest.mark.parametrize("status", ["draft", "withdrawn"])
def test_withdrawing_takes_it_off(site, status):
    run(site, NOON)
    site.edit("content/pages/other.yaml", "title: Other", f"title: Other\nstatus: {status}")
    run(site, NOON)
    assert "public/page/other.en.json" not in site.outputs()
    assert words_in(site, "page:other") == []


def test_no_time_is_no_time_to_be_early(site):
    site.write("content/pages/naive.yaml", "title: SECRET\nembargo_until: 2020-01-01T10:00:00\n")
    site.write("content/pages/wrong.yaml", "title: SECRET\nembargo_until: soon\n")
    site.write("content/pages/empty.yaml", "title: SECRET\nembargo_until: ''\n")
    assert run(site, NOON).held == 3
    assert words_in(site, "SECRET") == []


def test_many_that_expire_at_once_need_no_word(site):
    for n in range(10):
        site.write(f"content/pages/timed-{n}.yaml", f"title: SECRET {n}\nexpires_at: {at(1)}\n")
    run(site, NOON)
    assert words_in(site, "SECRET")
    run(site, NOON + timedelta(hours=1))
    assert words_in(site, "SECRET") == []


def with_report(site):
    site.edit("leopard.yaml", "channels:", "  reports: {use: yaml, path: content/reports}\nchannels:")
    site.write("content/reports/o.yaml", "kind: organisation\nkey: o\nname: O\n")
    fields = f"title: SECRET\nissued: 2016\npublisher: o\nauthors: [{{name: SECRET}}]\nexpires_at: {at(1)}\n"
    site.write("content/reports/r.yaml", f"kind: report\n{fields}")


def test_the_words_of_a_record_leave_the_texts_that_hold_them(site):
    with_report(site)
    site.write("content/articles/cites.md", "# Cites\n\nSo they say [[cite:report:r]].\n")
    run(site, NOON)
    assert "public/feed.json" in words_in(site, "SECRET")
    run(site, NOON + timedelta(hours=1))
    assert words_in(site, "SECRET") == []


def test_a_record_leaves_in_time_although_its_file_is_broken_by_then(site):
    with_report(site)
    run(site, NOON)
    assert words_in(site, "SECRET")
    site.edit("content/reports/r.yaml", "issued: 2016", "isued: 2016")
    run(site, NOON + timedelta(hours=1))
    assert words_in(site, "SECRET") == []


@pytest.mark.parametrize("broken", ["title: [", "titel: a"])
def test_what_is_broken_keeps_nothing_else_on_the_channels(site, broken):
    site.write("content/pages/timed.yaml", f"title: SECRET\nexpires_at: {at(1)}\n")
    site.edit("content/images/coat.yaml", "credit: us", f"credit: us\nrights_expire: {at(1)}")
    run(site, NOON)
    site.write("content/pages/broken.yaml", broken)
    run(site, NOON + timedelta(hours=1))
    assert words_in(site, "SECRET") == []
    assert [name for name in site.outputs() if "/assets/" in name] == []


def test_a_clock_that_is_set_back_takes_off_what_came_too_early(site):
    site.write("content/pages/timed.yaml", f"title: SECRET\nembargo_until: {at(0)}\n")
    for path in site.root.rglob("*"):
        os.utime(path, (1, 1))
    run(site, NOON)
    assert words_in(site, "SECRET")
    run(site, NOON - timedelta(hours=1))
    assert words_in(site, "SECRET") == []
