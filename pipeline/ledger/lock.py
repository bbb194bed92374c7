"""One run per ledger at a time: a lock with its owner's name, a heartbeat, and takeover of the dead."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from pipeline.ledger.database import now
from pipeline.ledger.store import Ledger
from pipeline.ledger.tables import locks
from schemas.errors import GuardStop, LedgerError

BEAT = 4.0
"""Seconds between two heartbeats."""
PATIENCE = 20.0
"""Seconds without a heartbeat after which an owner counts as dead."""


class Busy(GuardStop):
    """Another run is at work; it is to be tried again when that has ended."""


class Superseded(GuardStop):
    """Somebody else has taken over, and nothing may be written here any more."""


@contextmanager
def locked(ledger: Ledger, run: str) -> Iterator[None]:
    """Hold the ledger's lock. Raises Busy, naming the owner, if another run holds it.

    Inside the block, every write to the ledger raises Superseded once another run has taken the lock over.
    """
    with ledger.database.writing() as connection:
        _take(connection, run)

    def guard(connection: Connection) -> None:
        if connection.execute(select(locks.c.owner).where(locks.c.name == "run")).scalar() != run:
            raise Superseded(
                f"the run {run} was silent for so long that another one took over",
                hint="what it left undone is done by the next sync",
            )

    ledger.database.guards.append(guard)
    stop = threading.Event()
    heart = threading.Thread(target=_beat, args=(ledger, run, stop), daemon=True, name="leopard-heartbeat")
    heart.start()
    try:
        yield
    finally:
        stop.set()
        heart.join()
        ledger.database.guards.clear()  # also of a run that was taken over: the lock, if ours, is given back
        with ledger.database.writing() as connection:
            connection.execute(delete(locks).where(locks.c.owner == run))


@dataclass(frozen=True)
class Holder:
    """Whose run is under way."""

    run: str
    since: datetime
    place: str


def holder(ledger: Ledger) -> Holder | None:
    """The run that is under way, if one is."""
    row = next(ledger.database.stream(select(locks).where(locks.c.name == "run")), None)
    if row is None or not _alive(row.host, row.pid, datetime.fromisoformat(row.beat)):
        return None
    return Holder(row.owner, datetime.fromisoformat(row.since), f"process {row.pid} on {row.host}")


def _take(connection: Connection, run: str) -> None:
    holder = connection.execute(select(locks).where(locks.c.name == "run")).one_or_none()
    if holder is not None and _alive(holder.host, holder.pid, datetime.fromisoformat(holder.beat)):
        raise Busy(
            f"another run, {holder.owner}, is working on this project since {holder.since[:19]} "
            f"(process {holder.pid} on {holder.host})",
            hint=f"wait until it has ended; one that has died is taken over after {PATIENCE:.0f} seconds",
        )
    at = now().isoformat()
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


def _alive(host: str, pid: int, beat: datetime) -> bool:
    if now() - beat > timedelta(seconds=PATIENCE):
        return False
    if host != socket.gethostname():
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _beat(ledger: Ledger, run: str, stop: threading.Event) -> None:
    while not stop.wait(BEAT):
        with suppress(LedgerError, Superseded), ledger.database.writing() as connection:
            connection.execute(update(locks).where(locks.c.owner == run).values(beat=now().isoformat()))
