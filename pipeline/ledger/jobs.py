"""What is remembered of each job: when it is due, who is at it, and what became of it before."""

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Literal

from sqlalchemy import Connection, insert, select, update

from pipeline.ledger.database import Room
from pipeline.ledger.tables import facts
from schemas import canonical
from schemas.base import Model

PREFIX = "job:"
Outcome = Literal["done", "partial", "failed", "stopped", "busy", "frozen", "lost"]
"""What became of a job:

- done: the channels are as the content asks; with content that has problems, too
- partial: some of what was to be written was not
- failed: it could not be done
- stopped: it was asked to end before it was done, and goes on at the next chance
- busy: somebody else's run was under way; it is tried again shortly
- frozen: its channels are to be left alone now
- lost: it was silent for so long that somebody else took over
"""


class JobState(Model):
    """One job as the ledger knows it. All instants are in UTC."""

    name: str
    rule: str = ""
    """What its due times were worked out from."""
    slot: datetime | None = None
    """The next time that its rule names; None if there is none."""
    due: datetime | None = None
    """When it begins: at its slot, a while later, or, to make something good, before."""
    owner: str | None = None
    """Who is at it now."""
    fence: int = 0
    """Raised each time somebody begins: whoever holds an older one has lost it."""
    beat: int = 0
    """Counted up by its owner while at it."""
    began: datetime | None = None
    ended: datetime | None = None
    last_success: datetime | None = None
    outcome: Outcome | None = None
    run: str | None = None
    error: str | None = None
    runs: int = 0
    failures: int = 0
    """How often in a row it has failed, the last time included."""
    misses: int = 0
    """Due times that passed without a run of their own."""
    last_miss: datetime | None = None


Change = Callable[[JobState | None], JobState | None]
"""Is given what is remembered and returns what is to be; None leaves it as it is."""


class Jobs(Room):
    """The state of every job. A change sees what is there and writes in one transaction."""

    def all(self) -> dict[str, JobState]:
        """Every job that is remembered, by name."""
        rows = self.database.stream(select(facts.c.value).where(facts.c.name.startswith(PREFIX)))
        states = map(JobState.model_validate_json, (row.value for row in rows))
        return {state.name: state for state in states}

    def change(self, name: str, change: Change) -> JobState | None:
        """Change one job, if it is still what the change expects. Returns what was written, or None."""
        here = facts.c.name == _fact(name)
        with self.database.writing() as connection:
            value = connection.execute(select(facts.c.value).where(here).with_for_update()).scalar()
            new = change(JobState.model_validate_json(value) if value is not None else None)
            if new is None:
                return None
            written = canonical.dump(new.model_dump(mode="json")).decode()
            if value is None:
                connection.execute(insert(facts).values(name=_fact(name), value=written))
            else:
                connection.execute(update(facts).where(here).values(value=written))
        return new


def held_fence(connection: Connection, name: str) -> int | None:
    """The fence of a job as it is inside the caller's transaction."""
    query = select(facts.c.value).where(facts.c.name == _fact(name)).with_for_update()
    value = connection.execute(query).scalar()
    return JobState.model_validate_json(value).fence if value is not None else None


def _fact(name: str) -> str:
    return PREFIX + sha256(name.encode()).hexdigest()[:32]
