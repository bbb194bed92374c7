"""What applying to pages and to documents has in common."""

import threading
from abc import ABC, abstractmethod

from exporters.base import Exporter, Remote
from pipeline.apply.sheet import Sheet
from pipeline.apply.workers import Workers
from pipeline.change import Change, ChannelPlan
from pipeline.engine.base import LOCAL, Engine
from pipeline.ledger import Deed, Entry, Ledger
from pipeline.ledger.entry import UNKNOWN
from pipeline.plan import Rules
from pipeline.prepare import Progress
from schemas import canonical


class Channel(ABC):
    """One channel whose plan is being applied."""

    def __init__(
        self,
        exporter: Exporter,
        ledger: Ledger,
        run: str,
        rules: Rules,
        workers: Workers,
        progress: Progress,
        stop: threading.Event,
        engine: Engine = LOCAL,
    ) -> None:
        self.exporter, self.ledger, self.run, self.rules = exporter, ledger, run, rules
        self.workers, self.progress, self.stop, self.engine = workers, progress, stop, engine
        self.name = exporter.context.name
        self.sheet = Sheet(self.name, ledger)

    @abstractmethod
    def carry_out(self, planned: ChannelPlan) -> None:
        """Every change but conflicts. Raises what concerns the whole channel."""

    def deed(self, change: Change, remote: Remote | None, fields: str | None = None) -> Deed:
        """What the journal keeps of a change; `remote` is the page after it.

        `fields` are those that are desired, as canonical JSON, where somebody has written them already.
        """
        after = None
        if change.desired is not None and remote is not None:
            after = Entry.of(change.desired, remote)
            return Deed(change.ident, change.action, preimage(change), after, fields)
        if change.before is not None and remote is not None:
            after = change.before.model_copy(update={"state": remote.state, "version": remote.version})
        return Deed(change.ident, change.action, preimage(change), after)

    def intent(self, change: Change) -> Deed:
        """What the journal keeps of a change before it is made: also what it is to leave on the page."""
        desired = change.desired
        if desired is None:
            return self.deed(change, None)
        fields = canonical.dump(desired.fields).decode()
        after = Entry.of(desired, change.page)
        return Deed(change.ident, change.action, preimage(change), after, fields)


def preimage(change: Change) -> Entry | None:
    """What a rollback would restore: the page as people left it, where we saw that they changed it."""
    before, live = change.before, change.remote
    if before is None:
        return Entry.found(live) if change.action == "adopt" and live is not None else None
    if not change.edited or live is None:
        return before
    fields = {**before.fields, **live.fields}
    return before.model_copy(update={"fields": fields, "version": live.version, "digest": UNKNOWN})
