"""What the rooms of the ledger share: one engine, two ways into it, patience with a server that is away."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, CursorResult, Engine, Row, Select, Table, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DatabaseError, DBAPIError

from pipeline.ledger import trouble

PAGE = 100
"""Rows that are fetched at once."""
PORTION = 50
"""Rows that are written at once: they hold pages, a few of which are as much as all the rest of a run."""
RESTART = 30.0
"""Seconds that a server has to come back, where nothing is lost by asking it again."""
PAUSE = 0.25
"""Seconds between two questions whether it is back."""

T = TypeVar("T")


def portions(items: Iterable[T]) -> Iterator[list[T]]:
    """As many at once as are sent to the database together."""
    stream = iter(items)
    while portion := list(islice(stream, PORTION)):
        yield portion


def now() -> datetime:
    return datetime.now(UTC)


def now_at(connection: Connection) -> datetime:
    """Now by the clock that all who share the ledger go by: the server's, if it has one."""
    if connection.dialect.name == "sqlite":
        return now()
    told = connection.execute(select(func.clock_timestamp())).scalar_one()
    assert isinstance(told, datetime)
    return told.astimezone(UTC)


def put(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Add rows of the same columns; of one whose primary key is there, these columns are replaced."""
    if not rows:
        return
    build = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    new = build(table)
    keys = [column.name for column in table.primary_key]
    values = {name: new.excluded[name] for name in rows[0] if name not in keys}
    statement = new.on_conflict_do_update(index_elements=keys, set_=values)
    for some in portions(rows):
        connection.execute(statement, some)


class Right(Protocol):
    """The right to write that a run holds, as the ledger keeps it."""

    def check(self, connection: Connection) -> None:
        """At the beginning of a transaction: raises Superseded if it is lost, else notes this one."""

    def kept(self) -> None:
        """The transaction that was noted last is committed."""

    def was_kept(self, connection: Connection) -> bool:
        """Is the transaction that was noted last committed? Raises Superseded if nobody can tell any more."""

    def assure(self) -> None:
        """Raises Superseded if it is lost; asks only after a silence in which it may have been."""


class Database:
    """Transactions on the ledger. Reading never waits; writing is one at a time."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.writer = engine.execution_options(writing=True)
        self.guards: list[Callable[[Connection], None]] = []
        """Asked at the beginning of each transaction that writes; one that raises keeps it from happening."""
        self.right: Right | None = None
        """That of the run under way in this process, if one is."""
        self._turn = threading.Lock()
        self._given_up = False

    @contextmanager
    def writing(self, *, guarded: bool = True) -> Iterator[Connection]:
        """One transaction that writes: all of it is kept, or nothing. Raises LedgerError.

        A server that is away is waited for before the first statement. A transaction that breaks later is
        not repeated; if its commit does, the ledger is asked whether it was kept.
        """
        right = self.right if guarded else None
        guards = [right.check, *self.guards] if right else self.guards if guarded else []
        with trouble.told(), self._turn, self._again(partial(self._begun, guards)) as connection:
            yield connection
            try:
                connection.commit()
            except DBAPIError as error:
                if right is None or not error.connection_invalidated or not self._was_kept(right):
                    raise
            if right is not None:
                right.kept()

    def _begun(self, guards: Iterable[Callable[[Connection], None]] = ()) -> Connection:
        connection = self.writer.connect()
        try:
            connection.begin()
            for guard in guards:
                guard(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _was_kept(self, right: Right) -> bool:
        """As a writer: the transaction that nobody knows of has ended by then, one way or the other."""
        with self._again(self._begun) as connection:
            return right.was_kept(connection)

    def stream(self, query: Select[Any]) -> Iterator[Row[Any]]:
        """Rows as they come, without holding them all. Raises LedgerError."""
        with trouble.told():
            connection, rows = self._again(partial(self._asked, query))
            with connection, rows:
                yield from rows

    def ask(self, question: Callable[[Connection], T]) -> T:
        """What is found out by several questions that change nothing. Raises LedgerError."""

        def asked() -> T:
            with self.engine.connect() as connection:
                return question(connection)

        with trouble.told():
            return self._again(asked)

    def assure(self) -> None:
        """Asked right before each write to a channel. Raises Superseded where another run has taken over."""
        if self.right is not None:
            self.right.assure()

    def _asked(self, query: Select[Any]) -> tuple[Connection, CursorResult[Any]]:
        connection = self.engine.connect()
        try:
            return connection, connection.execution_options(yield_per=PAGE).execute(query)
        except BaseException:
            connection.close()
            raise

    def _again(self, work: Callable[[], T]) -> T:
        """Do what leaves nothing behind if it fails, and again for a while if the server is away."""
        until = time.monotonic() + (0.0 if self._given_up else RESTART)
        while True:
            try:
                done = work()
            except DBAPIError as error:
                if not trouble.is_away(error):
                    raise
                self._given_up = time.monotonic() > until
                if self._given_up:
                    raise
                time.sleep(PAUSE)
            else:
                self._given_up = False
                return done

    def damage(self) -> str | None:
        """What is wrong with the ledger's file, if it has one; reads all of it."""
        if self.engine.dialect.name != "sqlite":
            return None
        try:
            with self.engine.connect() as connection:
                found = str(connection.execute(text("PRAGMA integrity_check(1)")).scalar())
        except (DatabaseError, UnicodeDecodeError) as error:
            return trouble.said(error)
        return None if found == "ok" else found


class Room:
    """One part of the ledger."""

    def __init__(self, database: Database) -> None:
        self.database = database
