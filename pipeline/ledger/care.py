"""Look after a ledger: is it sound, what is open in it, and all of it as lines of JSON."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import select, text

from pipeline.ledger.database import now
from pipeline.ledger.store import Ledger
from pipeline.ledger.tables import journal, locks, metadata, version_of
from schemas.base import Model


class Finding(Model):
    """One thing that a look over the ledger found."""

    sound: bool
    message: str
    hint: str | None = None


def look_over(ledger: Ledger, channels: list[str]) -> Iterator[Finding]:
    """Everything worth knowing of a ledger's health. Changes nothing."""
    yield _integrity(ledger)
    with ledger.database.engine.connect() as connection:
        yield Finding(sound=True, message=f"version {version_of(connection)}, serial {ledger.serial}")
    for name, count in sorted(ledger.pages.counts().items()):
        if name in channels:
            yield Finding(sound=True, message=f"{name}: {count} records")
        else:
            hint = "put it back into leopard.yaml to go on with it, or clear it there before you remove it"
            yield Finding(
                sound=False, message=f"{name}: {count} records of a channel that is gone", hint=hint
            )
    yield from _open_writes(ledger)
    for row in ledger.database.stream(select(locks)):
        told = f"locked by {row.owner}, process {row.pid} on {row.host}, last heard of at {row.beat[:19]}"
        yield Finding(sound=True, message=told)


def _integrity(ledger: Ledger) -> Finding:
    if ledger.database.engine.dialect.name != "sqlite":
        return Finding(sound=True, message="its database looks after itself")
    with ledger.database.engine.connect() as connection:
        found = [str(row[0]) for row in connection.execute(text("PRAGMA integrity_check(5)"))]
    if found == ["ok"]:
        return Finding(sound=True, message="its file is sound")
    return Finding(
        sound=False,
        message=f"its file is damaged: {found[0]}",
        hint="put back a copy of it, or make it anew from the channels: leopard ledger rebuild",
    )


def _open_writes(ledger: Ledger) -> Iterator[Finding]:
    query = select(journal.c.channel, journal.c.ident, journal.c.action).where(journal.c.status == "intended")
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


def set_aside(path: Path) -> Path:
    """Move a ledger's file, damaged or not, out of the way; nothing is deleted. Raises OSError."""
    aside = path.with_name(f"{path.name}.{now():%Y%m%dT%H%M%S%f}")
    for suffix in ("-wal", "-shm"):
        beside = path.with_name(path.name + suffix)
        if beside.exists():
            beside.rename(aside.with_name(aside.name + suffix))
    path.rename(aside)
    return aside
