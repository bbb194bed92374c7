"""Where the project of a sweep remembers what it did: a file in its folder, or a database on a server."""

import sqlite3
from contextlib import closing

FILE = ".leopard/ledger.db"


class OnFile:
    """Is copied and removed with its project's folder."""

    address, on_server = f"sqlite:///{FILE}", False

    def __init__(self, folder):
        self.root = folder / "project"

    def copy(self, start):
        """Begin with what is remembered in the folder `start`."""

    def drop(self):
        """Leave nothing."""

    def lose(self):
        for path in (self.root / ".leopard").glob("ledger.db*"):
            path.unlink()

    def rows(self, query):
        with closing(sqlite3.connect(self.root / FILE)) as ledger:
            return sorted(ledger.execute(query).fetchall())

    def run(self, statement):
        with closing(sqlite3.connect(self.root / FILE)) as ledger, ledger:
            ledger.execute(statement)


class OnServer:
    """A database of its own for each folder, named after it."""

    on_server = True

    def __init__(self, folder, server):
        self.server, self.name = server, f"{folder.parent.name}_{folder.name}".replace("-", "_").lower()

    @property
    def address(self):
        return self.server.base.rpartition("/")[0] + f"/{self.name}"

    def copy(self, start):
        template = OnServer(start, self.server).name if start is not None else "template0"
        self.server.execute(f'CREATE DATABASE "{self.name}" TEMPLATE "{template}"')

    def drop(self):
        self.server.execute(f'DROP DATABASE "{self.name}" WITH (FORCE)')

    def lose(self):
        self.drop()
        self.copy(None)

    def rows(self, query):
        import psycopg

        with psycopg.connect(self.address) as connection:
            return sorted(connection.execute(query).fetchall())

    def run(self, statement):
        import psycopg

        with psycopg.connect(self.address) as connection:
            connection.execute(statement)
