"""leopard alerts, alerts test"""

import secrets
from typing import Any

import click

from pipeline.alerts.send import Unsent, send
from pipeline.alerts.words import sentence, shown, trial
from pipeline.cli.common import FolderOptions, answer, answer_format, command, ledger_of, number, project_of
from pipeline.config import Project
from pipeline.ledger.incidents import Incident, Incidents


class Group(FolderOptions, click.Group):
    """A group that answers by itself, too."""


@click.group(
    cls=Group, invoke_without_command=True, epilog="\b\nExamples:\n  leopard alerts\n  leopard alerts test"
)
@answer_format("text", "json")
@click.pass_context
def alerts(ctx: click.Context, /, form: str) -> int:
    """What is wrong now, since when, and who was told.

    Leaves with 1 if anything is.
    """
    if ctx.invoked_subcommand is not None:
        return 0
    project = project_of(ctx)
    with ledger_of(project) as ledger:
        found = Incidents(ledger.database).lasting()
    if form == "json":
        answer([one.model_dump(mode="json", exclude={"until"}) for one in found])
    else:
        for one in found:
            _print(one, project)
        click.echo(f"{number(len(found), 'incident')} open." if found else "Nothing is wrong.")
    return int(bool(found))


def _print(one: Incident, project: Project) -> None:
    click.echo(f"{one.kind} since {shown(one.since)}: {sentence(one.sentence)}")
    if one.hint:
        click.echo(f"  {one.hint}")
    waiting = {alert.name for alert in project.written.alerts if alert.wants(one)} - set(one.told)
    if one.told:
        click.echo(f"  Told: {', '.join(sorted(one.told))}")
    if waiting:
        click.echo(f"  Not told yet: {', '.join(sorted(waiting))}")


@command(["leopard alerts test", "leopard alerts test --format json"])
@answer_format("text", "json")
@click.pass_context
def test(ctx: click.Context, /, form: str) -> int:
    """Send a test message to everybody under `alerts` in leopard.yaml.

    Leaves with 1 if one of them cannot be reached.
    """
    project = project_of(ctx)
    found: list[dict[str, Any]] = []
    for alert in {alert.name: alert for alert in project.written.alerts}.values():
        error = None
        try:
            send(alert, trial(project.site.title, secrets.token_hex(8)), project.root)
        except Unsent as unsent:
            error = str(unsent)
        found.append({"to": alert.name, "sent": error is None, "error": error})
    if form == "json":
        answer(found)
    elif not found:
        click.echo('Nobody is told of anything; add `alerts: [{to: "env:ALERT_URL"}]` to leopard.yaml.')
    else:
        for one in found:
            click.echo(f"{one['to']}: {'sent' if one['sent'] else 'not sent: ' + str(one['error'])}")
    return int(any(not one["sent"] for one in found))


alerts.add_command(test, "test")
