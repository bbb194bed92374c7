"""Plans that wait for somebody to approve them."""

from pipeline.ledger import Ledger
from pipeline.ledger.incidents import Incidents


def check_approvals(ledger: Ledger, incidents: Incidents) -> None:
    """Open and close the incidents about them. One that another plan has taken the place of still waits."""
    waiting = {name: one for name, one in ledger.hands.proposals().items() if one.waits}
    for name, one in waiting.items():
        number = sum(one.counts.values())
        changes = "one change waits" if number == 1 else f"{number} changes wait"
        incidents.open(
            "approval",
            name,
            f"{changes} for approval on {name}",
            hint=f"Look at them: leopard plan --channel {name}. Then: leopard approve {name}",
            channels=[name],
            since=one.made_at,
        )
    for known in incidents.lasting():
        if known.kind == "approval" and known.subject not in waiting:
            incidents.close(known.kind, known.subject)
