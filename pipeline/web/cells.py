"""Cells of the content matrix: one record on one channel, what it has and what the next run would do."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from exporters.base import Exporter
from pipeline.change import Action
from pipeline.ledger import Holding, Ledger
from pipeline.web.looking import Look
from pipeline.web.sight import Sight
from schemas.record import is_public

COMING: Mapping[Action, str] = {
    "create": "will be created",
    "update": "will change",
    "adopt": "will be taken over",
    "delete": "will be removed",
    "unpublish": "will be hidden",
    "forget": "gone from the channel",
    "conflict": "changed by hand",
}


@dataclass(frozen=True)
class Cell:
    """One record on one channel."""

    channel: str
    state: str
    """One word for the eye: well, held, empty, unknown, or the action that is to come."""
    words: str
    reason: str = ""
    holding: Holding | None = None
    url: str | None = None
    """Where the live page is, if that is an address on the web."""
    found: bool = False
    """Does what was looked for stand in what the channel has?"""


Row = dict[str, Cell]
"""The cells of one record by channel."""


class Board:
    """The cells of any records, as one visitor may see them."""

    def __init__(self, look: Look, ledger: Ledger, sight: Sight) -> None:
        self.look, self.ledger, self.sight = look, ledger, sight
        refused = ((one.channel, one.ident) for one in ledger.quarantine.all() if one.channel)
        self.refused = frozenset(refused)

    def rows(self, idents: Collection[str], channels: Collection[str], text: str = "") -> dict[str, Row]:
        """A row for each ident, in their order. Cells in which `text` stands are marked."""
        held = {(one.ident, one.channel): one for one in self.ledger.pages.holdings(channels, idents, text)}
        return {
            ident: {name: self._cell(ident, name, held.get((ident, name))) for name in channels}
            for ident in idents
        }

    def _cell(self, ident: str, channel: str, holding: Holding | None) -> Cell:
        state, words, reason = self._state(ident, channel, holding)
        concealed = holding is not None and self.sight.hides(ident, holding.state)
        return Cell(
            channel,
            state,
            words,
            reason,
            holding,
            url=None if holding is None or concealed else web_address(holding.url),
            found=holding is not None and holding.found and not concealed,
        )

    def _state(self, ident: str, channel: str, holding: Holding | None) -> tuple[str, str, str]:
        insight = self.look.insight
        if insight is None:
            return ("unknown", "as the last run left it", "") if holding else ("empty", "not there", "")
        change = insight.changes(ident).get(channel)
        if change is not None:
            return change.action, COMING[change.action], change.reason
        if (channel, ident) in self.refused or ident in insight.waiting.get(channel, ()):
            return "held", "held back", "the channel refused it"
        if ident in insight.held:
            return "held", "held back", "by what is wrong with it"
        if holding is not None:
            return "well", "up to date", ""
        record = insight.records.get(ident)
        if record is not None and not is_public(record, self.look.at):
            return "empty", "not public", ""
        here = takes(self.look.project.channels[channel], ident)
        return "empty", "not there" if here else "not for this channel", ""


def takes(exporter: Exporter, ident: str) -> bool:
    """Are records of this kind and language published on the channel at all?"""
    options, kind = exporter.options, ident.partition(":")[0]
    if kind == "asset":
        return exporter.capabilities.assets
    locales = options.locales or exporter.context.site.languages
    return (options.kinds is None or kind in options.kinds) and ident.rpartition("@")[2] in locales


def web_address(url: str | None) -> str | None:
    """The address, if it is one on the web: what channels tell is not trusted to be."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None
