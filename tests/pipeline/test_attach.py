"""Files of reports that lie in the project: on every channel that holds media, and never without their report."""

import json
from datetime import UTC, datetime
from hashlib import sha256

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters import memory
from pipeline.attach import key_of
from pipeline.config import load
from pipeline.prepare import Preparation
from pipeline.run import Sync
from pipeline.trial import Trial
from schemas.asset import Asset
from schemas.errors import Rejected

FAR = datetime(2100, 1, 1, tzinfo=UTC)
PDF = b"%PDF-1.4 of spots"
CONFIGURATION = """\
site: {title: Spots, url: "https://spots.example", languages: [en, fr]}
sources:
  reports: {use: yaml, path: content/reports, kind: report}
  bodies: {use: yaml, path: content/bodies, kind: organisation}
  images: {use: yaml, path: content/images, kind: asset}
steps: [credits]
channels:
  files: {use: json, path: public/json, url: "https://spots.example/json"}
  feed: {use: jsonfeed, path: public/feed.json, kinds: [report]}
  rss: {use: rss, path: public/feed.xml, kinds: [report]}
  ris: {use: ris, path: public/works.ris, files: "https://spots.example/json/assets"}
  dc: {use: dublincore, path: public/works.rdf}
  map: {use: sitemap, path: public/map/map.xml, images: "https://spots.example/json/assets"}
"""
REPORT = """\
title: On spots
issued: 2024-05-01
publisher: us
authors: [{given: Ada, family: Spots}]
files: [{file: ../files/on-spots.pdf, label: The whole report}]
"""
KEY = key_of("report:spots", "content/files/on-spots.pdf")


@pytest.fixture
def site(empty):
    made = empty(CONFIGURATION)
    made.write("content/bodies/us.yaml", "name: Us\n")
    made.write("content/reports/spots.yaml", REPORT)
    made.write("content/files/on-spots.pdf", PDF)
    (made.root / "content/images").mkdir()
    return made


def published(site, suffix=".pdf"):
    return {name: data for name, (data, _) in site.outputs().items() if name.endswith(suffix)}


def fields_of(site):
    return json.loads((site.root / "public/json/report/spots.en.json").read_text())


def test_every_channel_that_holds_media_has_the_file_and_says_where(site):
    done = site.run("sync", "--yes")
    assert (done.status, done.err) == (0, done.err), done.out
    files = published(site)
    assert set(files.values()) == {PDF}
    assert {name.split("/")[1] for name in files} == {"json", "feed-assets", "feed-xml-assets"}
    (file,) = fields_of(site)["files"]
    assert file == {
        "url": file["url"],
        "label": "The whole report",
        "media_type": "application/pdf",
        "size": len(PDF),
        "checksum": sha256(PDF).hexdigest(),
    }
    assert f"public{file['url'].removeprefix('https://spots.example')}" in files


def test_readers_of_feeds_find_it(site):
    site.run("sync", "--yes")
    (item,) = json.loads((site.root / "public/feed.json").read_text())["items"]
    (attached,) = item["attachments"]
    assert (attached["mime_type"], attached["size_in_bytes"]) == ("application/pdf", len(PDF))
    assert attached["title"] == "The whole report"
    parsed = feedparser.parse((site.root / "public/feed.xml").read_bytes())
    (enclosure,) = parsed.entries[0].enclosures
    assert (enclosure.type, int(enclosure.length)) == ("application/pdf", len(PDF))
    for url in (attached["url"], enclosure.href):
        path = site.root / "public" / url.removeprefix("https://spots.example/")
        assert path.read_bytes() == PDF
        assert url in item["content_html"] or url == enclosure.href


def test_report_metadata_name_it_where_they_are_told_where_it_is(site):
    site.run("sync", "--yes")
    (url,) = {file["url"] for file in fields_of(site)["files"]}
    assert f"L1  - {url}" in (site.root / "public/works.ris").read_text()
    told = (site.root / "public/works.rdf").read_text()
    assert "application/pdf" in told
    assert ".pdf" not in told
    assert "image:loc" not in (site.root / "public/map/map-1.xml").read_text()


def test_nothing_to_do_costs_nothing_and_other_bytes_are_another_file(site):
    site.run("sync", "--yes")
    first = site.outputs()
    site.run("sync", "--yes")
    assert site.outputs() == first
    before = set(published(site))
    site.write("content/files/on-spots.pdf", b"%PDF-1.4 of other spots")
    assert site.run("sync", "--yes").status == 0
    assert set(published(site).values()) == {b"%PDF-1.4 of other spots"}
    assert not before & set(published(site))
    assert fields_of(site)["files"][0]["size"] == 23


def test_its_key_does_not_change_with_its_label_or_its_bytes(site):
    def key():
        records = Preparation(load(site.root)).reader.read().records
        prepared = Preparation(load(site.root)).prepare(FAR)
        assert not [one for one in records.values() if isinstance(one, Asset)], "files are not read, but made"
        (found,) = [one.key for one in prepared.content.records.values() if isinstance(one, Asset)]
        return found

    assert key() == KEY
    site.edit("content/reports/spots.yaml", "The whole report", "Full text")
    site.write("content/files/on-spots.pdf", b"other")
    assert key() == KEY


def test_a_report_in_two_languages_has_it_once(site):
    site.edit("content/reports/spots.yaml", "title:", "translations: {fr: {title: Des taches}}\ntitle:")
    assert site.run("sync", "--yes").status == 0
    assert len([name for name in published(site) if name.startswith("public/json/")]) == 1
    french = json.loads((site.root / "public/json/report/spots.fr.json").read_text())
    assert french["files"] == fields_of(site)["files"]


def test_it_goes_with_its_report_and_comes_back_with_it(site):
    site.run("sync", "--yes")
    before = published(site)
    (site.root / "content/reports/spots.yaml").rename(site.root / "spots.yaml")
    site.write("content/reports/other.yaml", REPORT.partition("files:")[0])
    assert site.run("sync", "--yes").status == 0
    assert not published(site)
    run = site.run("runs", "--format", "json").json[0]["id"]
    assert site.run("rollback", run, "--yes").status == 0
    assert published(site) == before


def test_an_embargo_takes_it_back_though_another_source_cannot_be_read(site):
    site.run("sync", "--yes")
    assert published(site)
    site.edit("content/reports/spots.yaml", "title:", "embargo_until: 9000-01-01\ntitle:")
    site.write("content/bodies/broken.yaml", "name: [")
    site.run("sync", "--yes")
    assert not published(site)


def test_nobody_writes_words_for_it_even_if_it_is_an_image(site):
    site.edit("content/reports/spots.yaml", "on-spots.pdf", "poster.jpg")
    site.write("content/files/poster.jpg", b"\xff\xd8\xff")
    done = site.run("sync", "--yes", "--format", "json")
    assert (done.status, done.json["problems"]) == (0, [])
    assert published(site, ".jpg")
    assert "image:loc" not in (site.root / "public/map/map-1.xml").read_text()


def test_a_file_that_is_not_there_is_one_sentence_with_its_place(site):
    (site.root / "content/files/on-spots.pdf").unlink()
    done = site.run("check", "--format", "json")
    (problem,) = done.json["problems"] if isinstance(done.json, dict) else done.json
    assert problem["code"] == "file.missing"
    assert problem["message"] == "cannot read the file ../files/on-spots.pdf: no such file or directory"
    assert (problem["origin"]["path"], problem["origin"]["line"]) == ("content/reports/spots.yaml", 5)


@pytest.mark.parametrize(
    ("written", "title"),
    [
        (f"{{file: ../files/on-spots.pdf, label: {'l' * 999}}}", "l" * 300),
        ("{file: ../files/on-spots.pdf}", "on-spots.pdf"),
        ("{file: ../files/macro.XLSM}", "macro.XLSM"),
        ("{file: ../files/пятна.pdf}", "пятна.pdf"),
        ("{file: ../files/。.pdf}", "。.pdf"),
    ],
)
def test_odd_names_and_labels_are_taken(site, written, title):
    for name in ("macro.XLSM", "пятна.pdf", "。.pdf"):
        site.write(f"content/files/{name}", PDF)
    site.edit("content/reports/spots.yaml", "{file: ../files/on-spots.pdf, label: The whole report}", written)
    assert site.run("sync", "--yes", "--format", "json").json["problems"] == []
    (asset,) = (site.root / "public/json/asset/files").glob("*.json")
    assert json.loads(asset.read_text())["title"] == title


def test_an_asset_can_be_named_in_place_of_a_path(site):
    site.write("content/images/paper.yaml", "file: ../files/on-spots.pdf\ntitle: The paper\n")
    site.edit(
        "content/reports/spots.yaml",
        "{file: ../files/on-spots.pdf, label: The whole report}",
        "{asset: paper}",
    )
    assert site.run("sync", "--yes").status == 0
    (file,) = fields_of(site)["files"]
    assert (file["label"], file["size"]) == ("The paper", len(PDF))
    site.edit("content/images/paper.yaml", "title:", "embargo_until: 9000-01-01\ntitle:")
    assert site.run("sync", "--yes").status == 0
    assert "files" not in fields_of(site)
    assert not published(site)


@given(st.text(min_size=1, max_size=80), st.text(min_size=1, max_size=80), st.text(min_size=1, max_size=30))
def test_keys_are_valid_and_tell_reports_and_paths_apart(path, other, report):
    key = key_of(f"report:{report}", path)
    assert Asset(key=key, locale="en", title="t").key == key
    assert (key == key_of(f"report:{report}", other)) == (path == other)
    assert key != key_of(f"report:{report}x", path)


# A channel that does not take it


@pytest.fixture
def trial(tmp_path, monkeypatch):
    """A project whose channel is in memory, and what is there."""
    monkeypatch.setattr(memory, "STORES", {"default": memory.Store()})
    kinds = {"reports": "report", "bodies": "organisation"}
    sources = {name: {"use": "yaml", "path": f"content/{name}", "kind": kind} for name, kind in kinds.items()}
    made = Trial(tmp_path, {"use": "memory", "workers": 1, "without": ["batch"]}, sources)
    made.write("content/bodies/us.yaml", {"name": "Us"})
    (tmp_path / "paper.pdf").write_bytes(PDF)
    known = {"title": "On spots", "issued": "2024", "publisher": "us", "authors": [{"name": "Ada"}]}
    made.write("content/reports/spots.yaml", {**known, "files": [{"file": "../../paper.pdf"}]})
    made.write("content/reports/other.yaml", {**known, "title": "Other", "related": ["spots"]})
    yield made
    made.close()


def held(key):
    pages = memory.STORES["default"].pages.values()
    return next((page for page in pages if page.key == key), None)


PAPER = key_of("report:spots", "paper.pdf")


def refuse(error):
    """From now on the channel answers so to whoever brings the file."""

    def meet(verb, phase):
        if phase == "before" and f"{PAPER}@en" in store.calls[-1] and verb == "create":
            raise error

    store = memory.STORES["default"]
    store.on_call = meet
    return store


@pytest.mark.parametrize("error", [Rejected("files of this type are not taken"), Rejected("413: too large")])
def test_a_channel_that_refuses_it_gets_its_report_all_the_same(trial, error):
    refuse(error)
    report = trial.run()
    assert [(one.code, one.key) for one in report.problems] == [("channel.rejected", PAPER)]
    assert held("report:spots")
    assert held("report:other")
    assert not held(PAPER)


def test_what_was_refused_is_tried_again_later_and_costs_nothing_until_then(trial):
    store = refuse(Rejected("no"))
    trial.run()
    assert Sync(trial.project, trial.ledger).run().applied[0].done == {"update": 1}
    del store.calls[:]
    waiting = Sync(trial.project, trial.ledger).run()
    assert (store.calls, waiting.problems) == ([], [])
    assert not held("report:spots").fields["files"]
    store.on_call = None
    trial.converge()
    assert held("report:spots").fields["files"][0]["asset"] == PAPER
    assert store.files[held(PAPER).id] == PDF


def test_other_bytes_of_what_was_refused_are_tried_at_once(trial):
    store = refuse(Rejected("too large"))
    trial.run()
    store.on_call = None
    (trial.root / "paper.pdf").write_bytes(b"smaller")
    trial.converge()
    assert store.files[held(PAPER).id] == b"smaller"
    assert held("report:spots").fields["files"][0]["asset"] == PAPER
