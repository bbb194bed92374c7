"""What the rooms of the ledger share: one engine, two ways into it."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Row, Select, text
from sqlalchemy.exc import DatabaseError

from schemas.errors import LedgerError

PAGE = 500
"""Rows that are fetched, or written, at once."""


T = TypeVar("T")


def portions(items: Iterable[T]) -> Iterator[list[T]]:
    """As many at once as are sent to the database together."""
    stream = iter(items)
    while portion := list(islice(stream, PAGE)):
        yield portion


def now() -> datetime:
    return datetime.now(UTC)


class Database:
    """Transactions on the ledger. Reading never waits; writing is one at a time."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.writer = engine.execution_options(writing=True)
        self.guards: list[Callable[[Connection], None]] = []
        """Asked at the beginning of each transaction that writes; one that raises keeps it from happening."""

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction that writes: all of it is kept, or nothing. Raises LedgerError."""
        with _trouble(), self.writer.begin() as connection:
            for guard in self.guards:
                guard(connection)
            yield connection

    def stream(self, query: Select[Any]) -> Iterator[Row[Any]]:
        """Rows as they come, without holding them all. Raises LedgerError."""
        with (
            _trouble(),
            self.engine.connect() as connection,
            connection.execution_options(yield_per=PAGE).execute(query) as rows,
        ):
            yield from rows

    def damage(self) -> str | None:
        """What is wrong with the ledger's file, if it has one; reads all of it."""
        if self.engine.dialect.name != "sqlite":
            return None
        try:
            with self.engine.connect() as connection:
                found = str(connection.execute(text("PRAGMA integrity_check(1)")).scalar())
        except (DatabaseError, UnicodeDecodeError) as error:
            return str(getattr(error, "orig", error))
        return None if found == "ok" else found


@contextmanager
def _trouble() -> Iterator[None]:
    """What the database says, as our error."""
    try:
        yield
    except (DatabaseError, UnicodeDecodeError) as error:
        raise LedgerError(
            f"the ledger cannot be used: {getattr(error, 'orig', error)}",
            hint="see what is wrong with it: leopard ledger doctor",
        ) from error


class Room:
    """One part of the ledger."""

    def __init__(self, database: Database) -> None:
        self.database = database
