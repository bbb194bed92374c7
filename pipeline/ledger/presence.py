"""Whether the process that holds a lock is there: by its number on this machine, or as its server sees it."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256

from sqlalchemy import Connection, select, text

from pipeline.ledger import trouble
from pipeline.ledger.database import Database
from pipeline.ledger.tables import facts

SHOWN = text(
    "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND granted "
    "AND classid = CAST(:high AS oid) AND objid = CAST(:low AS oid) "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
)


class Presence:
    """On a server, a connection of its own with an advisory lock, which ends at the latest with its process.

    On SQLite nothing: there, all processes are on one machine, and their numbers tell.
    """

    def __init__(self, database: Database) -> None:
        self.database, self.number = database, 0
        self.on_server = database.engine.dialect.name != "sqlite"
        self._connection: Connection | None = None

    def __enter__(self) -> "Presence":
        return self

    def __exit__(self, *_: object) -> None:
        self._hide()

    def show(self, number: int) -> None:
        """Be seen by everybody from now on, as the owner of the fence of this number."""
        self.number = number
        if self.on_server:
            self._shown()

    def _shown(self) -> Connection:
        if self._connection is None:
            connection = self.database.engine.connect()
            self._connection = connection.execution_options(isolation_level="AUTOCOMMIT")
            key = _key(self._connection, self.number)
            self._connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": key})
        return self._connection

    def _hide(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()  # not back to the pool, where it would keep the lock
            self._connection.close()
            self._connection = None

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """To write a heartbeat in: on a server it waits for nobody who writes. Raises LedgerError."""
        if not self.on_server:
            with self.database.writing(guarded=False) as connection:
                yield connection
            return
        try:
            with trouble.told():
                yield self._shown()
        except BaseException:
            self._hide()  # the next one begins with another connection
            raise


def is_present(connection: Connection, number: int, host: str, pid: int) -> bool:
    """Can the owner of a fence be there? On a server: is it connected? Else: has its process not ended?"""
    if connection.dialect.name != "sqlite":
        key = _key(connection, number) & (2**64 - 1)
        return bool(connection.execute(SHOWN, {"high": key >> 32, "low": key & (2**32 - 1)}).scalar())
    if host != socket.gethostname():
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _key(connection: Connection, number: int) -> int:
    """No other owner's, of this ledger or of another in the same database; 64 bits with a sign."""
    lineage = connection.execute(select(facts.c.value).where(facts.c.name == "lineage")).scalar()
    return int.from_bytes(sha256(f"{lineage} {number}".encode()).digest()[:8], signed=True)
