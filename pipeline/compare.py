"""Which of a channel's pages have to be compared at all: what is wanted beside what is remembered."""

from collections.abc import Iterable, Iterator

from pipeline.cache.card import Card
from pipeline.cache.standing import Standings
from pipeline.desire import Wanted
from pipeline.joined import joined
from pipeline.ledger import Entry, Ledger, Outline
from pipeline.plan import Rules
from pipeline.planned import Compared
from pipeline.prepare import Prepared
from schemas import canonical
from schemas.record import is_public

AT_ONCE = 100
"""Entries that are fetched at once."""


class Comparison:
    """Leaves out what certainly is as it should be; with `afresh`, nothing."""

    def __init__(self, ledger: Ledger, *, afresh: bool) -> None:
        self.ledger, self.afresh = ledger, afresh

    def state_of(self, channel: Wanted) -> str:
        """Changes with the ledger and with how the channel's pages are rendered."""
        last = [run.id for run in self.ledger.history.latest(1)]  # a ledger put back has seen other runs
        return canonical.digest([self.ledger.lineage, self.ledger.serial, last, channel.rendering.way])

    def in_question(
        self, channel: Wanted, rules: Rules, standings: Standings
    ) -> Iterator[tuple[Card | None, Entry | None]]:
        """What is wanted beside what is remembered, by ident, without what is certainly as it should be."""
        if rules.observed is None and standings.is_known and not self.afresh:
            also = {*channel.early, *rules.gone, *rules.doubted, *rules.looked}
            for idents in standings.in_question(channel.cards.standing, channel.rendering.answers, also):
                outlines = {one.ident: one for one in self.ledger.pages.outlines(rules.channel, idents)}
                pairs = ((channel.cards.at(ident), outlines.get(ident)) for ident in idents)
                yield from self._compared(channel, rules, pairs)
        else:
            outlines_of_all = self.ledger.pages.outlines(rules.channel)
            yield from self._compared(channel, rules, joined(channel.cards.cards(), outlines_of_all))

    def _compared(
        self, channel: Wanted, rules: Rules, pairs: Iterable[tuple[Card | None, Outline | None]]
    ) -> Iterator[tuple[Card | None, Entry | None]]:
        waiting: list[tuple[Card | None, Outline | None]] = []
        for card, outline in pairs:
            calm = outline is not None and not self.afresh and rules.is_calm(outline.ident)
            if calm and card and outline and channel.is_as_before(card, outline):
                continue
            waiting.append((card, outline))
            if len(waiting) == AT_ONCE:
                yield from self._with_entries(rules.channel, waiting)
                waiting = []
        yield from self._with_entries(rules.channel, waiting)

    def _with_entries(
        self, name: str, pairs: list[tuple[Card | None, Outline | None]]
    ) -> Iterator[tuple[Card | None, Entry | None]]:
        idents = [outline.ident for _, outline in pairs if outline is not None]
        known = self.ledger.pages.several(name, idents) if idents else {}
        return ((card, known[outline.ident] if outline is not None else None) for card, outline in pairs)

    def keep(self, name: str, compared: Compared) -> None:
        """Know the next time which pages of a channel stand."""
        channel, standings = compared
        pages, gone = self.ledger.pages, list[str]()
        if standings.is_known:
            for idents in standings.asked():
                outlines = {one.ident: one for one in pages.outlines(name, idents)}
                for ident in idents:
                    if ident in outlines:
                        standings.put(channel.stood(channel.cards.at(ident), outlines[ident]))
                    else:
                        gone.append(ident)
        else:
            for card, outline in joined(channel.cards.cards(), pages.outlines(name)):
                if outline is not None:
                    standings.put(channel.stood(card, outline))
        standings.keep(self.state_of(channel), gone)


class Hidden:
    """Idents of valid records that may not be shown now, whatever else is wrong with them."""

    def __init__(self, prepared: Prepared) -> None:
        self.prepared = prepared

    def __contains__(self, ident: object) -> bool:
        card = self.prepared.content.cards.get(str(ident))
        waits = ident in self.prepared.transformed.waiting
        return waits or (card is not None and not is_public(card, self.prepared.at))
