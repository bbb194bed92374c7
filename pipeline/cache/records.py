"""Records by ident and by key, each read from the store when it is asked for."""

from collections.abc import Iterator, Mapping
from hashlib import blake2b
from types import MappingProxyType

from pipeline.cache.card import Card
from pipeline.cache.cards import Cards
from schemas.record import Record

AS_IT_IS: Mapping[str, Card | None] = MappingProxyType({})


class Records(Mapping[str, Record]):
    """Records by ident."""

    def __init__(self, cards: Cards) -> None:
        self._cards = cards

    def __getitem__(self, ident: str) -> Record:
        card = self._cards.get(ident)
        if card is None:
            raise KeyError(ident)
        return self._cards.store.load(card)

    def __contains__(self, ident: object) -> bool:
        return ident in self._cards

    def __iter__(self) -> Iterator[str]:
        return (card.ident for card in self._cards)

    def __len__(self) -> int:
        return len(self._cards)


class RecordIndex:
    """Records by key and locale. `get` falls back to the site's first language, then to any."""

    def __init__(
        self,
        cards: Cards,
        default_locale: str,
        instead: Mapping[str, Card | None] = AS_IT_IS,
    ) -> None:
        """Those of `cards`; `instead` of some others stand, or none."""
        self.standing, self.store, self.default_locale = cards, cards.store, default_locale
        self._instead = instead
        self._digests: dict[tuple[str, str], bytes] = {}

    def at(self, ident: str) -> Card | None:
        """The card of an ident."""
        if ident in self._instead:
            return self._instead[ident]
        return self.standing.get(ident)

    def card(self, key: str, locale: str) -> Card | None:
        """The card of what `get` gives."""
        for tag in dict.fromkeys((locale, self.default_locale, *sorted(self.standing.locales))):
            found = self.at(f"{key}@{tag}")
            if found is not None:
                return found
        return None

    def get(self, key: str, locale: str) -> Record | None:
        card = self.card(key, locale)
        return None if card is None else self.store.load(card)

    def of_kind(self, kind: str, locale: str) -> Iterator[Record]:
        return map(self.store.load, self.cards_of(kind, locale))

    def digest_of_kind(self, kind: str, locale: str) -> bytes:
        """Changes when anything does that `of_kind` gives."""
        if (kind, locale) not in self._digests:
            summed = blake2b(digest_size=16)
            for card in self.cards_of(kind, locale):
                summed.update(card.ident.encode() + card.digest)
            self._digests[kind, locale] = summed.digest()
        return self._digests[kind, locale]

    def cards_of(self, kind: str, locale: str) -> Iterator[Card]:
        """The cards of what `of_kind` gives."""
        last = None
        for one in self.standing.of_kind(kind):
            if one.key != last and (card := self.card(one.key, locale)) is not None:
                yield card
            last = one.key

    def cards(self) -> Iterator[Card]:
        """All, by ident."""
        for card in self.standing:
            if card.ident in self._instead:
                if (other := self._instead[card.ident]) is not None:
                    yield other
            else:
                yield card

    def __iter__(self) -> Iterator[Record]:
        return map(self.store.load, self.cards())

    def __contains__(self, key: object) -> bool:
        return any(self.at(f"{key}@{tag}") is not None for tag in self.standing.locales)
