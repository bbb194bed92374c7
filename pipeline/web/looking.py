"""What the content is and what a sync would do: worked out when somebody looks, once for all who look."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from pipeline.config import Project
from pipeline.ledger import Ledger
from pipeline.ledger import now as clock
from pipeline.planner import Planned, Planner
from pipeline.web.insight import Insight
from schemas.errors import LeopardError

FRESH = 30.0
"""Seconds for which an answer is given again, as long as no run has changed anything."""
PATIENCE = 10
"""Where that is longer, an answer is given again for so many times as long as it took."""


@dataclass(frozen=True)
class Look:
    """One look at everything: the project as it was read, and the plan for all channels."""

    at: datetime
    project: Project
    planned: Planned | None
    """None if it could not be worked out."""
    error: LeopardError | None = None

    @cached_property
    def insight(self) -> Insight | None:
        """What it tells of single records."""
        return Insight(self.planned) if self.planned else None


@dataclass
class Looking:
    """Looks one at a time; whoever comes meanwhile waits for the same answer."""

    load: Callable[[], Project]
    ledger: Ledger
    _last: Look | None = None
    _until: float = 0.0
    _serial: int = -1
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def look(self, *, anew: bool = False) -> Look:
        """The last look if it is fresh, else a new one. Raises nothing that is not a bug."""
        with self._lock:
            serial = self.ledger.serial
            fresh = time.monotonic() < self._until and serial == self._serial
            if self._last is None or anew or not fresh:
                began = time.monotonic()
                self._last, self._serial = self._new(), serial
                ended = time.monotonic()
                self._until = ended + max(FRESH, PATIENCE * (ended - began))
            return self._last

    def project(self) -> Project:
        """The project as it is now, or, while leopard.yaml is broken, as it was."""
        try:
            return self.load()
        except LeopardError:
            if self._last is None:
                raise
            return self._last.project

    def _new(self) -> Look:
        project = self.project()
        try:
            project = self.load()
            return Look(clock(), project, Planner(project, self.ledger).plan())
        except LeopardError as error:
            return Look(clock(), project, None, error)
