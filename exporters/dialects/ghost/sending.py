"""The members of a request that makes or changes a post, a page or a tag of Ghost. Pure."""

import json
from datetime import datetime, timedelta

from exporters.base import Desired, Fields
from exporters.dialects.ghost.fields import MARK, WITHDRAWN, normalised
from exporters.dialects.ghost.head import commented, joined

SOONEST = timedelta(seconds=150)
"""Ghost schedules nothing that is due in less than two minutes; the rest is for the way there."""


def tag_sent(desired: Desired, item: Fields) -> Fields:
    """A topic; `item` is the tag that is there."""
    fields = _sent(desired, item)
    return {**fields, "visibility": "public", **commented(desired.ident, {**item, **fields})}


def post_sent(desired: Desired, item: Fields, now: datetime) -> Fields:
    """A post or page; `item` is what is there. What is due too soon waits as a draft for the next run."""
    fields = _sent(desired, item)
    at, status = f"{now:%Y-%m-%dT%H:%M:%S}.000Z", _status(desired, fields, item, now)
    if status == "published" and (item.get("published_at") or "") > at:
        fields.setdefault("published_at", at)  # it was scheduled
    if "lexical" in fields:
        fields["lexical"] = json.dumps(fields["lexical"])
    hidden = [WITHDRAWN] if desired.state == "withdrawn" else []
    names = [*fields.pop("tags", ()), *hidden, MARK + desired.ident]
    topics = [{"id": one.rpartition("/")[2]} for one in fields.pop("topics", ())]
    return {**fields, "tags": [*topics, *({"name": name} for name in names)], "status": status}


def _status(desired: Desired, fields: Fields, item: Fields, now: datetime) -> str:
    if desired.state == "withdrawn":
        return "draft"
    due, soonest = fields.get("published_at") or "", f"{now + SOONEST:%Y-%m-%dT%H:%M:%S}.000Z"
    stands = item.get("status") == "scheduled" and item.get("published_at") == due
    return "draft" if desired.state == "scheduled" and due < soonest and not stands else desired.state


def _sent(desired: Desired, item: Fields) -> Fields:
    fields = joined(normalised(desired.fields), item)
    fields.pop("files", None)  # they are named in the others
    return fields
