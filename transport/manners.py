"""Manners towards other people's servers: nobody is asked faster than agreed."""

import threading
from collections.abc import Callable

from transport.addresses import Target
from transport.guarded import Clock


class HostPace:
    """When each host may be asked next, over all sources of a process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next: dict[Target, float] = {}

    def wait(self, target: Target, rate: float | None, clock: Clock, sleep: Callable[[float], None]) -> None:
        """Wait until this host may be asked; `rate` is the most requests a second, None for no limit."""
        if not rate:
            return
        with self._lock:
            now = clock.now()
            at = max(now, self._next.get(target, now))
            self._next[target] = at + 1.0 / rate
        if at > now:
            sleep(min(at - now, max(0.0, clock.until - now)))


EVERYBODY = HostPace()
"""The pace of this process."""
