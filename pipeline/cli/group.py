"""Every command by name. They are loaded when they are called, so that `--help` is quick."""

from importlib import import_module

import click

COMMANDS = {
    "init": ("start:init", "Begin a new content project in a folder."),
    "demo": ("start:demo", "Publish the bundled leopard project to local channels."),
    "check": ("check:check", "Read, validate and transform; report problems; write nothing."),
    "watch": ("watch:watch", "Check again whenever a file is saved; tell what is new and what is solved."),
    "plan": ("plan:plan", "Show what a sync would do."),
    "sync": ("sync:sync", "Bring the channels up to date."),
    "preview": ("preview:preview", "Show any record as each channel would publish it, on this machine."),
    "serve": ("serve:serve", "Run the schedule, and answer on the web."),
    "password": ("password:password", "Make the hash of a password for the dashboard."),
    "schedule": ("schedule:schedule", "What the schedule does when, and how it has fared."),
    "status": ("history:status", "What each channel holds, and when it was last brought up to date."),
    "runs": ("history:runs", "The latest runs and what they did."),
    "problems": ("history:problems", "The problems of the latest run."),
    "alerts": ("alerts:alerts", "What is wrong now, and who was told; see whether messages arrive."),
    "quarantine": ("history:quarantine", "Records that are held back, and why."),
    "drift": ("undo:drift", "What people changed on the channels since we last wrote."),
    "rollback": ("undo:rollback", "Take back what a run did."),
    "approve": ("hands:approve", "Carry out a plan that waits for approval."),
    "refuse": ("hands:refuse", "Refuse a plan that waits for approval."),
    "pause": ("hands:pause", "Leave a channel alone until it is resumed."),
    "resume": ("hands:resume", "Publish to a channel again after a pause."),
    "audit": ("hands:audit", "Who did what when."),
    "channel": ("channel:channel", "Get a channel ready: see what it lacks, and make that."),
    "adopt": ("undo:adopt", "Make a page that people made the page of a record."),
    "detach": ("undo:detach", "Leave a record alone on a channel."),
    "attach": ("undo:attach", "Take care of a record on a channel again."),
    "ledger": ("ledger:ledger", "Look after the ledger: doctor, rebuild, export."),
    "trace": ("trace:trace", "Follow one record from its source through each step to each channel."),
    "import": ("bring:bring", "Write what a source gives as content files, for a person to look at."),
    "new": ("new:new", "Begin a plugin: an exporter, a source or a step, with its test."),
    "completion": ("completion:completion", "Print the completion script of a shell."),
    "schema": ("schema:schema", "Print the JSON Schema of a kind, or of leopard.yaml."),
}


class LazyGroup(click.Group):
    """Knows every command's name and purpose, and imports only the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(f"pipeline.cli.{module}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, purpose) for name, (_, purpose) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else " See leopard --help."
            raise click.UsageError(f"There is no command '{args[0]}'.{hint}", ctx)
        return super().resolve_command(ctx, args)


def _version(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        click.echo(f"leopard {version('leopard-pipeline')}")
        ctx.exit()


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Begin with: leopard demo. Each command has examples: leopard COMMAND --help",
)
@click.option("-C", "folder", default=".", metavar="DIR", help="The project's folder [default: this one].")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show it."
)
@click.pass_context
def leopard(ctx: click.Context, folder: str, debug: bool) -> None:
    """Terraform for content: plan and publish content to every channel, exactly once."""
    ctx.obj = {"folder": folder, "debug": debug}


def run() -> int:
    """What was asked for on the command line, errors put into words. Returns the status to leave with."""
    try:
        status = leopard.main(standalone_mode=False, prog_name="leopard")
    except click.exceptions.Abort:
        click.echo("Stopped.", err=True)
        return 130
    except click.ClickException as error:
        error.show()
        return 2
    except Exception as error:  # noqa: BLE001  # the last place where a failure can be put into words
        from pipeline.cli.failure import report

        return report(error)
    return status if isinstance(status, int) else 0
