"""Records by ident and by key, each read from the store when it is asked for."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import blake2b

from pipeline.cache.card import Card
from pipeline.cache.store import Store
from schemas.record import Record


class Records(Mapping[str, Record]):
    """Records by ident."""

    def __init__(self, cards: Mapping[str, Card], store: Store) -> None:
        self._cards, self._store = cards, store

    def __getitem__(self, ident: str) -> Record:
        return self._store.load(self._cards[ident])

    def __iter__(self) -> Iterator[str]:
        return iter(self._cards)

    def __len__(self) -> int:
        return len(self._cards)


class RecordIndex:
    """Records by key and locale. `get` falls back to the site's first language, then to any."""

    def __init__(self, cards: Iterable[Card], store: Store, default_locale: str) -> None:
        self.store, self.default_locale = store, default_locale
        self.cards = {card.ident: card for card in cards}
        locales = {card.locale for card in self.cards.values()}
        self._others = sorted(locales)
        self._of_kind: dict[str, list[str]] = {}
        self._digests: dict[tuple[str, str], bytes] = {}

    def card(self, key: str, locale: str) -> Card | None:
        """The card of what `get` gives."""
        for tag in (locale, self.default_locale, *self._others):
            found = self.cards.get(f"{key}@{tag}")
            if found is not None:
                return found
        return None

    def get(self, key: str, locale: str) -> Record | None:
        card = self.card(key, locale)
        return None if card is None else self.store.load(card)

    def of_kind(self, kind: str, locale: str) -> Iterator[Record]:
        return map(self.store.load, self._cards_of(kind, locale))

    def digest_of_kind(self, kind: str, locale: str) -> bytes:
        """Changes when anything does that `of_kind` gives."""
        if (kind, locale) not in self._digests:
            summed = blake2b(digest_size=16)
            for card in self._cards_of(kind, locale):
                summed.update(card.ident.encode() + card.digest)
            self._digests[kind, locale] = summed.digest()
        return self._digests[kind, locale]

    def _cards_of(self, kind: str, locale: str) -> Iterator[Card]:
        if kind not in self._of_kind:
            found = {card.key for ident, card in self.cards.items() if ident.startswith(f"{kind}:")}
            self._of_kind[kind] = sorted(found)
        for key in self._of_kind[kind]:
            if (card := self.card(key, locale)) is not None:
                yield card

    def where(self, wanted: Callable[[Card], bool]) -> "RecordIndex":
        """The same, with only those records."""
        return RecordIndex(filter(wanted, self.cards.values()), self.store, self.default_locale)

    def __iter__(self) -> Iterator[Record]:
        return map(self.store.load, self.cards.values())

    def __contains__(self, key: object) -> bool:
        return any(f"{key}@{tag}" in self.cards for tag in self._others)
