"""Tell each recipient of each incident once, and of its end once: at least once if an answer is lost."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from pipeline.alerts.model import Alert
from pipeline.alerts.send import Unsent, send
from pipeline.alerts.words import Message, message
from pipeline.config import Project
from pipeline.ledger import Ledger
from pipeline.ledger import now as clock
from pipeline.ledger.incidents import Incident, Incidents, Said
from pipeline.ledger.lines import Line, Lines
from schemas.problems import Problem

CLAIM = timedelta(minutes=2)
"""So long a process has for one message before another one may take its place; sending takes less."""
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
KEPT = timedelta(days=30)
"""So long the end of an incident is kept for somebody who cannot be told."""

Send = Callable[[Alert, Message, Path], None]
"""Brings a message to a recipient. Raises Unsent."""


@dataclass
class Delivery:
    """Everything that is to be told by one process. `me` tells it from the others."""

    project: Project
    ledger: Ledger
    send: Send = send
    now: Callable[[], datetime] = clock
    me: str = field(default_factory=lambda: secrets.token_hex(8))

    def __post_init__(self) -> None:
        self.incidents, self.lines = Incidents(self.ledger.database), Lines(self.ledger.database)
        self.recipients: dict[str, list[Alert]] = {}
        for alert in self.project.written.alerts:
            self.recipients.setdefault(alert.name, []).append(alert)

    def deliver(self) -> list[Problem]:
        """Tell what is to be told. Returns a warning for each recipient who could not be reached."""
        if not self.incidents.all():
            return []
        for to in self.recipients:
            self._tell(to)
        self._tidy()
        return [
            _unsent(line) for to in self.recipients if (line := self.lines.get(to)).error and self._due(to)
        ]

    def _tell(self, to: str) -> None:
        if self._due(to) is None or self._taken(self.lines.get(to)) is None:
            return
        failed: str | None = None
        try:
            while failed is None and self._claimed(to) and (due := self._due(to)) is not None:
                failed = self._send(to, *due)
        finally:
            self.lines.change(to, lambda line: self._released(line, failed))

    def _send(self, to: str, incident: Incident, said: Said) -> str | None:
        """Send one message and remember it; the words of what went wrong, if anything did."""
        try:
            self.send(
                self.recipients[to][0], message(incident, said, self.project.site.title), self.project.root
            )
        except Unsent as error:
            return str(error)
        self.incidents.change(incident.id, lambda known: _told(known, to, said))
        return None

    def _due(self, to: str) -> tuple[Incident, Said] | None:
        """What is to be said next; in the order in which it happened."""
        return next(_pending(self.incidents.all(), to, self.recipients[to]), None)

    def _claimed(self, to: str) -> bool:
        """Take the line, or keep it for the next message."""
        return self.lines.change(to, self._taken) is not None

    def _taken(self, line: Line) -> Line | None:
        """The line as ours; None if somebody else has it, or it rests."""
        now = self.now()
        if line.owner != self.me:
            if line.owner and line.until and now < line.until <= now + CLAIM:
                return None
            if line.next_try and now < line.next_try <= now + LONGEST_WAIT:
                return None
        return line.model_copy(update={"owner": self.me, "until": now + CLAIM})

    def _released(self, line: Line, failed: str | None) -> Line | None:
        if line.owner != self.me:
            return None
        free = {"owner": None, "until": None, "next_try": None, "error": failed, "failures": 0}
        if failed is not None:
            wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(line.failures, 10))
            free |= {"failures": line.failures + 1, "next_try": self.now() + wait}
        return line.model_copy(update=free)

    def _tidy(self) -> None:
        """Forget what is over and was told to all."""
        known, before = self.incidents.all(), self.now() - KEPT
        waiting = {
            incident.id
            for to, alerts in self.recipients.items()
            for incident, _ in _pending(known, to, alerts)
        }
        over = [one for one in known if one.until is not None]
        self.incidents.forget(
            one.id for one in over if one.id not in waiting or (one.until or before) < before
        )


def _pending(known: Sequence[Incident], to: str, alerts: Sequence[Alert]) -> Iterator[tuple[Incident, Said]]:
    """Whoever was told of a beginning is told of the end; what began and ended unheard is told as one."""
    for incident in known:
        said = incident.told.get(to)
        wanted = said is not None or any(alert.wants(incident) for alert in alerts)
        if wanted and incident.until is None and said is None:
            yield incident, "open"
        elif wanted and incident.until is not None and said != "over":
            yield incident, "over"


def _told(known: Incident, to: str, said: Said) -> Incident:
    return known.model_copy(update={"told": {**known.told, to: said}})


def _unsent(line: Line) -> Problem:
    return Problem(
        code="alert.unsent",
        severity="warning",
        message=f"an alert could not be sent to {line.to}: {line.error}; it is tried again",
        hint="see whether messages arrive: leopard alerts test",
    )
