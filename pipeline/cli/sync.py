"""leopard sync"""

import sys

import click
from rich.console import Console

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
from pipeline.cli.plan_view import PAST, print_plan
from pipeline.cli.problem_view import print_problems, summary
from pipeline.planner import Planned
from pipeline.run import RunReport, Sync
from schemas.errors import GuardStop


@command(
    [
        "leopard sync                      # shows the plan and asks",
        "leopard sync --yes                # for schedules and workflows",
        "leopard sync --yes --channel feed",
        "leopard sync --yes --format json",
    ]
)
@channel_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--allow-deletes", multiple=True, metavar="CHANNEL", help="Let this channel lose many records.")
@click.option("--allow-empty", multiple=True, metavar="SOURCE", help="Believe that this source is empty now.")
@answer_format("text", "json")
@click.pass_context
def sync(
    ctx: click.Context,
    channels: tuple[str, ...],
    yes: bool,
    allow_deletes: tuple[str, ...],
    allow_empty: tuple[str, ...],
    form: str,
) -> int:
    """Bring the channels to the state that the content asks for.

    Leaves with 0 if all is well, 1 if there are problems, 3 if a guard said stop.
    """
    project = project_of(ctx)
    with ledger_of(project) as ledger, progress() as tell:
        run = Sync(project, ledger, tell)
        report = run.run(
            channels or None,
            review=(lambda planned: True) if yes else _ask,
            allowed=(*allow_deletes, *allow_empty),
        )
    if form == "json":
        answer(report.as_json())
    else:
        print_report(report)
    if report.outcome == "stopped":
        return 3
    return status_of(report.problems)


def _ask(planned: Planned) -> bool:
    if not sys.stdin.isatty():
        raise GuardStop(
            "there are changes, and nobody is here to approve them",
            hint="look at them with `leopard plan`, then say: leopard sync --yes",
        )
    print_plan(planned.plan, Console(highlight=False, soft_wrap=True, stderr=True))
    return click.confirm("Do this?", err=True)


def print_report(report: RunReport) -> None:
    """What was done, what was not, and why; the honest sentence last."""
    print_problems(report.problems, "text", err=True)
    for one in report.applied:
        told = ", ".join(f"{number} {PAST[action]}" for action, number in one.done.items())
        failed = f"; {len(one.failed)} failed" if one.failed else ""
        click.echo(f"{one.channel}: {told or 'documents written again'}{failed}")
    if report.outcome == "stopped":
        click.echo("Stopped; nothing was changed.")
    elif not report.applied:
        click.echo("Nothing to do.")
    if report.held:
        click.echo(f"{report.held} held back; leopard quarantine lists them.", err=True)
    if report.problems:
        click.echo(f"{summary(report.problems)}.", err=True)
