"""leopard check"""

from collections.abc import Sequence
from pathlib import Path

import click

from pipeline.annotate.tables import annotate as write_copies
from pipeline.annotate.tables import check_folder
from pipeline.cli.common import (
    answer_format,
    command,
    no_cache_option,
    number,
    progress,
    project_of,
    status_of,
)
from pipeline.cli.problem_view import print_problems, summary
from pipeline.config import Project
from pipeline.engine.choose import engine_of
from pipeline.prepare import check as look_over
from schemas.problems import Problem


@command(
    [
        "leopard check",
        "leopard -C examples/leopards check",
        "leopard check --accessibility     # alt texts, headings, links and tables as well",
        "leopard check --annotate marked   # copies of bad tables, with what is wrong beside each row",
        "leopard check --format github     # annotations in a workflow",
        "leopard check --format sarif > leopard.sarif",
    ]
)
@no_cache_option
@answer_format("text", "json", "github", "sarif")
@click.option("--accessibility", is_flag=True, help="Also say what stands in the way of readers (WCAG 2.2).")
@click.option(
    "--annotate",
    metavar="FOLDER",
    help="Write copies of tables (CSV, XLSX) with problems there, with a column that says them.",
)
@click.pass_context
def check(ctx: click.Context, /, no_cache: bool, form: str, accessibility: bool, annotate: str | None) -> int:
    """Read, validate and transform all content; report every problem; write nothing, but for --annotate.

    Leaves with 1 if there are errors.
    """
    project = project_of(ctx)
    if annotate is not None:
        check_folder(project, Path(annotate))
    with progress() as tell, engine_of(project) as engine:
        prepared = look_over(
            project, progress=tell, afresh=no_cache, accessibility=accessibility, engine=engine
        )
    problems = prepared.findings.problems
    print_problems(problems, form)
    if form == "text":
        click.echo(f"{number(sum(prepared.content.counts.values()), 'record')} read: {summary(problems)}.")
        if not len(prepared.content.cards) and not problems:
            click.echo("The project has no content yet. Put a file into the folder of a source.", err=True)
    if annotate is not None:
        _annotate(project, problems, Path(annotate))
    return status_of(problems)


def _annotate(project: Project, problems: Sequence[Problem], folder: Path) -> None:
    """Say on standard error which copies there are now."""
    copies = list(write_copies(project, problems, folder))
    print_problems([one.problem for one in copies if one.problem is not None], "text", err=True)
    for one in copies:
        if one.problem is None:
            click.echo(f"{one.path}: {number(one.rows, 'row')} of {one.table} marked.", err=True)
    if not copies:
        click.echo("No table has problems, so there is nothing to mark.", err=True)
