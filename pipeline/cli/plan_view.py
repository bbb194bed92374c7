"""A plan for people: what happens to each record, with the words that change."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any

from rich.console import Console
from rich.text import Text

from pipeline.change import Action, Change, ChannelPlan, Plan
from pipeline.forecast import Forecast

SIGNS: dict[Action, tuple[str, str]] = {
    "create": ("+", "green"),
    "update": ("~", "yellow"),
    "adopt": ("=", "cyan"),
    "delete": ("-", "red"),
    "unpublish": ("-", "red"),
    "forget": (".", "dim"),
    "conflict": ("!", "bold red"),
}
PAST: dict[Action, str] = {
    "create": "created",
    "update": "updated",
    "adopt": "adopted",
    "delete": "deleted",
    "unpublish": "unpublished",
    "forget": "forgotten",
    "conflict": "in conflict",
}
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


def counted(channel: ChannelPlan) -> str:
    """`2 to create, 1 to update`, or that there is nothing."""
    words = [
        f"{number} in conflict" if action == "conflict" else f"{number} to {action}"
        for action, number in channel.counts.items()
    ]
    if not words:
        return "a missing document is to be written again" if channel.rewrite else "nothing to do"
    return ", ".join(words)


def _print_change(change: Change, console: Console) -> None:
    sign, colour = SIGNS[change.action]
    line = (
        Text(f"  {sign} ", style=colour).append(change.ident, style="bold").append(f"  {change.title}", "dim")
    )
    console.print(line.append(f"  ({change.reason})", "dim"))
    if change.action == "update" and change.desired is not None and change.before is not None:
        for path, old, new in field_changes(change.before.fields, change.desired.fields):
            console.print(Text(f"      {path}: ", style="cyan") + word_diff(old, new))


def field_changes(old: Any, new: Any, path: str = "") -> Iterator[tuple[str, str, str]]:
    """Path, old and new text of each plain value that differs."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in sorted({*old, *new}):
            yield from field_changes(old.get(name), new.get(name), f"{path}.{name}" if path else name)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for at, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from field_changes(one, other, f"{path}.{at}")
    elif old != new:
        yield path, as_text(old), as_text(new)


def as_text(value: Any) -> str:
    """A field's value in one line."""
    if value is None:
        return ""
    if isinstance(value, dict | list):
        from schemas import canonical

        return canonical.dump(value).decode()
    return str(value)


def words_of(text: str) -> list[str]:
    """Words, spaces and tags, each whole; joined they are the text again."""
    return re.findall(r"\s+|[^\s<>]+|<[^>]*>?|>", text)


def word_diff(old: str, new: str) -> Text:
    """Both texts in one line: what goes as red `[-…-]`, what comes as green `{+…+}`."""
    before, after = words_of(old), words_of(new)
    told = Text()
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            told.append(_shortened(before[a:b], first=a == 0, last=b == len(before)))
            continue
        if b > a:
            told.append(f"[-{''.join(before[a:b])}-]", style="red")
        if d > c:
            told.append(f"{{+{''.join(after[c:d])}+}}", style="green")
    return told


def _shortened(words: list[str], *, first: bool, last: bool) -> str:
    head = [] if first else words[:CONTEXT]
    tail = [] if last else words[-CONTEXT:]
    if len(head) + len(tail) >= len(words):
        return "".join(words)
    return "".join([*head, "…", *tail])


def as_json(plan: Plan, forecasts: dict[str, Forecast]) -> dict[str, Any]:
    """The plan as documented in docs/json.md."""
    return {
        "channels": [
            {
                "channel": channel.channel,
                "records": channel.held,
                "counts": channel.counts,
                "rewrite": channel.rewrite,
                "forecast": forecasts[channel.channel].model_dump(mode="json"),
                "changes": [_change_json(change) for change in channel.changes],
            }
            for channel in plan.channels
        ]
    }


def _change_json(change: Change) -> dict[str, Any]:
    before = change.before.fields if change.before else {}
    after = change.desired.fields if change.desired else {}
    fields = (
        [{"field": path, "before": old, "after": new} for path, old, new in field_changes(before, after)]
        if change.action == "update"
        else []
    )
    return {
        "action": change.action,
        "ident": change.ident,
        "title": change.title,
        "reason": change.reason,
        "fields": fields,
    }
