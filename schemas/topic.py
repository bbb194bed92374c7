"""Topics: what records are about."""

from typing import Literal

from schemas.base import BroaderTopicRef, Prose
from schemas.record import Record


class Topic(Record):
    """A subject under which records are found; `broader` makes a tree (SKOS)."""

    kind: Literal["topic"] = "topic"
    broader: BroaderTopicRef | None = None
    body: Prose | None = None
