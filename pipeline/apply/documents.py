"""Apply a plan to a channel whose output is whole documents."""

from array import array
from collections.abc import Iterator
from contextlib import closing

from exporters.base import Document
from pipeline.apply.channel import Channel
from pipeline.apply.order import newest_first
from pipeline.apply.written import Written
from pipeline.change import Change, ChannelPlan
from pipeline.ledger import Deed, Entry
from pipeline.ledger.database import portions
from schemas.errors import ChannelDown, GuardStop, LedgerError, LeopardError, Rejected


class Documents(Channel):
    """Files first, then the documents that list them, then removals; remembered all at once.

    Killed anywhere in between, the ledger knows what was meant to be done, and the next run looks.
    """

    def carry_out(self, planned: ChannelPlan) -> None:
        changes, removals = planned.changes, array("q")
        with closing(Written()) as pages:
            for some in portions(enumerate(changes)):
                if self.stop.is_set():
                    self.sheet.left(len(some))
                    continue
                intents = [self.intent(change) for _, change in some]
                begun = self.ledger.journal.go_on(self.run, self.name, next_=intents)
                unwritten = array("q")
                for (at, change), intent, number in zip(some, intents, begun.numbers, strict=True):
                    if self.stop.is_set():
                        self.sheet.left()
                        unwritten.append(number)
                    elif change.desired is None:
                        removals.extend((at, number))
                        pages.put(number, change.ident, change.action)
                    elif self.sheet.waits(change):
                        unwritten.append(number)
                    else:
                        self._file(change, intent, number, pages)
                if unwritten and begun.fresh:
                    self.ledger.journal.go_on(self.run, self.name, never_sent=unwritten)
            written = list(self._publish(pages))
            for at, number in zip(removals[::2], removals[1::2], strict=True):
                self._remove(changes[at], number, pages)
            self.ledger.journal.receive(self.run, self.name, pages.deeds(), written)
            for ident, action in pages.actions():
                self.sheet.done(ident, action)

    def _file(self, change: Change, intent: Deed, number: int, pages: Written) -> None:
        try:
            remote = self.workers.writer.write(_as_remembered(change))
        except (ChannelDown, GuardStop, LedgerError):
            raise
        except LeopardError as error:
            self._failed(change, number, error)
        else:
            if change.desired is not None and remote is not None:
                entry = Entry.of(change.desired, remote)
                pages.put(number, change.ident, change.action, entry, remote.fields, intent)
            self.progress(self.name, 1)

    def _remove(self, change: Change, number: int, pages: Written) -> None:
        try:
            self.workers.writer.write(_as_remembered(change))
        except (ChannelDown, GuardStop, LedgerError):
            raise
        except LeopardError as error:
            pages.drop(change.ident)
            self._failed(change, number, error)

    def _failed(self, change: Change, number: int, error: LeopardError) -> None:
        if isinstance(error, Rejected):
            self.ledger.journal.refuse(number, error.message)
        self.sheet.failed(change, error)

    def _publish(self, pages: Written) -> Iterator[Document]:
        self.ledger.database.assure()
        old = self.ledger.pages.newest_first(self.name)
        held = newest_first(old, pages.__contains__, pages.newest_first())
        return self.workers.writer.exporter.publish(held, self.ledger.pages.documents(self.name))


def _as_remembered(change: Change) -> Change:
    """What we remember names every file of before, what lies there now perhaps not."""
    return change.model_copy(update={"remote": None}) if change.before else change
