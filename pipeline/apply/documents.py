"""Apply a plan to a channel whose output is whole documents."""

from array import array
from collections.abc import Iterator, Sequence
from contextlib import closing

from exporters.base import Document
from pipeline.apply.channel import Channel
from pipeline.apply.order import newest_first
from pipeline.apply.written import Written
from pipeline.change import Change, ChannelPlan
from pipeline.ledger import Deed
from schemas.errors import ChannelDown, GuardStop, LedgerError, LeopardError, Rejected


class Documents(Channel):
    """Files first, then the documents that list them, then removals; remembered all at once.

    Killed anywhere in between, the ledger knows what was meant to be done, and the next run looks.
    """

    def carry_out(self, planned: ChannelPlan) -> None:
        changes = planned.changes
        numbers = array("q", self.ledger.journal.intend(self.run, self.name, map(self.intent, changes)))
        with closing(Written()) as pages:
            removals = array("q")
            for at, change in enumerate(changes):
                if self.stop.is_set():
                    self.sheet.left()
                elif change.desired is None:
                    removals.append(at)
                    pages.put(change, None)
                elif not self.sheet.waits(change):
                    self._file(change, numbers[at], pages)
            written = list(self._publish(pages))
            for at in removals:
                self._file(changes[at], numbers[at], pages)
            self.ledger.journal.receive(self.run, self.name, self._receipts(changes, numbers, pages), written)
            for ident, action in pages.actions():
                self.sheet.done(ident, action)

    def _file(self, change: Change, number: int, pages: Written) -> None:
        known = change.model_copy(update={"remote": None}) if change.before else change
        try:  # what we remember names every file of before, what lies there now perhaps not
            remote = self.workers.writer.write(known)
        except (ChannelDown, GuardStop, LedgerError):
            raise
        except LeopardError as error:
            pages.drop(change.ident)
            if isinstance(error, Rejected):
                self.ledger.journal.refuse(number, error.message)
            self.sheet.failed(change, error)
        else:
            if change.desired is not None:
                after = self.deed(change, remote).after
                pages.put(change, remote, after.sort_key if after else None)
                self.progress(self.name, 1)

    def _publish(self, pages: Written) -> Iterator[Document]:
        self.ledger.database.assure()
        old = self.ledger.pages.newest_first(self.name)
        held = newest_first(old, pages.__contains__, pages.newest_first())
        return self.workers.writer.exporter.publish(held, self.ledger.pages.documents(self.name))

    def _receipts(
        self, changes: Sequence[Change], numbers: Sequence[int], pages: Written
    ) -> Iterator[tuple[int, Deed]]:
        for number, change in zip(numbers, changes, strict=True):
            if change.ident in pages:
                yield number, self.deed(change, pages[change.ident])
