"""The quarantine: records that are held back, by what is wrong with them or by a channel's refusal."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, select

from pipeline.ledger.database import Room, now, portions, put
from pipeline.ledger.entry import Held
from pipeline.ledger.tables import quarantine
from schemas import canonical
from schemas.problems import Problem

EVERYWHERE = ""
LONGEST_WAIT = timedelta(days=1)


class Quarantine(Room):
    """Who is held back, since when, tried how often, and when next."""

    def all(self) -> list[Held]:
        query = select(quarantine).order_by(quarantine.c.ident, quarantine.c.channel)
        return [_held(row) for row in self.database.stream(query)]

    def hold(self, held: Mapping[str, tuple[Problem, ...]]) -> None:
        """Make exactly these the records that are held back everywhere; each is tried in every run."""
        query = select(quarantine).where(quarantine.c.channel == EVERYWHERE)
        known = {row.ident: _held(row) for row in self.database.stream(query)}
        if not known and not held:
            return
        with self.database.writing() as connection:
            connection.execute(delete(quarantine).where(quarantine.c.channel == EVERYWHERE))
            for some in portions(sorted(held)):
                put(connection, quarantine, [_row(EVERYWHERE, i, held[i], known.get(i)) for i in some])

    def put_off(self, channel: str, ident: str, digest: str | None, problem: Problem) -> None:
        """A channel did not take a record: try again later, each time after a longer while."""
        here = (quarantine.c.channel == channel) & (quarantine.c.ident == ident)
        old = next(map(_held, self.database.stream(select(quarantine).where(here))), None)
        row = _row(channel, ident, (problem,), old)
        wait = min(LONGEST_WAIT, timedelta(minutes=2 ** min(row["attempts"], 12)))
        with self.database.writing() as connection:
            values = row | {"digest": digest, "next_try": (now() + wait).isoformat()}
            put(connection, quarantine, [values])

    def release(self, channel: str, idents: list[str]) -> None:
        """A channel took these records after all, or they are no longer wanted there."""
        if not idents:
            return
        with self.database.writing() as connection:
            for some in portions(idents):
                here = (quarantine.c.channel == channel) & quarantine.c.ident.in_(some)
                connection.execute(delete(quarantine).where(here))

    def waiting(self, channel: str, at: datetime) -> dict[str, Held]:
        """Records that a channel is not to be asked about again yet, by ident."""
        query = select(quarantine).where(quarantine.c.channel == channel)
        held = map(_held, self.database.stream(query))
        return {one.ident: one for one in held if one.next_try is not None and one.next_try > at}


def _row(channel: str, ident: str, found: tuple[Problem, ...], old: Held | None) -> dict[str, Any]:
    return {
        "channel": channel,
        "ident": ident,
        "since": (old.since if old else now()).isoformat(),
        "attempts": old.attempts + 1 if old else 1,
        "problems": canonical.dump([p.model_dump(mode="json") for p in found]).decode(),
    }


def _held(row: Row[Any]) -> Held:
    values = {name: getattr(row, name) for name in Held.model_fields if name != "problems"}
    return Held(**values, problems=tuple(map(Problem.model_validate, canonical.load(row.problems))))
