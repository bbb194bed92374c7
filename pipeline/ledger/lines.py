"""The line to each recipient of alerts: one process at a time speaks on it, and waits after a failure."""

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256

from sqlalchemy import insert, select, update

from pipeline.ledger.database import Room
from pipeline.ledger.tables import facts
from schemas import canonical
from schemas.base import Model

PREFIX = "line:"


class Line(Model):
    """One recipient, by where its address is kept. All instants are in UTC."""

    to: str
    owner: str | None = None
    """Who speaks on it now."""
    until: datetime | None = None
    """How long the owner has it; one that has died loses it then."""
    failures: int = 0
    """In a row."""
    next_try: datetime | None = None
    error: str | None = None


class Lines(Room):
    """Every line that was ever spoken on."""

    def get(self, to: str) -> Line:
        query = select(facts.c.value).where(facts.c.name == _fact(to))
        rows = self.database.stream(query)
        return next((Line.model_validate_json(row.value) for row in rows), Line(to=to))

    def change(self, to: str, how: Callable[[Line], Line | None]) -> Line | None:
        """Change a line as it is now; returns what was written, None if `how` says to leave it."""
        here = facts.c.name == _fact(to)
        with self.database.writing() as connection:
            value = connection.execute(select(facts.c.value).where(here).with_for_update()).scalar()
            new = how(Line.model_validate_json(value) if value is not None else Line(to=to))
            if new is None:
                return None
            written = canonical.dump(new.model_dump(mode="json")).decode()
            if value is None:
                connection.execute(insert(facts).values(name=_fact(to), value=written))
            else:
                connection.execute(update(facts).where(here).values(value=written))
        return new


def _fact(to: str) -> str:
    return PREFIX + sha256(to.encode()).hexdigest()[:32]
