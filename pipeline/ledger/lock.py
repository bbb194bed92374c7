"""One run per ledger at a time: a lock with its owner's name, a heartbeat, and takeover of the dead."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from pipeline.ledger.database import now
from pipeline.ledger.store import Ledger
from pipeline.ledger.tables import locks
from schemas.errors import GuardStop, LedgerError

BEAT = 5.0
"""Seconds between two heartbeats."""
PATIENCE = 60.0
"""Seconds without a heartbeat after which an owner counts as dead."""


@contextmanager
def locked(ledger: Ledger, run: str) -> Iterator[None]:
    """Hold the ledger's lock. Raises GuardStop, naming the owner, if another run holds it."""
    with ledger.database.writing() as connection:
        _take(connection, run)
    stop = threading.Event()
    heart = threading.Thread(target=_beat, args=(ledger, run, stop), daemon=True, name="leopard-heartbeat")
    heart.start()
    try:
        yield
    finally:
        stop.set()
        heart.join()
        with ledger.database.writing() as connection:
            connection.execute(delete(locks).where(locks.c.owner == run))


def _take(connection: Connection, run: str) -> None:
    holder = connection.execute(select(locks).where(locks.c.name == "run")).one_or_none()
    if holder is not None and _alive(holder.host, holder.pid, datetime.fromisoformat(holder.beat)):
        raise GuardStop(
            f"another run, {holder.owner}, is working on this project since {holder.since[:19]} "
            f"(process {holder.pid} on {holder.host})",
            hint="wait until it has ended; one that has died is taken over after a minute",
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
        with suppress(LedgerError), ledger.database.writing() as connection:
            connection.execute(update(locks).where(locks.c.owner == run).values(beat=now().isoformat()))
