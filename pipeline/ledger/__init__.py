"""The ledger: what we last applied where, the memory that makes a second run do nothing."""

from pipeline.ledger.database import now
from pipeline.ledger.entry import Anew, Doubt, Entry, Held, Holding, Outline, RunOutcome, RunRecord, Sought
from pipeline.ledger.journal import Deed
from pipeline.ledger.store import Ledger

__all__ = [
    "Anew",
    "Deed",
    "Doubt",
    "Entry",
    "Held",
    "Holding",
    "Ledger",
    "Outline",
    "RunOutcome",
    "RunRecord",
    "Sought",
    "now",
]
