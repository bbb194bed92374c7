"""Apply a plan to a channel whose output is whole documents."""

from array import array
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

from exporters.base import Document, Remote
from pipeline.apply.channel import Channel
from pipeline.apply.order import newest_first
from pipeline.apply.written import Written
from pipeline.change import Change, ChannelPlan
from pipeline.engine.base import DIED
from pipeline.engine.writing import Turn, writings
from pipeline.ledger import Entry
from pipeline.ledger.database import portions
from pipeline.observe.spans import span
from schemas.errors import Ambiguous, ChannelDown, GuardStop, LedgerError, LeopardError, Rejected


class Documents(Channel):
    """Files first, then the documents that list them, then removals; remembered all at once.

    Killed anywhere in between, the ledger knows what was meant to be done, and the next run looks.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._unwritten = array("q")

    def carry_out(self, planned: ChannelPlan) -> None:
        changes, removals = planned.changes, array("q")
        assure = self.ledger.database.assure
        with closing(Written()) as pages:
            for turn, page in writings(self.engine, self.exporter, assure, self._turns(changes)):
                if page is None and self.stop.is_set():
                    self.sheet.left()
                    self._not_written(turn)
                elif turn.change.desired is None:
                    removals.extend((turn.at, turn.number))
                    pages.gone(turn.number, turn.change.ident, turn.change.action)
                elif page is None and self.sheet.waits(turn.change):
                    self._not_written(turn)
                else:
                    self._file(turn, page, pages)
            self._take_back()
            written = list(self._publish(pages))
            for at, number in zip(removals[::2], removals[1::2], strict=True):
                self._remove(changes[at], number, pages)
            self.ledger.journal.receive(self.run, self.name, pages.deeds(), written)
            for ident, action in pages.actions():
                self.sheet.done(ident, action)

    def _turns(self, changes: Sequence[Change]) -> Iterator[Turn]:
        """Changes whose intents are noted: so many at once, those before them are done or under way."""
        for some in portions(enumerate(changes)):
            if self.stop.is_set():
                self.sheet.left(len(some))
                continue
            intents = [self.intent(change) for _, change in some]
            begun = self.ledger.journal.go_on(self.run, self.name, next_=intents)
            for (at, change), intent, number in zip(some, intents, begun.numbers, strict=True):
                yield Turn(at, change, intent, number, begun.fresh)
            self._take_back()

    def _not_written(self, turn: Turn) -> None:
        if turn.fresh:
            self._unwritten.append(turn.number)

    def _take_back(self) -> None:
        """Intents of which certainly nothing was done are none."""
        if self._unwritten:
            self.ledger.journal.go_on(self.run, self.name, never_sent=self._unwritten)
            self._unwritten = array("q")

    def _file(self, turn: Turn, page: Remote | str | None, pages: Written) -> None:
        """Write a page here, if it was not written elsewhere, and note what it has become."""
        change = turn.change
        try:
            if page == DIED:
                raise Ambiguous("two processes that wrote it ended without a word")
            if isinstance(page, Remote):
                with span("write", key=change.ident, action=change.action):
                    remote: Remote | None = page
            else:
                remote = self.workers.writer.write(_as_remembered(change))
        except (ChannelDown, GuardStop, LedgerError):
            raise
        except LeopardError as error:
            self._failed(change, turn.number, error)
        else:
            if change.desired is not None and remote is not None:
                entry = Entry.of(change.desired, remote)
                pages.put(turn.number, change.action, entry, remote, turn.intent.fields)
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
