"""A plan for people: what happens to each record, with the words that change."""

from rich.console import Console
from rich.text import Text

from pipeline.change import Change, Plan
from pipeline.cli.plan_words import SIGNS, counted
from pipeline.differences import field_changes, pieces

CONTEXT = 6
"""Words shown around a change."""
MOST = 40
"""Changes of one channel shown; the rest is counted."""


def print_plan(plan: Plan, console: Console, *, full: bool = False) -> None:
    """Every channel's changes; updates with a word-level diff of each field."""
    for channel in plan.channels:
        console.print(Text(channel.channel, style="bold").append(f": {counted(channel)}", style="not bold"))
        shown = channel.changes if full else channel.changes[:MOST]
        for change in shown:
            _print_change(change, console)
        if len(channel.changes) > len(shown):
            console.print(f"  … and {len(channel.changes) - len(shown)} more; --full shows all")


def _print_change(change: Change, console: Console) -> None:
    sign, colour = SIGNS[change.action]
    line = (
        Text(f"  {sign} ", style=colour).append(change.ident, style="bold").append(f"  {change.title}", "dim")
    )
    console.print(line.append(f"  ({change.reason})", "dim"))
    if change.action == "update" and change.desired is not None and change.before is not None:
        for path, old, new in field_changes(change.before.fields, change.desired.fields):
            console.print(Text(f"      {path}: ", style="cyan") + word_diff(old, new))


def word_diff(old: str, new: str) -> Text:
    """Both texts in one line: what goes as red `[-…-]`, what comes as green `{+…+}`."""
    told = Text()
    for piece in pieces(old, new):
        if piece.kind == "same":
            told.append(_shortened(piece.words, first=piece.first, last=piece.last))
        elif piece.kind == "gone":
            told.append(f"[-{piece.text}-]", style="red")
        else:
            told.append(f"{{+{piece.text}+}}", style="green")
    return told


def _shortened(words: tuple[str, ...], *, first: bool, last: bool) -> str:
    head = [] if first else words[:CONTEXT]
    tail = [] if last else words[-CONTEXT:]
    if len(head) + len(tail) >= len(words):
        return "".join(words)
    return "".join([*head, "…", *tail])
