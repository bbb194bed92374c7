"""What may be shown before its time: nothing, unless the author asks for it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from schemas.record import Timed, Times, is_public


@dataclass(frozen=True)
class Allowed:
    """What is shown beside what is public: `drafts` and dates that are still to come; what is `embargoed`."""

    drafts: bool = False
    embargoed: bool = False

    def __call__(self, record: Timed, now: datetime) -> bool:
        freed: dict[str, Any] = {}
        if self.drafts:
            freed["published_at"] = None
            if record.status == "draft":
                freed["status"] = "published"
        if self.embargoed:
            freed["embargo_until"] = None
        return is_public(Times.of(record)._replace(**freed), now)


def told(record: Timed, now: datetime, zone: ZoneInfo) -> str | None:
    """When a record that is not public becomes so; None of one that is."""
    if is_public(record, now):
        return None
    if record.status == "withdrawn":
        return "It is withdrawn, so it is not public."
    if record.closes_at is not None and record.closes_at <= now:
        return f"It has not been public since {at(record.closes_at, zone)}."
    if record.embargo_until is not None and record.embargo_until > now:
        begins = max(filter(None, (record.embargo_until, record.published_at)))
        draft = ", if its status is `published` by then" if record.status == "draft" else ""
        return f"It is under embargo, and becomes public on {at(begins, zone)}{draft}."
    if record.status == "draft":
        return "It is a draft: it becomes public when its status is `published`."
    return f"It becomes public on {at(record.published_at or now, zone)}."


def at(instant: datetime, zone: ZoneInfo) -> str:
    """`1 May 2026 at 09:00 (Europe/London)`."""
    local = instant.astimezone(zone)
    seconds = f":{local:%S}" if local.second else ""
    return f"{local.day} {local:%B %Y} at {local:%H:%M}{seconds} ({zone.key})"
