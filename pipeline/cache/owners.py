"""Who claimed what first, on disk: an address for each record is as many as there are records."""

from pipeline.cache.store import Store


class Owners:
    """Keys by what they claim."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._table = store.table("(claim TEXT PRIMARY KEY, owner TEXT NOT NULL) WITHOUT ROWID")

    def setdefault(self, claim: str, key: str) -> str:
        """The key that claimed it first, which may be this one."""
        added = self._store.run(f"INSERT OR IGNORE INTO {self._table} VALUES (?, ?)", (claim, key))  # noqa: S608
        if added.rowcount:
            return key
        query = f"SELECT owner FROM {self._table} WHERE claim = ?"  # noqa: S608
        ((owner,),) = self._store.rows(query, (claim,))
        return str(owner)
