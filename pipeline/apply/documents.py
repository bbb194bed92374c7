"""Apply a plan to a channel whose output is whole documents."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from exporters.base import Document, Remote
from pipeline.apply.channel import Channel
from pipeline.apply.order import newest_first
from pipeline.change import Change, ChannelPlan
from schemas.errors import ChannelDown, LeopardError, Rejected


class Documents(Channel):
    """Files first, then the documents that list them, then removals; remembered all at once.

    Killed anywhere in between, the ledger knows what was meant to be done, and the next run looks.
    """

    def carry_out(self, planned: ChannelPlan) -> None:
        numbers = self._intend(planned.changes)
        pages: dict[str, Remote | None] = {}
        removals = []
        for change in planned.changes:
            if self.stop.is_set():
                self.sheet.left()
            elif change.desired is None:
                removals.append(change)
                pages[change.ident] = None
            elif not self.sheet.waits(change):
                self._file(change, numbers[change.ident], pages)
        written = list(self._publish(planned.changes, pages))
        for change in removals:
            self._file(change, numbers[change.ident], pages)
        done = [change for change in planned.changes if change.ident in pages]
        receipts = ((numbers[one.ident], self.deed(one, pages[one.ident])) for one in done)
        self.ledger.journal.receive(self.run, self.name, receipts, written)
        for change in done:
            self.sheet.done(change)

    def _intend(self, changes: Sequence[Change]) -> dict[str, int]:
        numbers = self.ledger.journal.intend(self.run, self.name, map(self.intent, changes))
        return {change.ident: number for change, number in zip(changes, numbers, strict=True)}

    def _file(self, change: Change, number: int, pages: dict[str, Remote | None]) -> None:
        known = change.model_copy(update={"remote": None}) if change.before else change
        try:  # what we remember names every file of before, what lies there now perhaps not
            remote = self.workers.writer.write(known)
        except ChannelDown:
            raise
        except LeopardError as error:
            pages.pop(change.ident, None)
            if isinstance(error, Rejected):
                self.ledger.journal.refuse(number, error.message)
            self.sheet.failed(change, error)
        else:
            if change.desired is not None:
                pages[change.ident] = remote
                self.progress(self.name, 1)

    def _publish(self, changes: Iterable[Change], pages: Mapping[str, Remote | None]) -> Iterator[Document]:
        changed = {one.ident: self._listed(one, pages[one.ident]) for one in changes if one.ident in pages}
        held = newest_first(self.ledger.pages.newest_first(self.name), changed)
        return self.workers.writer.exporter.publish(held, self.ledger.pages.documents(self.name))

    def _listed(self, change: Change, remote: Remote | None) -> tuple[str, Remote] | None:
        """A page as it will be remembered, behind what it is ordered by."""
        after = self.deed(change, remote).after
        return None if after is None else (after.sort_key, after.remote)
