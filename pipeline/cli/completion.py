"""leopard completion"""

import click
from click.shell_completion import get_completion_class

from pipeline.cli.common import command


@command(['eval "$(leopard completion bash)"    # or put this line into ~/.bashrc'])
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, /, shell: str) -> int:
    """Print the script that completes commands and options in a shell."""
    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"There is no completion for {shell}.", ctx)
    click.echo(found(ctx.find_root().command, {}, "leopard", "_LEOPARD_COMPLETE").source())
    return 0
