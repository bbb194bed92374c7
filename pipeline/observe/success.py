"""When each channel was last as the content asks: also after runs that had nothing to do."""

from collections.abc import Iterable
from datetime import datetime

from pipeline.ledger import Ledger
from schemas import canonical

FACT = "success"


def last_successes(ledger: Ledger) -> dict[str, datetime]:
    """Per channel."""
    value = ledger.fact(FACT)
    return {name: datetime.fromisoformat(at) for name, at in canonical.load(value).items()} if value else {}


def succeeded(ledger: Ledger, names: Iterable[str], known: Iterable[str], at: datetime) -> None:
    """Remember it of some channels; of those that are not known any more, forget it."""
    before, names = last_successes(ledger), set(names)
    now = {name: at if name in names else before.get(name) for name in known}
    told = {name: one.isoformat() for name, one in now.items() if one is not None}
    ledger.set_fact(FACT, canonical.dump(told).decode() if told else None)
