"""The records of a run by key, and which of them may be shown now."""

from collections.abc import Callable, Iterable, Iterator

from schemas.record import Record


class RecordIndex:
    """Records by key and locale. `get` falls back to the site's first language, then to any."""

    def __init__(self, records: Iterable[Record], default_locale: str) -> None:
        self.default_locale = default_locale
        self._by_key: dict[str, dict[str, Record]] = {}
        for record in records:
            self._by_key.setdefault(record.key, {})[record.locale] = record

    def get(self, key: str, locale: str) -> Record | None:
        found = self._by_key.get(key)
        if not found:
            return None
        return found.get(locale) or found.get(self.default_locale) or next(iter(found.values()))

    def of_kind(self, kind: str, locale: str) -> Iterator[Record]:
        for key in sorted(self._by_key):
            if key.startswith(f"{kind}:") and (record := self.get(key, locale)) is not None:
                yield record

    def where(self, wanted: Callable[[Record], bool]) -> "RecordIndex":
        """The same, with only those records."""
        return RecordIndex(filter(wanted, self), self.default_locale)

    def __iter__(self) -> Iterator[Record]:
        for found in self._by_key.values():
            yield from found.values()

    def __contains__(self, key: object) -> bool:
        return key in self._by_key

    @property
    def keys(self) -> list[str]:
        return sorted(self._by_key)
