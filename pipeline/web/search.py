"""Finds records for the content matrix, in the content and in what the channels hold."""

import heapq
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, islice
from urllib.parse import urlencode

from pipeline.ledger import Ledger, Sought
from pipeline.web import figures
from pipeline.web.cells import Board, Row, takes
from pipeline.web.insight import Insight
from pipeline.web.looking import Look
from pipeline.web.sight import Sight
from schemas.record import Record
from schemas.statistic import Statistic

ROWS = 100


@dataclass(frozen=True)
class Filter:
    """What somebody looks for."""

    text: str = ""
    kind: str | None = None
    locale: str | None = None
    channel: str | None = None
    differs: bool = False
    """Only what some channel does not have as the content has it."""
    after: str = ""
    """The last ident of the page before."""

    def address(self, **more: str) -> str:
        """Where the same is asked for, from the beginning unless `more` says otherwise."""
        words = {"q": self.text, "kind": self.kind, "language": self.locale, "channel": self.channel}
        words |= {"differs": "1" if self.differs else ""} | more
        return f"/matrix?{urlencode({name: word for name, word in words.items() if word})}"


@dataclass(frozen=True)
class Line:
    """One record in one language, and its cells."""

    ident: str
    title: str | None
    """None if it is not for this visitor."""
    why: str
    """Why it is not public, if it is not."""
    quotes: tuple[str, ...]
    """Statistics that it shows, of those that were looked for."""
    cells: Row


class Search:
    """Records that fit a filter, in the order of idents."""

    def __init__(self, look: Look, ledger: Ledger, sight: Sight, sought: Filter) -> None:
        self.look, self.ledger, self.sight, self.sought = look, ledger, sight, sought
        self.text = figures.even(sought.text)
        self.content = _Content(self, look.insight) if look.insight else None
        self.channels = [sought.channel] if sought.channel else list(look.project.channels)

    def lines(self) -> tuple[list[Line], bool]:
        """One page of rows, and whether there are more."""
        streams = [self.content.idents()] if self.content else []
        if self.text or not self.sought.differs:
            streams += [self._of_channel(name) for name in self.channels]
        found = list(islice((ident for ident, _ in groupby(heapq.merge(*streams))), ROWS + 1))
        rows = Board(self.look, self.ledger, self.sight).rows(found[:ROWS], self.channels, self.sought.text)
        quoted = self.content.quoted if self.content and self.text else {}
        lines = [self._line(ident, row, quoted.get(ident, ())) for ident, row in rows.items()]
        return lines, len(found) > ROWS

    def _line(self, ident: str, cells: Row, quotes: tuple[str, ...]) -> Line:
        holdings = [cell.holding for cell in cells.values() if cell.holding]
        record = self.sight.record(ident)
        public = any(one.state == "published" for one in holdings)
        hidden = self.sight.hides(ident, "published" if public else None)
        title = record.title if record else next((one.title for one in holdings), "")
        return Line(
            ident=ident,
            title=None if hidden else title,
            why=self.sight.why(ident) if record or hidden else "",
            quotes=() if hidden else quotes,
            cells=cells,
        )

    def _of_channel(self, channel: str) -> Iterator[str]:
        sought = Sought(text=self.sought.text, kind=self.sought.kind, locale=self.sought.locale)
        for ident, state in self.ledger.pages.listed(channel, sought, self.sought.after):
            shown = self.text in ident or not self.sight.hides(ident, state)
            if shown and (self.content is None or self.content.wants(ident)):
                yield ident


class _Content:
    """The part of a search that looks through the content."""

    def __init__(self, search: Search, insight: Insight) -> None:
        self.insight, self.look, self.sight = insight, search.look, search.sight
        self.sought, self.text = search.sought, search.text

    def idents(self) -> Iterator[str]:
        """What fits, from where the page before ended."""
        return filter(self._fits, self._named() if self.text else self._every())

    def _every(self) -> Iterator[str]:
        every = self.insight.differing if self.sought.differs else self.insight.idents
        return islice(every, bisect_right(every, self.sought.after), None)

    def _named(self) -> Iterator[str]:
        """What has the words in it, or shows a figure that has, whether or not it is to be shown."""
        after, insight = self.sought.after, self.insight
        begin = f"{self.sought.kind}:" if self.sought.kind else ""
        showing = sorted(ident for ident in self.quoted if ident > after)
        for ident, _ in groupby(heapq.merge(insight.words.find(self.text, begin, after), showing)):
            if insight.differs(ident) if self.sought.differs else insight.has(ident):
                yield ident

    def wants(self, ident: str) -> bool:
        """Does a channel's page fit, which has the words that are looked for?"""
        if not self.sought.differs:
            return True
        channel = self.sought.channel
        return self.insight.differs(ident) and (channel is None or self._concerns(ident, channel))

    def _fits(self, ident: str) -> bool:
        sought = self.sought
        if sought.kind and not ident.startswith(f"{sought.kind}:"):
            return False
        if sought.locale and not ident.endswith(f"@{sought.locale}"):
            return False
        if sought.channel and not self._concerns(ident, sought.channel):
            return False
        return self.text in ident or self._is_about(ident)

    def _concerns(self, ident: str, channel: str) -> bool:
        """Is it a matter of this channel?"""
        insight = self.insight
        if channel in insight.changes(ident) or ident in insight.waiting.get(channel, ()):
            return True
        alike = not self.sought.differs or ident in insight.held
        return alike and takes(self.look.project.channels[channel], ident)

    def _is_about(self, ident: str) -> bool:
        """Do its title, or the figures that it quotes, say what is looked for?"""
        record = self.insight.records.get(ident)
        if record is None:
            return any(
                self.text in figures.even(change.title)
                for change in self.insight.changes(ident).values()
                if not self.sight.hides(ident, change.before.state if change.before else None)
            )
        return not self.sight.hides(ident) and (self._says(record) or ident in self.quoted)

    def _says(self, record: Record) -> bool:
        if isinstance(record, Statistic):
            return figures.says(record, self.text)
        return self.text in figures.even(record.title)

    @cached_property
    def quoted(self) -> dict[str, tuple[str, ...]]:
        """Per ident, the statistics that are looked for and that it shows."""
        found: dict[str, set[str]] = {}
        for ident in self.insight.words.find(self.text, "statistic:"):
            record = self.insight.records.get(ident)
            if isinstance(record, Statistic) and (self.text in ident or not self.sight.hides(ident)):
                for where in self.insight.quotes.get(record.key, ()):
                    found.setdefault(where, set()).add(record.key)
        return {ident: tuple(sorted(keys)) for ident, keys in found.items()}
