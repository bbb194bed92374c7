"""The journal: each write's intent before it is sent, its receipt right after, and what was there before."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, literal_column, select, text, update

from exporters.base import Document
from pipeline.ledger.database import Room, now, portions
from pipeline.ledger.entry import Doubt, Entry
from pipeline.ledger.pages import put, remember, remember_documents
from pipeline.ledger.rows import Many, Values
from pipeline.ledger.tables import INTENDED, journal
from schemas import canonical
from schemas.base import Model

NO_FIELDS = "{}"
"""In place of those of what was done: they stand in the entry, and those of what was before in `before`."""
_COLUMNS = ("id", "run", "channel", "ident", "action", "status", "before", "after", "at")
_NUMBERS = text("SELECT nextval(pg_get_serial_sequence('journal', 'id')) FROM generate_series(1, :count)")
"""PostgreSQL keeps count of the numbers; SQLite, and so we there, takes the next after the last."""
NOTED = Many(_COLUMNS, lambda _: insert(journal))
ENDED = Many(
    ("here", "page"),
    lambda _: (
        update(journal)
        .where(journal.c.channel == bindparam("here"), journal.c.ident == bindparam("page"))
        .where(INTENDED)
        .values(status=literal_column("'looked up'"))
    ),
)
DONE = Many(
    ("after", "number"),
    lambda _: (
        update(journal)
        .where(journal.c.id == bindparam("number"))
        .values(status=literal_column("'done'"), after=bindparam("after"))
    ),
)
REFUSED = Many(
    ("error", "number"),
    lambda _: (
        update(journal)
        .where(journal.c.id == bindparam("number"))
        .values(status=literal_column("'failed'"), error=bindparam("error"))
    ),
)
TAKEN_BACK = Many(("number",), lambda _: delete(journal).where(journal.c.id == bindparam("number")))


@dataclass(frozen=True, slots=True)
class Deed:
    """One write: what it did to which entry."""

    ident: str
    action: str
    before: Entry | None
    after: Entry | None = None
    fields: str | None = None
    """Those of `after` as canonical JSON, where somebody has written them already."""


@dataclass(frozen=True, slots=True)
class Begun:
    """Writes that may be sent now: their intents are in the ledger."""

    numbers: Sequence[int]
    fresh: bool
    """True if no doubt about an earlier write of the same pages ended with them."""


class Counted(Model):
    """So many writes of one kind."""

    channel: str
    action: str
    status: str
    number: int


class Moment(Model):
    """One write, when it was noted, and what became of it."""

    id: int
    run: str
    channel: str
    ident: str
    action: str
    status: str
    error: str | None
    at: datetime


MOMENTS = select(*(journal.c[name] for name in Moment.model_fields))


class Journal(Room):
    """Every write to every channel."""

    def intend(self, run: str, channel: str, deeds: Iterable[Deed]) -> list[int]:
        """Note writes before they are sent. Returns their numbers.

        A doubt about an earlier write of the same page ends here: whoever writes again has looked.
        """
        numbers: list[int] = []
        with self.database.writing() as connection:
            for portion in portions(deeds):
                numbers += _begin(connection, run, channel, portion).numbers
        return numbers

    def receive(
        self,
        run: str,
        channel: str,
        receipts: Iterable[tuple[int, Deed]],
        written: Iterable[Document] | None = None,
    ) -> None:
        """Remember what writes have done, right after the answer, with the documents they ended in."""
        with self.database.writing() as connection:
            if written is not None:
                remember_documents(connection, channel, written)
            for known in portions(receipts):
                _receive(connection, run, channel, known)

    def go_on(
        self,
        run: str,
        channel: str,
        *,
        done: Sequence[tuple[int, Deed]] = (),
        refused: Sequence[tuple[int, str]] = (),
        never_sent: Iterable[int] = (),
        next_: Sequence[Deed] = (),
    ) -> Begun:
        """What became of some writes, and the intents of the `next_` ones, in one transaction.

        `refused` are those that certainly did not happen, with what the channel said. Of those that were
        `never_sent` nothing remains.
        """
        with self.database.writing() as connection:
            _receive(connection, run, channel, done)
            REFUSED.run(connection, [(error, number) for number, error in refused])
            TAKEN_BACK.run(connection, [(number,) for number in never_sent])
            return _begin(connection, run, channel, next_)

    def refuse(self, number: int, error: str) -> None:
        """Remember that one write certainly did not happen."""
        with self.database.writing() as connection:
            REFUSED.run(connection, [(error, number)])

    def receive_all(self, run: str, channel: str, deeds: Iterable[Deed], written: Iterable[Document]) -> None:
        """Remember many writes and the documents they ended in, all or none."""
        with self.database.writing() as connection:
            for known in portions(deeds):
                remember(connection, channel, ((deed.ident, deed.after) for deed in known), run)
                _note(connection, run, channel, known, "done")
            remember_documents(connection, channel, written)

    def in_doubt(self, channel: str) -> list[Doubt]:
        """Writes of runs that died, or lost their answer, before the receipt."""
        query = select(journal).where(journal.c.channel == channel, INTENDED).order_by(journal.c.id)
        return [
            Doubt(number=row.id, ident=row.ident, action=row.action, after=_deed(row).after)
            for row in self.database.stream(query)
        ]

    def of_run(self, run: str) -> list[tuple[str, Deed]]:
        """What a run has done, in its order, with the channel of each; of what was after, not the fields."""
        query = select(journal).where(journal.c.run == run, journal.c.status == "done").order_by(journal.c.id)
        return [(row.channel, _deed(row)) for row in self.database.stream(query)]

    def counts(self, run: str) -> list[Counted]:
        """How many writes of a run are in which state, by channel and action."""
        by = (journal.c.channel, journal.c.action, journal.c.status)
        query = (
            select(*by, func.count().label("number")).where(journal.c.run == run).group_by(*by).order_by(*by)
        )
        return [Counted(**row._asdict()) for row in self.database.stream(query)]

    def timeline(self, run: str, limit: int, after: int = 0) -> list[Moment]:
        """The writes of a run in their order."""
        mine = MOMENTS.where(journal.c.run == run, journal.c.id > after)
        return [
            Moment(**row._asdict()) for row in self.database.stream(mine.order_by(journal.c.id).limit(limit))
        ]

    def of_record(self, ident: str, limit: int) -> list[Moment]:
        """The writes of one record, the latest first."""
        mine = MOMENTS.where(journal.c.ident == ident).order_by(journal.c.id.desc()).limit(limit)
        return [Moment(**row._asdict()) for row in self.database.stream(mine)]


def _begin(connection: Connection, run: str, channel: str, deeds: Sequence[Deed]) -> Begun:
    ended = ENDED.run(connection, [(channel, deed.ident) for deed in deeds])
    return Begun(_note(connection, run, channel, deeds, "intended"), fresh=not ended)


def _receive(connection: Connection, run: str, channel: str, receipts: Sequence[tuple[int, Deed]]) -> None:
    put(connection, channel, ((deed.ident, deed.after, deed.fields) for _, deed in receipts), run)
    DONE.run(connection, [(_written(deed.after, NO_FIELDS), number) for number, deed in receipts])


def _note(
    connection: Connection, run: str, channel: str, deeds: Sequence[Deed], status: str
) -> Sequence[int]:
    numbers, at = _numbers(connection, len(deeds)), now().isoformat()
    NOTED.run(
        connection,
        [_row(number, run, channel, deed, status, at) for number, deed in zip(numbers, deeds, strict=True)],
    )
    return numbers


def _numbers(connection: Connection, count: int) -> Sequence[int]:
    if not count:
        return ()
    if connection.dialect.name == "postgresql":
        return sorted(connection.scalars(_NUMBERS, {"count": count}))
    last = connection.exec_driver_sql("SELECT max(id) FROM journal").scalar() or 0
    return range(last + 1, last + 1 + count)


def _row(number: int, run: str, channel: str, deed: Deed, status: str, at: str) -> Values:
    before, after = _written(deed.before, None), _written(deed.after, deed.fields)
    return (number, run, channel, deed.ident, deed.action, status, before, after, at)


def _written(entry: Entry | None, fields: str | None) -> str | None:
    """An entry as JSON; its fields, which may be long, are written at most once."""
    if entry is None:
        return None
    known = {**entry.__dict__}
    held = known.pop("fields")
    said = canonical.dump(held).decode() if fields is None else fields
    return f'{canonical.dump(known).decode()[:-1]},"fields":{said}}}'


def _deed(row: Any) -> Deed:
    before = Entry.model_validate_json(row.before) if row.before else None
    after = Entry.model_validate_json(row.after) if row.after else None
    return Deed(row.ident, row.action, before, after)
