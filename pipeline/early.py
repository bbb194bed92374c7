"""What a channel may be given before its time."""

from datetime import datetime

from exporters.base import Exporter
from pipeline.cache.card import Card
from pipeline.cache.records import RecordIndex


def ahead_of_time(exporter: Exporter, hidden: RecordIndex, now: datetime) -> list[Card]:
    """Records that only wait for their `published_at`, and drafts, where the channel is told to take them."""
    options, can = exporter.options, exporter.capabilities
    scheduled, drafts = options.schedule_ahead and can.scheduling, options.drafts and can.drafts
    if not (scheduled or drafts):
        return []
    free = (card for card in hidden.cards() if _is_free(card, now))
    return [
        card for card in free if (drafts if card.status == "draft" else scheduled and _is_ahead(card, now))
    ]


def _is_ahead(card: Card, now: datetime) -> bool:
    return card.status == "published" and card.published_at is not None and card.published_at > now


def _is_free(card: Card, now: datetime) -> bool:
    begun = card.embargo_until is None or card.embargo_until <= now
    is_over = card.closes_at is not None and card.closes_at <= now
    return card.kind != "asset" and begun and not is_over
