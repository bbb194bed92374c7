"""Problems for people and for programs: nothing in content can forge a line, a place or a command."""

import json

import jsonschema
import pytest

from pipeline.cli.failure import report
from pipeline.cli.problem_view import annotation, print_problems, sarif, summary
from schemas.errors import ConfigError, GuardStop
from schemas.problems import Origin, Problem

POSITION = {"type": "integer", "minimum": 1}
SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["tool"],
                "additionalProperties": False,
                "properties": {
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "type": "object",
                                "required": ["name"],
                                "properties": {
                                    "name": {"type": "string", "minLength": 1},
                                    "informationUri": {"type": "string", "pattern": "^https://"},
                                    "rules": {
                                        "type": "array",
                                        "uniqueItems": True,
                                        "items": {"type": "object", "required": ["id"]},
                                    },
                                },
                            }
                        },
                    },
                    "results": {"type": "array", "items": {"$ref": "#/$defs/result"}},
                },
            },
        },
    },
    "$defs": {
        "result": {
            "type": "object",
            "required": ["message"],
            "additionalProperties": False,
            "properties": {
                "ruleId": {"type": "string"},
                "level": {"enum": ["none", "note", "warning", "error"]},
                "message": {"type": "object", "required": ["text"], "properties": {"text": {"minLength": 1}}},
                "locations": {"type": "array", "items": {"$ref": "#/$defs/location"}},
            },
        },
        "location": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "physicalLocation": {
                    "type": "object",
                    "anyOf": [{"required": ["artifactLocation"]}, {"required": ["address"]}],
                    "additionalProperties": False,
                    "properties": {
                        "artifactLocation": {
                            "type": "object",
                            "properties": {"uri": {"type": "string", "pattern": "^[!-~]+$"}},
                        },
                        "region": {
                            "type": "object",
                            "properties": {"startLine": POSITION, "startColumn": POSITION},
                        },
                    },
                }
            },
        },
    },
}
"""What SARIF 2.1.0 (OASIS) asks of the parts that we write."""

EVIL = "a\r\nerror forged.code\n::error::forged\x1b[2J\x1b[31m\x07\u202e\u2028\x85b%0A,c:d"
PROBLEMS = [
    Problem(
        code="record.wrong_value",
        message=EVIL,
        hint=EVIL,
        excerpt=EVIL,
        origin=Origin(path=f"content/{EVIL}.yaml", line=3, column=2),
        key=EVIL,
    ),
    Problem(code="link.dangling", message="b", severity="warning", channel=EVIL),
    Problem(code="csv.ragged", message="c", severity="info", origin=Origin(path="a b/ü.csv", within="B7")),
    Problem(code="channel.down", message="d", origin=Origin(path="https://x.example/a?b=%20", line=1)),
]


def shown(problems, form, capsys):
    print_problems(problems, form)
    return capsys.readouterr().out


def test_text_groups_by_code_and_shows_the_line(capsys):
    problem = Problem(
        code="record.too_long",
        message="`title` is longer than 300 characters",
        hint="shorten it",
        excerpt="  title: aaaa",
        origin=Origin(path="content/a.yaml", line=12, column=3),
    )
    assert shown([problem], "text", capsys) == (
        "error record.too_long \n"
        "  content/a.yaml:12:3  `title` is longer than 300 characters\n"
        "    12 |   title: aaaa\n"
        "           ^\n"
        "    hint: shorten it\n"
        "\n"
    )


def test_text_cannot_be_forged(capsys):
    out = shown(PROBLEMS, "text", capsys)
    assert all(char.isprintable() or char == "\n" for char in out)
    assert [line for line in out.splitlines() if not line.startswith(" ") and line] == [
        "error channel.down ",
        "error record.wrong_value ",
        "warning link.dangling ",
        "info csv.ragged ",
    ]
    assert len(out.splitlines()) == 4 * 3 + 3


def test_square_brackets_are_no_markup(capsys):
    told = shown([Problem(code="a.b", message="[bold]x[/bold] [/]", hint="[link=x]")], "text", capsys)
    assert "[bold]x[/bold] [/]" in told
    assert "[link=x]" in told


def test_many_alike_are_counted(capsys):
    many = [Problem(code="a.b", message=f"number {n}") for n in range(9)]
    told = shown(many, "text", capsys)
    assert "error a.b (9)" in told
    assert "number 4" in told
    assert "number 5" not in told
    assert "… and 4 more like these" in told


def test_a_mark_beyond_the_shortened_line_is_left_out(capsys):
    origin = Origin(path="a.json", line=1, column=50_000)
    told = shown([Problem(code="a.b", message="m", excerpt="x" * 160, origin=origin)], "text", capsys)
    assert "^" not in told


def test_json_is_whole(capsys):
    problems = json.loads(shown(PROBLEMS, "json", capsys))
    assert [Problem.model_validate(problem) for problem in problems] == PROBLEMS


def test_annotations_are_one_line_each(capsys):
    lines = shown(PROBLEMS, "github", capsys).splitlines()
    plain = [line for line in lines if line.startswith("::")]
    assert len(plain) == len(PROBLEMS)
    assert not [line for line in lines if line.startswith("::error::forged")]
    place, _, message = annotation(PROBLEMS[0]).removeprefix("::error ").partition("::")
    names = [part.partition("=")[0] for part in place.split(",")]
    assert names == ["file", "line", "col", "title"]
    assert "%0D%0A" in message
    assert "%250A" in message
    assert lines[-1].startswith("::error file=https%3A//x.example")


def test_sarif_is_sarif(capsys):
    log = json.loads(shown(PROBLEMS, "sarif", capsys))
    jsonschema.validate(log, SARIF, cls=jsonschema.Draft202012Validator)
    (run,) = log["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == sorted(p.code for p in PROBLEMS)
    assert [one["level"] for one in run["results"]] == ["error", "warning", "note", "error"]
    places = [one["locations"][0]["physicalLocation"] for one in run["results"] if "locations" in one]
    assert places[0]["region"] == {"startLine": 3, "startColumn": 2}
    assert places[1] == {"artifactLocation": {"uri": "a%20b/%C3%BC.csv"}}
    assert places[2]["artifactLocation"]["uri"] == "https://x.example/a?b=%20"


def test_sarif_without_problems(capsys):
    jsonschema.validate(sarif([]), SARIF)


def test_the_schema_can_fail():
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"version": "2.0.0", "runs": []}, SARIF)


def test_summary_counts():
    assert summary([]) == "no problems"
    assert summary(PROBLEMS) == "2 errors, 1 warning"
    assert summary(PROBLEMS[1:3]) == "1 warning"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ConfigError(EVIL, hint=EVIL), 2),
        (GuardStop(EVIL, hint=EVIL, origin=Origin(path=EVIL)), 3),
        (ConfigError("x", problems=tuple(PROBLEMS)), 2),
        (OSError(2, EVIL, EVIL), 2),
        (ValueError(EVIL), 2),
    ],
)
def test_failures_cannot_be_forged(error, status, capsys):
    assert report(error) == status
    told = capsys.readouterr()
    assert told.out == ""
    assert all(char.isprintable() or char == "\n" for char in told.err)
    assert not [line for line in told.err.splitlines() if line.startswith(("error forged", "::error"))]


@pytest.mark.parametrize("form", ["text", "json", "github", "sarif"])
def test_hostile_content_through_the_command_line(site, form):
    site.write("content/pages/evil.yaml", 'title: a\nslug: "x\\n::error::forged\\e[31m\\L"\n')
    site.write("content/pages/b.yaml", 'title: a\n"x\\r\\nerror forged": 1\n')
    done = site.run("check", "--format", form)
    assert done.status == 1
    assert done.err == ""
    assert "\x1b" not in done.out
    assert "\r" not in done.out
    assert not [line for line in done.out.splitlines() if line.startswith(("::error::", "error forged"))]


def test_the_line_that_is_shown_is_that_of_now(site):
    site.write("content/pages/a.yaml", "title: a\nslug: ONE\n")
    assert "2 | slug: ONE" in site.run("check").out
    site.write("content/pages/a.yaml", "title: a\nslug: TWO!\n")
    assert "2 | slug: TWO!" in site.run("check").out


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_line_that_is_shown_is_the_one_that_is_meant(site, encoding):
    text = 'title: "a\u2028b\x85c"\r\nrights:\r\n  holder: é\rslug: É\n'
    site.write("content/pages/a.yaml", text.encode(encoding))
    (problem,) = site.run("check", "--format", "json").json
    assert problem["origin"]["line"] == 4
    assert problem["excerpt"] == "slug: É"
