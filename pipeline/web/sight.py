"""What a visitor may see: content that is not public is for editors only, here as in every channel."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pipeline.config import FILE
from pipeline.ledger import now as clock
from pipeline.web.looking import Look
from pipeline.web.users import Visitor
from schemas.problems import Problem
from schemas.record import Record, is_public

UNKNOWN = "could not be read, so nobody can tell whether it is public"
CONCEALED = "Only editors see what is wrong here, because it may tell of what is not public"


@dataclass(frozen=True)
class Sight:
    """One visitor before one look. Keys are shown to everybody; titles and values are not."""

    visitor: Visitor
    look: Look
    now: datetime

    @classmethod
    def of(cls, visitor: Visitor, look: Look) -> "Sight":
        return cls(visitor, look, clock())

    def record(self, ident: str) -> Record | None:
        """The record as it was read, whoever looks."""
        insight = self.look.insight
        return insight.records.get(ident) if insight else None

    def hides(self, ident: str, state: str | None = None) -> bool:
        """Is what the content says of a record, or a channel that has it in a `state`, not to be shown?

        What the content does not know is shown as far as a channel shows it to the world.
        """
        if self.visitor.may_act:
            return False
        record = self.record(ident)
        return state != "published" if record is None else not is_public(record, self.now)

    def why(self, ident: str) -> str:
        """Why a record is not shown to everybody; empty if it is."""
        record = self.record(ident)
        if record is None:
            return UNKNOWN
        if record.status != "published":
            return f"not public: its status is {record.status}"
        opens = [at for at in (record.published_at, record.embargo_until) if at and at > self.now]
        if opens:
            return f"not public before {max(opens).astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        return "" if is_public(record, self.now) else "no longer public"

    def problem(self, one: Problem) -> Problem:
        """A problem as this visitor may read it: with its words, or with its place only."""
        if self.visitor.may_act or self._is_open(one):
            return one
        return one.model_copy(update={"message": CONCEALED, "hint": None, "excerpt": None})

    def problems(self, found: Sequence[Problem]) -> list[Problem]:
        return [self.problem(one) for one in found]

    def _is_open(self, one: Problem) -> bool:
        """Is it about a public record, or about no record at all?"""
        if one.ident is not None:
            record = self.record(one.ident)
            return record is not None and is_public(record, self.now)
        return one.origin is None or one.origin.path == FILE
