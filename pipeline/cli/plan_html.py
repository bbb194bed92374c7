"""A plan as one HTML page that needs nothing else: for whoever approves it."""

import html

from pipeline.change import Change, ChannelPlan, Plan
from pipeline.cli.plan_words import SIGNS, counted
from pipeline.differences import field_changes, pieces
from pipeline.forecast import Forecast

STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
li { margin: .4rem 0; } .reason { opacity: .7; }
dt { font-family: ui-monospace, monospace; font-size: .85rem; } dd { white-space: pre-wrap; }
ins { background: #1a7f3733; text-decoration: none; } del { background: #cf222e33; }
"""


def page(plan: Plan, forecasts: dict[str, Forecast]) -> str:
    """The whole page."""
    parts = [_channel(channel, forecasts.get(channel.channel)) for channel in plan.channels]
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n<title>Plan</title>\n'
        f"<style>{STYLE}</style>\n<h1>Plan</h1>\n{''.join(parts) or '<p>There are no channels.</p>'}</html>\n"
    )


def _channel(channel: ChannelPlan, cost: Forecast | None) -> str:
    name = html.escape(channel.channel)
    items = "".join(map(_change, channel.changes))
    return f"<h2>{name}</h2>\n<p>{counted(channel)}{_cost(cost)}</p>\n<ul>\n{items}</ul>\n"


def _cost(cost: Forecast | None) -> str:
    if cost is None or not (cost.calls or cost.uploads):
        return ""
    time = f", about {cost.seconds:g} s" if cost.seconds is not None else ""
    return f" ({cost.calls} requests, {cost.uploads} uploads of {cost.upload_bytes} bytes{time})"


def _change(change: Change) -> str:
    sign, ident, title = SIGNS[change.action][0], html.escape(change.ident), html.escape(change.title)
    reason = f'<span class="reason">{change.action}: {html.escape(change.reason)}</span>'
    return f"<li>{sign} <strong>{ident}</strong> {title} {reason}{_fields(change)}</li>\n"


def _fields(change: Change) -> str:
    if change.action != "update" or change.desired is None or change.before is None:
        return ""
    rows = [
        f"<dt>{html.escape(path)}</dt><dd>{_words(old, new)}</dd>"
        for path, old, new in field_changes(change.before.fields, change.desired.fields)
    ]
    return f"<dl>{''.join(rows)}</dl>" if rows else ""


def _words(old: str, new: str) -> str:
    tags = {"same": "{}", "gone": "<del>{}</del>", "come": "<ins>{}</ins>"}
    return "".join(tags[piece.kind].format(html.escape(piece.text)) for piece in pieces(old, new))
