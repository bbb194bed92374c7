"""What the content is and what a sync would do: worked out in the background, once for all who look."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from pipeline.config import FILE, Project
from pipeline.ledger import Ledger
from pipeline.ledger import now as clock
from pipeline.ledger.lock import holder
from pipeline.planned import Planned
from pipeline.planner import Planner
from pipeline.web.insight import Insight
from schemas.errors import LeopardError
from transport.files import fingerprint

FRESH = 30.0
"""Seconds for which an answer is given again, as long as no run has changed anything."""
PATIENCE = 10
"""Where that is longer, an answer is given again for so many times as long as it took."""
MOMENT = 1.0
"""Seconds from its beginning for which a look is waited for; nobody waits for one that takes longer."""
FAREWELL = 5.0
"""Seconds that a look is given to end when all ends; it changes nothing, so it may be cut off."""
UNFORESEEN = "something unforeseen happened while the content was looked at ({})"

Tell = Callable[[str, Exception], None]
"""Is told what failed, and by what."""


@dataclass(frozen=True)
class Look:
    """One look at everything: the project as it was read, and the plan for all channels."""

    at: datetime
    project: Project
    planned: Planned | None
    """None if it could not be worked out, or has not been yet."""
    error: LeopardError | None = None
    number: int = 1
    """Which look of this process it is; 0 stands for that there was none yet."""

    @cached_property
    def insight(self) -> Insight | None:
        """What it tells of single records."""
        return Insight(self.planned) if self.planned else None


@dataclass
class Looking:
    """Looks one at a time, in a thread of its own. Whoever comes gets the last look, however old it is."""

    load: Callable[[], Project]
    ledger: Ledger
    tell: Tell = lambda words, error: None
    moment: float = MOMENT
    since: datetime | None = None
    """When the look that is under way began."""
    _configured: tuple[str | None, Project] | None = None
    _last: Look | None = None
    _serial: int = -1
    _took: float = 0.0
    _until: float = 0.0
    _began: float = 0.0
    _number: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)
    _done: threading.Condition = field(default_factory=threading.Condition)
    _thread: threading.Thread | None = None

    def look(self, after: int | None = None) -> Look:
        """The last look, at once; a new one is begun if that is not fresh, or is the one called `after`.

        A new look is waited for as long as others that took no longer than a moment. Raises LeopardError if
        neither the ledger nor leopard.yaml could be used since the beginning.
        """
        serial = self.ledger.serial
        with self._done:
            project = self._last.project if self._last else self.project()
            if self.since is None and (self._is_seen(after) or self._is_stale(serial)):
                self._begin(serial, project)
            if self._took < self.moment:
                left = self._began + self.moment - time.monotonic()
                self._done.wait_for(lambda: self.since is None, max(0.0, left))
            return self._last or Look(clock(), project, None, number=0)

    @property
    def number(self) -> int:
        """Of the last look; 0 if there was none yet."""
        return self._number

    def project(self) -> Project:
        """The project as it is now, or, while leopard.yaml is broken, as it was; only to be looked at."""
        known = self._configured
        if known is not None and known[0] is not None and fingerprint(known[1].root / FILE) == known[0]:
            return known[1]
        try:
            project = self.load()
        except LeopardError:
            if known is None:
                raise
            return known[1]
        self._configured = (fingerprint(project.root / FILE), project)
        return project

    def close(self) -> None:
        """Begin no more looks, and do not wait long for one that is under way."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(FAREWELL)

    def _is_seen(self, after: int | None) -> bool:
        return after is not None and after >= self._number

    def _is_stale(self, serial: int) -> bool:
        """While a run goes on, the plan is never the same for long, and a look would hold the run up."""
        if self._last is None:
            return True
        is_old = time.monotonic() >= self._until or serial != self._serial
        return is_old and holder(self.ledger) is None

    def _begin(self, serial: int, project: Project) -> None:
        if self._stop.is_set():
            return
        self.since, self._began = clock(), time.monotonic()
        self._thread = threading.Thread(
            target=self._do, args=(serial, project), name="leopard-look", daemon=True
        )
        self._thread.start()

    def _do(self, serial: int, project: Project) -> None:
        made = self._new(project)
        ended = time.monotonic()
        with self._done:
            self._last, self._serial, self._took = made, serial, ended - self._began
            self._until = ended + max(FRESH, PATIENCE * self._took)
            self._number, self.since = made.number, None
            self._done.notify_all()

    def _new(self, project: Project) -> Look:
        planned, wrong = None, None
        try:
            project = self.load()
            planned = Planner(project, self.ledger, stop=self._stop).plan()
        except LeopardError as error:
            wrong = error
        except Exception as error:  # noqa: BLE001  # the pages go on, and say that something is wrong
            wrong = LeopardError(UNFORESEEN.format(type(error).__name__))
            if not self._stop.is_set():
                self.tell("the content could not be looked at", error)
        return Look(clock(), project, planned, wrong, self._number + 1)
