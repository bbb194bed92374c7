"""Open a ledger with care: a damaged, foreign or newer one is refused, never taken for an empty one."""

import errno
import os
import secrets
import time
import uuid
from contextlib import suppress
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, String, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError

from pipeline.ledger import tables, trouble
from pipeline.ledger.database import PAUSE, RESTART
from schemas.errors import LedgerError

ONE_WRITER = """\
SELECT pg_advisory_xact_lock(hashtextextended('leopard ' || current_schema(), 0)),
       set_config('idle_in_transaction_session_timeout', '20s', true)"""
"""Wait for the one writer's place in this schema. Whoever falls silent in it, stopped or cut off, loses it;
as long as an owner of the run's lock may be silent."""
NOTICED = "SET tcp_keepalives_idle = 15; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3"
"""So the server soon notices that a machine is gone, and ends what it held."""
CONNECT = {
    "application_name": "leopard",
    "connect_timeout": 10,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""What the driver is told unless the address says otherwise: the same from our side. Seconds, at last ms."""
COMING = "the database system is "
COPY = "put back a copy of it; a new, empty ledger would not know what is published"
SQLITE_HEADER = b"SQLite format 3\x00"


def open_engine(address: str, root: Path) -> Engine:
    """The database at `address`; a relative SQLite path counts from `root`. Raises LedgerError."""
    try:
        url = make_url(address)
    except ArgumentError:
        raise LedgerError(
            f"{address!r} is not the address of a ledger", hint="write sqlite:///.leopard/ledger.db"
        ) from None
    address = url.render_as_string(hide_password=True)
    path: Path | None = None
    if url.get_backend_name() == "sqlite":
        if not url.database or url.database == ":memory:":
            raise LedgerError(
                "a ledger in memory would forget everything when the run ends",
                hint="write sqlite:///.leopard/ledger.db",
            )
        path = root / url.database
        _check_file(path)
        url = url.set(database=str(path))
    elif url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    words = {} if path is not None else {k: v for k, v in CONNECT.items() if k not in url.query}
    try:
        engine = create_engine(url, connect_args=words)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise LedgerError(
            f"no driver for a ledger at {url.get_backend_name()}: {error}",
            hint="for postgresql: pip install 'leopard-pipeline[postgres]'",
        ) from None
    event.listen(engine, "connect", _careful if path is not None else _watchful)
    event.listen(engine, "begin", _begin if path is not None else _begin_on_server)
    try:
        if path is not None and not path.exists():
            _create(path)
        _prepare(engine, address, empty_is_new=path is None)
    except BaseException as error:
        engine.dispose()
        if not isinstance(error, DatabaseError | UnicodeDecodeError):
            raise
        way = trouble.hint(error)
        raise LedgerError(
            f"the ledger {address} cannot be used: {trouble.said(error)}",
            hint=COPY if way == trouble.DOCTOR else way,
        ) from error
    return engine


def _check_file(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            with path.open("rb") as file:
                if file.read(16) != SQLITE_HEADER:
                    raise _no_ledger(str(path))
        elif not os.access(path.parent, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise LedgerError(
            f"the ledger {path} cannot be used: {(error.strerror or str(error)).lower()}",
            hint="check that you may read and write its folder, or name another place in leopard.yaml",
        ) from error


def _no_ledger(address: str) -> LedgerError:
    return LedgerError(
        f"{address} is not a ledger, or it is damaged",
        hint="put back a copy of it, or make it anew from the channels: leopard ledger rebuild",
    )


def _create(path: Path) -> None:
    """A new ledger appears all at once, so that an empty file is never one; one that is there stays."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    engine = create_engine(URL.create("sqlite", database=str(draft)))
    try:
        with engine.begin() as connection:
            fill(connection)
        engine.dispose()
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def fill(connection: Connection) -> None:
    """Make the tables of a new ledger."""
    tables.metadata.create_all(connection)
    _order_by_bytes(connection)
    begin(connection)


def begin(connection: Connection) -> None:
    """The first facts of a ledger: it knows nothing, and is no other one."""
    rows = {"version": str(tables.VERSION), "serial": "0", "lineage": str(uuid.uuid4())}
    connection.execute(tables.facts.insert(), [{"name": k, "value": v} for k, v in rows.items()])


def _order_by_bytes(connection: Connection) -> None:
    """Plans join what is remembered with what is desired, in the order of bytes, not of a language."""
    if connection.dialect.name == "sqlite":
        return
    for table in tables.metadata.sorted_tables:
        changes = [
            f'ALTER COLUMN "{column.name}" TYPE {column.type.compile(connection.dialect)} COLLATE "C"'
            for column in table.columns
            if isinstance(column.type, String)
        ]
        connection.exec_driver_sql(f'ALTER TABLE "{table.name}" {", ".join(changes)}')


def _careful(connection: object, _record: object) -> None:
    connection.isolation_level = None  # type: ignore[attr-defined]  # we begin transactions ourselves
    cursor = connection.cursor()  # type: ignore[attr-defined]
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _watchful(connection: object, _record: object) -> None:
    connection.autocommit = True  # type: ignore[attr-defined]
    connection.execute(NOTICED)  # type: ignore[attr-defined]
    connection.autocommit = False  # type: ignore[attr-defined]


def _begin(connection: Connection) -> None:
    """Who means to write takes the one writer's place at once; who reads never waits."""
    writing = connection.get_execution_options().get("writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _begin_on_server(connection: Connection) -> None:
    """The same for PostgreSQL: one writer at a time, so that what it has read stays so until it ends."""
    if connection.get_execution_options().get("writing"):
        connection.exec_driver_sql(ONE_WRITER)


def _prepare(engine: Engine, address: str, *, empty_is_new: bool) -> None:
    """See that it is a ledger of today; only where it is not, wait for whoever writes."""
    if _is_of_today(engine):
        return
    with engine.execution_options(writing=True).begin() as connection:
        version = tables.version_of(connection)
        if version is None:
            if not empty_is_new:
                raise _no_ledger(address)
            fill(connection)
        elif version > tables.VERSION:
            raise LedgerError(
                f"the ledger {address} was written by a newer Leopard "
                f"(version {version}; this one knows {tables.VERSION})",
                hint="upgrade Leopard: pip install --upgrade leopard-pipeline",
            )
        elif version < tables.VERSION:
            tables.migrate(connection, version)
            _order_by_bytes(connection)


def _is_of_today(engine: Engine) -> bool:
    """Also False where nobody can tell yet: a server that is about to be there is waited for."""
    until = time.monotonic() + RESTART
    while True:
        try:
            with engine.connect() as connection:
                return tables.version_of(connection) == tables.VERSION
        except DatabaseError as error:
            if COMING not in str(error) or time.monotonic() > until:
                raise
            time.sleep(PAUSE)
