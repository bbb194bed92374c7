"""Write what the pages take from the code: between `<!-- generated:NAME -->` and `<!-- /generated -->`.

python docs/generate.py            write what has changed
python docs/generate.py --check    name what is out of date; exit status 1 if anything is
"""

import json
import re
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from runpy import run_path
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import click
from pydantic import BaseModel

import pipeline.cli as cli
from exporters.base import ChannelOptions
from pipeline.alerts.model import Alert
from pipeline.config import Written
from pipeline.engine.model import EngineOptions
from pipeline.json_schema import of_configuration
from pipeline.schedule.model import Freeze, Job
from pipeline.web.model import Dashboard, Proxy, User
from schemas import base, plugins, statistic
from schemas.record import Record, Rights
from schemas.site import Site
from sources.base import SourceOptions
from sources.common.collections import Collection
from sources.dialects.html.options import Pick

ROOT = Path(__file__).resolve().parents[1]
SCHEMA = ROOT / "examples" / "leopards" / "leopard.schema.json"
BLOCK = re.compile(r"(<!-- generated:(\S+) -->\n).*?(<!-- /generated -->)", re.DOTALL)
NAMED = [
    (base.When, "date or time"),
    (base.PartialDate, "year, month or day"),
    (base.Locale, "language tag"),
    (base.Key, "key"),
    (base.Slug, "slug"),
    (base.Address, "web address or path"),
    (base.Prose, "prose"),
    (base.Localised, "text per language"),
    (base.ISBN, "ISBN"),
    (base.ORCID, "ORCID iD"),
    (base.DOI, "DOI"),
    (base.Country, "country code"),
    (base.Licence, "licence"),
    (EngineOptions, "name of an engine, or an [engine](#engine)"),
    (Pick, "CSS selector, or `{select, attribute, all, html}`"),
    (statistic.FigureText, "[figure](#figure)"),
    (statistic.CitationText, "[citation](#citation)"),
    (statistic.QuotedStatistic, "key of a statistic, or a [quoted](#quoted) one"),
]
PLAIN = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "`true` or `false`",
    Any: "anything",
    NoneType: "",
}


WORD = {"sources": "Source", "steps": "Step", "exporters": "Channel"}


def words(hint: Any) -> str:
    """A type in plain words."""
    for known, name in NAMED:
        if hint == known:
            return name
    if get_origin(hint) is Annotated:
        mark = next((m for m in hint.__metadata__ if isinstance(m, base.Reference)), None)
        return key_of(mark) if mark else words(get_args(hint)[0])
    if get_origin(hint) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(hint))
    if get_origin(hint) in (tuple, list):
        return f"list of: {words(get_args(hint)[0])}"
    if get_origin(hint) is dict:
        key, value = get_args(hint)
        if value is Any and key is str:
            return "mapping"
        return f"{words(value)}, per {'name' if key is str else words(key)}"
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return f"[{title(hint)}](#{title(hint).replace(' ', '-')})"
    if hint in PLAIN:
        return PLAIN[hint]
    return " or ".join(dict.fromkeys(text for text in map(words, get_args(hint)) if text))


def key_of(mark: base.Reference) -> str:
    """`key of an asset`."""
    kinds = " or ".join(mark.kinds) or "record"
    return f"key of {'an' if kinds[0] in 'aeiou' else 'a'} {kinds}"


def title(model: type[BaseModel]) -> str:
    """`KeyMessage` as `key message`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", model.__name__).lower()


def default(field: Any) -> str:
    """A field's default as it would be written in YAML; **required** if it has none."""
    if field.is_required():
        return "**required**"
    value = field.get_default(call_default_factory=True)
    if value is None or value in ({}, (), [], "") or isinstance(value, BaseModel):
        return ""
    return f"`{json.dumps(value, ensure_ascii=False)}`".replace('"', "")


def table(model: type[BaseModel], without: type[BaseModel] | None = None, first: str = "field") -> str:
    """The fields of a model, without those of another."""
    hints = get_type_hints(model, include_extras=True)
    hidden = set(without.model_fields) if without else set()
    rows = [
        f"| `{name}` | {cell(words(hints[name]))} | {default(field)} | {cell(field.description or '')} |"
        for name, field in model.model_fields.items()
        if name not in hidden and not (name == "kind" and issubclass(model, Record))
    ]
    return "\n".join([f"| {first} | value | default | meaning |", "|---|---|---|---|", *rows])


def cell(text: str) -> str:
    return text.replace("|", "\\|")


def options(group: str, common: type[BaseModel] | None) -> Iterator[str]:
    """A section for each plugin of a group."""
    for name in plugins.names(group):
        found = plugins.find(group, name)
        own = set(found.Options.model_fields) - set(common.model_fields if common else ())
        intro = "" if group == "sources" else f"{doc(sys.modules[found.__module__])}\n\n"
        yield f"### {WORD[group]} `{name}`\n\n{intro}{doc(found)}\n"
        yield (table(found.Options, common, "option") if own else "No options of its own.") + "\n"


def doc(thing: Any) -> str:
    """A docstring as paragraphs."""
    lines = (thing.__doc__ or "").strip().splitlines()
    return "\n".join(line.strip() for line in lines)


def parts(model: type[BaseModel], seen: dict[str, type[BaseModel]]) -> None:
    """Every model inside a kind."""
    for hint in get_type_hints(model, include_extras=True).values():
        for inner in models_in(hint):
            if inner.__name__ not in seen:
                seen[inner.__name__] = inner
                parts(inner, seen)


def models_in(hint: Any) -> Iterator[type[BaseModel]]:
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        yield hint
    for inner in get_args(hint):
        yield from models_in(inner)


def kinds() -> Iterator[str]:
    """A section for each kind that comes with Leopard, then one for each part they are made of."""
    inside: dict[str, type[BaseModel]] = {}
    ours = [name for name in plugins.names("kinds") if is_ours(plugins.find("kinds", name))]
    for name in ours:
        model = plugins.find("kinds", name)
        yield f"### Kind `{name}`\n\n{doc(model)}\n\n{table(model, Record)}\n"
        parts(model, inside)
    for model in sorted(inside.values(), key=title):
        if title(model) != "rich text":
            yield f"### {title(model).capitalize()}\n\n{doc(model)}\n\n{table(model)}\n"


def is_ours(model: type[BaseModel]) -> bool:
    return model.__module__.startswith("schemas.")


def commands() -> Iterator[str]:
    """The help of each command."""
    yield f"### leopard\n\n```text\n{help_of(cli.leopard, 'leopard')}\n```\n"
    for name in cli.COMMANDS:
        command = cli.leopard.get_command(click.Context(cli.leopard), name)
        assert command is not None
        yield f"### leopard {name}\n\n```text\n{help_of(command, f'leopard {name}')}\n```\n"
        for inner, one in getattr(command, "commands", {}).items():
            yield f"### leopard {name} {inner}\n\n```text\n{help_of(one, f'leopard {name} {inner}')}\n```\n"


def help_of(command: click.Command, name: str) -> str:
    settings = {"help_option_names": ["-h", "--help"]}
    context = click.Context(command, info_name=name, terminal_width=100, max_content_width=100, **settings)
    return "\n".join(line.rstrip() for line in command.get_help(context).splitlines())


def problem_fields() -> str:
    from schemas.problems import Origin, Problem

    return f"{table(Problem)}\n\n### Origin\n\n{table(Origin)}"


SECTIONS: dict[str, Callable[[], str]] = {
    "configuration": lambda: table(Written, first="key"),
    "site": lambda: table(Site, first="key"),
    "job": lambda: table(Job, first="key"),
    "freeze": lambda: table(Freeze, first="key"),
    "dashboard": lambda: table(Dashboard, first="key"),
    "user": lambda: table(User, first="key"),
    "proxy": lambda: table(Proxy, first="key"),
    "alert": lambda: table(Alert, first="key"),
    "engine": lambda: table(EngineOptions, first="key"),
    "source-options": lambda: table(SourceOptions, first="option"),
    "sources": lambda: "\n".join(options("sources", SourceOptions)),
    "collection": lambda: table(Collection, first="key"),
    "steps": lambda: "\n".join(options("steps", None)),
    "channel-options": lambda: table(ChannelOptions, first="option"),
    "exporters": lambda: "\n".join(options("exporters", ChannelOptions)),
    "record": lambda: table(Record),
    "rights": lambda: table(Rights),
    "kinds": lambda: "\n".join(kinds()),
    "commands": lambda: "\n".join(commands()),
    "problem": problem_fields,
}
_SHOW = run_path(str(ROOT / "docs" / "snippets.py"))
SECTIONS |= {f"output-{name}": partial(_SHOW["snippet"], name) for name in _SHOW["SNIPPETS"]}


def filled(text: str) -> str:
    """A page with its generated parts as they should be."""

    def put(match: re.Match[str]) -> str:
        return f"{match[1]}\n{SECTIONS[match[2]]().strip()}\n\n{match[3]}"

    return BLOCK.sub(put, text)


def wanted() -> Iterator[tuple[Path, str]]:
    """Every file that is generated, wholly or in parts, with its text as it should be."""
    for page in sorted((ROOT / "docs").rglob("*.md")):
        text = page.read_text(encoding="utf-8")
        if BLOCK.search(text):
            yield page, filled(text)
    yield SCHEMA, json.dumps(of_configuration(), ensure_ascii=False, indent=2) + "\n"


def outdated() -> list[tuple[Path, str]]:
    """Files whose text is not what it should be."""
    return [(p, t) for p, t in wanted() if not p.exists() or p.read_text(encoding="utf-8") != t]


def main() -> int:
    """Write or check. Returns the exit status."""
    is_check = "--check" in sys.argv
    found = outdated()
    for path, text in found:
        sys.stdout.write(f"{'out of date' if is_check else 'written'}: {path.relative_to(ROOT)}\n")
        if not is_check:
            path.write_text(text, encoding="utf-8")
    return int(is_check and bool(found))


if __name__ == "__main__":
    sys.exit(main())
