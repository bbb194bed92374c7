"""leopard serve"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socket import socket as Socket

import click

from pipeline.cli.common import command, interruptible, ledger_of, project_of
from pipeline.cli.failure import report as report_failure
from pipeline.cli.sync import print_report
from pipeline.config import Project, load
from pipeline.ledger import Ledger
from pipeline.ledger.jobs import Jobs
from pipeline.run import RunReport
from pipeline.schedule.freeze import thawing
from pipeline.schedule.loop import Scheduler
from pipeline.schedule.timed import Timed, timed
from pipeline.schedule.turn import turn_of
from pipeline.schedule.work import worker
from pipeline.web.app import application
from pipeline.web.dash import Dash
from pipeline.web.desk import Desk
from pipeline.web.health import Health
from pipeline.web.looking import Looking
from pipeline.web.server import is_ours, listen, serving
from pipeline.web.users import Users
from schemas.errors import LeopardError

PORT = 8350


@command(["leopard serve", "leopard -C examples/leopards serve --port 9000"])
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to answer at.")
@click.option(
    "--port", default=PORT, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one."
)
@click.pass_context
def serve(ctx: click.Context, /, host: str, port: int) -> int:
    """Run the jobs under `schedule` in leopard.yaml when they are due, until it is interrupted.

    A job that fails is reported and stays scheduled. Meanwhile it answers on the web: the dashboard,
    `/healthz` and `/readyz` for those who watch it, and `/oai/NAME` live for each channel of the kind
    `oaipmh`. Unless `dashboard` in leopard.yaml says who is let in, it does so on this machine only.
    """
    project = project_of(ctx)
    let_in = not project.written.dashboard.is_open
    with listen(host, port, let_in=let_in) as socket, ledger_of(project) as ledger:
        answer_until_stopped(project, ledger, socket, secure=not is_ours(host))
    click.echo("Stopped.")
    return 0


def answer_until_stopped(project: Project, ledger: Ledger, socket: Socket, *, secure: bool = False) -> None:
    """The schedule and the dashboard, until SIGINT or SIGTERM."""
    scheduler = _scheduler(project, ledger)
    health, dash = Health(scheduler, ledger), _dash(project, ledger, scheduler)
    web = application(project, health, dash, secure=secure)
    with interruptible() as stop, serving(web.app, socket), _running(scheduler, stop):
        where = socket.getsockname()
        click.echo(f"Answering at http://{f'[{where[0]}]' if ':' in where[0] else where[0]}:{where[1]}")
        if not scheduler.entries:
            click.echo("There is no schedule; nothing is published by itself.")
        stop.wait()
        health.stopping = web.live.stopping = True
        dash.desk.close()


def _dash(project: Project, ledger: Ledger, scheduler: Scheduler) -> Dash:
    def read() -> Project:
        return load(project.root)

    def tell(words: str, error: Exception) -> None:
        click.echo(f"Failed: {words}", err=True)
        report_failure(error)

    users = Users(project.written.dashboard, project.root)
    return Dash(read, ledger, scheduler, Desk(read, tell), Looking(read, ledger), users)


def _scheduler(project: Project, ledger: Ledger) -> Scheduler:
    def told(job: Timed, report: RunReport) -> None:
        click.echo(f"Done: {job.name}")
        print_report(report)

    def failed(job: Timed, error: Exception) -> None:
        click.echo(f"Failed: {job.name}", err=True)
        report_failure(error)

    def tell(words: str, error: LeopardError | None) -> None:
        click.echo(f"{words[0].upper()}{words[1:]}.", err=True)
        if error is not None:
            report_failure(error)

    return Scheduler(
        timed(project, ledger.lineage, lambda: turn_of(ledger)),
        Jobs(ledger.database),
        worker(lambda: load(project.root), project, told, failed),
        thawing(project),
        tell,
    )


@contextmanager
def _running(scheduler: Scheduler, stop: threading.Event) -> Iterator[None]:
    """The schedule in a thread of its own; `stop` is set, too, if it should ever end by itself."""

    def run() -> None:
        try:
            scheduler.forever()
        finally:
            stop.set()

    thread = threading.Thread(target=run, name="leopard-schedule")
    thread.start()
    try:
        yield
    finally:
        scheduler.halt()
        thread.join()
