"""leopard status, runs, problems, quarantine: what the ledger remembers"""

from collections.abc import Iterable
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from pipeline.cli.common import answer, answer_format, command, ledger_of, project_of, status_of
from pipeline.cli.problem_view import print_problems, summary
from pipeline.ledger import Ledger, RunRecord


def _table(title: str, columns: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    table = Table(title=title, title_justify="left", box=None, header_style="bold")
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*row)
    Console(highlight=False).print(table)


@command(["leopard status", "leopard status --format json"])
@answer_format("text", "json")
@click.pass_context
def status(ctx: click.Context, /, form: str) -> int:
    """What each channel holds, and when it was last brought up to date."""
    project = project_of(ctx)
    with ledger_of(project) as ledger:
        counts, latest = ledger.pages.counts(), ledger.pages.latest()
        last = ledger.history.latest(limit=1)
        held = len(ledger.quarantine.all())
    rows = [
        {
            "channel": name,
            "uses": type(exporter).name,
            "records": counts.get(name, 0),
            "last_change": latest.get(name),
        }
        for name, exporter in project.channels.items()
    ]
    if form == "json":
        run = last[0].model_dump(mode="json", exclude={"report"}) if last else None
        answer({"channels": rows, "last_run": run, "held_back": held})
        return 0
    shown = (
        (str(row["channel"]), str(row["uses"]), str(row["records"]), str(row["last_change"] or "never")[:19])
        for row in rows
    )
    _table("", ("channel", "uses", "records", "last change (UTC)"), shown)
    if last:
        click.echo(f"Last run: {last[0].id}, {last[0].outcome}.")
    else:
        click.echo("No run yet; begin with: leopard sync")
    if held:
        click.echo(f"{held} held back; leopard quarantine lists them.")
    return 0


@command(["leopard runs", "leopard runs --limit 5 --format json"])
@click.option("--limit", default=20, show_default=True, help="How many, the newest first.")
@answer_format("text", "json")
@click.pass_context
def runs(ctx: click.Context, /, limit: int, form: str) -> int:
    """The latest runs and what they did. A run that found nothing to do leaves no trace."""
    with ledger_of(project_of(ctx)) as ledger:
        found = ledger.history.latest(limit)
        if form == "json":
            answer([_whole(run, ledger) for run in found])
            return 0
    if not found:
        click.echo("No run yet; begin with: leopard sync")
        return 0
    rows = []
    for run in found:
        done = {name: one["done"] for name, one in run.report.get("channels", {}).items()}
        told = "; ".join(
            f"{name}: " + ", ".join(f"{number} {action}" for action, number in counts.items())
            for name, counts in done.items()
            if counts
        )
        rows.append((run.id, f"{run.started_at:%Y-%m-%d %H:%M:%S}", run.outcome, told))
    _table("", ("run", "started (UTC)", "outcome", "done"), rows)
    return 0


def _whole(run: RunRecord, ledger: Ledger) -> dict[str, Any]:
    """A run with all that it reported."""
    told = run.model_dump(mode="json")
    if told["report"]:
        found = ledger.history.problems(run.id)
        problems = [one.model_dump(mode="json", exclude_none=True) for one in found]
        told["report"] = dict(sorted({**told["report"], "problems": problems}.items()))
    return told


@command(["leopard problems", "leopard problems --run 20240501T090000Z-1a2b3c4d --format sarif"])
@click.option("--run", "run_id", metavar="RUN", help="Of this run; by default of the latest.")
@answer_format("text", "json", "github", "sarif")
@click.pass_context
def problems(ctx: click.Context, /, run_id: str | None, form: str) -> int:
    """The problems of the latest run. For those of the content as it is now: leopard check."""
    with ledger_of(project_of(ctx)) as ledger:
        chosen = ledger.history.get(run_id) if run_id else next(iter(ledger.history.latest(limit=1)), None)
        found = ledger.history.problems(chosen.id) if chosen else []
    if run_id and chosen is None:
        raise click.UsageError(f"There is no run {run_id}. See: leopard runs", ctx)
    print_problems(found, form)
    if form == "text":
        click.echo(f"{chosen.id}: {summary(found)}." if chosen else "No run yet; begin with: leopard sync")
    return status_of(found)


@command(["leopard quarantine", "leopard quarantine --format json"])
@answer_format("text", "json")
@click.pass_context
def quarantine(ctx: click.Context, /, form: str) -> int:
    """Records that are held back with their problems. They are tried again in every run."""
    with ledger_of(project_of(ctx)) as ledger:
        held = ledger.quarantine.all()
    if form == "json":
        answer([one.model_dump(mode="json", exclude_none=True) for one in held])
        return 0
    if not held:
        click.echo("Nothing is held back.")
    for one in held:
        where = f" on {one.channel}" if one.channel else ""
        tried = "once" if one.attempts == 1 else f"{one.attempts} times"
        again = f", next try {one.next_try:%Y-%m-%d %H:%M}" if one.next_try else ", tried again in every run"
        click.echo(f"{one.ident}{where}  since {one.since:%Y-%m-%d %H:%M} UTC, tried {tried}{again}")
        for problem in one.problems:
            click.echo(f"  {problem.origin or ''}  {problem.message}")
    return 0
