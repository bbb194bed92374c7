"""How fast a channel may be written to: its rate, how much at once, its wish to rest, when to give it up."""

import threading
import time
from collections.abc import Callable

from pipeline.apply.limit import Limit
from schemas.errors import ChannelDown

BREAK_AFTER = 5
"""Failures in a row after which a channel is given up for this run; those under way at once count as one."""
LONGEST_WAIT = 300.0
"""Seconds that a channel may ask us to wait; beyond, the next run goes on."""


class Pace:
    """Shared by all workers of one channel."""

    def __init__(
        self,
        rate: float | None = None,
        most: int = 1,
        *,
        clock: Callable[[], float] = time.monotonic,
        stop: threading.Event | None = None,
        assure: Callable[[], None] = lambda: None,
    ) -> None:
        self.rate, self.limit, self.clock, self.assure = rate, Limit(most), clock, assure
        self.stop = stop or threading.Event()
        self._lock = threading.Lock()
        self._next = 0.0
        self._failures = 0

    def wait(self) -> None:
        """Wait until the next request may be sent; returns early when the run is to stop.

        Raises what `assure` raises, which is asked last: whether this run may still write.
        """
        if self.rate or self._next:
            with self._lock:
                now = self.clock()
                at = max(now, self._next)
                self._next = at + (1.0 / self.rate if self.rate else 0.0)
            if at > now:
                self.stop.wait(at - now)
        self.assure()

    def pause(self, seconds: float, told: str) -> None:
        """Leave the channel alone for a while. Raises ChannelDown if that is too long for this run."""
        if seconds > LONGEST_WAIT:
            raise ChannelDown(
                f"{told}; it asks to be left alone for {seconds:.0f} seconds",
                hint="run again after that; what is left is done then",
            )
        with self._lock:
            self._next = max(self._next, self.clock() + seconds)

    def succeeded(self, seconds: float | None) -> None:
        """An answer came, after so long if that says how fast the channel is."""
        if self._failures:
            with self._lock:
                self._failures = 0
        if seconds is not None:
            self.limit.succeeded(seconds)

    def failed(self, told: str) -> None:
        """Count a failure that was not the record's. Raises ChannelDown after too many in a row."""
        if not self.limit.failed():
            return
        with self._lock:
            self._failures += 1
            broken = self._failures >= BREAK_AFTER
        if broken:
            raise ChannelDown(
                f"given up after {BREAK_AFTER} failures in a row, the last: {told}",
                hint="what is left is done by the next run",
            )
