"""Look after a ledger: is it sound, what is open in it, and all of it as lines of JSON."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import select

from pipeline.ledger.database import now
from pipeline.ledger.entry import TAKEN_OVER, UNFINISHED, UNKNOWN, Entry
from pipeline.ledger.open import fill
from pipeline.ledger.store import Ledger
from pipeline.ledger.tables import INTENDED, journal, locks, metadata
from pipeline.links import symbols
from schemas import canonical
from schemas.base import Model
from schemas.errors import LedgerError

REBUILD = "put back a copy of it, or make it anew from the channels: leopard ledger rebuild"


class Finding(Model):
    """One thing that a look over the ledger found."""

    sound: bool
    message: str
    hint: str | None = None


def look_over(ledger: Ledger, channels: list[str]) -> Iterator[Finding]:
    """Everything worth knowing of a ledger's health. Changes nothing."""
    damage = ledger.database.damage()
    if damage is not None:
        yield Finding(
            sound=False,
            message=f"its file is damaged: {damage}",
            hint=REBUILD,
        )
        return
    kept = "its file is sound" if ledger.on_file else "its server answers, and looks after its files"
    yield Finding(sound=True, message=kept)
    yield Finding(sound=True, message=f"version {ledger.fact('version')}, serial {ledger.serial}")
    for name, count in sorted(ledger.pages.counts().items()):
        if name in channels:
            yield from _entries(ledger, name, count)
        else:
            hint = "put it back into leopard.yaml to go on with it, or clear it there before you remove it"
            yield Finding(
                sound=False, message=f"{name}: {count} records of a channel that is gone", hint=hint
            )
    yield from _open_writes(ledger)
    for row in ledger.database.stream(select(locks)):
        told = f"locked by {row.owner}, process {row.pid} on {row.host}, last heard of at {row.beat[:19]}"
        yield Finding(sound=True, message=told)


def _entries(ledger: Ledger, channel: str, count: int) -> Iterator[Finding]:
    try:
        bad = next((entry.ident for entry in ledger.pages.all(channel) if not _fits(entry)), None)
    except LedgerError as error:
        yield Finding(sound=False, message=f"{channel}: {error.message}", hint=REBUILD)
        return
    if bad:
        told = f"{channel}: the fields of {bad} are not what was written"
        yield Finding(sound=False, message=told, hint=REBUILD)
    else:
        yield Finding(sound=True, message=f"{channel}: {count} records")


def _fits(entry: Entry) -> bool:
    """Do fields and digest belong together? With references nobody can tell from the entry alone."""
    unwritten = entry.digest in (UNKNOWN, TAKEN_OVER, UNFINISHED) or any(symbols(entry.fields))
    return unwritten or canonical.digest(entry.fields) == entry.digest


def _open_writes(ledger: Ledger) -> Iterator[Finding]:
    query = select(journal.c.channel, journal.c.ident, journal.c.action).where(INTENDED)
    for row in ledger.database.stream(query):
        yield Finding(
            sound=False,
            message=f"{row.channel}: nobody knows whether the {row.action} of {row.ident} was done",
            hint="the next sync asks the channel",
        )


def export(ledger: Ledger) -> Iterator[dict[str, Any]]:
    """Every row of every table, as plain JSON values under the table's name."""
    for table in metadata.sorted_tables:
        for row in ledger.database.stream(select(table).order_by(*table.primary_key)):
            yield {"table": table.name, **row._asdict()}


def set_aside_tables(ledger: Ledger) -> str:
    """Move the tables of a ledger on a server into a schema of their own, and begin a new one in their place.

    Returns the name of the schema. All at once: nobody ever sees no ledger. Raises LedgerError.
    """
    aside = f"leopard_{now():%Y%m%d_%H%M%S_%f}"
    with ledger.database.writing(guarded=False) as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {aside}")
        for table in metadata.sorted_tables:
            connection.exec_driver_sql(f'ALTER TABLE "{table.name}" SET SCHEMA {aside}')
        fill(connection)
    return aside


def set_aside(path: Path) -> Path:
    """Move a ledger's file, damaged or not, out of the way; nothing is deleted. Raises OSError."""
    aside = path.with_name(f"{path.name}.{now():%Y%m%dT%H%M%S%f}")
    for suffix in ("-wal", "-shm"):
        beside = path.with_name(path.name + suffix)
        if beside.exists():
            beside.rename(aside.with_name(aside.name + suffix))
    path.rename(aside)
    return aside
