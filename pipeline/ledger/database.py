"""What the rooms of the ledger share: one engine, two ways into it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select

PAGE = 500
"""Rows that are fetched at once."""


def now() -> datetime:
    return datetime.now(UTC)


class Database:
    """Transactions on the ledger. Reading never waits; writing is one at a time."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.writer = engine.execution_options(writing=True)

    def writing(self) -> AbstractContextManager[Connection]:
        """One transaction that writes: all of it is kept, or nothing."""
        return self.writer.begin()

    def stream(self, query: Select[Any]) -> Iterator[Row[Any]]:
        """Rows as they come, without holding them all."""
        with self.engine.connect() as connection:
            yield from connection.execution_options(yield_per=PAGE).execute(query)


class Room:
    """One part of the ledger."""

    def __init__(self, database: Database) -> None:
        self.database = database
