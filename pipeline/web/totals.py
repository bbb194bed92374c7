"""What each channel holds in numbers, counted once for all who look: in large ledgers that takes time."""

import threading
import time
from dataclasses import dataclass, field

from pipeline.ledger import Ledger

PATIENCE = 10
"""While a run changes the numbers, they are counted again after so many times as long as counting took."""


@dataclass(frozen=True)
class Numbers:
    """Per channel, how many records it holds, and when it was last changed."""

    counts: dict[str, int]
    latest: dict[str, str]


@dataclass
class Totals:
    """The numbers of a ledger."""

    ledger: Ledger
    _known: Numbers | None = None
    _serial: int = -1
    _until: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def numbers(self) -> Numbers:
        """As they are now, or were a moment ago. Raises LedgerError."""
        serial = self.ledger.serial
        with self._lock:
            if self._known is None or (serial != self._serial and time.monotonic() >= self._until):
                began = time.monotonic()
                pages = self.ledger.pages
                self._known, self._serial = Numbers(pages.counts(), pages.latest()), serial
                ended = time.monotonic()
                self._until = ended + PATIENCE * (ended - began)
            return self._known
