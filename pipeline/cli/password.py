"""leopard password"""

import sys

import click

from pipeline.cli.common import Command

SHORTEST = 12
"""Characters of a password."""


@click.command(
    cls=Command, epilog="\b\nExamples:\n  leopard password\n  pass show leopard | leopard password"
)
def password() -> int:
    """Ask for a password and print its hash (argon2id), to stand in leopard.yaml under `dashboard`."""
    from argon2 import PasswordHasher

    given = _asked() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    if len(given) < SHORTEST:
        raise click.UsageError(
            f"A password has at least {SHORTEST} characters; a few words are easy to keep."
        )
    click.echo(PasswordHasher().hash(given))
    return 0


def _asked() -> str:
    given: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return given
