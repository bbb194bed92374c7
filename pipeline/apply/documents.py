"""Apply a plan to a channel whose output is whole documents."""

from collections.abc import Iterable, Iterator, Sequence

from exporters.base import Document
from pipeline.apply.channel import Channel
from pipeline.apply.order import newest_first
from pipeline.change import Change, ChannelPlan
from pipeline.ledger import Deed
from schemas.errors import ChannelDown, LeopardError, Rejected


class Documents(Channel):
    """Files first, then the documents that list them, then removals; remembered all at once.

    Killed anywhere in between, the ledger knows what was meant to be done, and the next run looks.
    """

    def carry_out(self, planned: ChannelPlan) -> None:
        numbers = self._intend(planned.changes)
        deeds: dict[str, Deed] = {}
        removals = []
        for change in planned.changes:
            if self.stop.is_set():
                self.sheet.left()
            elif change.desired is None:
                removals.append(change)
                deeds[change.ident] = self.deed(change, None)
            elif not self.sheet.waits(change):
                self._file(change, numbers[change.ident], deeds)
        written = list(self._publish(deeds.values()))
        for change in removals:
            self._file(change, numbers[change.ident], deeds)
        receipts = [(numbers[ident], deed) for ident, deed in deeds.items()]
        self.ledger.journal.receive(self.run, self.name, receipts, written)
        for change in planned.changes:
            if change.ident in deeds:
                self.sheet.done(change)

    def _intend(self, changes: Sequence[Change]) -> dict[str, int]:
        deeds = [self.intent(change) for change in changes]
        numbers = self.ledger.journal.intend(self.run, self.name, deeds)
        return {deed.ident: number for deed, number in zip(deeds, numbers, strict=True)}

    def _file(self, change: Change, number: int, deeds: dict[str, Deed]) -> None:
        known = change.model_copy(update={"remote": None}) if change.before else change
        try:  # what we remember names every file of before, what lies there now perhaps not
            remote = self.workers.writer.write(known)
        except ChannelDown:
            raise
        except LeopardError as error:
            deeds.pop(change.ident, None)
            if isinstance(error, Rejected):
                self.ledger.journal.refuse(number, error.message)
            self.sheet.failed(change, error)
        else:
            if change.desired is not None:
                deeds[change.ident] = self.deed(change, remote)
                self.progress(self.name, 1)

    def _publish(self, deeds: Iterable[Deed]) -> Iterator[Document]:
        after = {deed.ident: deed.after for deed in deeds}
        held = newest_first(self.ledger.pages.all(self.name, newest_first=True), after)
        documents = self.ledger.pages.documents(self.name)
        return self.workers.writer.exporter.publish((entry.remote for entry in held), documents)
