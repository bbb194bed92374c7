"""A failure in one sentence, and the exit status it stands for."""

import sys
import traceback

import click

from pipeline.observe import logs
from schemas.errors import ConfigError, GuardStop, LeopardError


def report(error: Exception) -> int:
    """Say what stopped the program; a traceback only with --debug. Returns the exit status."""
    if logs.is_structured():
        return _logged(error)
    if "--debug" in sys.argv:
        traceback.print_exception(error)
    if isinstance(error, BrokenPipeError):
        return 0
    if isinstance(error, ConfigError) and error.problems:
        from pipeline.cli.problem_view import print_problems

        print_problems(list(error.problems), "text", err=True)
        click.echo(f"Error: {error.message}.", err=True)
        return 2
    if isinstance(error, LeopardError):
        place = f"{error.origin}: " if error.origin else ""
        click.echo(f"Error: {printable(place + error.message)}.", err=True)
        if error.hint:
            click.echo(f"       {printable(error.hint)}", err=True)
        return 3 if isinstance(error, GuardStop) else 2
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        click.echo(f"Error: {printable(where + (error.strerror or str(error)).lower())}.", err=True)
        return 2
    what = printable(f"{type(error).__name__}: {error}")
    click.echo(f"Error: something unforeseen happened ({what}).", err=True)
    click.echo("       Run it again with --debug to see where, and please report it.", err=True)
    return 2


def _logged(error: Exception) -> int:
    """The same as a line of the log."""
    if isinstance(error, BrokenPipeError):
        return 0
    for problem in error.problems if isinstance(error, ConfigError) else ():
        logs.told_problem(problem)
    logs.told_failure(error)
    return 3 if isinstance(error, GuardStop) else 2


def printable(text: str) -> str:
    """Content without what would move the cursor or forge a line."""
    return "".join(char if char.isprintable() else "�" for char in text.replace("\t", " "))
