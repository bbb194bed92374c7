"""The ledger: older, newer, damaged, locked, looked over, exported and made anew."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

sys.path.insert(0, str(Path(__file__).resolve().parent))

from ledger_place import ON_BOTH, ON_SERVER, Place

from pipeline.config import load
from pipeline.ledger import Deed, Ledger, fence, now, tables
from pipeline.ledger.fence import DOUBT, latest
from pipeline.ledger.lock import PATIENCE, Superseded, locked
from schemas.errors import GuardStop, LedgerError

LEDGERS = Path(__file__).with_name("ledgers")
PAGE = 4096
LINEAGE = "select value from facts where name = 'lineage'"


@pytest.fixture
def published(site):
    """A project that has been published, and its ledger's file."""
    assert site.run("sync", "--yes").status == 0
    return site, site.root / ".leopard/ledger.db"


@pytest.fixture
def place(ledger_address, tmp_path):
    """Where a ledger may be made."""
    return Place(ledger_address or "sqlite:///ledger.db", tmp_path)


@pytest.fixture
def known(site):
    """A project that has been published, and where its ledger is."""
    assert site.run("sync", "--yes").status == 0
    return site, Place(site.ledger, site.root)


def old(place, version):
    """Make the ledger that an earlier version would have left."""
    script = (LEDGERS / f"v{version}.sql").read_text("utf-8")
    if not place.on_server:
        with closing(sqlite3.connect(place.path)) as database:
            database.executescript(script)
        return
    import psycopg

    script = script.replace("id INTEGER NOT NULL, \n\trun", "id SERIAL NOT NULL, \n\trun")
    with psycopg.connect(place.address) as database:
        database.execute(script)
        database.execute("select setval('journal_id_seq', (select max(id) from journal))")


# versions


@ON_BOTH
@pytest.mark.parametrize("version", range(1, tables.VERSION))
def test_an_older_ledger_becomes_a_new_one_and_forgets_nothing(place, tmp_path, request, version):
    old(place, version)
    channel = ("channel, ", "'', ") if version > 1 else ("", "")
    words = "insert into quarantine ({}ident, since, attempts, problems) values ({}:ident, :since, 3, '[]')"
    place.execute(words.format(*channel), ident="page:x@en", since=now().isoformat())
    before = place.dump()
    with place.opened() as ledger:
        assert ledger.fact("version") == str(tables.VERSION)
        assert ledger.lineage == "cbc2a5a8-c146-46a0-8a99-f51a23bb2394"
        assert ledger.pages.counts() == {"feed": 2, "files": 2}
        assert {e.ident for e in ledger.pages.all("feed")} == {"article:first@en", "article:second@en"}
        assert all(entry.kept == () for entry in ledger.pages.all("files"))
        (held,) = ledger.quarantine.all()
        assert (held.ident, held.attempts, held.channel) == ("page:x@en", 3, "")
        (run,) = ledger.history.latest()
        assert len(ledger.journal.of_run(run.id)) == 4
        assert ledger.journal.intend("later", "feed", [Deed("page:x@en", "create", None)]) == [5]
    another = request.getfixturevalue("postgres_server").schema() if place.on_server else "sqlite:///new.db"
    new = Place(another, tmp_path)
    new.opened().close()
    assert place.shape() == new.shape()
    after = place.dump()
    for table, rows in before.items():
        assert len(after[table]) == len(rows) + (table == "journal"), table


@ON_BOTH
@pytest.mark.parametrize("version", range(1, tables.VERSION))
def test_a_migration_that_breaks_off_changes_nothing(place, monkeypatch, version):
    old(place, version)
    before, real = place.dump(), tables.MIGRATIONS[version]

    def breaks_off(connection):
        real(connection)
        raise KeyboardInterrupt

    monkeypatch.setitem(tables.MIGRATIONS, version, breaks_off)
    with pytest.raises(KeyboardInterrupt):
        place.opened()
    assert place.dump() == before


@ON_BOTH
def test_a_newer_ledger_is_refused(known):
    site, place = known
    place.execute("update facts set value = '99' where name = 'version'")
    done = site.run("plan")
    assert done.status == 2
    assert "written by a newer Leopard (version 99" in done.err
    assert "upgrade" in done.err


# damage


def damaged(data):
    """Names and bytes of ledgers that something has happened to."""
    pages = range(len(data) // PAGE)
    yield "empty", b""
    yield "garbage", b"garbage" * 1000
    yield "no header", bytes(16) + data[16:]
    yield "no tables", data[:100] + bytes(PAGE - 100)
    for page in pages:
        at = page * PAGE
        yield f"cut at page {page}", data[:at]
        yield f"page {page} is zero", data[:at] + bytes(PAGE) + data[at + PAGE :]
        yield f"head of page {page}", _flipped(data, at + (100 if page == 0 else 0), 32)
        yield f"inside of page {page}", _flipped(data, at + PAGE - 1000, 8)


def _flipped(data, at, size):
    return data[:at] + bytes(byte ^ 0xFF for byte in data[at : at + size]) + data[at + size :]


def test_no_damage_is_taken_for_an_empty_ledger(published):
    """Each page of the file in turn; what the damage does not touch may go on, but nothing is made again."""
    site, path = published
    data, outputs = path.read_bytes(), site.outputs()
    site.edit("content/pages/other.yaml", "title: Other", "title: Another")
    noticed = tried = 0
    for name, bad in damaged(data):
        for left in path.parent.iterdir():
            left.unlink()
        path.write_bytes(bad)
        doctor, planned = site.run("ledger", "doctor"), site.run("sync", "--yes", "--format", "json")
        told = f"{name}: {doctor.err}{planned.err}"
        assert "unforeseen" not in told, told
        assert planned.status in (0, 1, 2), told
        if planned.status != 2:
            done = [channel["done"] for channel in planned.json["channels"].values()]
            assert all(set(one) <= {"update"} for one in done), told
        if bad[:16] != data[:16] or len(bad) <= len(data) - PAGE:
            assert (doctor.status, planned.status) == (2, 2) or doctor.status == 1, told
        noticed, tried = noticed + bool(doctor.status), tried + 1
    assert set(site.outputs()) == set(outputs)
    assert noticed > tried / 3, f"{noticed} of {tried}"


@ON_BOTH
def test_fields_that_are_not_what_was_written_are_found(known):
    site, place = known
    place.execute("update entries set fields = replace(fields, 'Other', 'Offer')")
    done = site.run("ledger", "doctor")
    assert done.status == 1
    assert "page:other@en" in done.out


def test_a_damaged_ledger_stops_a_run_before_its_first_write(published):
    site, path = published
    with closing(sqlite3.connect(path)) as ledger:
        query = "select rootpage from sqlite_master where name = 'ix_journal_run'"  # not needed by a run
        (root,) = ledger.execute(query).fetchone()
    path.write_bytes(_flipped(path.read_bytes(), root * PAGE - 100, 90))
    outputs = site.outputs()
    site.edit("content/pages/other.yaml", "title: Other", "title: Another")
    done = site.run("sync", "--yes", "--channel", "files")
    assert done.status == 2
    assert "ledger.db is damaged" in done.err
    assert "leopard ledger rebuild" in done.err
    assert site.outputs() == outputs


def test_the_database_of_another_program_is_left_alone(known):
    site, place = known
    place.path.unlink()
    place.execute("create table theirs (name text)")
    before = place.dump()
    done = site.run("sync", "--yes")
    assert done.status == 2
    assert "is not a ledger" in done.err
    assert place.dump() == before


def test_a_folder_that_may_not_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(LedgerError, match="cannot be used"):
        Ledger("sqlite:///file/ledger.db", tmp_path)


# locks


@ON_BOTH
def test_the_second_run_names_the_first_and_writes_nothing(known):
    site, _ = known
    site.edit("content/pages/other.yaml", "title: Other", "title: Another")
    project, before = load(site.root), site.outputs()
    with Ledger(project.written.ledger, site.root) as ledger, locked(ledger, "first"):
        done = site.run("sync", "--yes")
        assert site.run("ledger", "rebuild", "--yes").status == 3
    assert done.status == 3
    assert f"another run, first, is working on this project since {now():%Y-%m-%d}" in done.err
    assert str(os.getpid()) in done.err
    assert site.outputs() == before
    assert site.run("sync", "--yes").status == 0


def gone():
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@pytest.mark.parametrize(
    "row",
    [
        {"host": "elsewhere.example", "beat": (now() - timedelta(seconds=PATIENCE + 1)).isoformat()},
        {"beat": (now() - timedelta(seconds=PATIENCE + 1)).isoformat()},
    ],
    ids=["of a silent host", "without a heartbeat"],
)
@ON_BOTH
def test_a_lock_is_taken_over(place, row):
    with place.opened() as ledger:
        with locked(ledger, "first"):
            with ledger.database.writing(guarded=False) as connection:
                connection.execute(update(tables.locks).values(**row))
            with place.opened() as other, locked(other, "second"):
                with pytest.raises(Superseded, match="another one took over"):
                    ledger.set_fact("mine", "1")
                other.set_fact("mine", "2")
            with pytest.raises(Superseded):  # also when the other one has gone again
                ledger.set_fact("mine", "3")
        assert ledger.fact("mine") == "2"
        with locked(ledger, "third"):
            ledger.set_fact("mine", "4")
        assert next(ledger.database.stream(tables.locks.select()), None) is None


def test_the_lock_of_a_dead_process_is_taken_over_at_once(place):
    with place.opened() as ledger, locked(ledger, "first"):
        with ledger.database.writing() as connection:
            connection.execute(update(tables.locks).values(pid=gone()))
        with place.opened() as other, locked(other, "second"):
            pass


@ON_BOTH
def test_the_lock_of_another_host_is_kept_while_it_beats(place):
    with place.opened() as ledger, locked(ledger, "first"):
        with ledger.database.writing() as connection:
            connection.execute(update(tables.locks).values(host="elsewhere.example", pid=gone()))
        with pytest.raises(GuardStop, match="elsewhere"), place.opened() as other, locked(other, "second"):
            pass


@ON_BOTH
def test_each_owner_has_a_higher_number(place):
    with place.opened() as ledger:
        numbers = []
        for run in ("first", "second", "third"):
            with locked(ledger, run):
                ledger.set_fact("mine", run)
                numbers.append(ledger.database.ask(latest))
    assert numbers == sorted(set(numbers))


@ON_BOTH
def test_an_owner_that_was_silent_asks_before_it_writes_to_a_channel(place, monkeypatch):
    with place.opened() as ledger, locked(ledger, "first"):
        ledger.database.assure()
        with ledger.database.writing(guarded=False) as connection:
            connection.execute(update(tables.locks).values(beat="2020-01-01T00:00:00+00:00"))
        with place.opened() as other, locked(other, "second"):
            ledger.database.assure()  # it was heard a moment ago: nobody is asked
            monkeypatch.setattr(fence, "clock", lambda: ledger.database.right.heard + DOUBT + 1)
            with pytest.raises(Superseded):
                ledger.database.assure()


# care


@ON_BOTH
def test_the_doctor_finds_nothing_wrong(known):
    site, _ = known
    done = site.run("ledger", "doctor", "--format", "json")
    assert done.status == 0
    assert [one["message"] for one in done.json][-2:] == ["feed: 4 records", "files: 6 records"]


@ON_BOTH
def test_the_doctor_names_channels_that_are_gone(known):
    site, _ = known
    site.edit("leopard.yaml", "  feed: ", "  news: ")
    done = site.run("ledger", "doctor")
    assert done.status == 1
    assert "feed: 4 records of a channel that is gone" in done.out


@ON_BOTH
def test_the_doctor_names_writes_that_nobody_knows_of(known):
    site, place = known
    place.execute("update journal set status = 'intended' where ident = 'page:other@en'")
    done = site.run("ledger", "doctor")
    assert done.status == 1
    assert "nobody knows whether the create of page:other@en was done" in done.out
    assert site.run("sync", "--yes", "--refresh").status == 0
    assert site.run("ledger", "doctor").status == 0


@ON_BOTH
def test_export_gives_every_row(known):
    site, place = known
    rows = [json.loads(line) for line in site.run("ledger", "export").out.splitlines()]
    for table in tables.metadata.tables:
        ((count,),) = place.execute(f"select count(*) from {table}")
        assert sum(row["table"] == table for row in rows) == count, table


def test_a_lost_ledger_is_made_anew_and_nothing_is_written(published):
    site, path = published
    outputs = site.outputs()
    path.write_bytes(b"garbage" * 1000)
    done = site.run("ledger", "rebuild", "--yes")
    assert done.status == 0, done.err
    assert "files: 6 of our pages found" in done.out
    assert site.outputs() == outputs
    assert [p for p in path.parent.iterdir() if p.read_bytes() == b"garbage" * 1000]
    assert site.run("sync", "--yes").status == 0
    assert site.outputs() == outputs
    assert site.run("plan", "--detailed-exitcode").status == 0


@ON_SERVER
def test_a_ledger_on_a_server_is_made_anew_and_the_old_one_set_aside(known, postgres_server):
    site, place = known
    before, outputs, lineage = place.dump(), site.outputs(), place.execute(LINEAGE)
    place.execute("update entries set digest = 'nonsense'", "delete from entries where channel = 'feed'")
    done = site.run("ledger", "rebuild", "--yes")
    assert done.status == 0, done.err
    assert "files: 6 of our pages found" in done.out
    assert place.execute(LINEAGE) != lineage
    assert {name: len(rows) for name, rows in place.dump().items()}["entries"] == len(before["entries"])
    (aside,) = postgres_server.execute(
        "select schema_name::text from information_schema.schemata where schema_name like 'leopard\\_%'"
    )
    ((nonsense,),) = postgres_server.execute(
        f"select count(*) from {aside[0]}.entries where digest = 'nonsense'"
    )
    assert nonsense == 6
    assert site.run("sync", "--yes").status == 0
    assert site.outputs() == outputs
    assert site.run("plan", "--detailed-exitcode").status == 0
