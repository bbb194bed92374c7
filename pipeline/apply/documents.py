"""Apply a plan to a channel whose output is whole documents."""

from collections.abc import Iterable, Iterator

from exporters.base import Document
from pipeline.apply.channel import Channel
from pipeline.apply.order import newest_first
from pipeline.ledger import Deed
from pipeline.plan import Change, ChannelPlan
from schemas.errors import ChannelDown, LeopardError


class Documents(Channel):
    """Files first, then the documents that list them, then removals; remembered all at once.

    Killed anywhere in between, the ledger knows of nothing, and the next run writes the same bytes.
    """

    def carry_out(self, planned: ChannelPlan) -> None:
        deeds: list[Deed] = []
        removals = []
        for change in planned.changes:
            if self.stop.is_set():
                self.sheet.left()
            elif change.desired is None:
                removals.append(change)
            elif not self.sheet.waits(change):
                self._file(change, deeds)
        deeds += [self.deed(change, None) for change in removals]
        written = list(self._publish(deeds))
        for change in removals:
            self.workers.writer.write(change)
        self.ledger.journal.receive_all(self.run, self.name, deeds, written)
        for change in planned.changes:
            if any(deed.ident == change.ident for deed in deeds):
                self.sheet.done(change.action)

    def _file(self, change: Change, deeds: list[Deed]) -> None:
        try:
            remote = self.workers.writer.write(change)
        except ChannelDown:
            raise
        except LeopardError as error:
            self.sheet.failed(change, error)
        else:
            deeds.append(self.deed(change, remote))
            self.progress(self.name, 1)

    def _publish(self, deeds: Iterable[Deed]) -> Iterator[Document]:
        after = {deed.ident: deed.after for deed in deeds}
        held = newest_first(self.ledger.pages.all(self.name, newest_first=True), after)
        documents = self.ledger.pages.documents(self.name)
        return self.workers.writer.exporter.publish((entry.remote for entry in held), documents)
