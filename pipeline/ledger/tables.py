"""The ledger's tables, and how an older ledger becomes today's."""

from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    inspect,
    literal_column,
    select,
    update,
)

VERSION = 5
"""Raised with every change of a table; each earlier version has an entry in MIGRATIONS."""

metadata = MetaData()

facts = Table(
    "facts",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

entries = Table(
    "entries",
    metadata,
    Column("channel", String(64), primary_key=True),
    Column("ident", String(240), primary_key=True),
    Column("key", String(200), nullable=False),
    Column("locale", String(20), nullable=False),
    Column("kind", String(64), nullable=False),
    Column("title", Text, nullable=False),
    Column("remote_id", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("fields", Text, nullable=False),
    Column("version", Text),
    Column("state", String(16), nullable=False),
    Column("url", Text),
    Column("sort_key", String(32), nullable=False),
    Column("file", Text),
    Column("kept", Text, nullable=False, server_default="[]"),
    Column("closes_at", String(40)),
    Column("made_of", Text),
    Column("run", String(40), nullable=False),
    Column("applied_at", String(40), nullable=False),
    Index("entries_newest", "channel", "sort_key", "ident"),
)
SCHEDULED = entries.c.state == literal_column("'scheduled'")
"""Of which entries there is an index: who asks for them has to say it in these words."""
few_scheduled = Index(
    "entries_scheduled", entries.c.channel, sqlite_where=SCHEDULED, postgresql_where=SCHEDULED
)

documents = Table(
    "documents",
    metadata,
    Column("channel", String(64), primary_key=True),
    Column("path", Text, primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("size", Integer, nullable=False),
)

journal = Table(
    "journal",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run", String(40), nullable=False, index=True),
    Column("channel", String(64), nullable=False),
    Column("ident", String(240), nullable=False, index=True),
    Column("action", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("before", Text),
    Column("after", Text),
    Column("error", Text),
    Column("at", String(40), nullable=False),
)
INTENDED = journal.c.status == literal_column("'intended'")
"""Of which writes there is an index: as above."""
few_intended = Index(
    *("journal_intended", journal.c.channel, journal.c.ident),
    sqlite_where=INTENDED,
    postgresql_where=INTENDED,
)

runs = Table(
    "runs",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("started_at", String(40), nullable=False),
    Column("finished_at", String(40)),
    Column("outcome", String(16), nullable=False),
    Column("report", Text),
)

problems = Table(
    "problems",
    metadata,
    Column("run", String(40), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("body", Text, nullable=False),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("channel", String(64), primary_key=True),
    Column("ident", String(240), primary_key=True),
    Column("digest", String(64)),
    Column("since", String(40), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_try", String(40)),
    Column("problems", Text, nullable=False),
)

detached = Table(
    "detached",
    metadata,
    Column("channel", String(64), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("since", String(40), nullable=False),
)

locks = Table(
    "locks",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("owner", String(40), nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("since", String(40), nullable=False),
    Column("beat", String(40), nullable=False),
)


audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", String(40), nullable=False),
    Column("who", Text, nullable=False),
    Column("action", String(32), nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),
)

proposals = Table(
    "proposals",
    metadata,
    Column("channel", String(64), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("plan", Text, nullable=False),
    Column("counts", Text, nullable=False),
    Column("made_at", String(40), nullable=False),
    Column("refused_at", String(40)),
    Column("refused_by", Text),
)

paused = Table(
    "paused",
    metadata,
    Column("channel", String(64), primary_key=True),
    Column("since", String(40), nullable=False),
    Column("who", Text, nullable=False),
)


def _to_2(connection: Connection) -> None:
    """Fields that people keep, records that are left alone, and channels in the quarantine."""
    connection.exec_driver_sql("ALTER TABLE entries ADD COLUMN kept TEXT NOT NULL DEFAULT '[]'")
    detached.create(connection)
    connection.exec_driver_sql("ALTER TABLE quarantine RENAME TO quarantine_1")
    quarantine.create(connection)
    connection.exec_driver_sql(
        "INSERT INTO quarantine (channel, ident, since, attempts, problems) "
        "SELECT '', ident, since, attempts, problems FROM quarantine_1"
    )
    connection.exec_driver_sql("DROP TABLE quarantine_1")


def _to_3(connection: Connection) -> None:
    """When a record ends, and what its fields were made of; of older entries nobody knows."""
    connection.exec_driver_sql("ALTER TABLE entries ADD COLUMN closes_at VARCHAR(40)")
    connection.exec_driver_sql("ALTER TABLE entries ADD COLUMN made_of TEXT")


def _to_4(connection: Connection) -> None:
    """Who has done what by hand, plans that wait for approval, and channels that rest."""
    for table in (audit, proposals, paused):
        table.create(connection)


def _to_5(connection: Connection) -> None:
    """Indices of the few entries and writes that are in question, so that nobody reads all the others."""
    for index in (few_scheduled, few_intended):
        index.create(connection)


MIGRATIONS = {1: _to_2, 2: _to_3, 3: _to_4, 4: _to_5}
"""Per version, what makes it the next one."""


def migrate(connection: Connection, version: int) -> None:
    """Bring a ledger of an earlier version up to date, inside the caller's transaction."""
    for step in range(version, VERSION):
        MIGRATIONS[step](connection)
    connection.execute(update(facts).where(facts.c.name == "version").values(value=str(VERSION)))


def version_of(connection: Connection) -> int | None:
    """The version of the ledger behind `connection`; None if it is no ledger."""
    if "facts" not in inspect(connection).get_table_names():
        return None
    value = connection.execute(select(facts.c.value).where(facts.c.name == "version")).scalar()
    return int(value) if value is not None and value.isdecimal() else None
