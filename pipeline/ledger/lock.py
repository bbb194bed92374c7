"""One run per ledger at a time: a lock with an owner, its fence and heartbeat, and takeover of the dead."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, delete, insert, select

from pipeline.ledger.database import now_at
from pipeline.ledger.fence import BEAT, PATIENCE, Fence, Superseded, beating, latest, raised
from pipeline.ledger.presence import Presence, is_present
from pipeline.ledger.store import Ledger
from pipeline.ledger.tables import locks
from schemas.errors import GuardStop, LedgerError

__all__ = ["BEAT", "PATIENCE", "Busy", "Holder", "Superseded", "holder", "locked"]


class Busy(GuardStop):
    """Another run is at work; it is to be tried again when that has ended."""


@contextmanager
def locked(ledger: Ledger, run: str) -> Iterator[None]:
    """Hold the ledger's lock. Raises Busy, naming the owner, if another run holds it.

    Inside the block, every write to the ledger raises Superseded once another run has taken the lock over.
    """
    database = ledger.database
    with Presence(database) as presence:
        with database.writing() as connection:
            presence.show(_take(connection, run))  # before anybody can see the lock, and take us for dead
        fence = database.right = Fence(database, run, presence)
        try:
            with beating(BEAT, fence.beat, "leopard-heartbeat"):
                yield
        finally:
            database.right = None
            database.guards.clear()  # also of a run that was taken over: the lock, if ours, is given back
            with suppress(LedgerError), database.writing() as connection:  # else it is that of a dead process
                connection.execute(delete(locks).where(locks.c.owner == run))


@dataclass(frozen=True)
class Holder:
    """Whose run is under way."""

    run: str
    since: datetime
    place: str


def holder(ledger: Ledger) -> Holder | None:
    """The run that is under way, if one is."""
    row = ledger.database.ask(_alive)
    if row is None:
        return None
    return Holder(row.owner, datetime.fromisoformat(row.since), f"process {row.pid} on {row.host}")


def _take(connection: Connection, run: str) -> int:
    """Make the lock ours. Returns the number of our fence, higher than every number before."""
    known = _alive(connection)
    if known is not None:
        raise Busy(
            f"another run, {known.owner}, is working on this project since {known.since[:19]} "
            f"(process {known.pid} on {known.host})",
            hint=f"wait until it has ended; one that has died is taken over after {PATIENCE:.0f} seconds",
        )
    number = raised(connection)
    at = now_at(connection).isoformat()
    connection.execute(delete(locks).where(locks.c.name == "run"))
    row = {
        "name": "run",
        "owner": run,
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "since": at,
        "beat": at,
    }
    connection.execute(insert(locks).values(**row))
    return number


def _alive(connection: Connection) -> Row[tuple[str, ...]] | None:
    """The lock, if whoever holds it is alive: it beats, and nobody can tell that its process has ended."""
    row = connection.execute(select(locks).where(locks.c.name == "run")).one_or_none()
    if row is None or now_at(connection) - datetime.fromisoformat(row.beat) > timedelta(seconds=PATIENCE):
        return None
    return row if is_present(connection, latest(connection), row.host, row.pid) else None
