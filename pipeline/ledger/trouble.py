"""What a database says when it cannot do something, in one sentence of ours."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DatabaseError, DBAPIError
from sqlalchemy.exc import TimeoutError as NoneFree

from schemas.errors import LedgerError

DOCTOR = "see what is wrong with it: leopard ledger doctor"
AWAY = "see that its server runs and can be reached; the next sync goes on with what was not done"
FULL = "make room on its disk, where files must be able to grow; the next sync goes on with what was not done"
BUSY = "wait until the other process has written, or end it if it does not go on"
NO_RIGHT = "give its user the rights that docs/deploy names, or name another user"
DISK_FULL, NOT_ALLOWED = "53100", "42501"
"""States of SQL, as PostgreSQL tells them."""


@contextmanager
def told() -> Iterator[None]:
    """What the database says, as our error."""
    try:
        yield
    except (DatabaseError, NoneFree, UnicodeDecodeError) as error:
        raise LedgerError(f"the ledger cannot be used: {said(error)}", hint=hint(error)) from error


def said(error: Exception) -> str:
    """The first line of it; the others are advice to whoever runs the server."""
    words = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
    return words.strip().removeprefix("connection failed: ").rstrip(".")


def hint(error: Exception) -> str:
    """The way out."""
    state, words = getattr(getattr(error, "orig", None), "sqlstate", None), str(error)
    if state == DISK_FULL or "disk is full" in words or "disk I/O error" in words:
        return FULL
    if state == NOT_ALLOWED:
        return NO_RIGHT
    if "database is locked" in words:
        return BUSY
    return AWAY if is_away(error) else DOCTOR


def is_away(error: Exception) -> bool:
    """Has a server ended the connection, or let none begin? All that it had not committed is undone then."""
    if not isinstance(error, DBAPIError) or type(error.orig).__module__.startswith("sqlite3"):
        return False
    return error.connection_invalidated or _none_began(error)


def _none_began(error: DBAPIError) -> bool:
    return error.statement is None and getattr(error.orig, "sqlstate", None) is None
