"""leopard plan"""

import click
from rich.console import Console

from pipeline import guards
from pipeline.cli.common import (
    answer,
    answer_format,
    channel_option,
    command,
    ledger_of,
    progress,
    project_of,
    status_of,
)
from pipeline.cli.plan_view import as_json, print_plan
from pipeline.cli.problem_view import print_problems, summary
from pipeline.planner import Planner

CHANGES = 4


@command(
    [
        "leopard plan",
        "leopard plan --channel feed",
        "leopard plan --format json > plan.json",
        "leopard plan --detailed-exitcode  # 0 nothing to do, 4 changes",
    ]
)
@channel_option
@answer_format("text", "json")
@click.option("--full", is_flag=True, help="Show every change, however many.")
@click.option("--detailed-exitcode", is_flag=True, help="Leave with 4 if there are changes.")
@click.pass_context
def plan(
    ctx: click.Context, channels: tuple[str, ...], form: str, full: bool, detailed_exitcode: bool
) -> int:
    """Show what a sync would do, field by field and word by word; write nothing to any channel."""
    project = project_of(ctx)
    with ledger_of(project) as ledger, progress() as tell:
        planned = Planner(project, ledger, tell).plan(channels or None)
    problems = planned.prepared.findings.problems
    if form == "json":
        listed = [problem.model_dump(mode="json", exclude_none=True) for problem in problems]
        answer(as_json(planned.plan) | {"problems": listed})
    else:
        print_problems(problems, "text", err=True)
        print_plan(planned.plan, Console(highlight=False, soft_wrap=True), full=full)
        for channel in planned.plan.channels:
            if guards.too_many_removals(channel):
                click.echo(
                    f"{channel.channel}: so many removals need --allow-deletes {channel.channel}.", err=True
                )
        if problems:
            click.echo(f"{summary(problems)}; see above.", err=True)
    if detailed_exitcode and not planned.plan.is_empty:
        return CHANGES
    return status_of(problems)
