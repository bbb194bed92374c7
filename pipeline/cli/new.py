"""leopard new"""

import re
from pathlib import Path

import click

from pipeline.cli.common import command
from pipeline.skeletons import SKELETONS
from schemas.errors import ConfigError


@command(["leopard new exporter intranet", "leopard new source wiki", "leopard new step shout"])
@click.argument("what", type=click.Choice(sorted(SKELETONS)))
@click.argument("name")
@click.pass_context
def new(ctx: click.Context, /, what: str, name: str) -> int:
    """Begin a plugin in a folder of its own: one file, its test, and the entry point."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,40}", name):
        raise click.UsageError(f"{name!r} cannot be a name; use lower-case letters, digits and _.", ctx)
    folder = Path(f"leopard-{name.replace('_', '-')}")
    if folder.exists():
        raise ConfigError(f"{folder} exists already", hint="choose another name")
    for path, text in SKELETONS[what](name).items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    click.echo(f"Made {folder}. Next: cd {folder} && pip install -e . && pytest")
    return 0
