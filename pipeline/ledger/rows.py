"""Statements for many rows of plain values, without what SQLAlchemy does for each row."""

from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert, UpdateBase

Values = tuple[Any, ...]


class Many:
    """One statement for any number of rows. `build` makes it for the dialect of that name.

    Each of its parameters is one of the names.
    """

    def __init__(self, names: Sequence[str], build: Callable[[str], UpdateBase]) -> None:
        self._names, self._build = tuple(names), build
        self._known: dict[str, tuple[str, Callable[[Values], Any]]] = {}

    def run(self, connection: Connection, rows: Collection[Values]) -> int:
        """Carry it out for each row, whose values stand in the order of the names; how many rows it met."""
        if not rows:
            return 0
        words, shaped = self._for(connection)
        return connection.exec_driver_sql(words, list(map(shaped, rows))).rowcount

    def _for(self, connection: Connection) -> tuple[str, Callable[[Values], Any]]:
        name = connection.dialect.name
        if name not in self._known:
            statement = self._build(name)
            columns = self._names if isinstance(statement, Insert) else None
            made = statement.compile(dialect=connection.dialect, column_keys=columns)
            places = tuple(map(self._names.index, made.positiontup or ()))
            self._known[name] = (str(made), partial(_in_order, places) if places else self._by_name)
        return self._known[name]

    def _by_name(self, row: Values) -> dict[str, Any]:
        return dict(zip(self._names, row, strict=True))


def _in_order(places: tuple[int, ...], row: Values) -> Values:
    return tuple([row[at] for at in places])


def upsert(table: Table, names: Sequence[str]) -> Many:
    """Rows of a table that take the place of those with the same primary key."""
    key = [column.name for column in table.primary_key]

    def build(dialect: str) -> Insert:
        made = (sqlite if dialect == "sqlite" else postgresql).insert(table)
        changed = {name: made.excluded[name] for name in names if name not in key}
        done: Insert = made.on_conflict_do_update(index_elements=key, set_=changed)
        return done

    return Many(names, build)
