"""How long after its instant a record is published or withdrawn: the embargo lag."""

from collections.abc import Iterator
from datetime import UTC, datetime

from pydantic import Field

from pipeline.cache.cards import Cards
from pipeline.ledger import Ledger
from pipeline.ledger import now as clock
from pipeline.observe.spans import Observer, Span, came_due
from pipeline.planned import Planned
from schemas import canonical
from schemas.base import Model

FACT = "embargo"


class Turned(Model):
    """What is known of one channel: what waits since when, and how late the last was that came due."""

    waiting: dict[str, datetime] = Field({})
    """Per ident, the instant at which it should have been published or withdrawn there."""
    lag: float | None = None
    """Seconds from that instant to the write, of the last record that was written."""
    at: datetime | None = None
    """When that was."""


def known(ledger: Ledger) -> dict[str, Turned]:
    """Per channel, as it is remembered."""
    value = ledger.fact(FACT)
    return {name: Turned(**one) for name, one in canonical.load(value).items()} if value else {}


class Lags(Observer):
    """Watches one run for records that came due since the run before it."""

    def __init__(self, ledger: Ledger, turn: datetime | None) -> None:
        """`turn` is the next instant at which time alone was to change something, as it was known before."""
        self.ledger, self.turn = ledger, turn
        self.before = known(ledger)
        self.waiting = {name: dict(one.waiting) for name, one in self.before.items()}
        self.seen: dict[str, tuple[float, datetime]] = {}

    def expect(self, planned: Planned) -> None:
        """What a plan is about to write because its time has come."""
        cards = planned.prepared.content.cards
        for channel in planned.plan.channels:
            waiting = self.waiting.setdefault(channel.channel, {})
            came = self.turn is not None and self.turn <= planned.prepared.at
            if not (came or waiting):
                continue
            idents = {change.ident for change in channel.changes}
            for ident in set(waiting) - idents - set(planned.waiting.get(channel.channel, ())):
                waiting.pop(ident)  # it is as it should be, or it is not to be there any more
            for ident, at in _came_due(idents, cards, self.turn, planned.prepared.at):
                waiting.setdefault(ident, at)

    def done(self, within: Span, ident: str, action: str) -> None:
        """One of them is written: so late."""
        channel = str(within.facts.get("channel"))
        due = self.waiting.get(channel, {}).pop(ident, None)
        if due is not None:
            now = clock()
            self.seen[channel] = ((now - due).total_seconds(), now)
            came_due(channel, self.seen[channel][0])

    def remember(self) -> None:
        """For the next run, and for whoever looks."""
        found = {}
        for name in {*self.waiting, *self.before}:
            old = self.before.get(name, Turned())
            lag, at = self.seen.get(name, (old.lag, old.at))
            found[name] = Turned(waiting=self.waiting.get(name, {}), lag=lag, at=at)
        worth = {name: one for name, one in found.items() if one.waiting or one.at}
        if worth != self.before:
            told = {name: one.model_dump(mode="json") for name, one in worth.items()}
            self.ledger.set_fact(FACT, canonical.dump(told).decode())


def _came_due(
    idents: set[str], cards: Cards, turn: datetime | None, at: datetime
) -> Iterator[tuple[str, datetime]]:
    """Those of some records whose last turn is not before the one that was known, and not after `at`."""
    for ident in idents if turn is not None and turn <= at else ():
        record = cards.get(ident)
        if record is not None and record.status == "published":
            turns = (record.published_at, record.embargo_until, record.closes_at)
            passed = [one for one in turns if one is not None and turn is not None and turn <= one <= at]
            if passed:
                yield ident, max(passed).astimezone(UTC)
