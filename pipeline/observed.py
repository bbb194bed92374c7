"""What a channel is asked before it is planned: what it holds, what came due, what became of lost answers."""

import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache

from exporters.base import Exporter, Remote
from pipeline import links
from pipeline.ask import asked
from pipeline.ledger import Entry, Ledger
from pipeline.ledger.pages import Pages
from schemas.errors import LeopardError

KNOWN_IDS = 1 << 16
"""Ids of pages that are kept at hand while a channel is planned."""


@dataclass(frozen=True)
class Observed:
    """Pages of a channel by ident, as far as it was asked."""

    pages: Mapping[str, Remote] | None = None
    """All that it holds; None if what is remembered is to be gone by."""
    come_due: Mapping[str, Remote] = field(default_factory=dict)
    """Those that it was to publish by itself by now, as they are."""
    doubted: Mapping[str, Remote | None] = field(default_factory=dict)
    """What became of writes whose answers were never seen."""
    meant: Mapping[str, Entry] = field(default_factory=dict)
    """What those writes meant to leave."""

    def ids(self, remembered: Pages, channel: str) -> links.Known:
        """Tells the id that a page has now, as far as it was seen or is remembered."""

        @lru_cache(maxsize=KNOWN_IDS)
        def known(ident: str) -> str | None:
            if ident in self.doubted or self.pages is not None:
                seen = self.doubted[ident] if ident in self.doubted else (self.pages or {}).get(ident)
                return seen.id if seen else None
            entry = remembered.get(channel, ident)
            return entry.remote_id if entry else None

        return known


def observe(
    exporter: Exporter, ledger: Ledger, at: datetime, *, refresh: bool, stop: threading.Event | None = None
) -> Observed:
    """Look at what has to be known of a channel at the instant `at`; with `refresh`, at all that it holds.

    Raises what the channel raises.
    """
    pages = _held(exporter, stop) if _is_asked(exporter, ledger, refresh=refresh) else None
    doubted, meant = _doubted(exporter, ledger, stop)
    return Observed(pages, _come_due(exporter, ledger, at) if pages is None else {}, doubted, meant)


def _is_asked(exporter: Exporter, ledger: Ledger, *, refresh: bool) -> bool:
    """Is what it holds asked for? It is, too, if we may not know all of it and could double it."""
    capable = exporter.capabilities
    knows = capable.document or ledger.fact(f"known:{exporter.context.name}") is not None
    return capable.reads and (refresh or not knows)


def _held(exporter: Exporter, stop: threading.Event | None) -> dict[str, Remote]:
    return {remote.ident: remote for remote in asked(exporter, lambda: list(exporter.read()), stop)}


def _come_due(exporter: Exporter, ledger: Ledger, at: datetime) -> dict[str, Remote]:
    """In one look-up."""
    scheduled = ledger.pages.scheduled(exporter.context.name)
    due = [one.ident for one in scheduled if one.sort_key <= at.astimezone(UTC).isoformat()]
    if not due or not exporter.capabilities.lookup:
        return {}
    with suppress(LeopardError), exporter.session():  # who cannot be asked is told what is to be
        return {remote.ident: remote for remote in exporter.find(due)}
    return {}


def _doubted(
    exporter: Exporter, ledger: Ledger, stop: threading.Event | None
) -> tuple[dict[str, Remote | None], dict[str, Entry]]:
    """What became of writes whose answers were never seen, in one look-up, and what they meant to do."""
    doubts = {doubt.ident: doubt.after for doubt in ledger.journal.in_doubt(exporter.context.name)}
    if not doubts or not exporter.capabilities.reads:
        return {}, {}
    if exporter.capabilities.lookup:
        found = {one.ident: one for one in asked(exporter, lambda: list(exporter.find(sorted(doubts))), stop)}
    else:
        found = _held(exporter, stop)
    meant = {ident: entry for ident, entry in doubts.items() if entry is not None}
    return {ident: found.get(ident) for ident in doubts}, meant
