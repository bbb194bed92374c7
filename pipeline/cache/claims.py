"""Who claimed what, such as an address, first; on disk, from run to run."""

from collections.abc import Callable, Iterable
from typing import Any

from pipeline.cache.card import Card, as_text
from pipeline.cache.store import Store


class Claims:
    """What the records of one scope claim of which step. The first by ident has it."""

    def __init__(self, store: Store, scope: str, again: Callable[[str], None]) -> None:
        self.store, self.scope, self.again = store, scope, again
        """`again` is told of records that had what one before them claims now."""
        self._claimed = store.table("(step, claim, ident, PRIMARY KEY (step, claim, ident)) WITHOUT ROWID")
        self._ident, self._mine = "", list[Any]()

    def begin(self, card: Card) -> None:
        """Another record comes."""
        self._ident, self._mine = card.ident, []

    def setdefault(self, step: int, claim: str, key: str) -> str:
        """The key that has it, which may be this one."""
        owners = self.store.rows(
            "SELECT ident FROM claims WHERE scope = ? AND step = ? AND claim = ? UNION"
            f" SELECT ident FROM {self._claimed} WHERE step = ? AND claim = ? ORDER BY ident",
            (self.scope, step, claim, step, claim),
        )
        others = [ident for (ident,) in owners if ident.rpartition("@")[0] != key]
        if others and others[0] < self._ident:
            return str(others[0].rpartition("@")[0])
        for ident in others:
            self.again(ident)
        self._mine.append((step, claim))
        self.store.run(f"INSERT OR IGNORE INTO {self._claimed} VALUES (?, ?, ?)", (step, claim, self._ident))
        return key

    def are_free(self, claims: Iterable[tuple[int, str]], key: str) -> bool:
        """Claim all of these; tells whether this key has each of them."""
        return all(self.setdefault(step, claim, key) == key for step, claim in claims)

    def keep(self) -> str | None:
        """Remember what this record claims; that as it stands beside it."""
        rows = [(self.scope, step, claim, self._ident) for step, claim in self._mine]
        self.store.run_all("INSERT OR IGNORE INTO claims VALUES (?, ?, ?, ?)", rows)
        return as_text(self._mine)


class OwnersOf:
    """The claims of one step, as steps ask for them."""

    def __init__(self, claims: Claims, step: int) -> None:
        self.claims, self.step = claims, step

    def setdefault(self, claim: str, key: str) -> str:
        return self.claims.setdefault(self.step, claim, key)
