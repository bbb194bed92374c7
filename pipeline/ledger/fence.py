"""A number for whoever holds a right, higher than every one before: one that was replaced cannot write."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Connection, select, update

from pipeline.ledger.database import Database, now_at, put
from pipeline.ledger.presence import Presence
from pipeline.ledger.tables import facts, locks
from schemas.errors import GuardStop, LedgerError

BEAT = 4.0
"""Seconds between two heartbeats."""
PATIENCE = 20.0
"""Seconds without a heartbeat after which an owner counts as dead."""
DOUBT = PATIENCE / 2
"""Seconds after which an owner who was not heard asks, before it goes on, whether it is still the owner."""
FENCE = "fence"


class Superseded(GuardStop):
    """Somebody else has taken over, and nothing may be written here any more."""


def clock() -> float:
    """Seconds that go on while the process is stopped and, with a clock for it, while the machine sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@contextmanager
def beating(every: float, beat: Callable[[], bool], name: str) -> Iterator[None]:
    """Beat until the end of the `with` block, or until `beat` says that there is nothing to beat for."""
    end = threading.Event()

    def beats() -> None:
        while not end.wait(every):
            with suppress(LedgerError):  # the next one may come through; who waits sees the silence
                if not beat():
                    return

    heart = threading.Thread(target=beats, daemon=True, name=name)
    heart.start()
    try:
        yield
    finally:
        end.set()
        heart.join()


def latest(connection: Connection) -> int:
    """The number of the fence that was raised last."""
    return int(_value(connection).partition(".")[0])


def raised(connection: Connection) -> int:
    """Raise the fence. Whoever holds a lower number has lost the right from this transaction on."""
    number = latest(connection) + 1
    put(connection, facts, [{"name": FENCE, "value": f"{number}.0"}])
    return number


def _value(connection: Connection) -> str:
    value = connection.execute(select(facts.c.value).where(facts.c.name == FENCE)).scalar()
    return value or "0.0"


class Fence:
    """The right of one run to write: `number.count`, of which each transaction that writes raises the count.

    By the count it can tell after a broken connection whether its last transaction was kept. The server's own
    numbers of transactions would not do: after a crash it may give one that was lost to somebody else.
    """

    def __init__(self, database: Database, run: str, presence: Presence) -> None:
        self.database, self.run, self.presence = database, run, presence
        self.known = self.coming = f"{presence.number}.0"
        self.heard = clock()

    def check(self, connection: Connection) -> None:
        """Raises Superseded, or writes down what is to be known of this transaction."""
        number, _, count = self.known.partition(".")
        self.coming = f"{number}.{int(count) + 1}"
        mine = (facts.c.name == FENCE) & (facts.c.value == self.known)
        if connection.execute(update(facts).where(mine).values(value=self.coming)).rowcount != 1:
            raise self._superseded()

    def kept(self) -> None:
        """The transaction that was checked last is committed."""
        self.known, self.heard = self.coming, clock()

    def was_kept(self, connection: Connection) -> bool:
        """Was it, though nobody said so? Raises Superseded."""
        value = _value(connection)
        if value not in (self.known, self.coming):
            raise self._superseded()
        return value == self.coming

    def assure(self) -> None:
        """Raises Superseded if somebody took over in a silence; without a silence nobody is asked."""
        if clock() - self.heard > DOUBT:
            if self.database.ask(latest) != self.presence.number:
                raise self._superseded()
            self.heard = clock()

    def beat(self) -> bool:
        """Show that we are there, as far as we are."""
        with self.presence.transaction() as connection:
            mine = (locks.c.name == "run") & (locks.c.owner == self.run)
            at = now_at(connection).isoformat()
            beaten = connection.execute(update(locks).where(mine).values(beat=at)).rowcount == 1
        if beaten:
            self.heard = clock()
        return beaten

    def _superseded(self) -> Superseded:
        return Superseded(
            f"the run {self.run} was silent for so long that another one took over",
            hint="what it left undone is done by the next sync",
        )
