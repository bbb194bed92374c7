"""Looks, beside the schedule, for what is overdue or expires, and tells again what could not be told."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from pipeline.alerts.deliver import Delivery
from pipeline.alerts.watch import look
from pipeline.config import Project
from pipeline.ledger import Ledger
from schemas.errors import LedgerError, LeopardError

EVERY = 10.0
"""Seconds between two looks."""


@dataclass
class Lookout:
    """One process's own. `project` gives the project as it was read last."""

    project: Callable[[], Project]
    ledger: Ledger
    tell: Callable[[str, LeopardError | None], None]
    every: float = EVERY
    said: set[str] = field(default_factory=set)

    def once(self) -> None:
        """Look, and tell. What cannot be told is said here once, until it is another thing."""
        try:
            look(self.project(), self.ledger)
            unsent = Delivery(self.project(), self.ledger).deliver()
        except LedgerError as error:
            self._say({error.message: error})
        else:
            self._say({one.message: None for one in unsent})

    def _say(self, found: dict[str, LeopardError | None]) -> None:
        for words, error in found.items():
            if words not in self.said:
                self.tell("what is wrong cannot be looked at" if error else words, error)
        self.said = set(found)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """First see what is overdue already; then look on until the end of the `with` block."""
        try:
            look(self.project(), self.ledger)
        except LedgerError as error:
            self.tell("what is wrong cannot be looked at", error)
        end = threading.Event()
        thread = threading.Thread(target=self._on, args=(end,), name="leopard-lookout", daemon=True)
        thread.start()
        try:
            yield
        finally:
            end.set()
            thread.join()

    def _on(self, end: threading.Event) -> None:
        while not end.is_set():
            self.once()
            end.wait(self.every)
