"""
Who may write now: no two writes at once where one names the document of the other.

Strapi publishes a document by putting a new row in the place of the old one, and relations to it are moved to
the new row. A document that is written meanwhile and names it loses that relation without a word, or both
writes end in a deadlock of the database (seen with 5.54.0 on PostgreSQL).
"""

from collections import Counter
from collections.abc import Iterator, Set
from contextlib import contextmanager
from threading import Condition


class Turns:
    """For the writers of one Strapi; whoever has to wait, waits in `take`."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._written: set[str] = set()
        self._named: Counter[str] = Counter()

    @contextmanager
    def take(self, written: Set[str], named: Set[str]) -> Iterator[None]:
        """While documents `written` are written, nobody writes them or those that they name."""
        named = named - written
        with self._changed:
            self._changed.wait_for(lambda: self._are_free(written, named))
            self._written |= written
            self._named.update(named)
        try:
            yield
        finally:
            with self._changed:
                self._written -= written
                self._named -= Counter(named)
                self._changed.notify_all()

    def _are_free(self, written: Set[str], named: Set[str]) -> bool:
        return not ((written | named) & self._written or written & self._named.keys())


_TURNS: dict[str, Turns] = {}


def turns_at(url: str) -> Turns:
    """Those of all writers of one Strapi in this process."""
    return _TURNS.setdefault(url, Turns())
