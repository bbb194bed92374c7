"""The register of figures: each one, where it comes from, how old it is, and every place that shows it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby, islice

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pipeline.web import figures
from pipeline.web.asked import anew, text_of
from pipeline.web.cells import Board, Cell, web_address
from pipeline.web.dash import Dash
from pipeline.web.insight import Insight
from pipeline.web.sight import Sight
from pipeline.web.view import page
from schemas.statistic import Statistic

SHOWN = 50
"""Figures on one page."""
PLACES = 20
"""Records that are named as showing a figure; the content matrix has all."""


@dataclass(frozen=True)
class Read:
    """A figure in one language."""

    ident: str
    locale: str
    words: str | None
    """None if it is not for this visitor."""
    statistic: Statistic
    why: str


@dataclass(frozen=True)
class Entry:
    """One figure of the register."""

    key: str
    read: list[Read]
    of: str | None
    years: int | None
    old: bool
    source: str | None
    link: str | None
    places: dict[str, list[Cell]]
    """Per record that shows it, the channels that have or will have that."""
    more: int
    """Records that show it and are not among these."""


class Statistics:
    """All figures of the project."""

    def __init__(self, dash: Dash) -> None:
        self.dash = dash

    def routes(self) -> Iterator[Route]:
        yield Route("/statistics", self.show)

    def show(self, request: Request) -> Response:
        query = request.query_params
        look = self.dash.looking.look(anew(query))
        sight = Sight.of(request.state.visitor, look)
        text, after, old = text_of(query, "q"), text_of(query, "after"), "old" in query
        found: list[Entry] = []
        if look.insight is not None:
            register = Register(look.insight, sight, Board(look, self.dash.ledger, sight))
            chosen = register.entries(text, after, only_old=old)
            found = list(islice(chosen, SHOWN + 1))
        known = {
            "look": look,
            "since": self.dash.looking.since,
            "text": text,
            "old": old,
            "after": after,
            "entries": found[:SHOWN],
            "more": found[SHOWN - 1].key if len(found) > SHOWN else None,
            "years": figures.OLD,
        }
        return page(request, "statistics.html", **known)


class Register:
    """Puts together what is known of each figure."""

    def __init__(self, insight: Insight, sight: Sight, board: Board) -> None:
        self.insight, self.sight, self.board = insight, sight, board
        self.today: date = sight.now.date()

    def entries(self, text: str, after: str, *, only_old: bool) -> Iterator[Entry]:
        """Figures that fit, by key."""
        idents = (ident for ident in self.insight.idents if ident.startswith("statistic:"))
        for key, group in groupby(idents, key=lambda ident: ident.rpartition("@")[0]):
            read = [one for ident in group if (one := self._read(ident))]
            if key > after and read and self._fits(key, read, text):
                entry = self._entry(key, read)
                if entry.old or not only_old:
                    yield entry

    def _read(self, ident: str) -> Read | None:
        known = self.insight.finished.get(ident) or self.insight.records.get(ident)
        if not isinstance(known, Statistic):
            return None
        words = None if self.sight.hides(ident) else figures.words(known)
        return Read(ident, known.locale, words, known, self.sight.why(ident))

    def _fits(self, key: str, read: list[Read], text: str) -> bool:
        if figures.even(text) in key:
            return True
        return any(one.words is not None and figures.says(one.statistic, text) for one in read)

    def _entry(self, key: str, read: list[Read]) -> Entry:
        shown = [one.statistic for one in read if one.words is not None]
        of = next((of for one in shown if (of := figures.dated(one))), None)
        citation = next((one.citation for one in shown if one.citation), None)
        where = [*(one.ident for one in read), *self.insight.quotes.get(key, ())]
        rows = self.board.rows(where[:PLACES], list(self.board.look.project.channels))
        return Entry(
            key=key,
            read=read,
            of=of,
            years=figures.years_since(of, self.today) if of else None,
            old=any(figures.is_old(one, self.today) for one in shown),
            source=(citation.text or citation.report or citation.url) if citation else None,
            link=web_address(citation.url) if citation else None,
            places={ident: [cell for cell in row.values() if _shows(cell)] for ident, row in rows.items()},
            more=max(len(where) - PLACES, 0),
        )


def _shows(cell: Cell) -> bool:
    return cell.holding is not None or cell.state == "create"
