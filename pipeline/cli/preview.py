"""leopard preview"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import click

from pipeline.cli.common import command, interruptible, number, root_of
from pipeline.cli.failure import report as report_failure
from pipeline.web.preview.allowed import Allowed
from pipeline.web.preview.app import Preview, address_of
from pipeline.web.preview.desk import Desk
from pipeline.web.preview.views import known
from pipeline.web.server import listen, serving
from schemas.plugins import did_you_mean

HOST = "127.0.0.1"
PORT = 8351


@command(
    [
        "leopard preview",
        "leopard preview page:leopards",
        "leopard preview article:2024/amur-count@fr --drafts",
        "leopard -C examples/leopards preview --port 0",
    ]
)
@click.argument("key", required=False)
@click.option(
    "--port", default=PORT, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one."
)
@click.option("--drafts", is_flag=True, help="Show drafts, and what has its date still to come, as well.")
@click.option("--embargoed", is_flag=True, help="Show what is under embargo as well.")
@click.pass_context
def preview(ctx: click.Context, /, key: str | None, port: int, drafts: bool, embargoed: bool) -> int:
    """Show any record as each channel would publish it, and show it anew whenever a file is saved.

    It answers on this machine only, publishes nothing, asks no channel, and needs no network. What is not
    public yet is named and not shown, unless you say so.
    """
    desk = Desk(root_of(ctx), Allowed(drafts, embargoed))
    path = _path(ctx, desk, key)
    with (
        listen(HOST, port) as socket,
        interruptible("Stopping") as stop,
        serving(Preview(desk).application(), socket),
        _watching(desk, stop),
    ):
        click.echo(f"Preview of {number(len(desk.look.entries), 'record')} at ", nl=False)
        click.echo(f"http://{HOST}:{socket.getsockname()[1]}{path}")
        stop.wait()
        desk.bell.end()
    click.echo("Stopped.")
    return 0


def _path(ctx: click.Context, desk: Desk, key: str | None) -> str:
    """Of the page that is meant."""
    if key is None:
        return "/"
    ident = known(desk.look, key)
    if ident is None:
        hint = did_you_mean(key, list(desk.look.entries))
        raise click.UsageError(f"There is no record {key}" + (f"; {hint}" if hint else "."), ctx)
    return address_of(ident)


@contextmanager
def _watching(desk: Desk, stop: threading.Event) -> Iterator[None]:
    """The files in a thread of their own; `stop` is set, too, if they can no longer be watched."""

    def run() -> None:
        try:
            desk.watch(stop)
        except Exception as error:  # noqa: BLE001  # nobody else would hear of it
            report_failure(error)
        finally:
            stop.set()

    thread = threading.Thread(target=run, name="leopard-watch")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
