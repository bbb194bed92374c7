"""How many writes are under way at once: few at first, more while a channel keeps up, fewer when not."""

import threading
from math import inf
from statistics import median

FIRST = 4
"""Writes under way in the beginning."""
FEW = 2
"""So few are not what makes a channel slow."""
CUT = 0.5
"""The least share of them that is left after a sign of too many."""
TIMES, MORE = 2.0, 0.01
"""Answers are late when they take so many times as long as at best, and so many seconds on top."""


class Limit:
    """Learns from each answer; shared by all workers of a channel.

    Goes by rounds, of as many answers as writes are under way. The number doubles with each round until the
    first sign of too many, and grows by one with each round after that. Failures cut it in half, answers that
    are late in proportion. What was under way when it was cut says nothing new.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._lock = threading.Condition()
        self._under_way = 0
        self._now = float(min(FIRST, most))
        self._best, self._round = inf, list[float]()
        self._is_new, self._old = True, 0

    @property
    def now(self) -> int:
        """So many may be under way, at least one."""
        return int(self._now)

    def __enter__(self) -> None:
        """One request beside the first tries, which whoever begins them counts: a second one, or a look.

        Waits until there are not too many of them.
        """
        with self._lock:
            while self._under_way >= self.now:
                self._lock.wait()
            self._under_way += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._under_way -= 1
            if self._under_way < self.now:
                self._lock.notify()

    def succeeded(self, seconds: float) -> None:
        """An answer came after so long."""
        self._round.append(seconds)
        if not self._old and len(self._round) < self.now:
            return
        with self._lock:
            self._old = max(0, self._old - 1)
            if len(self._round) >= self.now:
                self._learn(median(self._round))
                self._round.clear()

    def _learn(self, usual: float) -> None:
        self._best = min(self._best, usual)
        if usual <= TIMES * self._best + MORE:
            self._now = min(self.most, self._now * 2 if self._is_new else self._now + 1)
        elif self.now <= FEW:
            self._best = usual
        elif not self._old:
            self._cut(TIMES * self._best / usual)

    def failed(self) -> bool:
        """A write failed, and not because of what was written. Does that say anything new?"""
        with self._lock:
            if self._old:
                self._old -= 1
                return False
            self._cut(CUT)
            return True

    def _cut(self, share: float) -> None:
        self._old, self._is_new = self.now - 1, False
        self._now = max(1.0, self._now * max(share, CUT))
        self._round.clear()
