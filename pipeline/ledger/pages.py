"""What each channel holds, as we last applied it."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    Text,
    bindparam,
    case,
    cast,
    delete,
    func,
    insert,
    null,
    or_,
    select,
    true,
    update,
)

from exporters.base import Document, Remote
from pipeline.ledger.database import Room, now, portions
from pipeline.ledger.entry import Anew, Entry, HeldPage, Holding, Outline, Sought, unreadable
from pipeline.ledger.rows import Many, Values, upsert
from pipeline.ledger.tables import SCHEDULED, detached, documents, entries, facts
from schemas import canonical

Changed = tuple[str, Entry | None, str | None]
"""An ident, its entry now, and the entry's fields as JSON if somebody has written them already."""
_PLAIN = tuple(name for name in Entry.model_fields if name not in ("fields", "kept"))
_COLUMNS = ("channel", "run", "applied_at", "fields", "kept", *_PLAIN)
KEPT = upsert(entries, _COLUMNS)
GONE = Many(
    ("here", "gone"),
    lambda _: delete(entries).where(
        entries.c.channel == bindparam("here"), entries.c.ident == bindparam("gone")
    ),
)
RAISED = (
    update(facts)
    .where(facts.c.name == "serial")
    .values(value=cast(cast(facts.c.value, BigInteger) + bindparam("more", type_=BigInteger), Text))
)
_HELD = ("remote_id", "key", "locale", "version", "fields")
AT_ONCE = 100
"""Entries that are looked up at once."""
ANY_OF_ITS_SORT = re.compile("[\\s\u2010-\u2015-]")
"""Blanks and dashes, of which languages use several that look alike."""


class Pages(Room):
    """Entries and documents by channel, and what is detached."""

    def all(self, channel: str, *, newest_first: bool = False) -> Iterator[Entry]:
        """All that is remembered of a channel, by ident or by publication."""
        order = (entries.c.sort_key.desc(), entries.c.ident) if newest_first else (entries.c.ident,)
        query = select(entries).where(entries.c.channel == channel).order_by(*order)
        yield from map(entry_of, self.database.stream(query))

    def get(self, channel: str, ident: str) -> Entry | None:
        query = select(entries).where(entries.c.channel == channel, entries.c.ident == ident)
        return next(map(entry_of, self.database.stream(query)), None)

    def outlines(self, channel: str, idents: Collection[str] | None = None) -> Iterator[Outline]:
        """What is remembered of a channel, or of some idents on it, by ident, without what its pages say."""
        columns = (entries.c[name] for name in Outline._fields)
        query = select(*columns).where(entries.c.channel == channel).order_by(entries.c.ident)
        if idents is not None:
            query = query.where(entries.c.ident.in_(idents))
        yield from map(Outline._make, self.database.stream(query))

    def several(self, channel: str, idents: Collection[str]) -> dict[str, Entry]:
        """What is remembered of some idents."""
        here = (entries.c.channel == channel, entries.c.ident.in_(idents))
        return {row.ident: entry_of(row) for row in self.database.stream(select(entries).where(*here))}

    def with_files(
        self, channel: str, kinds: Collection[str] | None, *, fields_of_all: bool = True
    ) -> Iterator[HeldPage]:
        """The pages of a channel of these kinds, or of any: id, key, locale, fields of assets at least."""
        fields: Any = entries.c.fields
        if not fields_of_all:
            fields = case((entries.c.kind == "asset", fields), else_=null())
        columns: tuple[Any, ...] = (
            entries.c.key,
            entries.c.locale,
            entries.c.remote_id,
            fields.label("fields"),
        )
        query = select(*columns).where(entries.c.channel == channel).order_by(entries.c.ident)
        if kinds is not None:
            query = query.where(entries.c.kind.in_(kinds))
        for row in self.database.stream(query):
            key, locale, page, written = tuple(row)
            yield HeldPage(page, key, locale, None, written or "{}")

    def newest_first(self, channel: str) -> Iterator[tuple[str, HeldPage]]:
        """All pages of a channel, each behind what it is ordered by."""
        columns = (entries.c[name] for name in ("sort_key", *_HELD))
        order = (entries.c.sort_key.desc(), entries.c.ident)
        query = select(*columns).where(entries.c.channel == channel).order_by(*order)
        for row in self.database.stream(query):
            sort_key, page, key, locale, version, written = tuple(row)
            yield sort_key, HeldPage(page, key, locale, version, written)

    def everywhere(self, key: str) -> Iterator[tuple[str, Entry]]:
        """What is remembered of one key, with the channel's name."""
        query = select(entries).where(entries.c.key == key).order_by(entries.c.channel, entries.c.ident)
        for row in self.database.stream(query):
            yield row.channel, entry_of(row)

    def listed(self, channel: str, sought: Sought, after: str = "") -> Iterator[tuple[str, str]]:
        """Ident and state of what is sought on a channel, by ident, as many as are asked for."""
        conditions = [entries.c.channel == channel, *self._conditions(sought)]
        query = select(entries.c.ident, entries.c.state).where(*conditions).order_by(entries.c.ident)
        while True:
            rows = list(self.database.stream(query.where(entries.c.ident > after).limit(AT_ONCE)))
            yield from ((row.ident, row.state) for row in rows)
            if len(rows) < AT_ONCE:
                return
            after = rows[-1].ident

    def holdings(self, channels: Collection[str], idents: Collection[str], text: str = "") -> list[Holding]:
        """What channels hold of some records, and whether `text` stands in it."""
        found = self._stands_in(entries.c.fields, text) if text else ~true()
        names = [name for name in Holding.model_fields if name != "found"]
        query = (
            select(*(entries.c[name] for name in names), found.label("found"))
            .where(entries.c.channel.in_(channels), entries.c.ident.in_(idents))
            .order_by(entries.c.ident, entries.c.channel)
        )
        return [Holding(**row._asdict()) for row in self.database.stream(query)]

    def idents(self, key: str) -> list[str]:
        """Idents of a key that any channel holds."""
        query = select(entries.c.ident).where(entries.c.key == key).distinct().order_by(entries.c.ident)
        return [row.ident for row in self.database.stream(query)]

    def _conditions(self, sought: Sought) -> Iterator[ColumnElement[bool]]:
        if sought.kind is not None:
            yield entries.c.kind == sought.kind
        if sought.locale is not None:
            yield entries.c.locale == sought.locale
        if sought.text:
            columns = (entries.c.ident, entries.c.title, entries.c.fields)
            yield or_(*(self._stands_in(column, sought.text) for column in columns))

    def _stands_in(self, column: ColumnElement[str], text: str) -> ColumnElement[bool]:
        """SQLite's LIKE ignores the case of a to z by itself, and faster than in lower-case copies."""
        plain = canonical.dump(text).decode()[1:-1] if column is entries.c.fields else text
        escaped = re.sub(r"([\\%_])", r"\\\1", plain)
        pattern = f"%{ANY_OF_ITS_SORT.sub('_', escaped)}%"
        like = column.like if self.database.engine.dialect.name == "sqlite" else column.ilike
        return like(pattern, escape="\\")

    def counts(self) -> dict[str, int]:
        """How many records each channel holds."""
        query = select(entries.c.channel, func.count().label("n")).group_by(entries.c.channel)
        return {row.channel: row.n for row in self.database.stream(query)}

    def latest(self) -> dict[str, str]:
        """When each channel was last changed."""
        query = select(entries.c.channel, func.max(entries.c.applied_at).label("at")).group_by(
            entries.c.channel
        )
        return {row.channel: row.at for row in self.database.stream(query)}

    def renew(self, channel: str, made: Sequence[Anew]) -> None:
        """What the fields of entries that stay as they are were made of, and when their records end."""
        same = (entries.c.channel == channel, entries.c.ident == bindparam("here"))
        for some in portions(made):
            with self.database.writing() as connection:
                rows = [{"here": ident, "made_of": made_of, "closes_at": at} for ident, made_of, at in some]
                connection.execute(update(entries).where(*same), rows)

    def scheduled(self, channel: str) -> list[Entry]:
        """Those that the channel is to publish by itself."""
        query = select(entries).where(entries.c.channel == channel, SCHEDULED)
        return list(map(entry_of, self.database.stream(query)))

    def came_out(self, channel: str, pages: Iterable[Remote]) -> None:
        """Pages that the channel has published by itself, as they are now."""
        rows = [{"here": one.ident, "version": one.version, "url": one.url} for one in pages]
        if rows:
            same = (entries.c.channel == channel, entries.c.ident == bindparam("here"))
            with self.database.writing() as connection:
                connection.execute(update(entries).where(*same).values(state="published"), rows)

    def documents(self, channel: str) -> list[Document]:
        query = select(documents).where(documents.c.channel == channel).order_by(documents.c.path)
        return [Document(path=r.path, digest=r.digest, size=r.size) for r in self.database.stream(query)]

    def detached(self, channel: str) -> frozenset[str]:
        """Keys that are left alone on a channel."""
        query = select(detached.c.key).where(detached.c.channel == channel)
        return frozenset(row.key for row in self.database.stream(query))

    def detach(self, channel: str, key: str) -> None:
        """Leave a key alone on a channel from now on."""
        with self.database.writing() as connection:
            connection.execute(delete(detached).where(detached.c.channel == channel, detached.c.key == key))
            connection.execute(insert(detached).values(channel=channel, key=key, since=now().isoformat()))

    def attach(self, channel: str, key: str) -> None:
        """Take care of a key on a channel again."""
        with self.database.writing() as connection:
            connection.execute(delete(detached).where(detached.c.channel == channel, detached.c.key == key))


def entry_of(row: Row[Any]) -> Entry:
    values = {name: getattr(row, name) for name in Entry.model_fields if name not in ("fields", "kept")}
    try:
        return Entry(**values, fields=canonical.load(row.fields), kept=tuple(canonical.load(row.kept)))
    except (ValueError, TypeError) as error:
        raise unreadable(row.ident) from error


def remember(
    connection: Connection, channel: str, changed: Iterable[tuple[str, Entry | None]], run: str
) -> None:
    """Make the entry of each ident be the one given, or none, and raise the ledger's serial."""
    put(connection, channel, ((ident, entry, None) for ident, entry in changed), run)


def put(connection: Connection, channel: str, changed: Iterable[Changed], run: str) -> None:
    """The same where the fields of an entry may be at hand as text."""
    latest = {ident: (entry, fields) for ident, entry, fields in changed}
    if not latest:
        return
    at = now().isoformat()
    rows = [_row(channel, run, at, entry, fields) for entry, fields in latest.values() if entry is not None]
    KEPT.run(connection, rows)
    GONE.run(connection, [(channel, ident) for ident, (entry, _) in latest.items() if entry is None])
    connection.execute(RAISED, {"more": len(latest)})


def _row(channel: str, run: str, at: str, entry: Entry, fields: str | None) -> Values:
    known = entry.__dict__
    written = fields if fields is not None else canonical.dump(entry.fields).decode()
    kept = canonical.dump(list(entry.kept)).decode() if entry.kept else "[]"
    return (channel, run, at, written, kept, *[known[name] for name in _PLAIN])


def remember_documents(connection: Connection, channel: str, written: Iterable[Document]) -> None:
    """Make these the channel's documents."""
    connection.execute(delete(documents).where(documents.c.channel == channel))
    for document in written:
        connection.execute(insert(documents).values(**document.model_dump(), channel=channel))
