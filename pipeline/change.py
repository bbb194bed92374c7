"""What a plan is made of: changes, by channel, in the order in which they are applied."""

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Literal

from pydantic import SkipValidation

from exporters.base import Desired, Remote
from pipeline.ledger.entry import Entry
from pipeline.spool import gathered
from schemas.base import Model
from schemas.packed import Packed

Action = Literal["create", "update", "adopt", "delete", "unpublish", "forget", "conflict"]

WRITES: tuple[Action, ...] = ("create", "update", "adopt", "delete", "unpublish")


class Change(Packed):
    """One key on one channel: what is to be done, and why."""

    channel: str
    ident: str
    action: Action
    reason: str
    desired: Desired | None = None
    before: Entry | None = None
    """What we last applied, if we remember anything."""
    remote: Remote | None = None
    """What the channel holds, if it was asked."""
    edited: tuple[str, ...] = ()
    """Fields that somebody changed on the channel since."""
    meant: bool = False
    """True for a removal that the content itself asks for, so that no guard need wonder."""

    @property
    def key(self) -> str:
        return self.ident.rpartition("@")[0]

    @property
    def page(self) -> Remote | None:
        """The page that is to be written, as far as it is known."""
        return self.remote or (self.before.remote if self.before else None)

    @property
    def title(self) -> str:
        source = self.desired or self.before
        return source.title if source else self.ident


class ChannelPlan(Model):
    """What one channel needs: changes in the order they are applied."""

    channel: str
    held: int = 0
    """Records the channel holds now, as far as we remember."""
    changes: SkipValidation[Sequence[Change]] = ()
    rewrite: bool = False
    """True if whole documents must be written though no record changes: one is missing."""

    def count(self, action: Action) -> int:
        return self.counts.get(action, 0)

    @cached_property
    def counts(self) -> dict[Action, int]:
        """How many changes there are of each sort, by its name."""
        return Tally.of(self.changes).counts

    @cached_property
    def unmeant(self) -> int:
        """How many pages the channel would lose without its content saying so."""
        return Tally.of(self.changes).unmeant

    def counted(self, tally: "Tally") -> "ChannelPlan":
        """This plan, whose changes were counted already; so nobody has to go through them for that."""
        self.__dict__.update(counts=tally.counts, unmeant=tally.unmeant)
        return self

    def without(self, conflict: Callable[[Change], None]) -> "ChannelPlan":
        """What is certainly to be done; `conflict` is told of each change that is not."""
        if not self.count("conflict"):
            return self
        for change in self.changes:
            if change.action == "conflict":
                conflict(change)
        return self._with(change for change in self.changes if change.action != "conflict")

    def only(self, idents: Container[str]) -> "ChannelPlan":
        """The same, with the changes of these idents."""
        return self._with(change for change in self.changes if change.ident in idents)

    def _with(self, changes: Iterable[Change]) -> "ChannelPlan":
        chosen = gathered(changes)
        return ChannelPlan(channel=self.channel, held=self.held, changes=chosen, rewrite=self.rewrite)


class Tally:
    """What is to be known of many changes at once, noted as they come."""

    def __init__(self) -> None:
        self.actions: Counter[Action] = Counter()
        self.unmeant = 0
        self.is_plain = True
        """Do all change one page that needs no other one, by ident?"""
        self._last = ""

    @classmethod
    def of(cls, changes: Iterable[Change]) -> "Tally":
        tally = cls()
        for _ in tally.noting(changes):
            pass
        return tally

    def noting(self, changes: Iterable[Change]) -> Iterator[Change]:
        """The changes as they come."""
        for change in changes:
            desired, action = change.desired, change.action
            self.actions[action] += 1
            self.unmeant += action in ("delete", "unpublish") and not change.meant
            if desired is None or desired.references or change.ident < self._last:
                self.is_plain = False
            self._last = change.ident
            yield change

    @property
    def counts(self) -> dict[Action, int]:
        return {action: self.actions[action] for action in sorted(self.actions)}


class Plan(Model):
    """The ordered, reviewable set of changes of one run."""

    channels: tuple[ChannelPlan, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not any(channel.changes or channel.rewrite for channel in self.channels)
