"""Tells those who watch a page, each in an event loop of its own, that there is something new."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Bell:
    """Rung from any thread, heard in any event loop."""

    def __init__(self) -> None:
        self.silent = False
        """True when nothing comes any more."""
        self._lock = threading.Lock()
        self._listeners: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    def ring(self) -> None:
        """Wake everybody who listens."""
        with self._lock:
            for loop, event in self._listeners:
                loop.call_soon_threadsafe(event.set)

    def end(self) -> None:
        """Ring for the last time."""
        self.silent = True
        self.ring()

    @contextmanager
    def listening(self) -> Iterator[asyncio.Event]:
        """Set by each ring; whoever hears it clears it. Only for a running loop."""
        one = (asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            self._listeners.add(one)
        try:
            yield one[1]
        finally:
            with self._lock:
                self._listeners.discard(one)
