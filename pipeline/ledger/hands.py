"""What people decide: plans approved or refused, channels paused, and the log of who did what when."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, insert, select, update

from pipeline.ledger.database import Room, now, put
from pipeline.ledger.tables import audit, paused, proposals
from schemas import canonical
from schemas.base import Model


class Act(Model):
    """One line of the audit log."""

    at: datetime
    who: str
    action: str
    subject: str
    detail: str


class Proposal(Model):
    """A plan for one channel that waits for approval, or that was refused."""

    channel: str
    digest: str
    """Of the plan; another plan is another proposal."""
    plan: str
    """The plan file, as text."""
    counts: dict[str, int]
    """Changes by action."""
    made_at: datetime
    refused_at: datetime | None = None
    refused_by: str | None = None

    @property
    def waits(self) -> bool:
        return self.refused_at is None


class Pause(Model):
    """A channel that is left alone until somebody says otherwise."""

    channel: str
    since: datetime
    who: str


class Hands(Room):
    """Decisions of people. Whatever changes here leaves a line in the log, in the same transaction."""

    def note(self, who: str, action: str, subject: str, detail: str = "") -> None:
        """Add a line to the audit log. Lines are never changed or removed."""
        with self.database.writing() as connection:
            connection.execute(insert(audit).values(**_line(who, action, subject, detail)))

    def log(self, limit: int = 100) -> list[Act]:
        """The audit log, the newest first."""
        query = select(audit).order_by(audit.c.id.desc()).limit(limit)
        return [
            Act(at=row.at, who=row.who, action=row.action, subject=row.subject, detail=row.detail)
            for row in self.database.stream(query)
        ]

    def proposals(self) -> dict[str, Proposal]:
        """What waits for approval or was refused, by channel."""
        query = select(proposals).order_by(proposals.c.channel)
        return {
            row.channel: Proposal(**row._asdict() | {"counts": canonical.load(row.counts)})
            for row in self.database.stream(query)
        }

    def propose(self, channel: str, plan: str, digest: str, counts: Mapping[str, int]) -> Proposal:
        """Let a plan wait for approval. The same plan is proposed once: a refusal of it holds."""
        known = self.proposals().get(channel)
        if known is not None and known.digest == digest:
            return known
        made = Proposal(channel=channel, digest=digest, plan=plan, counts=dict(counts), made_at=now())
        row = made.model_dump(mode="json") | {"counts": canonical.dump(made.counts).decode()}
        with self.database.writing() as connection:
            put(connection, proposals, [row])
        return made

    def refuse(self, proposal: Proposal, who: str) -> bool:
        """Refuse exactly this proposal. False if another one has taken its place."""
        here = (proposals.c.channel == proposal.channel) & (proposals.c.digest == proposal.digest)
        with self.database.writing() as connection:
            values = {"refused_at": now().isoformat(), "refused_by": who}
            if not connection.execute(update(proposals).where(here).values(**values)).rowcount:
                return False
            connection.execute(insert(audit).values(**_line(who, "refuse", proposal.channel, "")))
        return True

    def withdraw(self, channel: str) -> None:
        """Nothing is proposed for a channel any more."""
        if channel in self.proposals():
            with self.database.writing() as connection:
                connection.execute(delete(proposals).where(proposals.c.channel == channel))

    def paused(self) -> dict[str, Pause]:
        """Channels that rest."""
        query = select(paused).order_by(paused.c.channel)
        return {row.channel: Pause(**row._asdict()) for row in self.database.stream(query)}

    def pause(self, channel: str, who: str) -> None:
        """Write nothing to a channel from now on."""
        with self.database.writing() as connection:
            put(connection, paused, [{"channel": channel, "since": now().isoformat(), "who": who}])
            connection.execute(insert(audit).values(**_line(who, "pause", channel, "")))

    def resume(self, channel: str, who: str) -> None:
        """Write to a channel again."""
        with self.database.writing() as connection:
            connection.execute(delete(paused).where(paused.c.channel == channel))
            connection.execute(insert(audit).values(**_line(who, "resume", channel, "")))


def _line(who: str, action: str, subject: str, detail: str) -> dict[str, str]:
    return {"at": now().isoformat(), "who": who, "action": action, "subject": subject, "detail": detail}
