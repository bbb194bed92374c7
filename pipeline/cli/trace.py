"""leopard trace"""

from typing import Any

import click
from rich.console import Console
from rich.text import Text

from pipeline.cli.common import answer, answer_format, command, ledger_of, project_of
from pipeline.cli.plan_view import word_diff
from pipeline.differences import as_text
from pipeline.trace import Trace, trace_of
from schemas.plugins import did_you_mean


@command(
    [
        "leopard trace page:leopards",
        "leopard trace page:leopards@fr    # one language only",
        "leopard trace statistic:snow-leopards-killed --format json",
    ]
)
@click.argument("key")
@answer_format("text", "json")
@click.pass_context
def trace(ctx: click.Context, /, key: str, form: str) -> int:
    """Follow one record from its source through each step to each channel."""
    project = project_of(ctx)
    with ledger_of(project) as ledger:
        found, known = trace_of(project, ledger, key)
    if not found:
        hint = did_you_mean(key, known)
        raise click.UsageError(f"There is no record {key}" + (f"; {hint}" if hint else "."), ctx)
    if form == "json":
        answer([one.as_json() for one in found])
        return 0
    for one in found:
        _print(one, Console(highlight=False, soft_wrap=True))
    return 0


def _print(one: Trace, console: Console) -> None:
    console.print(Text(one.ident, style="bold").append(f"  {one.origin} (source {one.source})", "not bold"))
    for name, value in one.values[0][1].items():
        console.print(Text(f"  {name}: ", style="cyan").append(_short(value)))
    for step, differences in one.steps():
        console.print(Text(f"after {step}", style="bold") + Text("" if differences else ": unchanged"))
        for path, old, new in differences:
            console.print(Text(f"  {path}: ", style="cyan") + word_diff(old, new))
    for problem in one.problems:
        console.print(Text(f"{problem.severity}: {problem.message}", style="red"))
    for channel, state in one.channels.items():
        console.print(Text(f"on {channel}: ", style="bold").append(state, "not bold"))


def _short(value: Any) -> str:
    text = as_text(value)
    return text if len(text) <= 200 else f"{text[:199]}…"
