"""What may be shown at an instant, and what stands in place of records that name some that may not."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from pipeline.cache.card import Card, as_text, card_of, listed
from pipeline.cache.cards import Cards
from pipeline.cache.records import RecordIndex
from pipeline.read import Content
from pipeline.steps.marks import cited
from schemas.record import Timed, is_public
from schemas.walk import without

May = Callable[[Timed, datetime], bool]
"""May a record be shown at that instant?"""


@dataclass(frozen=True)
class Seen:
    """Records that are not held back, told apart."""

    everything: RecordIndex
    public: RecordIndex
    """What may be shown, and knows of nothing else."""
    whole: Cards
    """Of that, what is shown as it was read."""
    instead: dict[str, Card | None]
    """What stands in place of others that are public, by ident; None where one has to wait."""
    hidden: Cards
    """What may not be shown."""


class Visibility:
    """Tells apart the records of one run. `waits` is told of each that may be shown and has to wait."""

    def __init__(
        self, content: Content, default_locale: str, may: May, waits: Callable[[Card], None]
    ) -> None:
        self.content, self.store = content, content.store
        self.default_locale, self.may, self.waits = default_locale, may, waits

    def at(self, now: datetime) -> Seen:
        """As of the instant `now`."""
        held = self._table_of(self.content.findings.held)
        standing = self.content.cards.chosen(f"ident NOT IN (SELECT ident FROM {held})")  # noqa: S608
        concealed = self._concealed(standing, now)
        hidden = standing.chosen(f"ident IN (SELECT ident FROM {concealed})")  # noqa: S608
        shown = self._index(standing.chosen(f"ident NOT IN (SELECT ident FROM {concealed})"))  # noqa: S608
        instead = self._instead(shown, hidden)
        changed = self._table_of(instead)
        return Seen(
            everything=self._index(standing),
            public=RecordIndex(shown.standing, self.default_locale, instead=instead),
            whole=shown.standing.chosen(f"ident NOT IN (SELECT ident FROM {changed})"),  # noqa: S608
            instead=instead,
            hidden=hidden,
        )

    def _index(self, cards: Cards) -> RecordIndex:
        return RecordIndex(cards, self.default_locale)

    def _table_of(self, idents: Iterable[str]) -> str:
        table = self.store.table("(ident TEXT PRIMARY KEY) WITHOUT ROWID")
        self.store.run_all(f"INSERT OR IGNORE INTO {table} VALUES (?)", ((ident,) for ident in idents))  # noqa: S608
        return table

    def _concealed(self, standing: Cards, now: datetime) -> str:
        """A table of what may not be shown at `now`."""
        if self.may is not is_public:
            return self._table_of(card.ident for card in standing if not self.may(card, now))
        table, at = self._table_of(()), now.astimezone(UTC).isoformat()
        for found, more in standing.parts("ident", "NOT is_open(status, opens, closes, ?)", at):
            self.store.run(f"INSERT OR IGNORE INTO {table} {found}", more)
        return table

    def _instead(self, shown: RecordIndex, concealed: Cards) -> dict[str, Card | None]:
        """What stands in place of public records that refer to some that are not: one without those
        references, or nothing, if it has to wait for them.
        """
        instead: dict[str, Card | None] = {}
        lost: set[str] = set()
        left = RecordIndex(shown.standing, shown.default_locale, instead=instead)
        new = {key for key in {card.key for card in concealed} if key not in shown}

        def hidden(key: str) -> bool:
            return key in lost

        while new:
            lost |= new
            waiting = []
            for ident in sorted(self._referring(shown.standing, new)):
                card = left.at(ident)
                rest = self._without(card, hidden) if card is not None else None
                if card is not None and rest is None:
                    waiting.append(card)
                elif rest is not card:
                    instead[ident] = rest
            for card in waiting:
                self.waits(card)
                instead[card.ident] = None
            new = {card.key for card in waiting if card.key not in left}
        return instead

    def _referring(self, cards: Cards, keys: Iterable[str]) -> set[str]:
        """Idents of those that refer to one of these keys."""
        table = self._table_of(keys)
        found = set[str]()
        for column, key in (("refs", "json_extract(value, '$[2]')"), ("cites", "value")):
            there = f"EXISTS (SELECT 1 FROM json_each({column}) WHERE {key} IN (SELECT ident FROM {table}))"  # noqa: S608
            referring = "(refs IS NOT NULL OR cites IS NOT NULL)"
            for part in cards.parts("ident", f"{referring} AND {column} IS NOT NULL AND {there}"):
                found.update(ident for (ident,) in self.store.rows(*part))
        return found

    def _without(self, card: Card, hidden: Callable[[str], bool]) -> Card | None:
        """The card of a record without its references to `hidden` ones; None if it cannot do without them."""
        if any(map(hidden, listed(card.cites))):
            return None
        if not any(hidden(key) for *_, key in card.references()):
            return card
        record = without(self.store.load(card), hidden)
        if record is None:
            return None
        rest = card_of(record, *self.store.put(record))
        self.store.let_pass(rest)
        rest.cites = as_text(cited(record))
        return rest
