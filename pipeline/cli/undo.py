"""leopard drift, rollback, adopt, detach, attach: what is people's, and what is ours"""

import sys

import click
from rich.console import Console
from rich.text import Text

from pipeline.adopt import take_over
from pipeline.alerts.deliver import Delivery
from pipeline.alerts.outcome import drifted
from pipeline.alerts.undone import taken_back
from pipeline.change import Plan
from pipeline.cli.common import (
    answer,
    answer_format,
    channel_option,
    command,
    interruptible,
    ledger_of,
    number,
    progress,
    project_of,
    status_of,
)
from pipeline.cli.plan_view import print_plan, word_diff
from pipeline.cli.problem_view import print_problems
from pipeline.cli.sync import print_report
from pipeline.config import Project
from pipeline.differences import as_text
from pipeline.drift import drift as look
from pipeline.ledger.incidents import Incidents
from pipeline.run import Rollback
from schemas.errors import GuardStop

CHANGES = 4


@command(
    ["leopard drift", "leopard drift --channel website --format json", "leopard drift --detailed-exitcode"]
)
@channel_option
@answer_format("text", "json")
@click.option("--detailed-exitcode", is_flag=True, help="Leave with 4 if something differs.")
@click.pass_context
def drift(ctx: click.Context, /, channels: tuple[str, ...], form: str, detailed_exitcode: bool) -> int:
    """What people changed on the channels since we last wrote, field by field."""
    project = project_of(ctx)
    with ledger_of(project) as ledger:
        found = []
        for name in channels or project.channels:
            here = list(look(project.channel(name), ledger))
            drifted(Incidents(ledger.database), name, [one.ident for one in here])
            found += here
        unsent = Delivery(project, ledger).deliver()
    print_problems(unsent, "text", err=True)
    if form == "json":
        answer([one.model_dump(mode="json", exclude_none=True) for one in found])
    else:
        console = Console(highlight=False, soft_wrap=True)
        for one in found:
            console.print(Text(f"{one.channel}: {one.ident} ", style="bold").append(one.what, "yellow"))
            for field in one.fields:
                told = Text(f"  {field.field} ({field.policy}): ", style="cyan")
                console.print(told + word_diff(as_text(field.applied), as_text(field.live)))
        verb = "differs" if len(found) == 1 else "differ"
        click.echo(f"{number(len(found), 'page')} {verb}." if found else "Every page is as we left it.")
    return CHANGES if detailed_exitcode and found else 0


@command(["leopard rollback 20240501T090000Z-1a2b3c4d", "leopard rollback 20240501T090000Z-1a2b3c4d --yes"])
@click.argument("run")
@click.option("--yes", is_flag=True, help="Do not ask.")
@answer_format("text", "json")
@click.pass_context
def rollback(ctx: click.Context, /, run: str, yes: bool, form: str) -> int:
    """Take back what a RUN did: planned, shown, and applied like any other change.

    Records that were changed since, by a later run or by people, are left alone and named.
    """
    project = project_of(ctx)

    def review(plan: Plan) -> bool:
        if yes:
            return True
        if not sys.stdin.isatty():
            raise GuardStop(
                "nobody is here to approve the rollback", hint=f"say: leopard rollback {run} --yes"
            )
        print_plan(plan, Console(highlight=False, soft_wrap=True, stderr=True))
        return click.confirm("Take this back?", err=True)

    with ledger_of(project) as ledger, interruptible() as stop, progress() as tell:
        report = taken_back(Rollback(project, ledger, tell, stop), run, review)
    if form == "json":
        answer(report.as_json())
    else:
        print_report(report)
        if report.applied:
            click.echo(
                "The content still says otherwise; the next sync follows it again unless you change it."
            )
    if report.outcome == "refused":
        return 3
    return max(status_of(report.problems), int(report.outcome == "stopped"))


@command(["leopard adopt page:leopards 17 --channel website", "leopard plan    # shows what that changes"])
@click.argument("key")
@click.argument("page", metavar="ID")
@click.option("--channel", "name", required=True, metavar="NAME", help="The channel that has the page.")
@click.pass_context
def adopt(ctx: click.Context, /, key: str, page: str, name: str) -> int:
    """Make a page that people made, with the channel's own ID, the page of a record.

    Nothing is written to the channel now; the next plan shows what will change on the page.
    """
    project = project_of(ctx)
    exporter = project.channel(name)
    bare, _, locale = key.partition("@")
    with ledger_of(project) as ledger:
        url = take_over(exporter, ledger, bare, locale or project.site.default_locale, page)
    click.echo(f"{name}: {key} is the page {url or page} from now on. See what that changes: leopard plan")
    return 0


@command(["leopard detach page:leopards --channel website"])
@click.argument("key")
@channel_option
@click.pass_context
def detach(ctx: click.Context, /, key: str, channels: tuple[str, ...]) -> int:
    """Leave a record alone on a channel: people take care of it there from now on."""
    project = project_of(ctx)
    with ledger_of(project) as ledger:
        for name in _named(project, channels):
            ledger.pages.detach(name, key)
            click.echo(
                f"{name}: {key} is left alone from now on. To undo: leopard attach {key} --channel {name}"
            )
        ledger.set_fact("settled", None)
    return 0


@command(["leopard attach page:leopards --channel website"])
@click.argument("key")
@channel_option
@click.pass_context
def attach(ctx: click.Context, /, key: str, channels: tuple[str, ...]) -> int:
    """Take care of a record on a channel again, after detach."""
    project = project_of(ctx)
    with ledger_of(project) as ledger:
        for name in _named(project, channels):
            ledger.pages.attach(name, key)
            click.echo(f"{name}: {key} is ours again. See what that changes: leopard plan --refresh")
        ledger.set_fact("settled", None)
    return 0


def _named(project: Project, channels: tuple[str, ...]) -> list[str]:
    return [project.channel(name).context.name for name in channels or project.channels]
