"""Many entries on PostgreSQL: reading them holds neither them in memory nor anybody up."""

import os

from pipeline.ledger import Ledger
from pipeline.ledger.lock import locked

ENTRIES = 200_000
FILL = f"""
insert into entries (channel, ident, key, locale, kind, title, remote_id, digest, fields, state, sort_key,
                     run, applied_at)
select 'site', 'page:p' || n || '@en', 'page:p' || n, 'en', 'page', 'Page ' || n, n::text, repeat('0', 64),
       '{{"body":"' || repeat('Spots. ', 140) || '"}}', 'published', '', 'run', ''
from generate_series(1, {ENTRIES}) n"""
MOST = 24 * 2**20
"""Bytes by which the process may grow while it reads what takes ten times as much."""


def in_memory():
    with open("/proc/self/statm") as told:
        return int(told.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_reading_holds_neither_memory_nor_writers(postgres_server, tmp_path):
    address = postgres_server.schema()
    with Ledger(address, tmp_path) as ledger, Ledger(address, tmp_path) as other:
        with ledger.database.writing() as connection:
            connection.exec_driver_sql(FILL)
        entries = ledger.pages.all("site")
        next(entries)
        before, most = in_memory(), 0
        with locked(other, "another"):
            for number, _ in enumerate(entries, 2):
                if number % 20_000 == 0:
                    other.set_fact("mine", str(number))  # who reads is in nobody's way
                    most = max(most, in_memory() - before)
        assert number == ENTRIES
        assert most < MOST, f"{most / 2**20:.0f} MiB"


def test_two_projects_in_one_database_do_not_know_each_other(postgres_server, tmp_path):
    one, other = postgres_server.schema(), postgres_server.schema()
    with Ledger(one, tmp_path) as first, Ledger(other, tmp_path) as second:
        assert first.lineage != second.lineage
        with locked(first, "first"), locked(second, "second"):
            with first.database.writing() as connection:
                second.set_fact("mine", "2")  # one writer each
                connection.exec_driver_sql("INSERT INTO facts VALUES ('mine', '1')")
            assert (first.fact("mine"), second.fact("mine")) == ("1", "2")
