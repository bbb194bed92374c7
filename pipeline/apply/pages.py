"""Apply a plan to a channel of pages: each write is journalled before it is sent, remembered right after.

One thread, that which applies, reads the plan and keeps the ledger; the others do nothing but send. So one
transaction takes all receipts that have come in and the intents of what is sent next, and no thread of the
senders waits for the disk.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from exporters.base import Remote
from pipeline import links
from pipeline.apply.batch import in_batches, send
from pipeline.apply.channel import Channel
from pipeline.apply.line import Line
from pipeline.apply.order import Order
from pipeline.apply.task import SYMBOL, Sent, Task, Unit
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
        self.named = set[str]()
        self.ids: dict[str, str | None] = {}
        self.unfinished: dict[str, Change] = {}
        self._again: list[Change] = []
        """What is to be written once more, by another decision."""

    def carry_out(self, planned: ChannelPlan) -> None:
        order = Order(planned.changes)
        self.named = order.named
        for change in planned.changes if self.named else ():  # what is about to be made anew has no id yet,
            if change.action == "create" or change.remote:  # whatever is remembered
                self._note_id(change.ident, change.remote.id if change.remote else None)
        with self.workers.line(self._carried) as line:
            for wave in order.waves():
                self._wave(line, wave)
            self._wave(line, list(self.unfinished.values()))

    def _wave(self, line: Line[Unit, list[Sent]], wave: Iterable[Change]) -> None:
        units, ended = self._units(wave), list[Sent]()
        while True:
            ready = self._ready(units, line.room)
            if ended or ready:
                self._go_on(ended, ready)
                line.put(ready)
            if line.is_empty and not self._again:
                return
            ended = [] if line.is_empty else [sent for unit in line.take() for sent in unit]

    def _ready(self, units: Iterator[Unit], room: int) -> list[Unit]:
        """As many units as there is room for."""
        again, self._again = self._again, []
        first = [[self._task(change)] for change in again if self._may_begin(change)]
        return [*first, *islice(units, max(0, room - len(first)))]

    def _units(self, wave: Iterable[Change]) -> Iterator[Unit]:
        size = self.exporter.capabilities.batch
        if size > 1:
            for batch in in_batches(wave, size):
                yield from self._batched([self._task(one) for one in batch if self._may_begin(one)])
        else:
            yield from ([self._task(change)] for change in wave if self._may_begin(change))

    def _batched(self, tasks: list[Task]) -> Iterator[Unit]:
        """Several writes in one request; what is there already, and what is to be adopted, alone."""
        together = [task for task in tasks if not self._is_there(task.sent)]
        if len(together) < 2 or any(task.change.action == "adopt" for task in together):
            yield from ([task] for task in tasks)
        else:
            yield from ([task] for task in tasks if self._is_there(task.sent))
            yield together

    def _may_begin(self, change: Change) -> bool:
        if self._is_over():
            self.sheet.left()
            return False
        return not self.sheet.waits(change)

    def _is_over(self) -> bool:
        return self.stop.is_set() or self.sheet.applied.down

    def _task(self, change: Change) -> Task:
        change = self._spared(change)
        intent = self.intent(change)
        if intent.fields is None or SYMBOL not in intent.fields:
            return Task(change, change, complete=True, intent=intent, is_linked=False)
        if change.action == "create" or change.remote:
            self.ids.setdefault(change.ident, change.remote.id if change.remote else None)
        sent, complete = self._sent(change)
        return Task(change, sent, complete, intent, is_linked=True)

    def _go_on(self, ended: Sequence[Sent], ready: Sequence[Unit]) -> None:
        """Remember what has ended, and what begins now; only then count the one, and send the other."""
        receipts, refused, never_sent = [], [], []
        for sent in ended:
            task, outcome = sent.task, sent.outcome
            if not sent.begun:
                never_sent.extend([task.number] if task.fresh else [])
            elif isinstance(outcome, Rejected):  # else its intent stays open: the next run asks
                if found := _taken_over(task.change):
                    receipts.append((task.number, found))
                else:
                    refused.append((task.number, outcome.message))
            elif not isinstance(outcome, LeopardError):
                receipts.append((task.number, self._receipt(task, outcome)))
        tasks = [task for unit in ready for task in unit]
        begun = self.ledger.journal.go_on(
            self.run,
            self.name,
            done=receipts,
            refused=refused,
            never_sent=never_sent,
            next_=[task.intent for task in tasks],
        )
        for task, number in zip(tasks, begun.numbers, strict=True):
            task.number, task.fresh = number, begun.fresh
        for sent in ended:
            self._settle(sent)

    def _settle(self, sent: Sent) -> None:
        """Tell what became of a change, now that the ledger knows."""
        change, outcome = sent.task.change, sent.outcome
        if not sent.begun:
            self.sheet.left()
        elif isinstance(outcome, LeopardError):
            self._refused(sent, outcome)
        else:
            if self.unfinished.get(change.ident) is not change:  # a second write is not counted again
                self.sheet.done(change.ident, change.action)
            if change.before and outcome and change.before.remote_id != outcome.id:
                self.sheet.applied.moved = True
            self._note_id(change.ident, outcome.id if outcome else None)
            self.progress(self.name, 1)

    def _note_id(self, ident: str, page: str | None) -> None:
        if ident in self.named or ident in self.ids:
            self.ids[ident] = page

    def _carried(self, unit: Unit) -> list[Sent]:
        """Send one request. In a thread of its own; touches no ledger."""
        if self._is_over():
            return [Sent(task, begun=False) for task in unit]
        if len(unit) > 1:
            outcomes = send(self.workers.writer, [task.sent for task in unit])
            done = [Sent(task, outcomes[task.change.ident]) for task in unit]
        else:
            done = [self._one(task) for task in unit]
        for sent in done:
            if isinstance(sent.outcome, StaleWrite):
                self._look(sent)
            if isinstance(sent.outcome, ChannelDown):
                self.sheet.give_up(sent.outcome)
        return done

    def _one(self, task: Task) -> Sent:
        sent = task.sent
        try:
            return Sent(task, sent.remote if self._is_there(sent) else self.workers.writer.write(sent))
        except LeopardError as error:
            return Sent(task, error)

    def _look(self, sent: Sent) -> None:
        """Somebody wrote to the page since we last looked: look."""
        if self._may_look_again(sent.task.change):
            try:
                sent.live = self.workers.writer.find(sent.task.change)
            except LeopardError as error:
                sent.outcome = error

    def _may_look_again(self, change: Change) -> bool:
        return self.exporter.capabilities.lookup and change.remote is None

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

    def _refused(self, sent: Sent, error: LeopardError) -> None:
        """One write was not made, or nobody knows; then its intent stays open: the next run asks."""
        change = sent.task.change
        if isinstance(error, StaleWrite) and self._may_look_again(change):
            self._decide_again(change, sent.live)
        elif not isinstance(error, ChannelDown):
            self.sheet.failed(change, error)

    def _decide_again(self, change: Change, live: Remote | None) -> None:
        """Somebody else wrote to the page: go by the policy, once."""
        again = decide(change.desired, change.before, self.rules.seeing({change.ident: live} if live else {}))
        if again is None:
            return
        if again.action == "conflict":
            self.sheet.conflict(again)
        else:
            self._again.append(again)

    def _receipt(self, task: Task, remote: Remote | None) -> Deed:
        change = task.change
        deed = self.deed(change, remote, task.intent.fields)
        self._compare(task.sent, remote)
        if deed.after is None or not task.is_linked:
            return deed
        fields = deed.after.fields
        now = links.linked(deed.after.digest, fields, self._id) if task.complete else UNFINISHED
        after = deed.after.model_copy(update={"digest": now})
        if not task.complete:
            again = {"action": "update", "before": after, "remote": remote}
            self.unfinished[change.ident] = change.model_copy(update=again)
        return dataclasses.replace(deed, after=after)

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


def _taken_over(change: Change) -> Deed | None:
    """What is remembered of a page that refused to be adopted, so that no second one is made."""
    if change.action == "adopt" and change.before is None and change.remote is not None:
        found = Entry.found(change.remote, TAKEN_OVER)
        return Deed(change.ident, "adopt", found, found)
    return None
