"""leopard sync"""

import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import click

from pipeline import plan_file
from pipeline.alerts.watch import watched
from pipeline.cli.common import (
    answer,
    answer_format,
    channel_option,
    command,
    interruptible,
    ledger_of,
    log_option,
    no_cache_option,
    progress,
    project_of,
    say,
    status_of,
    wishes_of,
)
from pipeline.cli.plan_words import PAST
from pipeline.cli.problem_view import print_problems, summary
from pipeline.config import Project
from pipeline.ledger import Ledger
from pipeline.observe.tracing import traced
from pipeline.planned import Planned
from pipeline.run import RunReport, Sync
from schemas.errors import GuardStop


@command(
    [
        "leopard sync                      # shows the plan and asks",
        "leopard sync --yes                # for schedules and workflows",
        "leopard sync monday.plan          # what was approved, and nothing else",
        "leopard sync --yes --channel feed --format json",
        "leopard sync --overwrite page:leopards",
    ]
)
@click.argument("plan", required=False, type=click.Path(dir_okay=False, path_type=Path))
@channel_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--refresh", is_flag=True, help="Look at the channels first, for what people changed there.")
@click.option("--retry", is_flag=True, help="Try again now what a channel refused before.")
@click.option(
    "--overwrite", multiple=True, metavar="KEY", help="Overwrite what people changed in this record."
)
@click.option("--allow-deletes", multiple=True, metavar="CHANNEL", help="Let this channel lose many records.")
@click.option("--allow-empty", multiple=True, metavar="SOURCE", help="Believe that this source is empty now.")
@no_cache_option
@click.option(
    "--metrics",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write what the ledger knows there, for Prometheus.",
)
@log_option
@answer_format("text", "json")
@click.pass_context
def sync(
    ctx: click.Context,
    /,
    plan: Path | None,
    channels: tuple[str, ...],
    yes: bool,
    allow_deletes: tuple[str, ...],
    allow_empty: tuple[str, ...],
    form: str,
    metrics: Path | None,
    **wished: bool,
) -> int:
    """Bring the channels to the state that the content asks for, or carry out a saved PLAN.

    Leaves with 0 if all is well, 1 if there are problems, 3 if a guard said stop.
    """
    project = project_of(ctx)
    saved = plan_file.read(plan) if plan is not None else None
    with (
        ledger_of(project) as ledger,
        _measured(metrics, project, ledger),
        traced(),
        interruptible() as stop,
        progress() as tell,
    ):
        report = watched(
            Sync(project, ledger, tell, wishes_of(**wished), stop),
            channels or None,
            review=(lambda planned: True) if yes or saved else _ask,
            allowed=(*allow_deletes, *allow_empty),
            saved=saved,
            approved=saved is not None or not yes,
        )
    if form == "json":
        answer(report.as_json())
    else:
        print_report(report)
    if report.outcome == "refused" or report.awaited:
        return 3
    return max(status_of(report.problems), int(report.outcome == "stopped"))


def _measured(path: Path | None, project: Project, ledger: Ledger) -> AbstractContextManager[None]:
    if path is None:
        return nullcontext()
    from pipeline.observe.figures import written_to

    return written_to(path, project, ledger)


def _ask(planned: Planned) -> bool:
    if not sys.stdin.isatty():
        raise GuardStop(
            "there are changes, and nobody is here to approve them",
            hint="look at them with `leopard plan`, then say: leopard sync --yes",
        )
    from rich.console import Console

    from pipeline.cli.plan_view import print_plan

    print_plan(planned.plan, Console(highlight=False, soft_wrap=True, stderr=True))
    return click.confirm("Do this?", err=True)


def print_report(report: RunReport) -> None:
    """What was done, what was not, and why; the honest sentence last."""
    print_problems(report.problems, "text", err=True)
    for one in report.applied:
        told = ", ".join(f"{number} {PAST[action]}" for action, number in one.done.items())
        failed = f"; {len(one.failed)} failed" if one.failed else ""
        nothing = "nothing was done" if one.down else "documents written again"
        click.echo(f"{one.channel}: {told or nothing}{failed}")
    left = sum(one.left for one in report.applied)
    if report.outcome == "refused":
        click.echo("Stopped; nothing was changed.")
    elif left:
        click.echo(f"{left} changes are left for the next run.")
    elif report.awaited:
        click.echo(f"Waiting for approval: {', '.join(report.awaited)}.")
    elif not report.applied:
        click.echo("Nothing to do.")
    if report.held:
        say(f"{report.held} held back; leopard quarantine lists them.")
    if report.problems:
        say(f"{summary(report.problems)}.")
