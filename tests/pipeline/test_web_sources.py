"""Content that lives on the web, end to end: published, left alone, and never removed by a failure."""

import io
import json
from datetime import date

import pytest
from openpyxl import Workbook

FEED = "<rss version='2.0'><channel>{}</channel></rss>"
ITEM = "<item><guid>{0}</guid><title>Entry {0}</title><description>Words.</description></item>"


@pytest.fixture
def online(site, web, monkeypatch):
    """The project with content in a feed, an API, a sheet and a workbook; returns the server."""
    monkeypatch.setattr("transport.fetch.BACKOFF", 0.0)
    web.put("/feed", FEED.format(ITEM.format("a") + ITEM.format("b")))
    web.put("/api", json.dumps({"data": [{"id": 7, "name": "Panthera Trust"}]}))
    web.put("/pub", "key,title\nquiet-hunter,The quiet hunter\n")
    book = Workbook()
    head = ["key", "title", "issued", "publisher", "authors.0.family"]
    for row in (["Our reports"], head, ["ounce", "An Ounce", date(2016, 10, 21), "organisation:7", "Nowell"]):
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    (site.root / "content" / "reports.xlsx").write_bytes(stream.getvalue())
    site.edit(
        "leopard.yaml",
        "channels:\n",
        f"""\
  news: {{use: feed, url: "{web.address}/feed"}}
  bodies: {{use: http, url: "{web.address}/api", kind: organisation, items: data, fields: {{name: name}}}}
  drafts: {{use: sheet, url: "{web.address}/pub", kind: article}}
  reports: {{use: xlsx, path: content/reports.xlsx, kind: report}}
channels:
""",
    )
    return web


def published(site):
    return {name for name in site.outputs() if name.startswith("public/") and name.count("/") == 2}


OURS = {
    "public/organisation/7.en.json",
    "public/article/quiet-hunter.en.json",
    "public/report/ounce.en.json",
}


def test_it_is_published_and_then_there_is_nothing_to_do(site, online):
    done = site.run("sync", "--yes")
    assert done.status == 0, done.out + done.err
    assert published(site) >= OURS
    assert len([name for name in published(site) if "article" in name]) == 4
    asked = len(online.seen)
    done = site.run("sync", "--yes")
    assert "Nothing to do." in done.out
    assert len(online.seen) == asked + 3, "each address is asked once, on condition where it can be"


@pytest.mark.parametrize("status", [500, 404, 200])
def test_a_failure_removes_nothing_and_is_said(site, online, status):
    site.run("sync", "--yes")
    before = site.outputs()
    for path in ("/feed", "/api", "/pub"):
        online.put(path, "<!doctype html><form><input type=password>", status, Content_Type="text/html")
    done = site.run("sync", "--yes")
    assert done.status == 1
    assert site.outputs() == before
    for path in ("/feed", "/api", "/pub"):
        assert f"{online.address}{path}" in done.out + done.err


def test_what_is_new_on_the_web_is_published_and_what_is_gone_is_removed(site, online):
    site.run("sync", "--yes")
    online.put("/pub", "key,title\nloud-hunter,The loud hunter\n")
    site.run("sync", "--yes")
    assert "public/article/loud-hunter.en.json" in published(site)
    assert "public/article/quiet-hunter.en.json" not in published(site)


def test_what_changes_while_a_run_ends_is_seen_by_the_next(site, online, monkeypatch):
    monkeypatch.setattr("sources.common.remote.ONE_RUN", 0.0)
    old, new = online.pages["/pub"], type(online.pages["/pub"])(b"key,title\nloud-hunter,Loud\n")
    asked = []

    def changing(seen):
        asked.append(seen)
        return old if len(asked) < 2 else new

    online.pages["/pub"] = changing
    site.run("sync", "--yes")
    assert "public/article/loud-hunter.en.json" not in published(site)
    assert len(asked) >= 2, "it was asked again when the run ended"
    site.run("sync", "--yes")
    assert "public/article/loud-hunter.en.json" in published(site)


def test_the_web_cannot_have_a_file_of_the_project_published(site, online):
    (site.root / "private.txt").write_text("not for you")
    online.put(
        "/api", json.dumps({"data": [{"id": 1, "title": "X", "file": "../../../private.txt", "credit": "x"}]})
    )
    site.edit(
        "leopard.yaml", "kind: organisation, items: data, fields: {name: name}", "kind: asset, items: data"
    )
    done = site.run("sync", "--yes")
    assert done.status == 1
    assert "cannot name a file of this project" in done.out + done.err
    assert not any(b"not for you" in data for data, _ in site.outputs().values())
