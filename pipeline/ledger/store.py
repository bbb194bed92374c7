"""The ledger as a whole."""

from pathlib import Path

from sqlalchemy import delete, select

from pipeline.ledger.database import Database, put
from pipeline.ledger.hands import Hands
from pipeline.ledger.history import History
from pipeline.ledger.journal import Journal
from pipeline.ledger.open import open_engine
from pipeline.ledger.pages import Pages
from pipeline.ledger.quarantine import Quarantine
from pipeline.ledger.tables import facts
from schemas.errors import LedgerError


class Ledger:
    """The memory of every run. Each method of its rooms is one transaction of its own."""

    def __init__(self, address: str, root: Path) -> None:
        self.address, self.root = address, root
        self.database = Database(open_engine(address, root))
        self.pages = Pages(self.database)
        self.journal = Journal(self.database)
        self.history = History(self.database)
        self.quarantine = Quarantine(self.database)
        self.hands = Hands(self.database)

    @property
    def on_file(self) -> bool:
        """Is it a file of this machine, and not on a server?"""
        return self.database.engine.dialect.name == "sqlite"

    def close(self) -> None:
        self.database.engine.dispose()

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def trust(self) -> None:
        """Asked before anything is written to a channel. Raises LedgerError if the file is damaged."""
        damage = self.database.damage()
        if damage is not None:
            raise LedgerError(
                f"the ledger {self.address} is damaged: {damage}",
                hint="put back a copy of it, or make it anew from the channels: leopard ledger rebuild",
            )

    def fact(self, name: str) -> str | None:
        """One small thing that was remembered by name."""
        query = select(facts.c.value).where(facts.c.name == name)
        return next((str(row.value) for row in self.database.stream(query)), None)

    def set_fact(self, name: str, value: str | None) -> None:
        """Remember one small thing by name; None forgets it. What is known already is not written."""
        if self.fact(name) == value:
            return
        with self.database.writing() as connection:
            if value is None:
                connection.execute(delete(facts).where(facts.c.name == name))
            else:
                put(connection, facts, [{"name": name, "value": value}])

    @property
    def serial(self) -> int:
        """Raised by every write to a channel: two plans made from one serial saw the same memory."""
        return int(self.fact("serial") or 0)

    @property
    def lineage(self) -> str:
        """Tells this ledger from every other one."""
        return self.fact("lineage") or ""
