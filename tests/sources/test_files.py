"""Folders are listed in order, safely, and what cannot be listed is never taken for empty."""

import os
from pathlib import Path

import pytest

from schemas.problems import Problem
from sources.base import COMPLETE, Input
from sources.conformance import drain
from sources.yaml_files import YamlSource


def listed(folder, **options):
    found, outcome = drain(folder.source(YamlSource, **options).inputs())
    names = [one.name for one in found if isinstance(one, Input)]
    return names, [one.code for one in found if isinstance(one, Problem)], outcome.state


def test_files_in_order_and_hidden_ones_left_out(folder):
    for name in ("b.yaml", "a/z.yml", "a.yaml", "a/b/c.YAML", "c.txt", ".d.yaml", ".e/f.yaml", "x.yaml.bak"):
        folder.write(name, "title: x")
    names, problems, state = listed(folder)
    assert names == ["content/a.yaml", "content/b.yaml", "content/a/z.yml", "content/a/b/c.YAML"]
    assert (problems, state) == ([], "complete")


def test_one_file(folder):
    folder.write("odd.txt", "title: x")
    assert listed(folder, path="content/odd.txt") == (["content/odd.txt"], [], "complete")
    assert folder.read(YamlSource, path="content/odd.txt")[0][0].name == "odd"


def test_an_empty_folder_is_complete(folder):
    assert listed(folder) == ([], [], "complete")
    assert folder.read(YamlSource) == ([], [], COMPLETE)


def test_a_missing_path_is_a_failure(folder):
    _, problems, outcome = folder.read(YamlSource, path="contents")
    assert [str(one.origin) for one in problems] == ["contents"]
    assert (problems[0].code, problems[0].message) == ("source.missing", "contents does not exist")
    assert outcome.state == "failed"


def test_a_folder_that_nobody_may_look_at_is_a_failure(folder, monkeypatch):
    def refuse(self, **_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "stat", refuse)
    assert listed(folder) == ([], ["source.missing"], "failed")


def test_a_folder_that_cannot_be_listed_makes_it_partial(folder, monkeypatch):
    folder.write("a.yaml", "title: x")
    folder.write("b/c.yaml", "title: x")
    scandir = os.scandir

    def refuse(path):
        if Path(path).name == "b":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert listed(folder) == (["content/a.yaml"], ["file.unreadable"], "partial")
    problem = folder.problem(YamlSource)
    assert problem.message == "cannot list content/b: permission denied"
    assert str(problem.origin) == "content/b"


@pytest.mark.skipif(os.geteuid() == 0, reason="permissions do not bind root")
def test_permissions_of_the_system(folder):
    folder.write("b/c.yaml", "title: x").chmod(0)
    folder.write("d/e.yaml", "title: x").parent.chmod(0)
    codes = [one.code for one in folder.read(YamlSource)[1]]
    (folder.root / "content/d").chmod(0o700)
    assert codes == ["file.unreadable", "file.unreadable"]


def test_a_file_that_cannot_be_read_does_not_stop_the_others(folder, monkeypatch):
    folder.write("a.yaml", "title: x")
    folder.write("b.yaml", "title: y")
    opened = os.open

    def refuse(path, *args, **options):
        if Path(path).name == "a.yaml":
            raise PermissionError(13, "Permission denied")
        return opened(path, *args, **options)

    monkeypatch.setattr(os, "open", refuse)
    records, (problem,), outcome = folder.read(YamlSource)
    assert [raw.name for raw in records] == ["b"]
    assert (problem.code, str(problem.origin)) == ("file.unreadable", "content/a.yaml")
    assert outcome.state == "partial"


def test_links_out_of_the_source_are_not_followed(folder):
    (folder.root / "secret.yaml").write_text("title: x")
    (folder.root / "other").mkdir()
    folder.write("a.yaml", "title: x")
    (folder.root / "content/file.yaml").symlink_to("../secret.yaml")
    (folder.root / "content/folder").symlink_to("../other")
    names, problems, state = listed(folder)
    assert names == ["content/a.yaml"]
    assert (problems, state) == (["file.outside", "file.outside"], "partial")
    messages = [problem.message for problem in folder.read(YamlSource)[1]]
    assert messages[0] == "content/file.yaml is a link that leads out of its folder"


def test_a_source_that_is_a_link_out_of_the_project_is_a_failure(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "a.yaml").write_text("title: x")
    (folder.root / "linked").symlink_to(elsewhere)
    (folder.root / "linked.yaml").symlink_to(elsewhere / "a.yaml")
    for path in ("linked", "linked.yaml"):
        assert listed(folder, path=path) == ([], ["file.outside"], "failed")
    (problem, *_), _ = drain(folder.source(YamlSource, path="linked").read(Input(name="linked/a.yaml")))
    assert problem.code == "file.outside"
    written_out = os.path.relpath(elsewhere, folder.root)
    assert listed(folder, path=written_out) == ([f"{written_out}/a.yaml"], [], "complete")
    assert [raw.name for raw in folder.read(YamlSource, path=written_out)[0]] == ["a"]


def test_a_source_may_be_a_link_inside_the_project(folder):
    folder.write("a.yaml", "title: x")
    (folder.root / "linked").symlink_to("content")
    assert listed(folder, path="linked") == (["linked/a.yaml"], [], "complete")


def test_an_input_that_became_a_link_is_not_followed(folder):
    (folder.root / "secret.yaml").write_text("title: x")
    path = folder.write("a.yaml", "title: x")
    source = folder.source(YamlSource)
    (part,) = drain(source.inputs())[0]
    path.unlink()
    path.symlink_to(folder.root / "secret.yaml")
    (problem,), outcome = drain(source.read(part))
    assert problem.code == "file.outside"
    assert str(folder.root) not in problem.message
    assert outcome.state == "partial"


def test_links_in_circles(folder):
    folder.write("a/b/c.yaml", "title: x")
    (folder.root / "content/a/b/up").symlink_to("..")
    (folder.root / "content/a/side").symlink_to("b")
    assert listed(folder) == (["content/a/b/c.yaml"], [], "complete")
    (folder.root / "content/x.yaml").symlink_to("y.yaml")
    (folder.root / "content/y.yaml").symlink_to("x.yaml")
    names, problems, state = listed(folder)
    assert (problems, state) == (["file.link_loop"] * 2, "partial")
    assert names == ["content/a/b/c.yaml"]


def test_a_link_to_a_file_of_the_source_is_read(folder):
    folder.write("a.yaml", "title: x")
    (folder.root / "content/b.yaml").symlink_to("a.yaml")
    assert [raw.name for raw in folder.read(YamlSource)[0]] == ["a", "b"]


def test_a_broken_link_makes_it_partial(folder):
    (folder.root / "content/b.yaml").symlink_to("nothing.yaml")
    assert listed(folder) == ([], ["file.unreadable"], "partial")


def test_a_pipe_is_not_read(folder):
    os.mkfifo(folder.root / "content/a.yaml")
    assert listed(folder) == ([], ["file.special"], "partial")


def test_names_that_nobody_can_see(folder):
    for name in (b"a\n.yaml", b"\xff.yaml"):
        Path(os.fsdecode(os.fsencode(folder.root / "content") + b"/" + name)).write_text("title: x")
    names, problems, state = listed(folder)
    assert (names, problems, state) == ([], ["file.name", "file.name"], "partial")
    for problem in folder.read(YamlSource)[1]:
        problem.model_dump_json()
        assert problem.origin.path.isprintable()


def test_folders_as_deep_as_the_system_allows(folder):
    places = [folder.root / "content" / "/".join(["a"] * depth) for depth in range(1, 1_201)]
    for place in places:
        place.mkdir()
    (places[-1] / "b.yaml").write_text("title: x")
    names, problems, _ = listed(folder)
    (places[-1] / "b.yaml").unlink()
    for place in reversed(places):
        place.rmdir()
    assert (len(names), problems) == (1, [])


@pytest.mark.parametrize(
    ("data", "code", "place"),
    [
        (b"title: caf\xe9\n", "file.encoding", "content/a.yaml:1"),
        (b"title: x\nbody: \0\n", "file.binary", "content/a.yaml:2"),
        (b"title: " + b"x" * 10_000_000, "file.too_large", "content/a.yaml"),
    ],
)
def test_what_is_no_document(folder, data, code, place):
    folder.write("a.yaml", data)
    problem = folder.problem(YamlSource)
    assert (problem.code, str(problem.origin)) == (code, place)
    assert problem.hint


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbftitle: Caf\xc3\xa9\nbody: |\n  a\n  b\n",
        "title: Café\r\nbody: |\r\n  a\r\n  b\r\n".encode(),
        "title: Café\nbody: |\n  a\n  b\n".encode("utf-16"),
    ],
)
def test_encodings_and_line_ends_make_no_difference(folder, data):
    folder.write("a.yaml", data)
    (raw,), problems, _ = folder.read(YamlSource)
    assert (raw.data, problems) == ({"title": "Café", "body": "a\nb\n"}, [])


def test_names_and_languages(folder):
    for name in ("a.yaml", "a.fr.yaml", "b/c.en.yml", "d.e.yaml", "f.de.yaml"):
        folder.write(name, "title: x")
    found = [(raw.name, raw.locale) for raw in folder.read(YamlSource)[0]]
    assert found == [("a", "fr"), ("a", None), ("d.e", None), ("f.de", None), ("b/c", "en")]


def test_many_problems_in_one_file_read_it_once(folder, monkeypatch):
    folder.write("a.yaml", "title: x\ntags: [a, b]\n")
    source = folder.source(YamlSource)
    (part,) = drain(source.inputs())[0]
    (raw,) = drain(source.read(part))[0]
    reads = []
    monkeypatch.setattr(source, "text", lambda *args: reads.append(args) or "title: x\ntags: [a, b]\n")
    assert [str(source.locate(raw.origin, ("tags", at))) for at in (0, 1, 7)] == [
        "content/a.yaml:2:8",
        "content/a.yaml:2:11",
        "content/a.yaml:2:1",
    ]
    assert len(reads) == 1
    folder.write("a.yaml", "title: longer\n")
    source.locate(raw.origin, ("title",))
    assert len(reads) == 2


def test_locate_in_a_file_that_has_gone(folder):
    path = folder.write("a.yaml", "title: x\n")
    (raw,), _, _ = folder.read(YamlSource)
    path.unlink()
    assert folder.source(YamlSource).locate(raw.origin, ("title",)) == raw.origin
