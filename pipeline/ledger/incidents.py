"""What is wrong and since when: opened once, told once, closed once, for all processes on one ledger."""

import secrets
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Literal

from pydantic import Field
from sqlalchemy import Connection, delete, insert, select, update

from pipeline.alerts.model import Kind
from pipeline.ledger.database import Room, now
from pipeline.ledger.tables import facts
from schemas import canonical
from schemas.base import Model

PREFIX = "incident:"
Said = Literal["open", "over"]


class Incident(Model):
    """One thing that is wrong, or was and whose end not everybody has been told yet."""

    id: str
    """Stays the same in every message about it."""
    kind: Kind
    subject: str
    """What it is about: a channel, a job, a source. One incident of a kind is open about it at a time."""
    sentence: str
    """What is wrong, in plain words: no secret, and no content, only keys."""
    hint: str | None = None
    """What to do about it, with the command."""
    channels: tuple[str, ...] = ()
    """Channels that it concerns; none means all."""
    about: tuple[str, ...] = ()
    """What is still wrong, where it is several things; when none is left, it is over."""
    since: datetime
    until: datetime | None = None
    """When it was over; None while it lasts."""
    told: dict[str, Said] = Field({})
    """Per recipient, what it was told last."""


class Incidents(Room):
    """Every incident that is open, and those of which the end is still to be told."""

    def all(self) -> list[Incident]:
        """In the order in which they began."""
        rows = self.database.stream(select(facts.c.value).where(facts.c.name.startswith(PREFIX)))
        found = [Incident.model_validate_json(row.value) for row in rows]
        return sorted(found, key=lambda one: (one.since, one.id))

    def lasting(self) -> list[Incident]:
        """Those that are not over."""
        return [one for one in self.all() if one.until is None]

    def find(self, kind: Kind, subject: str) -> Incident | None:
        """The open incident of a kind about something."""
        return next((one for one in self.lasting() if (one.kind, one.subject) == (kind, subject)), None)

    def open(
        self,
        kind: Kind,
        subject: str,
        sentence: str,
        *,
        hint: str | None = None,
        channels: Iterable[str] = (),
        about: Iterable[str] = (),
        since: datetime | None = None,
    ) -> Incident | None:
        """Note that something is wrong. Returns the incident if it is a new one, None if it was open already.

        Of one that is open, sentence, hint, and what it is about become those that are given now.
        """
        said = {"sentence": sentence, "hint": hint, "about": tuple(sorted(set(about)))}
        known = self.find(kind, subject)
        if known is not None and known == known.model_copy(update=said):
            return None
        with self.database.writing() as connection:
            known = next(
                (one for one in _open(connection) if (one.kind, one.subject) == (kind, subject)), None
            )
            if known is not None:
                _write(connection, known.model_copy(update=said))
                return None
            made = Incident(
                id=secrets.token_hex(8),
                kind=kind,
                subject=subject,
                channels=tuple(sorted(set(channels))),
                since=since or now(),
                **said,
            )
            connection.execute(insert(facts).values(name=PREFIX + made.id, value=_dump(made)))
        return made

    def close(self, kind: Kind, subject: str) -> Incident | None:
        """Note that something is well again. Returns the incident that this ends; None if none was open."""
        known = self.find(kind, subject)
        return self.change(known.id, _over) if known is not None else None

    def lessen(self, incident: Incident, gone: Collection[str]) -> Incident | None:
        """Some of what an incident is about is well again; it is over when nothing is left of it."""
        if not set(gone).intersection(incident.about):
            return None

        def lessened(known: Incident) -> Incident:
            left = tuple(one for one in known.about if one not in gone)
            known = known.model_copy(update={"about": left})
            return known if left else _over(known)

        return self.change(incident.id, lessened)

    def change(self, number: str, how: Callable[[Incident], Incident]) -> Incident | None:
        """Change one incident as it is now; None if it is not known any more."""
        here = facts.c.name == PREFIX + number
        with self.database.writing() as connection:
            value = connection.execute(select(facts.c.value).where(here).with_for_update()).scalar()
            if value is None:
                return None
            new = how(Incident.model_validate_json(value))
            _write(connection, new)
        return new

    def forget(self, numbers: Iterable[str]) -> None:
        """Those whose end everybody knows."""
        names = [PREFIX + number for number in numbers]
        if names:
            with self.database.writing() as connection:
                connection.execute(delete(facts).where(facts.c.name.in_(names)))


def _open(connection: Connection) -> Iterable[Incident]:
    rows = connection.execute(select(facts.c.value).where(facts.c.name.startswith(PREFIX))).scalars()
    return [one for one in map(Incident.model_validate_json, rows) if one.until is None]


def _over(known: Incident) -> Incident:
    return known if known.until else known.model_copy(update={"until": now(), "about": ()})


def _write(connection: Connection, incident: Incident) -> None:
    here = facts.c.name == PREFIX + incident.id
    connection.execute(update(facts).where(here).values(value=_dump(incident)))


def _dump(incident: Incident) -> str:
    return canonical.dump(incident.model_dump(mode="json")).decode()
