"""Units of work on their way through the threads of a channel, and back in whichever order they end."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from pipeline.apply.limit import Limit
from pipeline.observe.spans import carried

U = TypeVar("U")
R = TypeVar("R")

LINGER = 0.005
"""Seconds that are waited for more to end, while the threads have enough to do."""


class Line(Generic[U, R]):
    """As many threads as may be at work at once, from the first unit on until the end of the `with` block.

    Whoever hands units over keeps as many waiting as are under way, so that no thread waits for the next.
    """

    def __init__(self, name: str, work: Callable[[U], R], limit: Limit) -> None:
        self._name, self._work, self._limit = name, carried(work), limit
        lock = threading.Lock()
        self._free, self._news = threading.Condition(lock), threading.Condition(lock)
        self._waiting, self._ended = deque[U](), list[R | _Broken]()
        self._under_way, self._closed = 0, False
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> "Line[U, R]":
        return self

    def __exit__(self, *_: object) -> None:
        """Waits for what is under way; what has not begun never does."""
        with self._free:
            self._closed = True
            self._free.notify_all()
        for thread in self._threads:
            thread.join()

    @property
    def room(self) -> int:
        """How many units more may be handed over now."""
        return max(0, 2 * self._limit.now - self._under_way - len(self._waiting))

    @property
    def is_empty(self) -> bool:
        """Has everything ended, and been taken?"""
        with self._free:
            return not (self._under_way or self._waiting or self._ended)

    def put(self, units: Iterable[U]) -> None:
        with self._free:
            self._waiting.extend(units)
            most = min(self._limit.now, self._under_way + len(self._waiting))
            self._free.notify(len(self._waiting))
        while len(self._threads) < most:
            name = f"{self._name}_{len(self._threads)}"
            self._threads.append(threading.Thread(target=self._serve, name=name, daemon=True))
            self._threads[-1].start()

    def take(self) -> list[R]:
        """What has ended since the last time; waits for it. Raises what was not expected of the work."""
        with self._news:
            while not self._ended:
                self._news.wait()
            until = time.monotonic() + LINGER
            while not self._is_enough() and (left := until - time.monotonic()) > 0:
                self._news.wait(left)
            ended, self._ended = self._ended, []
        broken = next((one for one in ended if isinstance(one, _Broken)), None)
        if broken is not None:
            raise broken.error
        return [one for one in ended if not isinstance(one, _Broken)]

    def _is_enough(self) -> bool:
        """Should whoever waits for what has ended see to it now?"""
        return not self._waiting or len(self._ended) >= self._limit.now // 2

    def _serve(self) -> None:
        while True:
            with self._free:
                while not (self._closed or (self._waiting and self._under_way < self._limit.now)):
                    self._free.wait()
                if self._closed:
                    return
                unit = self._waiting.popleft()
                self._under_way += 1
            ended = self._done(unit)
            with self._free:
                self._under_way -= 1
                self._ended.append(ended)
                if len(self._ended) == 1 or self._is_enough():
                    self._news.notify()
                if self._under_way + 1 < self._limit.now and len(self._waiting) > 1:
                    self._free.notify()

    def _done(self, unit: U) -> "R | _Broken":
        try:
            return self._work(unit)
        except BaseException as error:  # noqa: BLE001  # told to whoever takes what has ended
            return _Broken(error)


class _Broken:
    def __init__(self, error: BaseException) -> None:
        self.error = error
