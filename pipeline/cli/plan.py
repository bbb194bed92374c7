"""leopard plan"""

from collections.abc import Sequence
from pathlib import Path

import click

from pipeline import guards, plan_file
from pipeline.cli.common import (
    answer,
    answer_format,
    channel_option,
    command,
    ledger_of,
    no_cache_option,
    progress,
    project_of,
    status_of,
    wishes_of,
)
from pipeline.cli.plan_words import as_json
from pipeline.cli.problem_view import print_problems, summary
from pipeline.engine.choose import engine_of
from pipeline.forecast import Forecast, forecast
from pipeline.planned import Planned
from pipeline.planner import Planner
from schemas.problems import Problem

CHANGES = 4


@command(
    [
        "leopard plan",
        "leopard plan --channel feed --refresh",
        "leopard plan --out monday.plan    # then: leopard sync monday.plan",
        "leopard plan --format html > plan.html",
        "leopard plan --detailed-exitcode  # 0 nothing to do, 4 changes",
    ]
)
@channel_option
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Save the plan, to sync it later."
)
@click.option("--refresh", is_flag=True, help="Look at the channels first, for what people changed there.")
@click.option("--retry", is_flag=True, help="Include what a channel refused before and is not due yet.")
@no_cache_option
@answer_format("text", "json", "html")
@click.option("--full", is_flag=True, help="Show every change, however many.")
@click.option("--detailed-exitcode", is_flag=True, help="Leave with 4 if there are changes.")
@click.pass_context
def plan(
    ctx: click.Context,
    /,
    channels: tuple[str, ...],
    out: Path | None,
    form: str,
    full: bool,
    detailed_exitcode: bool,
    **wished: bool,
) -> int:
    """Show what a sync would do, field by field and word by word; write nothing to any channel."""
    project = project_of(ctx)
    with ledger_of(project) as ledger, progress() as tell, engine_of(project) as engine:
        planner = Planner(project, ledger, tell, wishes_of(**wished), engine=engine)
        planned = planner.plan(channels or None)
        costs = {
            one.channel: forecast(one, project.channels[one.channel], ledger) for one in planned.plan.channels
        }
        found = guards.stops(ledger, planned.plan, planned.prepared.content)
        stops = [f"A sync would stop: {stop.message} ({stop.hint})." for stop in found]
        if out is not None:
            plan_file.save(planned.plan, project, ledger, out, planned.prepared.at)
    problems = planned.prepared.findings.problems
    match form:
        case "json":
            listed = [problem.model_dump(mode="json", exclude_none=True) for problem in problems]
            answer(as_json(planned.plan, costs) | {"problems": listed})
        case "html":
            from pipeline.cli.plan_html import page

            click.echo(page(planned.plan, costs), nl=False)
        case _:
            _print(planned, problems, costs, stops, full=full)
    if out is not None:
        click.echo(f"Saved. To do exactly this: leopard sync {out}", err=True)
    if detailed_exitcode and not planned.plan.is_empty:
        return CHANGES
    return status_of(problems)


def _print(
    planned: Planned, problems: Sequence[Problem], costs: dict[str, Forecast], stops: list[str], *, full: bool
) -> None:
    from rich.console import Console

    from pipeline.cli.plan_view import print_plan

    print_problems(problems, "text", err=True)
    print_plan(planned.plan, Console(highlight=False, soft_wrap=True), full=full)
    for channel in planned.plan.channels:
        name, cost = channel.channel, costs[channel.channel]
        if cost.calls:
            time = f", about {cost.seconds:g} s" if cost.seconds is not None else ""
            click.echo(f"{name}: {cost.calls} requests, {cost.uploads} uploads{time}.")
        if planned.waiting.get(name):
            click.echo(
                f"{name}: {len(planned.waiting[name])} wait in quarantine; --retry includes them.", err=True
            )
    for told in stops:
        click.echo(told, err=True)
    if problems:
        click.echo(f"{summary(problems)}; see above.", err=True)
