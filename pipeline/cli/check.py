"""leopard check"""

import click

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
from pipeline.prepare import check as look_over


@command(
    [
        "leopard check",
        "leopard -C examples/leopards check",
        "leopard check --accessibility     # alt texts, headings, links and tables as well",
        "leopard check --format github     # annotations in a workflow",
        "leopard check --format sarif > leopard.sarif",
    ]
)
@no_cache_option
@answer_format("text", "json", "github", "sarif")
@click.option("--accessibility", is_flag=True, help="Also say what stands in the way of readers (WCAG 2.2).")
@click.pass_context
def check(ctx: click.Context, /, no_cache: bool, form: str, accessibility: bool) -> int:
    """Read, validate and transform all content; report every problem; write nothing.

    Leaves with 1 if there are errors.
    """
    project = project_of(ctx)
    with progress() as tell:
        prepared = look_over(project, progress=tell, afresh=no_cache, accessibility=accessibility)
    problems = prepared.findings.problems
    print_problems(problems, form)
    if form == "text":
        click.echo(f"{number(sum(prepared.content.counts.values()), 'record')} read: {summary(problems)}.")
        if not len(prepared.content.cards) and not problems:
            click.echo("The project has no content yet. Put a file into the folder of a source.", err=True)
    return status_of(problems)
