"""Folders, links, devices and disks that are not as they should be: named, and nothing is lost."""

import errno
import json
import os

import pytest

from pipeline.config import load
from pipeline.prepare import check
from sources.common.files import FileSource
from transport import files

IMAGE = "content/images/bad.yaml"


def harmless(done):
    """No failure that nobody foresaw."""
    assert "Traceback" not in done.err
    assert "unforeseen" not in done.err
    return done


def codes(site):
    done = harmless(site.run("check", "--format", "json"))
    return {(problem["code"], problem["origin"]["path"]) for problem in done.json}


def outside(site, name):
    """A folder or file beside the project."""
    path = site.root.parent / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def test_a_link_out_of_the_project_is_not_followed(site):
    outside(site, "secret.yaml").write_text("title: Secret\n")
    (site.root.parent / "folder").mkdir()
    outside(site, "folder/secret.yaml").write_text("title: Secret\n")
    os.symlink("../../../secret.yaml", site.root / "content/pages/link.yaml")
    os.symlink("../../../folder", site.root / "content/pages/folder")
    os.symlink("../../../secret.yaml", site.root / "content/images/link.png")
    site.write(IMAGE, "file: link.png\ncredit: a\n")

    places = ("content/pages/link.yaml", "content/pages/folder", IMAGE)
    assert codes(site) == {("file.outside", path) for path in places}
    assert site.run("sync", "--yes").status == 1
    assert not any(b"Secret" in data for data, _ in site.outputs().values())


def test_a_source_that_is_a_link_out_of_the_project_is_not_followed(site):
    os.rename(site.root / "content/pages", site.root.parent / "pages")
    os.symlink("../../pages", site.root / "content/pages")
    assert ("file.outside", "content/pages") in codes(site)


def test_a_link_in_a_circle(site):
    os.symlink("loop.yaml", site.root / "content/pages/loop.yaml")
    os.symlink("loop.png", site.root / "content/images/loop.png")
    site.write(IMAGE, "file: loop.png\ncredit: a\n")
    assert {code for code, _ in codes(site)} == {"file.link_loop"}


def test_pipes_are_not_waited_for(site):
    os.mkfifo(site.root / "content/pages/pipe.yaml")
    os.mkfifo(site.root / "content/images/pipe.png")
    site.write(IMAGE, "file: pipe.png\ncredit: a\n")
    assert codes(site) == {("file.special", "content/pages/pipe.yaml"), ("file.special", IMAGE)}


@pytest.mark.parametrize("secret", [".env", ".git/config", ".leopard/ledger.db", "leopard.yaml"])
def test_hidden_files_and_the_configuration_are_no_assets(site, secret):
    site.run("sync", "--yes")
    if not (site.root / secret).exists():
        site.write(secret, "TOKEN=1")
    site.write(IMAGE, f"file: ../../{secret}\ncredit: a\n")
    assert codes(site) == {("file.private", IMAGE)}
    site.run("sync", "--yes")
    assert not [name for name in site.outputs() if "bad" in name]


def test_a_damaged_image_has_no_dimensions_but_is_published(site):
    svg = b"<svg xmlns='http://www.w3.org/2000/svg' width='%s' height='1.5'/>"
    site.write("content/images/half.svg", svg % b"2.5")
    site.write("content/images/endless.svg", svg % b"1e999")
    site.write("content/images/torn.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0")
    for name in ("half.svg", "endless.svg", "torn.png"):
        site.write(f"content/images/{name[:4]}.yaml", f"file: {name}\ncredit: a\nlicence: CC0-1.0\nalt: a\n")
        site.write(f"content/pages/{name[:4]}.yaml", f"title: {name}\nimage: {name[:4]}\n")
    done = harmless(site.run("sync", "--yes"))
    assert done.status == 0, done.err
    half, ends, torn = (site.outputs()[f"public/asset/{n}.en.json"][0] for n in ("half", "endl", "torn"))
    assert (json.loads(half)["width"], json.loads(half)["height"]) == (2, 2)
    assert b"width" not in ends + torn


def test_the_same_files_in_two_sources(site):
    site.edit("leopard.yaml", "channels:", "  again: {use: yaml, path: content/pages}\nchannels:")
    done = harmless(site.run("check"))
    assert done.status == 1
    assert done.out.count("is read twice, by the sources pages and again") == 2


def test_two_records_with_one_key_name_both_places(site):
    site.write("content/pages/two.yaml", "title: Two\nkey: other\n")
    problems = site.run("check", "--format", "json").json
    told = {problem["origin"]["path"]: problem["message"] for problem in problems}
    assert told == {
        "content/pages/two.yaml": "page:other in en stands twice: here and at content/pages/other.yaml:1:1",
        "content/pages/other.yaml": "page:other in en stands twice: here and at content/pages/two.yaml:1:1",
    }


@pytest.mark.parametrize(
    "line", ["kind: pgae", "key: Not A Key", "locale: de", "kind: [page]", "locale: [en]"]
)
def test_a_record_that_cannot_be_told_keeps_what_is_published_of_it(site, line):
    site.run("sync", "--yes")
    before = site.outputs()
    site.edit("content/pages/other.yaml", "title: Other", f"title: Other\n{line}")
    assert harmless(site.run("sync", "--yes")).status == 1
    assert site.outputs() == before


@pytest.mark.parametrize("make", ["file", "nothing"])
def test_a_source_without_its_folder_deletes_nothing(site, make):
    site.run("sync", "--yes")
    before = site.outputs()
    os.rename(site.root / "content/pages", site.root / "moved")
    if make == "file":
        site.write("content/pages", "not a record")
    done = harmless(site.run("sync", "--yes"))
    assert done.status == 1
    assert "content/pages" in done.err
    assert site.outputs() == before


def test_a_file_that_vanishes_while_it_is_read(site, monkeypatch):
    site.run("sync", "--yes")
    before = site.outputs()
    site.edit("content/pages/leopards.yaml", "title: Leopards", "title: All")

    def vanish(self, path, shown):
        if shown.endswith("other.yaml"):
            path.unlink()
        return read(self, path, shown)

    read = FileSource.text
    monkeypatch.setattr(FileSource, "text", vanish)
    done = harmless(site.run("sync", "--yes", "--no-cache"))
    assert done.status == 1
    assert "content/pages/other.yaml" in done.err
    assert "no such file" in done.err
    assert set(before) == set(site.outputs())
    assert b"All" in site.outputs()["public/page/leopards.en.json"][0]


def test_a_source_that_breaks_loses_one_input_not_the_run(site, monkeypatch):
    def breaks(self, path, shown):
        if shown.endswith("other.yaml"):
            raise ZeroDivisionError("of a plugin")
        return read(self, path, shown)

    read = FileSource.text
    monkeypatch.setattr(FileSource, "text", breaks)
    prepared = check(load(site.root))
    (problem,) = prepared.findings.problems
    assert problem.code == "source.failed"
    assert str(problem.origin) == "content/pages/other.yaml"
    assert "ZeroDivisionError: of a plugin" in problem.message
    assert "page:leopards@en" in prepared.content.records
    assert prepared.content.outcomes["pages"].state == "partial"


def test_an_empty_project_says_so(empty):
    site = empty('site: {title: S, url: "https://s.example"}\n')
    done = harmless(site.run("check"))
    assert done.status == 0
    assert "no content yet" in done.err
    assert site.run("check", "--format", "json").json == []
    assert harmless(site.run("sync", "--yes")).status == 0


def test_empty_folders_are_no_error(site):
    for path in sorted((site.root / "content").rglob("*")):
        if path.is_file():
            path.unlink()
    assert harmless(site.run("check")).status == 0


def test_an_output_folder_that_is_a_file(site):
    site.write("public", "mine")
    done = harmless(site.run("sync", "--yes"))
    assert done.status == 1
    assert "public/" in done.err
    assert (site.root / "public").read_text() == "mine"
    os.remove(site.root / "public")
    assert site.run("sync", "--yes", "--retry").status == 0
    assert "public/page/other.en.json" in site.outputs()


def test_an_output_folder_that_cannot_be_written(site):
    site.edit("leopard.yaml", "path: public}", "path: /proc/nowhere}")
    done = harmless(site.run("sync", "--yes"))
    assert done.status == 1
    assert "cannot write" in done.err
    assert "proc/nowhere" in done.err
    assert "public/feed.json" in site.outputs()


def test_an_output_file_that_is_a_link_is_not_written_through(site):
    target = outside(site, "target")
    target.write_text("mine")
    (site.root / "public/page").mkdir(parents=True)
    os.symlink(target, site.root / "public/page/other.en.json")
    done = harmless(site.run("sync", "--yes"))
    assert done.status == 1
    assert "public/page/other.en.json" in done.err
    assert target.read_text() == "mine"


def test_a_folder_below_the_output_that_leads_out_is_not_written_through(site):
    target = outside(site, "target")
    target.mkdir()
    (site.root / "public").mkdir()
    os.symlink(target, site.root / "public/page")
    done = harmless(site.run("sync", "--yes"))
    assert done.status == 1
    assert "remove symbolic links" in done.err
    assert not list(target.iterdir())


def test_an_output_folder_that_leads_out_of_the_project_is_not_written(site):
    target = outside(site, "target")
    target.mkdir()
    os.symlink(target, site.root / "public")
    assert harmless(site.run("sync", "--yes")).status == 1
    assert not list(target.iterdir())


def test_a_full_disk_leaves_the_old_files(site, monkeypatch):
    site.run("sync", "--yes")
    before = site.outputs()
    site.edit("content/pages/leopards.yaml", "title: Leopards", "title: All")

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    done = harmless(site.run("sync", "--yes"))
    assert done.status == 1
    assert "free some space" in done.err
    assert site.outputs() == before
    assert not [path for path in (site.root / "public").rglob(".*")]

    monkeypatch.undo()
    assert site.run("sync", "--yes", "--retry").status == 0
    assert b"All" in site.outputs()["public/page/leopards.en.json"][0]
