"""A ledger as others see it: its address, and SQL that does not go through our own code."""

import pytest
from sqlalchemy import MetaData, create_engine, inspect, text
from sqlalchemy.engine import make_url

from pipeline.ledger import Ledger

FILE = ".leopard/ledger.db"
ON_BOTH = pytest.mark.parametrize("ledger_address", ["sqlite", "postgresql"], indirect=True)
"""Each test once with a ledger on SQLite, and once with one on PostgreSQL."""
ON_SERVER = pytest.mark.parametrize("ledger_address", ["postgresql"], indirect=True)


class Place:
    """Where the ledger of one project is."""

    def __init__(self, address, root):
        self.address, self.root = address or f"sqlite:///{FILE}", root

    @property
    def on_server(self):
        return self.address.startswith("postgresql")

    @property
    def path(self):
        return self.root / make_url(self.address).database

    def opened(self):
        return Ledger(self.address, self.root)

    def _engine(self):
        url = make_url(self.address)
        if self.on_server:
            return create_engine(url.set(drivername="postgresql+psycopg"))
        return create_engine(url.set(database=str(self.path)))

    def execute(self, *statements, **values):
        """Run statements in a transaction; the rows of the last."""
        engine = self._engine()
        try:
            with engine.begin() as connection:
                for statement in statements:
                    done = connection.execute(text(statement), values)
                return [tuple(row) for row in done] if done.returns_rows else []
        finally:
            engine.dispose()

    def dump(self):
        """Every row of every table."""
        engine, found = self._engine(), MetaData()
        try:
            with engine.connect() as connection:
                found.reflect(connection)
                rows = {name: connection.execute(table.select()) for name, table in found.tables.items()}
                return {name: sorted(map(str, every)) for name, every in rows.items()}
        finally:
            engine.dispose()

    def shape(self):
        """Tables with their columns, and indices with theirs, in any order."""
        engine = self._engine()
        try:
            seen = inspect(engine)
            names = seen.get_table_names()
            columns = {n: sorted(map(_column, seen.get_columns(n))) for n in names}
            keys = {n: seen.get_pk_constraint(n)["constrained_columns"] for n in names}
            indices = {n: sorted((i["name"], i["column_names"]) for i in seen.get_indexes(n)) for n in names}
            return columns, keys, indices
        finally:
            engine.dispose()


def _column(column):
    kind = column["type"]
    return column["name"], str(kind), column["nullable"], getattr(kind, "collation", None) or ""
