"""leopard watch"""

import json

import click

from pipeline.cli.common import answer_format, command, interruptible, root_of
from pipeline.cli.failure import printable
from pipeline.cli.problem_view import print_problems, summary
from pipeline.watcher import Turn, Watcher
from schemas.problems import Problem


@command(["leopard watch", "leopard watch --format json      # a line of JSON for each change"])
@answer_format("text", "json")
@click.pass_context
def watch(ctx: click.Context, /, form: str) -> int:
    """Check all content, and again whenever a file is saved; tell only what is new and what is solved.

    Publishes nothing and writes nothing. It ends with Ctrl-C.
    """
    watcher = Watcher(root_of(ctx))
    with interruptible("Stopping") as stop:
        for turn in watcher.turns(stop):
            if form == "json":
                click.echo(json.dumps(_line(turn), ensure_ascii=False))
            else:
                _print(turn)
    if form == "text":
        click.echo("Stopped.")
    return 0


def _line(turn: Turn) -> dict[str, object]:
    counts = {
        name: sum(one.severity == name for one in turn.problems) for name in ("error", "warning", "info")
    }
    return {"new": _plain(turn.new), "solved": _plain(turn.solved), "now": counts}


def _plain(problems: list[Problem]) -> list[dict[str, object]]:
    return [problem.model_dump(mode="json", exclude_none=True) for problem in problems]


def _print(turn: Turn) -> None:
    print_problems(turn.new, "text")
    for problem in turn.solved:
        place = str(problem.origin or problem.channel or problem.ident or "")
        click.echo(f"solved {problem.code}  {printable(place)}  {printable(problem.message)}")
    begun = "Watching; Ctrl-C ends it. " if turn.is_first else ""
    click.echo(f"{begun}Now: {summary(turn.problems)}.")
