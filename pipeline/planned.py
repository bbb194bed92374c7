"""What a plan comes with, and what is wished of it."""

from dataclasses import dataclass, field
from typing import NamedTuple

from exporters.base import Remote
from pipeline.cache.standing import Standings
from pipeline.change import Plan
from pipeline.desire import Wanted
from pipeline.ledger import Anew
from pipeline.plan import Rules
from pipeline.prepare import Prepared


class Compared(NamedTuple):
    """What a channel is to hold, and which of its pages certainly are as they should be."""

    wanted: Wanted
    standings: Standings


@dataclass
class Planned:
    """A plan, what it was made from, and the rules each channel was planned by."""

    prepared: Prepared
    plan: Plan
    rules: dict[str, Rules] = field(default_factory=dict)
    waiting: dict[str, list[str]] = field(default_factory=dict)
    """Per channel, idents that it refused before and that are not tried again yet."""
    renewed: dict[str, list[Anew]] = field(default_factory=dict)
    """Per channel, what stays as it is, though it was made of other things than is remembered."""
    came_out: dict[str, list[Remote]] = field(default_factory=dict)
    """Per channel, pages that it has published by itself since we last looked."""
    standing: dict[str, Compared] = field(default_factory=dict)
    """Per channel that was planned from memory, what is known of its pages."""
    down: list[str] = field(default_factory=list)
    """Channels that could not be asked what they hold."""


@dataclass(frozen=True)
class Wishes:
    """What the person who asks for a plan wants of it."""

    refresh: bool = False
    """Look at the channels first."""
    retry: bool = False
    """Try again at once what a channel refused before."""
    overwrite: frozenset[str] = frozenset()
    """Keys whose hand edits may be overwritten."""
    afresh: bool = False
    """Read and make everything again, as if nothing were remembered of it."""
