"""Units of work on their way through the threads of a channel, and back in whichever order they end."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from pipeline.apply.limit import Limit
from pipeline.observe.spans import carried

U = TypeVar("U")
R = TypeVar("R")

AHEAD = 2
"""Units that wait, for each that is under way: enough while whoever brings them waits for the disk."""
LINGER = 0.02
"""Seconds that are waited for more to end, while the threads have enough to do."""


class Line(Generic[U, R]):
    """As many threads as may be at work at once, from the first unit on until the end of the `with` block.

    Whoever hands units over, always the same thread, sees to it that some are waiting. So a thread that has
    done one takes the next at once: queues are appended to and taken from without the lock, which is only for
    those who have to wait. Who waits looks again after having said so, and who brings something looks for
    those who wait after having brought it.
    """

    def __init__(self, name: str, work: Callable[[U], R], limit: Limit) -> None:
        self._name, self._work, self._limit = name, carried(work), limit
        self._lock = threading.Lock()
        self._free, self._news = threading.Condition(self._lock), threading.Condition(self._lock)
        self._waiting, self._ended = deque[U](), deque[R | _Broken]()
        self._open = 0
        """Units that were handed over, and not taken back."""
        self._active = 0
        """Threads that do not wait for work."""
        self._is_awaited = self._closed = False
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> "Line[U, R]":
        return self

    def __exit__(self, *_: object) -> None:
        """Waits for what is under way; what has not begun never does."""
        with self._lock:
            self._closed = True
            self._free.notify_all()
        for thread in self._threads:
            thread.join()

    @property
    def room(self) -> int:
        """How many units more may be handed over now."""
        return max(0, (1 + AHEAD) * self._limit.now - (self._open - len(self._ended)))

    @property
    def is_empty(self) -> bool:
        """Has everything ended, and been taken?"""
        return self._open == 0

    def put(self, units: Sequence[U]) -> None:
        self._open += len(units)
        self._waiting.extend(units)
        if self._active >= self._limit.now:
            return
        with self._lock:
            wanted = min(len(self._waiting), self._limit.now - self._active)
            resting = len(self._threads) - self._active
            self._free.notify(max(0, min(wanted, resting)))
            new = max(0, wanted - resting)
            self._active += new
        for _ in range(new):
            name = f"{self._name}_{len(self._threads)}"
            self._threads.append(threading.Thread(target=self._serve, name=name, daemon=True))
            self._threads[-1].start()

    def take(self) -> list[R]:
        """What has ended since the last time; waits for it. Raises what was not expected of the work."""
        with self._lock:
            self._is_awaited = True
            while not self._ended:
                self._news.wait()
            self._is_awaited = False
            until = time.monotonic() + LINGER
            while not self._is_enough() and (left := until - time.monotonic()) > 0:
                self._news.wait(left)
        ended = [self._ended.popleft() for _ in range(len(self._ended))]
        self._open -= len(ended)
        broken = next((one for one in ended if isinstance(one, _Broken)), None)
        if broken is not None:
            raise broken.error
        return [one for one in ended if not isinstance(one, _Broken)]

    def _is_enough(self) -> bool:
        """Should whoever waits for what has ended see to it now?"""
        return not self._waiting or len(self._ended) >= self._limit.now // 2

    def _serve(self) -> None:
        while not self._closed:
            if self._active <= self._limit.now:
                try:
                    unit = self._waiting.popleft()
                except IndexError:
                    pass
                else:
                    self._ended.append(self._done(unit))
                    if self._is_awaited or self._is_enough():
                        with self._lock:
                            self._news.notify()
                    continue
            self._rest()

    def _rest(self) -> None:
        """Wait until there is work for one thread more."""
        with self._lock:
            self._active -= 1
            while not (self._closed or (self._waiting and self._active < self._limit.now)):
                self._free.wait()
            self._active += 1

    def _done(self, unit: U) -> "R | _Broken":
        try:
            return self._work(unit)
        except BaseException as error:  # noqa: BLE001  # told to whoever takes what has ended
            return _Broken(error)


class _Broken:
    def __init__(self, error: BaseException) -> None:
        self.error = error
