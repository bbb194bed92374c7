"""leopard schedule: next"""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.table import Table

from pipeline.cli.common import answer, answer_format, command, ledger_of, number, project_of
from pipeline.ledger import now as clock
from pipeline.ledger.jobs import Jobs
from pipeline.schedule.freeze import thawing
from pipeline.schedule.outlook import Coming, Fared, coming, fared
from pipeline.schedule.timed import timed
from pipeline.schedule.turn import turn_of


@click.group()
def schedule() -> None:
    """What `leopard serve` does when."""


@command(["leopard schedule next", "leopard schedule next --limit 30 --format json"])
@click.option("--limit", default=10, show_default=True, type=click.IntRange(1, 1000), help="How many times.")
@answer_format("text", "json")
@click.pass_context
def next_(ctx: click.Context, /, limit: int, form: str) -> int:
    """What comes, and for each job when it last succeeded, what is overdue and what was missed.

    Leaves with 1 if something is overdue.
    """
    project, now = project_of(ctx), clock()
    with ledger_of(project) as ledger:
        entries = timed(project, ledger.lineage, lambda: turn_of(ledger))
        known = Jobs(ledger.database).all()
        jobs = fared(entries, known, thawing(project), now)
        times = coming(entries, known, now, limit)
    overdue = any(one.overdue for one in jobs)
    if form == "json":
        answer(
            {
                "jobs": [j.model_dump(mode="json") for j in jobs],
                "next": [t.model_dump(mode="json") for t in times],
            }
        )
        return int(overdue)
    if not entries:
        click.echo("There is no schedule; add `schedule: [{sync: all, every: 15 minutes}]` to leopard.yaml.")
        return 0
    _print(jobs, times, ZoneInfo(project.site.timezone))
    return int(overdue)


def _print(jobs: list[Fared], times: list[Coming], zone: ZoneInfo) -> None:
    coming_table = _table(f"begins ({zone.key})", "job")
    for time in times:
        coming_table.add_row(_shown(time.at, zone), time.job)
    jobs_table = _table("job", "next", "last success", "last outcome", "missed")
    for job in jobs:
        times_of_job = (_shown(at, zone) for at in (job.due, job.last_success))
        jobs_table.add_row(job.job, *times_of_job, job.outcome or "", str(job.misses))
    console = Console(highlight=False)
    console.print(coming_table)
    console.print(jobs_table)
    for job in jobs:
        for note in _notes(job, zone):
            click.echo(note)


def _notes(job: Fared, zone: ZoneInfo) -> Iterator[str]:
    """What people should know of a job beside its numbers."""
    if job.overdue:
        yield f"Overdue: {job.job}, since {_shown(job.due, zone)}. Is `leopard serve` running?"
    if job.last_miss:
        times = number(job.misses, "time")
        yield f"Missed: {job.job}, {times}, the last time {_shown(job.last_miss, zone)}."
    if job.at_it:
        yield f"At work: {job.job}, by {job.at_it}."
    if job.error:
        yield f"{job.job}: {job.error}."
    if job.frozen_until:
        yield f"Frozen: channels of {job.job}, until {_shown(job.frozen_until, zone)}."


def _table(*columns: str) -> Table:
    table = Table(box=None, header_style="bold")
    for column in columns:
        table.add_column(column)
    return table


def _shown(at: datetime | None, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}" if at else "never"


schedule.add_command(next_, "next")
