"""What all commands share: where the project is, how to answer, and progress."""

import logging
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial, wraps
from pathlib import Path
from typing import Any

import click

from pipeline.cli.failure import report
from pipeline.config import Project, load
from pipeline.ledger import Ledger
from pipeline.observe import logs
from pipeline.planned import Wishes
from pipeline.prepare import Progress, silent
from schemas.problems import Problem


def _set(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def callback(ctx: click.Context, _param: click.Parameter, value: Any) -> None:
        if value:
            ctx.ensure_object(dict)[name] = value

    return callback


class FolderOptions(click.Command):
    """Also takes the global options behind its name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        folder = click.Option(
            ["-C"], metavar="DIR", expose_value=False, callback=_set("folder"), help="The project's folder."
        )
        debug = click.Option(
            ["--debug"], is_flag=True, expose_value=False, callback=_set("debug"), help="Show tracebacks."
        )
        self.params += [folder, debug]


class Command(FolderOptions):
    """A command."""


def command(examples: Sequence[str], **attributes: Any) -> Callable[[Callable[..., Any]], Command]:
    """Make a command whose help ends with examples."""
    epilog = "\b\nExamples:\n" + "\n".join(f"  {line}" for line in examples)
    return click.command(cls=Command, epilog=epilog, **attributes)


def answer_format(*formats: str) -> Callable[[Any], Any]:
    """The option `--format`, of which the first is the default."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(formats),
        default=formats[0],
        show_default=True,
        help="How to answer.",
    )


def channel_option(function: Any) -> Any:
    """The option `--channel NAME`, which may stand several times."""
    return click.option(
        "--channel", "channels", multiple=True, metavar="NAME", help="Only this channel; may be given again."
    )(function)


def no_cache_option(function: Any) -> Any:
    """The option `--no-cache`."""
    return click.option(
        "--no-cache", is_flag=True, help="Read and make everything again, also what has not changed."
    )(function)


def wishes_of(**said: Any) -> Wishes:
    """What was said on the command line of how to plan."""
    return Wishes(
        refresh=said.get("refresh", False) or bool(said.get("overwrite")),
        retry=said.get("retry", False),
        overwrite=frozenset(said.get("overwrite", ())),
        afresh=said.get("no_cache", False),
    )


def log_option(function: Any) -> Any:
    """The option `--log-format`: with `json`, standard error holds lines of JSON and nothing else."""

    @wraps(function)
    def logged(*args: Any, log_format: str, **said: Any) -> Any:
        if log_format == "text":
            return function(*args, **said)
        with logs.structured():
            try:
                return function(*args, **said)
            except click.exceptions.Abort:
                say("Stopped.")
                return 130
            except click.ClickException as error:
                logs.told(logging.ERROR, error.format_message())
                return 2
            except Exception as error:  # noqa: BLE001  # what `main` would say in text
                return report(error)

    return click.option(
        "--log-format",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="How to say on standard error what happens.",
    )(logged)


def say(words: str) -> None:
    """One sentence on standard error."""
    if logs.is_structured():
        logs.told(logging.INFO, words)
    else:
        click.echo(words, err=True)


@contextmanager
def interruptible(said: str = "Stopping after the writes that are under way") -> Iterator[threading.Event]:
    """Set by the first SIGINT or SIGTERM; the second one ends the program at once."""
    stop = threading.Event()
    before: dict[signal.Signals, Any] = {}

    def restore() -> None:
        for one, handler in before.items():
            signal.signal(one, handler)

    def ask(_number: int, _frame: object) -> None:
        restore()  # first, so that the second signal finds nobody inside here
        threading.Thread(target=stop.set).start()  # it takes a lock, which the one we interrupt may hold
        say(f"{said}; once more stops at once.")

    for one in (signal.SIGINT, signal.SIGTERM):
        before[one] = signal.signal(one, ask)
    try:
        yield stop
    finally:
        restore()


def root_of(ctx: click.Context) -> Path:
    folder = Path(ctx.obj["folder"])
    if not folder.is_dir():
        raise click.UsageError(f"There is no folder {folder}.", ctx)
    return folder.resolve()


def project_of(ctx: click.Context) -> Project:
    """The project of this call. Raises ConfigError."""
    if ctx.obj.get("debug"):
        _log_everything(ctx)
    return load(root_of(ctx))


def _log_everything(ctx: click.Context) -> None:
    """Until the command ends, what is logged for debugging goes to standard error."""
    log, handler = logging.getLogger("leopard"), logging.StreamHandler()
    ctx.call_on_close(partial(log.setLevel, log.level))
    log.setLevel(logging.DEBUG)
    if not logs.is_structured():
        log.addHandler(handler)
        ctx.call_on_close(lambda: log.removeHandler(handler))


def ledger_of(project: Project) -> Ledger:
    return Ledger(project.written.ledger, project.root)


def answer(value: Any) -> None:
    """Plain JSON values on standard output."""
    import json

    click.echo(json.dumps(value, ensure_ascii=False, indent=2, sort_keys=False))


def number(count: int, word: str) -> str:
    """`1 record`, `2 records`."""
    return f"{count} {word}{'' if count == 1 else 's'}"


def status_of(problems: Sequence[Problem]) -> int:
    """0, or 1 if one of them is an error."""
    return int(any(problem.severity == "error" for problem in problems))


@contextmanager
def progress() -> Iterator[Progress]:
    """Counts on standard error while somebody is watching."""
    if not sys.stderr.isatty() or logs.is_structured():
        yield silent
        return
    from rich.console import Console
    from rich.progress import (
        MofNCompleteColumn,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )
    from rich.progress import (
        Progress as Bars,
    )

    columns = (SpinnerColumn(), TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def tell(what: str, done: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=None)
            bars.advance(tasks[what], done)

        yield tell
