"""leopard schema"""

import click

from pipeline.cli.common import answer, command
from pipeline.json_schema import of_configuration, of_kind
from schemas import plugins


@command(
    [
        "leopard schema                    # of leopard.yaml",
        "leopard schema report",
        "leopard schema --list             # the kinds there are",
    ]
)
@click.argument("kind", required=False)
@click.option("--list", "listed", is_flag=True, help="List the kinds.")
@click.pass_context
def schema(ctx: click.Context, /, kind: str | None, listed: bool) -> int:
    """Print the JSON Schema (draft 2020-12) of a kind's content files, or of leopard.yaml."""
    if listed:
        for name in plugins.names("kinds"):
            click.echo(name)
    else:
        answer(of_kind(kind) if kind else of_configuration())
    return 0
