"""Apply a plan to a channel of pages: each write is journalled before it is sent, remembered right after."""

import threading
from collections.abc import Sequence
from typing import Any

from exporters.base import Remote
from pipeline import links
from pipeline.apply.batch import in_batches, send
from pipeline.apply.channel import Channel
from pipeline.apply.order import waves
from pipeline.change import Change, ChannelPlan
from pipeline.ledger import Deed, Entry
from pipeline.ledger.entry import TAKEN_OVER, UNFINISHED
from pipeline.plan import decide
from schemas import canonical
from schemas.errors import ChannelDown, LeopardError, Rejected, StaleWrite


class Pages(Channel):
    """Writes pages in waves: what a wave refers to stands in earlier ones."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.ids: dict[str, str | None] = {}
        self.unfinished: dict[str, Change] = {}
        self._lock = threading.Lock()

    def carry_out(self, planned: ChannelPlan) -> None:
        for change in planned.changes:  # what is about to be made anew has no id yet, whatever is remembered
            if change.action == "create" or change.remote:
                self.ids[change.ident] = change.remote.id if change.remote else None
        for wave in waves(planned.changes):
            self._wave(wave)
        self._wave(list(self.unfinished.values()))

    def _wave(self, wave: Sequence[Change]) -> None:
        size = self.exporter.capabilities.batch
        if size > 1:
            self.workers.each(self._batch, list(in_batches(wave, size)))
        else:
            self.workers.each(self._one, wave)

    def _may_begin(self, change: Change) -> bool:
        if self.stop.is_set() or self.sheet.applied.down:
            self.sheet.left()
            return False
        return not self.sheet.waits(change)

    def _one(self, change: Change) -> None:
        """One write: its intent before, its receipt right after."""
        if not self._may_begin(change):
            return
        change = self._spared(change)
        sent, complete = self._sent(change)
        (number,) = self.ledger.journal.intend(self.run, self.name, [self.intent(change)])
        try:
            remote = change.remote if self._is_there(sent) else self.workers.writer.write(sent)
        except LeopardError as error:
            self._refused(change, number, error)
        else:
            self._receive([(change, sent, number, remote, complete)])

    def _spared(self, change: Change) -> Change:
        """The change without what the channel did not take and it can go without."""
        desired = change.desired
        failed = self.sheet.applied.failed.intersection(desired.optional if desired else ())
        lost = {ident for ident in failed if self._id(ident) is None}
        if desired is None or not lost:
            return change
        fields = links.pruned(desired.fields, set(links.symbols(desired.fields)) - lost)
        update = {"fields": fields, "digest": canonical.digest(fields), "made_of": None}
        return change.model_copy(update={"desired": desired.model_copy(update=update)})

    def _is_there(self, sent: Change) -> bool:
        """Does the page, as it was seen, hold all of it already? The bytes of an asset are not seen."""
        if sent.action not in ("adopt", "update") or sent.remote is None or sent.desired is None:
            return False
        if sent.action == "update" and sent.desired.file:
            return False
        held = self.exporter.normalise(sent.desired.fields)
        same = all(sent.remote.fields.get(name) == value for name, value in held.items())
        return same and sent.remote.state == sent.desired.state

    def _batch(self, batch: Sequence[Change]) -> None:
        """Several writes in one request; what fails of them is tried alone."""
        ready = [self._spared(change) for change in batch if self._may_begin(change)]
        there = {change.ident for change in ready if self._is_there(self._sent(change)[0])}
        for change in ready:
            if change.ident in there:
                self._one(change)
        ready = [change for change in ready if change.ident not in there]
        if len(ready) < 2 or any(change.action == "adopt" for change in ready):
            for change in ready:
                self._one(change)
            return
        sent = [self._sent(change) for change in ready]
        numbers = self.ledger.journal.intend(self.run, self.name, [self.intent(one) for one in ready])
        outcomes = send(self.workers.writer, [change for change, _ in sent])
        receipts = []
        for change, (way, complete), number in zip(ready, sent, numbers, strict=True):
            outcome = outcomes[change.ident]
            if isinstance(outcome, LeopardError):
                self._refused(change, number, outcome)
            else:
                receipts.append((change, way, number, outcome, complete))
        self._receive(receipts)

    def _refused(self, change: Change, number: int, error: LeopardError) -> None:
        """One write was not made, or nobody knows."""
        if isinstance(error, Rejected):  # else its intent stays open: the next run asks what became of it
            self._note_refusal(change, number, error)
        if isinstance(error, StaleWrite) and self.exporter.capabilities.lookup:
            self._look_again(change, error)
        elif isinstance(error, ChannelDown):
            self.sheet.give_up(error)
        else:
            self.sheet.failed(change, error)

    def _note_refusal(self, change: Change, number: int, error: LeopardError) -> None:
        """A page that was to be adopted is remembered all the same, so that no second one is made."""
        if change.action == "adopt" and change.before is None and change.remote is not None:
            found = Entry.found(change.remote, TAKEN_OVER)
            deed = Deed(change.ident, "adopt", found, found)
            self.ledger.journal.receive(self.run, self.name, [(number, deed)])
        else:
            self.ledger.journal.refuse(number, error.message)

    def _look_again(self, change: Change, error: LeopardError) -> None:
        """Somebody wrote to the page since we last looked: look, and go by the policy, once."""
        if change.remote is not None:
            self.sheet.failed(change, error)
            return
        live = next(iter(self.workers.writer.exporter.find([change.ident])), None)
        again = decide(change.desired, change.before, self.rules.seeing({change.ident: live} if live else {}))
        if again is None:
            return
        if again.action == "conflict":
            self.sheet.conflict(again)
        else:
            self._one(again)

    def _receive(self, receipts: Sequence[tuple[Change, Change, int, Remote | None, bool]]) -> None:
        deeds = []
        for change, sent, number, remote, complete in receipts:
            deed = self.deed(change, remote)
            if deed.after is not None:
                now = links.linked(deed.after.digest, deed.after.fields, self._id) if complete else UNFINISHED
                after = deed.after.model_copy(update={"digest": now})
                deed = Deed(deed.ident, deed.action, deed.before, after)
                if not complete:
                    again = {"action": "update", "before": after, "remote": remote}
                    with self._lock:
                        self.unfinished[change.ident] = change.model_copy(update=again)
            deeds.append((number, deed))
            self._compare(sent, remote)
        self.ledger.journal.receive(self.run, self.name, deeds)
        for change, _, _, remote, _ in receipts:
            if self.unfinished.get(change.ident) is not change:  # a second write is not counted again
                self.sheet.done(change.ident, change.action)
            if change.before and remote and change.before.remote_id != remote.id:
                self.sheet.applied.moved = True
            self.ids[change.ident] = remote.id if remote else None
            self.progress(self.name, 1)

    def _compare(self, sent: Change, remote: Remote | None) -> None:
        """Nothing is lost in silence: what came back must be what was sent, as the channel spells it."""
        if sent.desired is None or remote is None or not remote.fields:
            return
        held = self.exporter.normalise(sent.desired.fields)
        lost = [name for name in sorted(held) if remote.fields.get(name) != held[name]]
        if lost:
            self.sheet.altered(sent, lost)

    def _sent(self, change: Change) -> tuple[Change, bool]:
        """The change as it is sent, with ids for references, and whether all of them were known."""
        if change.desired is None:
            return change, True
        fields, complete = links.resolved(change.desired.fields, self._id)
        desired = change.desired.model_copy(update={"fields": fields})
        return change.model_copy(update={"desired": desired}), complete

    def _id(self, ident: str) -> str | None:
        if ident not in self.ids:
            entry = self.ledger.pages.get(self.name, ident)
            self.ids[ident] = entry.remote_id if entry else None
        return self.ids[ident]
