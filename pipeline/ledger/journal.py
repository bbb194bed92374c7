"""The journal: each write's intent before it is sent, its receipt right after, and what was there before."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update

from exporters.base import Document
from pipeline.ledger.database import Room, now, portions
from pipeline.ledger.entry import Doubt, Entry
from pipeline.ledger.pages import remember, remember_documents
from pipeline.ledger.tables import journal
from schemas.base import Model


@dataclass(frozen=True)
class Deed:
    """One write: what it did to which entry."""

    ident: str
    action: str
    before: Entry | None
    after: Entry | None = None


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
        mine = (journal.c.channel == channel) & (journal.c.ident == bindparam("page"))
        ended = update(journal).where(mine & (journal.c.status == "intended")).values(status="looked up")
        numbered = insert(journal).returning(journal.c.id, sort_by_parameter_order=True)
        numbers: list[int] = []
        with self.database.writing() as connection:
            for portion in portions(deeds):
                connection.execute(ended, [{"page": deed.ident} for deed in portion])
                rows = [_row(run, channel, deed, "intended") for deed in portion]
                numbers += connection.scalars(numbered, rows)
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
            done = update(journal).where(journal.c.id == bindparam("number")).values(status="done")
            for known in portions(receipts):
                remember(connection, channel, ((deed.ident, deed.after) for _, deed in known), run)
                after = ((n, d.after.model_dump_json() if d.after else None) for n, d in known)
                connection.execute(done, [{"number": number, "after": entry} for number, entry in after])

    def refuse(self, number: int, error: str) -> None:
        """Remember that one write certainly did not happen."""
        with self.database.writing() as connection:
            values = {"status": "failed", "error": error}
            connection.execute(update(journal).where(journal.c.id == number).values(**values))

    def receive_all(self, run: str, channel: str, deeds: Iterable[Deed], written: Iterable[Document]) -> None:
        """Remember many writes and the documents they ended in, all or none."""
        with self.database.writing() as connection:
            for known in portions(deeds):
                remember(connection, channel, ((deed.ident, deed.after) for deed in known), run)
                connection.execute(insert(journal), [_row(run, channel, deed, "done") for deed in known])
            remember_documents(connection, channel, written)

    def in_doubt(self, channel: str) -> list[Doubt]:
        """Writes of runs that died, or lost their answer, before the receipt."""
        query = (
            select(journal)
            .where(journal.c.channel == channel, journal.c.status == "intended")
            .order_by(journal.c.id)
        )
        return [
            Doubt(number=row.id, ident=row.ident, action=row.action, after=_deed(row).after)
            for row in self.database.stream(query)
        ]

    def of_run(self, run: str) -> list[tuple[str, Deed]]:
        """What a run has done, in its order, with the channel of each."""
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


def _row(run: str, channel: str, deed: Deed, status: str) -> dict[str, Any]:
    return {
        "run": run,
        "channel": channel,
        "ident": deed.ident,
        "action": deed.action,
        "status": status,
        "before": deed.before.model_dump_json() if deed.before else None,
        "after": deed.after.model_dump_json() if deed.after else None,
        "at": now().isoformat(),
    }


def _deed(row: Any) -> Deed:
    before = Entry.model_validate_json(row.before) if row.before else None
    after = Entry.model_validate_json(row.after) if row.after else None
    return Deed(row.ident, row.action, before, after)
