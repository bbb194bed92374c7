"""leopard serve"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socket import socket as Socket

import click

from pipeline.alerts.lookout import Lookout
from pipeline.carry import Apart, Carry, here
from pipeline.cli.common import command, interruptible, ledger_of, log_option, project_of, say
from pipeline.cli.failure import report as report_failure
from pipeline.cli.problem_view import print_problems
from pipeline.cli.sync import print_report
from pipeline.config import Project, load
from pipeline.ledger import Ledger
from pipeline.ledger.jobs import Jobs
from pipeline.observe import logs
from pipeline.observe.metrics import Measured
from pipeline.observe.spans import observing
from pipeline.observe.tracing import traced
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
@log_option
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
    _say("Stopped.")
    return 0


def answer_until_stopped(project: Project, ledger: Ledger, socket: Socket, *, secure: bool = False) -> None:
    """The schedule, the dashboard and the lookout for what is wrong, until SIGINT or SIGTERM."""
    latest = [project]

    def read() -> Project:
        latest[0] = load(project.root)
        return latest[0]

    carry = _carry()
    scheduler = _scheduler(project, ledger, read, carry)
    health, dash = Health(scheduler, ledger), _dash(project, ledger, scheduler, read, carry)
    web = application(project, health, dash, secure=secure)
    lookout = Lookout(lambda: latest[0], ledger, scheduler.tell)
    with (
        traced(),
        observing(Measured()),
        interruptible() as stop,
        serving(web.app, socket),
        lookout.kept(),
        _running(scheduler, stop),
    ):
        where = socket.getsockname()
        _say(f"Answering at http://{f'[{where[0]}]' if ':' in where[0] else where[0]}:{where[1]}")
        if not scheduler.entries:
            _say("There is no schedule; nothing is published by itself.")
        stop.wait()
        health.stopping = web.live.stopping = True
        dash.close()


def _carry() -> Carry:
    """Runs go on in processes of their own, where there may be any."""
    try:
        return Apart()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        say(f"Runs share the process that answers, as no other can be begun: {reason}.")
        return here


def _say(words: str) -> None:
    """One sentence on standard output, or where all is said in lines of JSON."""
    if logs.is_structured():
        say(words)
    else:
        click.echo(words)


def _dash(
    project: Project, ledger: Ledger, scheduler: Scheduler, read: Callable[[], Project], carry: Carry
) -> Dash:
    def tell(words: str, error: Exception) -> None:
        say(f"Failed: {words}")
        report_failure(error)

    users = Users(project.written.dashboard, project.root)
    return Dash(read, ledger, scheduler, Desk(read, tell, carry), Looking(read, ledger, tell), users)


def _scheduler(project: Project, ledger: Ledger, read: Callable[[], Project], carry: Carry) -> Scheduler:
    def told(job: Timed, report: RunReport) -> None:
        if logs.is_structured():
            print_problems(report.problems, "text", err=True)
            logs.told(logging.INFO, f"the job {job.name} is done", job=job.name, run=report.id)
            return
        click.echo(f"Done: {job.name}")
        print_report(report)

    def failed(job: Timed, error: Exception) -> None:
        if logs.is_structured():
            logs.told(logging.ERROR, f"the job {job.name} has failed", job=job.name)
        else:
            click.echo(f"Failed: {job.name}", err=True)
        report_failure(error)

    def tell(words: str, error: LeopardError | None) -> None:
        say(f"{words[0].upper()}{words[1:]}.")
        if error is not None:
            report_failure(error)

    return Scheduler(
        timed(project, ledger.lineage, lambda: turn_of(ledger)),
        Jobs(ledger.database),
        worker(read, project, told, failed, carry),
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
