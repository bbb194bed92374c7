"""Problems for people (grouped, with the offending line) and for programs (JSON, GitHub, SARIF)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from pipeline.cli.common import answer
from pipeline.cli.failure import printable
from pipeline.observe import logs
from schemas.problems import Problem, Severity

if TYPE_CHECKING:
    from rich.console import Console

COLOURS: dict[Severity, str] = {"error": "bold red", "warning": "yellow", "info": "blue"}
ALIKE = 5
"""So many problems of one code are shown in full; the rest is counted."""


def print_problems(problems: Sequence[Problem], form: str, *, err: bool = False) -> None:
    """All problems in one of the formats text, json, github, sarif."""
    match form:
        case "json":
            answer([problem.model_dump(mode="json", exclude_none=True) for problem in problems])
        case "github":
            for problem in problems:
                click.echo(annotation(problem))
        case "sarif":
            answer(sarif(problems))
        case _ if err and logs.is_structured():
            for problem in problems:
                logs.told_problem(problem)
        case _ if problems:
            from rich.console import Console

            _text(problems, Console(stderr=err, highlight=False, soft_wrap=True))


def _text(problems: Iterable[Problem], console: "Console") -> None:
    from rich.text import Text

    shown, count = dict[tuple[Severity, str], list[Problem]](), Counter[tuple[Severity, str]]()
    for problem in problems:
        kind = (problem.severity, problem.code)
        count[kind] += 1
        if count[kind] <= ALIKE:
            shown.setdefault(kind, []).append(problem)
    for kind in sorted(shown, key=lambda kind: (list(COLOURS).index(kind[0]), kind[1])):
        severity, code = kind
        alike = f"({count[kind]})" if count[kind] > 1 else ""
        console.print(Text(f"{severity} {code}", style=COLOURS[severity]), alike)
        for problem in shown[kind]:
            _one(problem, console)
        if count[kind] > ALIKE:
            console.print(f"  … and {count[kind] - ALIKE} more like these; --format json lists all")
        console.print()


def _one(problem: Problem, console: "Console") -> None:
    from rich.text import Text

    place = str(problem.origin or problem.channel or problem.ident or "")
    line = Text("  ")
    if place:
        line.append(printable(place), style="bold").append("  ")
    console.print(line.append(printable(problem.message)))
    if problem.excerpt and problem.origin:
        console.print(Text(f"    {problem.origin.line} | ", style="dim") + Text(printable(problem.excerpt)))
        if problem.origin.column and problem.origin.column <= len(problem.excerpt):
            gap = " " * (len(f"    {problem.origin.line} | ") + problem.origin.column - 1)
            console.print(Text(f"{gap}^", style=COLOURS[problem.severity]))
    if problem.hint:
        console.print(Text(f"    hint: {printable(problem.hint)}", style="green"))


def summary(problems: Iterable[Problem]) -> str:
    """`2 errors, 1 warning`, or `no problems`."""
    counts = Counter(problem.severity for problem in problems)
    found = ((severity, counts[severity]) for severity in COLOURS if severity != "info")
    named = [f"{n} {severity}{'s' * (n != 1)}" for severity, n in found if n]
    return ", ".join(named) or "no problems"


def annotation(problem: Problem) -> str:
    """A workflow command of GitHub Actions."""
    level = {"error": "error", "warning": "warning", "info": "notice"}[problem.severity]
    origin = problem.origin
    place = {
        "file": origin.path if origin else None,
        "line": origin.line if origin else None,
        "col": origin.column if origin else None,
        "title": problem.code,
    }
    told = ",".join(
        f"{name}={_escaped(str(value), ':,')}" for name, value in place.items() if value is not None
    )
    message = problem.message + (f" ({problem.hint})" if problem.hint else "")
    return f"::{level} {told}::{_escaped(message)}"


def _escaped(text: str, more: str = "") -> str:
    for char in "%\r\n" + more:
        text = text.replace(char, f"%{ord(char):02X}")
    return text


def sarif(problems: Sequence[Problem]) -> dict[str, Any]:
    """A log in SARIF 2.1.0 (OASIS)."""
    rules = sorted({problem.code for problem in problems})
    driver = {
        "name": "leopard",
        "informationUri": "https://pypi.org/project/leopard-pipeline/",
        "rules": [{"id": code} for code in rules],
    }
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": [_result(problem) for problem in problems]}],
    }


def _result(problem: Problem) -> dict[str, Any]:
    level = {"error": "error", "warning": "warning", "info": "note"}[problem.severity]
    text = problem.message + (f" Hint: {problem.hint}" if problem.hint else "")
    result: dict[str, Any] = {"ruleId": problem.code, "level": level, "message": {"text": text}}
    if problem.origin is not None:
        place: dict[str, Any] = {"artifactLocation": {"uri": _uri(problem.origin.path)}}
        if problem.origin.line is not None:
            place["region"] = {"startLine": problem.origin.line}
            if problem.origin.column is not None:
                place["region"]["startColumn"] = problem.origin.column
        result["locations"] = [{"physicalLocation": place}]
    return result


def _uri(path: str) -> str:
    """A path of the project as a relative reference (RFC 3986); an address stays as it is."""
    return path if "://" in path else quote(path)
