"""leopard approve, refuse, pause, resume, audit: what people decide"""

import getpass

import click

from pipeline.approval import proposal_of
from pipeline.cli.common import (
    answer,
    answer_format,
    command,
    interruptible,
    ledger_of,
    progress,
    project_of,
    status_of,
)
from pipeline.cli.sync import print_report
from pipeline.decide import approve as carry_out

KEPT_IN_VIEW = 100


def _who() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "somebody without a name"


@command(["leopard approve website", "leopard approve website --format json"])
@click.argument("channel")
@answer_format("text", "json")
@click.pass_context
def approve(ctx: click.Context, /, channel: str, form: str) -> int:
    """Carry out the plan that waits for approval on CHANNEL, as it was proposed and nothing else."""
    project = project_of(ctx)
    project.channel(channel)
    with ledger_of(project) as ledger, interruptible() as stop, progress() as tell:
        report = carry_out(project, ledger, tell, stop, proposal=proposal_of(ledger, channel), who=_who())
    if form == "json":
        answer(report.as_json())
    else:
        print_report(report)
    return max(status_of(report.problems), int(report.outcome == "stopped"))


@command(["leopard refuse website"])
@click.argument("channel")
@click.pass_context
def refuse(ctx: click.Context, /, channel: str) -> int:
    """Refuse the plan that waits for approval on CHANNEL; it is not proposed again until it changes."""
    project = project_of(ctx)
    project.channel(channel)
    with ledger_of(project) as ledger:
        ledger.hands.refuse(proposal_of(ledger, channel), _who())
    click.echo(f"{channel}: refused. It is proposed again when the plan is another one.")
    return 0


@command(["leopard pause website"])
@click.argument("channel")
@click.pass_context
def pause(ctx: click.Context, /, channel: str) -> int:
    """Write nothing to CHANNEL until it is resumed; the other channels go on."""
    project = project_of(ctx)
    project.channel(channel)
    with ledger_of(project) as ledger:
        ledger.hands.pause(channel, _who())
    click.echo(f"{channel} is paused. To publish there again: leopard resume {channel}")
    return 0


@command(["leopard resume website"])
@click.argument("channel")
@click.pass_context
def resume(ctx: click.Context, /, channel: str) -> int:
    """Publish to CHANNEL again after a pause."""
    project = project_of(ctx)
    project.channel(channel)
    with ledger_of(project) as ledger:
        ledger.hands.resume(channel, _who())
    click.echo(f"{channel} is published to again, from the next sync on.")
    return 0


@command(["leopard audit", "leopard audit --limit 500 --format json"])
@click.option("--limit", default=KEPT_IN_VIEW, show_default=True, help="How many, the newest first.")
@answer_format("text", "json")
@click.pass_context
def audit(ctx: click.Context, /, limit: int, form: str) -> int:
    """Who did what when: approvals, pauses, and everything done on the dashboard."""
    with ledger_of(project_of(ctx)) as ledger:
        acts = ledger.hands.log(limit)
    if form == "json":
        answer([act.model_dump(mode="json") for act in acts])
        return 0
    if not acts:
        click.echo("Nobody has done anything by hand yet.")
    for act in acts:
        detail = f"  {act.detail}" if act.detail else ""
        click.echo(f"{act.at:%Y-%m-%d %H:%M:%S} UTC  {act.who}  {act.action}  {act.subject}{detail}")
    return 0
