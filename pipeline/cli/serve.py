"""leopard serve"""

import signal

import click

from pipeline.cli.common import command, ledger_of, project_of
from pipeline.cli.failure import report as report_failure
from pipeline.cli.sync import print_report
from pipeline.config import Job
from pipeline.run import Sync
from pipeline.schedule import Scheduler
from schemas.errors import ConfigError


@command(["leopard serve", "leopard -C examples/leopards serve"])
@click.pass_context
def serve(ctx: click.Context, /) -> int:
    """Run the jobs under `schedule` in leopard.yaml when they are due, until it is interrupted.

    A job that fails is reported and stays scheduled.
    """
    folder = project_of(ctx)
    if not folder.written.schedule:
        raise ConfigError(
            "leopard.yaml has no schedule", hint="add `schedule: [{sync: all, every: 15 minutes}]`"
        )

    def run(job: Job) -> None:
        click.echo(f"Due: {job.sync if job.sync == 'all' else ', '.join(job.sync)}")
        try:
            project = project_of(ctx)
            with ledger_of(project) as ledger:
                print_report(Sync(project, ledger).run(None if job.sync == "all" else job.sync))
        except Exception as error:  # noqa: BLE001  # one failing job must not end the schedule
            report_failure(error)

    scheduler = Scheduler(folder, run)
    for name in ("SIGINT", "SIGTERM"):
        signal.signal(getattr(signal, name), lambda *_: scheduler.stop.set())
    for due, job in scheduler.due:
        click.echo(
            f"{due:%Y-%m-%d %H:%M:%S} UTC: sync {job.sync if job.sync == 'all' else ', '.join(job.sync)}"
        )
    scheduler.forever()
    click.echo("Stopped.")
    return 0
