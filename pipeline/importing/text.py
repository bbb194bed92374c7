"""A record as the text of a content file, with its problems as comments at the fields that they are about."""

from collections.abc import Sequence
from typing import Any

import yaml

from pipeline.importing.collect import Found, same
from schemas.errors import ContentError
from schemas.problems import Problem
from schemas.record import Path as FieldPath
from sources.base import Input, Raw, SourceContext
from sources.common import yaml_text
from sources.common.files import FileSource
from sources.common.places import Place, nearest
from sources.markdown_files import MarkdownSource
from sources.yaml_files import YamlSource

_ODD = "\x85\u2028\u2029\ufeff"
"""Characters that end a line to some readers and not to others."""
LONGEST = 400
"""Characters of a comment."""


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as blocks, numbers as they are written, nothing by reference."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    is_block = text in (text.strip(), f"{text.strip()}\n") and text != "\n"
    if not is_block or any(not (mark.isprintable() or mark == "\n") or mark in _ODD for mark in text):
        style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _number(dumper: yaml.SafeDumper, number: float) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:float", repr(number))


_Dumper.add_representer(str, _text)
_Dumper.add_representer(float, _number)


def as_yaml(found: Found, data: dict[str, Any], path: str, context: SourceContext) -> str | None:
    """The text of a YAML file; None if reading it would not give the same."""
    text = _commented(_dumped(data), found, data)
    return text if _reads_as(YamlSource, text, data, path, context) else None


def as_markdown(found: Found, data: dict[str, Any], path: str, context: SourceContext) -> str | None:
    """The text of a Markdown file: the body below where it is Markdown, else among the fields."""
    for front, body in _divided(data):
        text = f"---\n{_commented(_dumped(front), found, front)}---\n{body}"
        if _reads_as(MarkdownSource, text, data, path, context):
            return text
    return None


def _divided(data: dict[str, Any]) -> Sequence[tuple[dict[str, Any], str]]:
    """The ways to divide a record into fields and a body, the best first."""
    written = data.get("body")
    if isinstance(written, dict) and written.get("format", "markdown") == "markdown" and len(written) <= 2:
        written = written.get("text")
    front = {name: value for name, value in data.items() if name != "body"}
    return [(front, f"\n{written}\n"), (data, "")] if isinstance(written, str) and written else [(data, "")]


def _dumped(data: dict[str, Any]) -> str:
    found: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    return found


def _reads_as(
    of: type[FileSource], text: str, data: dict[str, Any], path: str, context: SourceContext
) -> bool:
    source = of(of.Options(path=path), context)
    try:
        read = [one for one in source.parse(text, Input(name=path)) if isinstance(one, Raw)]
    except ContentError:
        return False
    if len(read) != 1:
        return False
    given = dict(read[0].data)
    if isinstance(data.get("body"), dict) and isinstance(given.get("body"), str):
        given["body"] = {**data["body"], "text": given["body"]}  # a plain text is Markdown
    return same(given, data)


def _commented(text: str, found: Found, data: dict[str, Any]) -> str:
    """The text with a comment above each field that something is wrong with, and all others on top."""
    places = yaml_text.positions(text)
    above: dict[int, list[str]] = {1: [f"# from {_line(found.place)}\n"]}
    for problem in found.problems:
        path = _path(problem, data)
        place: Place = (nearest({p: at for p, at in places.items() if p}, path) if path else None) or (1, 1)
        above.setdefault(place[0], []).append(f"# {_said(problem)}\n")
    out: list[str] = []
    for number, line in enumerate(text.removesuffix("\n").split("\n"), 1):
        indent = line[: len(line) - len(line.lstrip(" "))]
        out += [f"{indent}{comment}" for comment in above.get(number, ())]
        out.append(f"{line}\n")
    return "".join(out)


def _path(problem: Problem, data: dict[str, Any]) -> FieldPath:
    """The path of a problem's field, as far as it is in the data."""
    value: Any = data
    path: list[str | int] = []
    for part in (problem.field or "").split("."):
        if isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            path.append(int(part))
            value = value[int(part)]
        elif isinstance(value, dict) and part in value:
            path.append(part)
            value = value[part]
        else:
            break
    return tuple(path)


def _said(problem: Problem) -> str:
    hint = f" ({problem.hint})" if problem.hint else ""
    return _line(f"{problem.severity} {problem.code}: {problem.message}{hint}")


def _line(text: str) -> str:
    """On one line, with nothing in it that ends a comment or steers a terminal."""
    plain = "".join(mark if mark.isprintable() else " " for mark in text)
    return plain if len(plain) <= LONGEST else f"{plain[: LONGEST - 1]}…"
