"""Channels whose plans a person must approve: what is withheld from a run until then."""

from pipeline import plan_file
from pipeline.change import ChannelPlan, Plan
from pipeline.config import Project
from pipeline.ledger import Ledger
from pipeline.ledger.hands import Proposal
from pipeline.planned import Planned
from schemas import canonical
from schemas.errors import GuardStop
from schemas.problems import Problem


def proposal_of(ledger: Ledger, channel: str) -> Proposal:
    """What waits for approval on a channel. Raises GuardStop if nothing does."""
    found = ledger.hands.proposals().get(channel)
    if found is None or not found.waits:
        raise GuardStop(f"nothing waits for approval on {channel}", hint="see what does: leopard status")
    return found


def withhold(planned: Planned, project: Project, ledger: Ledger) -> list[Problem]:
    """Take what must be approved first out of a plan and propose it. A problem for each such channel."""
    problems, channels = [], []
    for one in planned.plan.channels:
        if project.channels[one.channel].options.approval == "none":
            channels.append(one)
        elif not one.changes:
            ledger.hands.withdraw(one.channel)
            channels.append(one)
        else:
            problems.append(_waiting(_propose(one, project, ledger, planned)))
    planned.plan = Plan(channels=tuple(channels))
    return problems


def _propose(one: ChannelPlan, project: Project, ledger: Ledger, planned: Planned) -> Proposal:
    kept = plan_file.saved(Plan(channels=(one,)), project, ledger, planned.prepared.at)
    digest = canonical.digest([channel.model_dump(mode="json") for channel in kept.channels])
    counts = {str(action): number for action, number in one.counts.items()}
    return ledger.hands.propose(one.channel, kept.model_dump_json(), digest, counts)


def _waiting(proposal: Proposal) -> Problem:
    name, number = proposal.channel, sum(proposal.counts.values())
    changes = "one change" if number == 1 else f"{number} changes"
    if proposal.waits:
        return Problem(
            code="plan.approval",
            severity="warning",
            message=f"{name}: {changes} wait{'s' if number == 1 else ''} for approval",
            hint=f"look at them: leopard plan --channel {name}; then: leopard approve {name}",
            channel=name,
        )
    return Problem(
        code="plan.refused",
        severity="info",
        message=f"{name}: {changes} {'was' if number == 1 else 'were'} refused by {proposal.refused_by}",
        hint="change the content, and another plan will be proposed; "
        f"or carry it out all the same: leopard sync --channel {name}",
        channel=name,
    )
