"""leopard ledger: doctor, rebuild, export"""

import json

import click

from pipeline.cli.common import answer, answer_format, command, ledger_of, project_of
from pipeline.ledger import now
from pipeline.ledger.care import export as lines
from pipeline.ledger.care import look_over
from pipeline.rebuild import rebuild as make_anew
from pipeline.run import new_run_id


@click.group()
def ledger() -> None:
    """Look after the ledger: the memory of what was published where."""


@command(["leopard ledger doctor", "leopard ledger doctor --format json"])
@answer_format("text", "json")
@click.pass_context
def doctor(ctx: click.Context, /, form: str) -> int:
    """Is the ledger sound, and is anything open in it? Changes nothing; leaves with 1 if it is not."""
    project = project_of(ctx)
    with ledger_of(project) as known:
        found = list(look_over(known, list(project.channels)))
    if form == "json":
        answer([one.model_dump(mode="json", exclude_none=True) for one in found])
    else:
        for one in found:
            click.echo(
                f"{'ok ' if one.sound else '!! '} {one.message}" + (f" ({one.hint})" if one.hint else "")
            )
    return int(not all(one.sound for one in found))


@command(["leopard ledger rebuild --yes"])
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def rebuild(ctx: click.Context, /, yes: bool) -> int:
    """Make a lost or damaged ledger anew, from the marks our pages carry on the channels.

    The old one is set aside, not deleted. Nothing is written to any channel.
    """
    project = project_of(ctx)
    if not yes:
        click.confirm("Set the ledger aside and make a new one from the channels?", abort=True, err=True)
    at = now()
    for name, count in make_anew(project, new_run_id(at), at):
        click.echo(f"{name}: {count} of our pages found")
    click.echo("See what is different: leopard plan")
    return 0


@command(["leopard ledger export > ledger.ndjson"])
@click.pass_context
def export(ctx: click.Context, /) -> int:
    """Everything the ledger knows, a line of JSON for each row."""
    with ledger_of(project_of(ctx)) as known:
        for row in lines(known):
            click.echo(json.dumps(row, ensure_ascii=False))
    return 0


for one in (doctor, rebuild, export):
    ledger.add_command(one)
