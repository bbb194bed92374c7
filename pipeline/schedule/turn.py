"""The next instant at which time alone publishes or withdraws something, from one run to the next."""

from datetime import datetime

from pipeline.ledger import Ledger
from pipeline.prepare import Prepared

FACT = "next_turn"


def remember_turn(ledger: Ledger, prepared: Prepared) -> None:
    """Keep the next turn of all records. Of a source that did not give all, what was known stays known."""
    content = prepared.content
    turns = [turn for turn in (content.cards.next_turn(prepared.at),) if turn is not None]
    known = turn_of(ledger)
    whole = all(outcome.state == "complete" for outcome in content.outcomes.values())
    if known is not None and known > prepared.at and not whole:
        turns.append(known)
    ledger.set_fact(FACT, min(turns).isoformat() if turns else None)


def turn_of(ledger: Ledger) -> datetime | None:
    """The next turn, as the last run saw it."""
    known = ledger.fact(FACT)
    return datetime.fromisoformat(known) if known else None
