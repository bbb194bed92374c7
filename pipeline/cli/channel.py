"""leopard channel: check, setup"""

from pathlib import Path

import click

from exporters.base import Exporter
from pipeline.cli.common import answer_format, command, number, project_of, status_of
from pipeline.cli.problem_view import print_problems
from pipeline.target import lacking, made_ready
from schemas.errors import AuthError, ChannelDown, Transient
from schemas.problems import Problem


@click.group()
def channel() -> None:
    """Get a channel ready: see what it lacks, and make that."""


@command(["leopard channel check website", "leopard channel check website --format json"])
@click.argument("name")
@answer_format("text", "json")
@click.pass_context
def check(ctx: click.Context, /, name: str, form: str) -> int:
    """Ask a channel for all that publishing needs: address, credentials, rights, content types, fields,
    languages, and the field for our key. Writes nothing; leaves with 1 if something is missing.
    """
    problems = lacking(project_of(ctx).channel(name))
    print_problems(problems, form)
    if form == "text":
        click.echo(_verdict(name, problems))
    return status_of(problems)


def _verdict(name: str, problems: list[Problem]) -> str:
    """What to do next; `setup` where it helps, which nobody knows of a channel that does not answer."""
    if all(problem.severity == "info" for problem in problems):
        return f"{name} is ready."
    helps = any(_SETUP in (one.hint or "") and one.code not in _NO_ANSWER for one in problems)
    missing = f"{number(len(problems), 'thing')} to be looked after."
    return f"{missing} See: {_SETUP} {name}" if helps else missing


_SETUP = "leopard channel setup"
_NO_ANSWER = {error.code for error in (AuthError, ChannelDown, Transient)}


@command(["leopard channel setup website", "leopard channel setup website --into for-the-server"])
@click.argument("name")
@click.option(
    "--into",
    metavar="DIR",
    help="Where files go that somebody has to install [default: setup/NAME in the project].",
)
@click.pass_context
def setup(ctx: click.Context, /, name: str, into: str | None) -> int:
    """Make what a channel lacks, as far as it lets us; write the files that people must install there.

    What is there already is left as it is, so that this can be repeated.
    """
    project = project_of(ctx)
    exporter: Exporter = project.channel(name)
    folder = Path(into) if into else project.root / "setup" / name
    done = 0
    for sentence in made_ready(exporter, folder):
        click.echo(sentence)
        done += 1
    if not done:
        click.echo(f"{name} needs nothing.")
    click.echo(f"Now see: leopard channel check {name}", err=True)
    return 0


for one in (check, setup):
    channel.add_command(one)
