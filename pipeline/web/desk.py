"""The desk: carries out what visitors ask for, one thing after the other, and says how far it is."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from pipeline.carry import Carry, Work, here
from pipeline.config import Project
from pipeline.ledger import now as clock
from pipeline.run import RunReport
from schemas.errors import LeopardError


@dataclass
class Doing:
    """Something that was asked for: how far it is, and what came of it."""

    words: str
    who: str
    since: datetime = field(default_factory=clock)
    steps: dict[str, int] = field(default_factory=dict)
    report: RunReport | None = None
    error: LeopardError | None = None
    ended: datetime | None = None

    def progress(self, what: str, done: int) -> None:
        self.steps[what] = self.steps.get(what, 0) + done


class Desk:
    """One thing at a time, with a ledger of its own, so that its locks are nobody else's."""

    def __init__(
        self, load: Callable[[], Project], tell: Callable[[str, Exception], None], carry: Carry = here
    ) -> None:
        self._load, self._tell, self._carry = load, tell, carry
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self.last: Doing | None = None

    @property
    def doing(self) -> Doing | None:
        """What is under way."""
        last = self.last
        return last if last is not None and last.ended is None else None

    def begin(self, words: str, who: str, work: Work) -> bool:
        """Begin at once, in the background. False if something is under way already."""
        with self._lock:
            if self.doing is not None or self._stop.is_set():
                return False
            self.last = doing = Doing(words, who)
            self._thread = threading.Thread(target=self._do, args=(doing, work), name="leopard-desk")
            self._thread.start()
        return True

    def close(self) -> None:
        """End after the writes under way."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _do(self, doing: Doing, work: Work) -> None:
        try:
            doing.report = self._carry(self._load(), work, doing.progress, self._stop)
        except LeopardError as error:
            doing.error = error
            self._tell(doing.words, error)
        except Exception as error:  # noqa: BLE001  # the dashboard goes on, and says that something is wrong
            doing.error = LeopardError(f"something unforeseen happened ({type(error).__name__})")
            self._tell(doing.words, error)
        finally:
            doing.ended = clock()
