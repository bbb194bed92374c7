"""What a run says about incidents: which it opens, and which it ends."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pipeline.alerts.words import listed, sentence, why
from pipeline.apply import Applied
from pipeline.guards import RemovalGuard
from pipeline.ledger import Ledger
from pipeline.ledger.incidents import Incidents
from pipeline.planned import Planned
from pipeline.run import RunReport
from schemas.problems import Problem

WHY = {
    "channel.auth": "it did not accept our credentials",
    "channel.down": "it could not be used",
    "channel.transient": "it did not answer",
    "channel.ambiguous": "its answers were lost",
}
WHOLE = "all channels"
AT_REST = ("schedule.frozen", "channel.paused")
OF_CHANNELS = ("failed", "partial", "drift", "delete_guard")


@dataclass
class Outcome:
    """What came of a run of some channels. `known` are all channels of the project."""

    ledger: Ledger
    known: Sequence[str]
    names: Sequence[str]
    incidents: Incidents = field(init=False)

    def __post_init__(self) -> None:
        self.incidents = Incidents(self.ledger.database)

    def broke_off(self, error: Exception) -> None:
        """The run ended with an error. A guard that stopped it for too many removals is a kind of its own."""
        if isinstance(error, RemovalGuard):
            channels = [error.subject] if error.subject in self.known else self.names
            hint = sentence(error.hint or "look at `leopard plan`")
            self.incidents.open("delete_guard", error.subject, error.message, hint=hint, channels=channels)
            return
        what = WHOLE if set(self.names) == set(self.known) else ", ".join(sorted(self.names))
        self.incidents.open(
            "failed",
            what,
            f"{what} could not be brought up to date: {why(error)}",
            hint="See what is wrong: leopard plan --refresh",
            channels=self.names,
            about=self.names,
        )

    def came_through(self, report: RunReport, planned: Planned | None) -> list[str]:
        """The run ended with a report. Returns the channels that are now as the content asks."""
        resting = {one.channel for one in report.problems if one.code in AT_REST}
        reached = [name for name in self.names if name not in resting]
        if not reached or report.outcome == "refused":
            return []
        self._nothing_broke_off(reached)
        applied = {one.channel: one for one in report.applied}
        if planned is not None:  # what waits for approval is in no plan, and nothing new is known of it
            in_plan = {one.channel for one in planned.plan.channels}
            reached = [name for name in reached if name in in_plan]
        well = [n for n in reached if self._channel(report, n, applied.get(n, Applied(n)), planned)]
        if planned is not None:
            self._quarantine()
        self._follow(well)
        return well

    def _follow(self, well: Iterable[str]) -> None:
        """Of a channel that follows the content again, or is gone, nothing is to be taken back any more."""
        for one in self.incidents.lasting():
            if one.kind == "rollback":
                self.incidents.lessen(one, {*well, *(set(one.about) - set(self.known))})

    def _nothing_broke_off(self, reached: Iterable[str]) -> None:
        """Ends what stood in the way of whole runs, and what concerns channels that are no more."""
        for one in self.incidents.lasting():
            if one.kind == "failed" and one.subject not in self.known:
                self.incidents.lessen(one, set(reached))
            gone = one.channels and not set(one.channels).intersection(self.known)
            passed = one.kind == "delete_guard" and (one.subject in reached or one.subject not in self.known)
            if passed or (gone and one.kind in OF_CHANNELS):
                self.incidents.close(one.kind, one.subject)

    def _channel(self, report: RunReport, name: str, applied: Applied, planned: Planned | None) -> bool:
        """Is the channel as the content asks?"""
        conflicts = {p.ident for p in applied.problems if p.code == "channel.conflict" and p.ident}
        waiting = set((planned.waiting if planned else {}).get(name, ()))
        short = (applied.failed - conflicts) | waiting
        if applied.down:
            self.incidents.open(
                "failed", name, _down(name, applied.problems), hint=_see(report), channels=[name]
            )
            return False
        if applied.left:
            return False
        self.incidents.close("failed", name)
        if short:
            self.incidents.open(
                "partial",
                name,
                f"not all was written to {name}: {listed(short)}",
                hint=_see(report) if applied.failed else "See why: leopard quarantine",
                channels=[name],
            )
        else:
            self.incidents.close("partial", name)
        self._drift(report, name, conflicts, planned)
        return not short and not conflicts

    def _drift(self, report: RunReport, name: str, conflicts: set[str], planned: Planned | None) -> None:
        known = self.incidents.find("drift", name)
        looked = planned is not None and name in planned.rules and planned.rules[name].observed is not None
        if conflicts:
            before = set(known.about) if known and not looked else set()
            drifted(self.incidents, name, conflicts | before)
        elif known is not None and looked:
            self.incidents.close("drift", name)
        if known is not None and planned is not None:
            written = {
                deed.ident for channel, deed in self.ledger.journal.of_run(report.id) if channel == name
            }
            self.incidents.lessen(known, written)

    def _quarantine(self) -> None:
        """Each time that more is held back is an incident of its own, which ends when none of it is."""
        held = {one.ident for one in self.ledger.quarantine.all() if not one.channel}
        told: set[str] = set()
        for one in self.incidents.lasting():
            if one.kind == "quarantine" and held.isdisjoint(one.about):
                self.incidents.close(one.kind, one.subject)
            elif one.kind == "quarantine":
                told.update(one.about)
        new = held - told
        if new:
            count = "a record is" if len(new) == 1 else f"{len(new)} records are"
            words = f"{count} held back by errors: {listed(new)}"
            self.incidents.open("quarantine", min(new), words, hint="See why: leopard quarantine", about=new)


def drifted(incidents: Incidents, channel: str, idents: Iterable[str]) -> None:
    """People changed these pages on a channel; none at all means that they are as we left them."""
    found = set(idents)
    if not found:
        incidents.close("drift", channel)
        return
    pages = "a page" if len(found) == 1 else f"{len(found)} pages"
    words = f"people changed {pages} on {channel}: {listed(found)}"
    hint = f"See what they changed: leopard drift --channel {channel}"
    incidents.open("drift", channel, words, hint=hint, channels=[channel], about=found)


def _down(name: str, problems: Sequence[Problem]) -> str:
    codes = [problem.code for problem in problems if problem.severity == "error"]
    reason = next((WHY[code] for code in codes if code in WHY), "it lacks what it needs")
    return f"{name} could not be brought up to date: {reason}"


def _see(report: RunReport) -> str:
    return f"See why: leopard problems --run {report.id}"
