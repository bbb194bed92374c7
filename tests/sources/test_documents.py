"""YAML and JSON files: records alone, in lists, and line by line."""

import json

import pytest

from sources.base import COMPLETE
from sources.conformance import drain
from sources.json_files import JsonSource
from sources.yaml_files import YamlSource


def test_a_yaml_file_is_a_page(folder):
    folder.write("a/leopards.yaml", "# remark\ntitle: Leopards\ncountry: NO\n")
    (raw,), problems, outcome = folder.read(YamlSource)
    assert (raw.data, raw.name) == ({"title": "Leopards", "country": "NO"}, "a/leopards")
    assert str(raw.origin) == "content/a/leopards.yaml:2:1"
    assert (problems, outcome, YamlSource.default_kind) == ([], COMPLETE, "page")


def test_a_yaml_list_is_many_records(folder):
    folder.write(
        "s.fr.yaml", "- key: topic:big-cats\n  title: A\n\n- title: Snow Leopard\n- &a {doi: 10.1/X}\n"
    )
    records, problems, outcome = folder.read(YamlSource)
    assert [(raw.name, raw.locale, raw.origin.line, raw.origin.column) for raw in records] == [
        ("s/big-cats", "fr", 1, 3),
        ("s/snow-leopard", "fr", 4, 3),
        ("s/10-1-x", "fr", 5, 3),
    ]
    assert (problems, outcome) == ([], COMPLETE)


def test_fields_of_an_item_are_found(folder):
    folder.write("s.yaml", "- title: A\n  tags: [x]\n- title: B\n  tags:\n    - y\n    - z\n")
    source = folder.source(YamlSource)
    (part,) = drain(source.inputs())[0]
    first, second = drain(source.read(part))[0]
    assert str(source.locate(first.origin, ("tags", 0))) == "content/s.yaml:2:10"
    assert str(source.locate(second.origin, ("tags", 1))) == "content/s.yaml:6:7"
    assert str(source.locate(second.origin, ("missing",))) == "content/s.yaml:3:3"


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("", "yaml.empty", ":1:1"),
        ("# nothing\n", "yaml.empty", ":1:1"),
        ("\n~\n", "yaml.empty", ":2:1"),
        ("only words\n", "yaml.shape", ":1:1"),
        ("- 2016\n", "yaml.shape", ":1:3"),
        ("- [a]\n", "yaml.shape", ":1:3"),
        ("-\n", "yaml.shape", ":1:2"),
        ("- body: x\n", "source.no_key", ":1:3"),
        ("a: 1\na: 2\n", "yaml.duplicate_key", ":2:1"),
    ],
)
def test_a_yaml_file_that_is_no_record(folder, text, code, place):
    folder.write("a.yaml", text)
    problem = folder.problem(YamlSource)
    assert (problem.code, str(problem.origin)) == (code, f"content/a.yaml{place}")
    assert problem.hint


def test_a_bad_item_does_not_stop_the_others(folder):
    folder.write("a.yaml", "- title: A\n- words\n- title: B\n")
    records, problems, outcome = folder.read(YamlSource)
    assert [raw.name for raw in records] == ["a/a", "a/b"]
    assert [problem.origin.line for problem in problems] == [2]
    assert outcome.state == "partial"
    assert outcome.reason.startswith("content/a.yaml: ")


def test_a_bad_file_does_not_stop_the_others(folder):
    folder.write("a.yaml", "title: [\n")
    folder.write("b.yaml", "title: B\n")
    records, problems, outcome = folder.read(YamlSource)
    assert [raw.name for raw in records] == ["b"]
    assert (len(problems), outcome.state) == (1, "partial")


def test_an_empty_list_has_no_records(folder):
    folder.write("a.yaml", "[]\n")
    folder.write("b.json", "[]\n")
    assert folder.read(YamlSource) == folder.read(JsonSource) == ([], [], COMPLETE)


def test_json_files(folder):
    folder.write("a.json", '{"title": "A", "n": 1.10}')
    folder.write("b.json", '[\n {"title": "B"},\n {"key": "c/d"}\n]')
    records, problems, outcome = folder.read(JsonSource)
    assert [(raw.name, str(raw.origin)) for raw in records] == [
        ("a", "content/a.json:1:1"),
        ("b/b", "content/b.json:2:2"),
        ("b/c/d", "content/b.json:3:2"),
    ]
    assert records[0].data == {"title": "A", "n": "1.10"}
    assert (problems, outcome, JsonSource.default_kind) == ([], COMPLETE, None)
    source = folder.source(JsonSource)
    assert str(source.locate(records[2].origin, ("key",))) == "content/b.json:3:3"


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        (" \n", "json.empty", ":1:1"),
        ("null", "json.empty", ":1:1"),
        ('"words"', "json.shape", ":1:1"),
        ("[1]", "json.shape", ":1:2"),
        ("[{}]", "source.no_key", ":1:2"),
        ('{"a": 1, "a": 2}', "json.duplicate_key", ":1:10"),
        ('{"a": 1', "json.syntax", ":1:8"),
    ],
)
def test_a_json_file_that_is_no_record(folder, text, code, place):
    folder.write("a.json", text)
    problem = folder.problem(JsonSource)
    assert (problem.code, str(problem.origin)) == (code, f"content/a.json{place}")


def test_a_record_on_each_line(folder):
    lines = [b'{"title": "A"}', b"", b'{"title": "A", "title": "B"}', b'{"title": "caf\xe9"}', b"[1]", b"{}"]
    folder.write("a.ndjson", b"\n".join([*lines, b'{"key": "z",  "tags": ["x", "y"]}']))
    records, problems, outcome = folder.read(JsonSource)
    assert [(raw.name, str(raw.origin)) for raw in records] == [
        ("a/a", "content/a.ndjson:1"),
        ("a/z", "content/a.ndjson:7"),
    ]
    assert [(one.code, one.origin.line) for one in problems] == [
        ("json.duplicate_key", 3),
        ("file.encoding", 4),
        ("json.shape", 5),
        ("source.no_key", 6),
    ]
    assert (outcome.state, outcome.reason is not None) == ("partial", True)
    source = folder.source(JsonSource)
    assert str(source.locate(records[1].origin, ("tags", 1))) == "content/a.ndjson:7:29"
    assert str(source.locate(records[0].origin, ("title",))) == "content/a.ndjson:1:2"


def test_lines_are_read_one_by_one(folder, monkeypatch):
    path = folder.write("a.jsonl", "".join(json.dumps({"title": f"T{n}"}) + "\n" for n in range(20)))
    source = folder.source(JsonSource)
    (part,) = drain(source.inputs())[0]
    reading = source.read(part)
    assert next(reading).name == "a/t0"
    monkeypatch.setattr("sources.common.files.read_text", None)
    assert [raw.name for raw in drain(reading)[0]] == [f"a/t{n}" for n in range(1, 20)]
    assert path.exists()


def test_a_line_over_the_limit_is_left_out(folder):
    folder.write("a.ndjson", b'{"title": "A"}\n{"x": "' + b"x" * 5_000_001 + b'"}\n{"title": "B"}\n')
    records, (problem,), outcome = folder.read(JsonSource)
    assert [raw.name for raw in records] == ["a/a", "a/b"]
    assert (problem.code, problem.origin.line, outcome.state) == ("file.too_large", 2, "partial")


def test_problems_in_the_order_of_the_lines_read_a_file_once(folder, monkeypatch):
    folder.write("a.ndjson", "".join(json.dumps({"title": f"T{n}"}) + "\n" for n in range(50)))
    records, _, _ = folder.read(JsonSource)
    source = folder.source(JsonSource)
    opened = []
    read_lines = JsonSource.locate.__globals__["read_lines"]
    monkeypatch.setitem(
        JsonSource.locate.__globals__, "read_lines", lambda *args: opened.append(args) or read_lines(*args)
    )
    for raw in records:
        assert source.locate(raw.origin, ("title",)).column == 2
        assert source.locate(raw.origin, ("no",)).column == 1
    assert len(opened) == 1
    assert source.locate(records[3].origin, ("title",)).line == 4
    assert len(opened) == 2


def test_locate_of_a_line_that_has_gone(folder):
    path = folder.write("a.ndjson", '{"title": "A"}\n')
    (raw,), _, _ = folder.read(JsonSource)
    source = folder.source(JsonSource)
    path.write_text("\n")
    assert source.locate(raw.origin, ("title",)) == raw.origin.model_copy(update={"column": None})
    path.unlink()
    assert source.locate(raw.origin, ("title",)) == raw.origin
