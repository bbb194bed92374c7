"""Guards: what stops a run before it harms a channel, and the sentence that says how to go on."""

from collections.abc import Iterable, Iterator

from pipeline.change import ChannelPlan, Plan
from pipeline.ledger import Ledger
from pipeline.read import Content
from schemas.errors import GuardStop

FREE_DELETES = 5
SHARE = 0.10


class RemovalGuard(GuardStop):
    """Too much would be removed from `subject`, a channel, or because of `subject`, a source."""

    def __init__(self, subject: str, message: str, *, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.subject = subject


def too_many_removals(planned: ChannelPlan) -> bool:
    """More than 10 % and more than 5 of a channel's records."""
    count = planned.unmeant
    return count > FREE_DELETES and count > SHARE * planned.held


def stops(ledger: Ledger, plan: Plan, content: Content, allowed: Iterable[str] = ()) -> Iterator[GuardStop]:
    """Everything that speaks against carrying out a plan and was not allowed by name."""
    for name, outcome in content.outcomes.items():
        before = int(ledger.fact(f"count:{name}") or 0)
        if outcome.state == "complete" and before and not content.counts[name] and name not in allowed:
            yield RemovalGuard(
                name,
                f"the source {name} is empty; the last time it gave {before} records",
                hint=f"if that is right, go on with --allow-empty {name}",
            )
    for planned in plan.channels:
        if planned.channel not in allowed and too_many_removals(planned):
            yield RemovalGuard(
                planned.channel,
                f"{planned.channel} would lose {planned.unmeant} of its {planned.held} records; "
                f"more than {FREE_DELETES} and {SHARE:.0%} at once are not removed without a word from you",
                hint=f"look at `leopard plan`, then go on with --allow-deletes {planned.channel}",
            )


def remember(ledger: Ledger, content: Content) -> None:
    """What the sources gave, so that a later run can tell what one of them does not give any more."""
    for name, outcome in content.outcomes.items():
        count = content.counts[name]
        if outcome.state != "complete":  # at least so many it has, whatever it says the next time
            count = max(count, int(ledger.fact(f"count:{name}") or 0))
        ledger.set_fact(f"count:{name}", str(count))
        kinds = content.kinds[name] | set((ledger.fact(f"kinds:{name}") or "").split())
        if kinds or outcome.state == "complete":
            ledger.set_fact(f"kinds:{name}", " ".join(sorted(kinds)))
