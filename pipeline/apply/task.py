"""One change on its way through the threads of a channel, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from exporters.base import REFERENCE, Remote
from pipeline.apply.batch import Outcome
from pipeline.change import Change
from pipeline.ledger import Deed

SYMBOL = f'"{REFERENCE}":'
"""Stands in the JSON of every value that refers to another page."""


@dataclass(slots=True)
class Task:
    """One change on its way to the channel."""

    change: Change
    sent: Change
    """The same with ids for references."""
    complete: bool
    """Were all of them known?"""
    intent: Deed
    is_linked: bool
    number: int = 0
    fresh: bool = True
    """May its intent be taken back if it is never sent? Not where an earlier doubt ended with it."""


@dataclass(slots=True)
class Sent:
    """What became of it."""

    task: Task
    outcome: Outcome = None
    begun: bool = True
    live: Remote | None = None
    """The page as it is now, where somebody else has written to it."""


Unit = Sequence[Task]
"""What goes into one request."""
