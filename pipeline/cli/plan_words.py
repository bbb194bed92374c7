"""A plan in few words and as JSON: nothing here needs a terminal."""

from typing import Any

from pipeline.change import Action, Change, ChannelPlan, Plan
from pipeline.differences import field_changes
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


def counted(channel: ChannelPlan) -> str:
    """`2 to create, 1 to update`, or that there is nothing."""
    words = [
        f"{number} in conflict" if action == "conflict" else f"{number} to {action}"
        for action, number in channel.counts.items()
    ]
    if not words:
        return "a missing document is to be written again" if channel.rewrite else "nothing to do"
    return ", ".join(words)


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
