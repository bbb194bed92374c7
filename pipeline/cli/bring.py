"""leopard import"""

from collections import Counter
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from pipeline.cli.common import answer, answer_format, command, number, progress, project_of, status_of
from pipeline.cli.problem_view import print_problems, summary
from pipeline.config import Project, load
from pipeline.importing.collect import Collected, collect, source_of
from pipeline.importing.write import Form, Writer, Written, reader_of
from schemas.errors import ConfigError, ContentError
from schemas.plugins import did_you_mean
from sources.base import Source, SourceContext
from sources.common import yaml_text

READERS = {"yaml": "yaml", "markdown": "markdown"}
"""Per form of files, the source that reads them."""


def _sources(ctx: click.Context, _param: click.Parameter, begun: str) -> list[CompletionItem]:
    root = Path(ctx.find_root().params.get("folder") or ".")
    try:
        known = list(load(root.resolve()).sources)
    except ConfigError:
        known = []
    return [CompletionItem(name) for name in known if name.startswith(begun)]


def _plugins(_ctx: click.Context, _param: click.Parameter, begun: str) -> list[CompletionItem]:
    from schemas import plugins

    return [CompletionItem(name) for name in plugins.names("sources") if name.startswith(begun)]


@command(
    [
        "leopard import old_site --to content/imported",
        "leopard import --use html --set path=saved --set kind=page --to content/imported",
        "leopard import --use feed --set url=https://partner.example.org/feed.xml --as markdown",
        "leopard import old_site --force           # replace files that exist, edited or not",
    ],
    name="import",
)
@click.argument("source", required=False, shell_complete=_sources)
@click.option("--use", metavar="NAME", shell_complete=_plugins, help="In place of SOURCE: a kind of source.")
@click.option(
    "--set", "options", multiple=True, metavar="OPTION=VALUE", help="With --use: an option of it; repeatable."
)
@click.option(
    "--to", default="content/imported", show_default=True, metavar="DIR", help="Folder for the files."
)
@click.option(
    "--as",
    "file_form",
    type=click.Choice(["yaml", "markdown"]),
    default="yaml",
    show_default=True,
    help="How to write them.",
)
@click.option("--force", is_flag=True, help="Replace files that exist; what people changed in them is lost.")
@answer_format("text", "json")
@click.pass_context
def bring(ctx: click.Context, /, source: str | None, **said: Any) -> int:
    """Write everything that SOURCE gives as content files, to be looked at by a person.

    Each record becomes a file KIND/NAME with its key. What is wrong with it stands as a comment above the
    field that it is about. Files that exist are left alone, unless --force says otherwise. Addresses of
    images stay addresses. Publishes nothing, and changes no leopard.yaml.
    """
    project = project_of(ctx)
    chosen = _chosen(ctx, project, source, said["use"], said["options"])
    form: Form = "markdown" if said["file_form"] == "markdown" else "yaml"
    writer = Writer(SourceContext(project.root, project.site), said["to"], form, force=said["force"])
    with progress() as tell:
        collected = collect(project, chosen, tell)
        written = list(writer.write(collected.found))
    problems = [*collected.problems, *(one.problem for one in written if one.problem is not None)]
    if said["form"] == "json":
        answer(_as_json(collected, written, problems))
    else:
        _print(project, collected, written, problems)
        _print_next(project, source, said["to"], form, written)
    return max(status_of(problems), int(collected.outcome.state != "complete"))


def _chosen(
    ctx: click.Context, project: Project, name: str | None, use: str | None, written: tuple[str, ...]
) -> Source:
    """The source that is meant. Raises UsageError, ConfigError."""
    if (name is None) == (use is None):
        raise click.UsageError("Say which source: the name of one in leopard.yaml, or --use NAME.", ctx)
    if use is not None:
        return source_of(project, use, dict(_option(ctx, one) for one in written))
    if written:
        raise click.UsageError("--set belongs to --use; a source of leopard.yaml has its options there.", ctx)
    if name is None or name not in project.sources:
        known = sorted(project.sources)
        hint = did_you_mean(name or "", known) or f"there are: {', '.join(known) or 'none'}"
        raise ConfigError(f"there is no source called {name!r}", hint=hint)
    return project.sources[name]


def _option(ctx: click.Context, written: str) -> tuple[str, Any]:
    name, is_one, value = written.partition("=")
    if not is_one or not name:
        raise click.UsageError(f"--set takes OPTION=VALUE, and not {written!r}.", ctx)
    try:
        return name, yaml_text.load(value, f"--set {name}")
    except ContentError:
        return name, value


def _as_json(collected: Collected, written: list[Written], problems: list[Any]) -> dict[str, Any]:
    return {
        "outcome": collected.outcome.model_dump(mode="json", exclude_none=True),
        "files": [{"path": one.path, "key": str(one.key), "state": one.state} for one in written],
        "problems": [one.model_dump(mode="json", exclude_none=True) for one in problems],
    }


def _print(project: Project, collected: Collected, written: list[Written], problems: list[Any]) -> None:
    print_problems(problems, "text")
    for one in written:
        about = f"  ({number(one.problems, 'comment')} about what is wrong)" if one.problems else ""
        click.echo(f"{one.state:9}  {one.path}{about}")
    counts = Counter(one.state for one in written)
    told = ", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "nothing to write"
    click.echo(f"{number(len(written), 'record')}: {told}; {summary(problems)}.")
    if collected.outcome.state != "complete":
        click.echo(f"The source was {collected.outcome.state}: {collected.outcome.reason}", err=True)


def _print_next(project: Project, source: str | None, to: str, form: Form, written: list[Written]) -> None:
    """How the files become content."""
    if not written:
        return
    paths = {
        name: one.options.path
        for name, one in project.sources.items()
        if one.name == READERS[form] and name != source
    }
    known = reader_of(paths, to, project.root)
    instead = f", in place of {source}" if source else ""
    if known is None:
        click.echo(f"Look at them; then add to `sources` in leopard.yaml{instead}:", err=True)
        click.echo(f"  imported: {{use: {READERS[form]}, path: {to}}}", err=True)
    else:
        instead = f", and take {source} out of leopard.yaml" if source else ""
        click.echo(f"Look at them: the source {known} reads them{instead}.", err=True)
