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

from pipeline.config import load
from pipeline.ledger import Ledger, now, tables
from pipeline.ledger.lock import PATIENCE, locked
from schemas.errors import GuardStop, LedgerError

LEDGERS = Path(__file__).with_name("ledgers")
PAGE = 4096


@pytest.fixture
def published(site):
    """A project that has been published, and its ledger's file."""
    assert site.run("sync", "--yes").status == 0
    return site, site.root / ".leopard/ledger.db"


def opened(path):
    return Ledger(f"sqlite:///{path.name}", path.parent)


def old(path, version):
    with closing(sqlite3.connect(path)) as database:
        database.executescript((LEDGERS / f"v{version}.sql").read_text("utf-8"))
    return path


def dump(path):
    with closing(sqlite3.connect(path)) as database:
        return list(database.iterdump())


def shape(path):
    """Tables with their columns, and indices with theirs, in any order."""
    with closing(sqlite3.connect(path)) as database:
        names = [row[0] for row in database.execute("select name from sqlite_master where type = 'table'")]
        columns = {t: {c[1:6] for c in database.execute(f"pragma table_info({t})")} for t in names}
        indices = [row[0] for row in database.execute("select name from sqlite_master where type = 'index'")]
        return columns, {i: [c[2] for c in database.execute(f"pragma index_info({i})")] for i in indices}


# versions


@pytest.mark.parametrize("version", range(1, tables.VERSION))
def test_an_older_ledger_becomes_a_new_one_and_forgets_nothing(tmp_path, version):
    path, new = old(tmp_path / "old.db", version), tmp_path / "new.db"
    with closing(sqlite3.connect(path)) as database, database:
        channel = ("channel, ", "'', ") if version > 1 else ("", "")
        words = "insert into quarantine ({}ident, since, attempts, problems) values ({}?, ?, 3, '[]')"
        database.execute(words.format(*channel), ("page:x@en", now().isoformat()))
    before = dump(path)
    opened(new).close()
    with opened(path) as ledger:
        assert ledger.fact("version") == str(tables.VERSION)
        assert ledger.lineage == "cbc2a5a8-c146-46a0-8a99-f51a23bb2394"
        assert ledger.pages.counts() == {"feed": 2, "files": 2}
        assert {e.ident for e in ledger.pages.all("feed")} == {"article:first@en", "article:second@en"}
        assert all(entry.kept == () for entry in ledger.pages.all("files"))
        (held,) = ledger.quarantine.all()
        assert (held.ident, held.attempts, held.channel) == ("page:x@en", 3, "")
        (run,) = ledger.history.latest()
        assert len(ledger.journal.of_run(run.id)) == 4
    assert shape(path) == shape(new)
    assert len([line for line in before if line.startswith("INSERT")]) == len(
        [line for line in dump(path) if line.startswith("INSERT")]
    )


@pytest.mark.parametrize("version", range(1, tables.VERSION))
def test_a_migration_that_breaks_off_changes_nothing(tmp_path, monkeypatch, version):
    path = old(tmp_path / "old.db", version)
    before, real = dump(path), tables.MIGRATIONS[version]

    def breaks_off(connection):
        real(connection)
        raise KeyboardInterrupt

    monkeypatch.setitem(tables.MIGRATIONS, version, breaks_off)
    with pytest.raises(KeyboardInterrupt):
        opened(path)
    assert dump(path) == before


def test_a_newer_ledger_is_refused(published):
    site, path = published
    with closing(sqlite3.connect(path)) as ledger, ledger:
        ledger.execute("update facts set value = '99' where name = 'version'")
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


def test_fields_that_are_not_what_was_written_are_found(published):
    site, path = published
    with closing(sqlite3.connect(path)) as ledger, ledger:
        ledger.execute("update entries set fields = replace(fields, 'Other', 'Offer')")
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


def test_the_database_of_another_program_is_left_alone(published):
    site, path = published
    path.unlink()
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("create table theirs (name text)")
    before = dump(path)
    done = site.run("sync", "--yes")
    assert done.status == 2
    assert "is not a ledger" in done.err
    assert dump(path) == before


def test_a_folder_that_may_not_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(LedgerError, match="cannot be used"):
        Ledger("sqlite:///file/ledger.db", tmp_path)


# locks


def test_the_second_run_names_the_first_and_writes_nothing(published):
    site, _ = published
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
        {"pid": None},
        {"host": "elsewhere.example", "beat": (now() - timedelta(seconds=PATIENCE + 1)).isoformat()},
        {"beat": (now() - timedelta(seconds=PATIENCE + 1)).isoformat()},
    ],
    ids=["of a dead process", "of a silent host", "without a heartbeat"],
)
def test_a_lock_is_taken_over(tmp_path, row):
    if "pid" in row:
        row = {"pid": gone()}
    with opened(tmp_path / "ledger.db") as ledger:
        with locked(ledger, "first"):
            with ledger.database.writing() as connection:
                connection.execute(update(tables.locks).values(**row))
            with locked(ledger, "second"):
                pass
        with locked(ledger, "third"):
            pass


def test_the_lock_of_another_host_is_kept_while_it_beats(tmp_path):
    with opened(tmp_path / "ledger.db") as ledger, locked(ledger, "first"):
        with ledger.database.writing() as connection:
            connection.execute(update(tables.locks).values(host="elsewhere.example", pid=gone()))
        with pytest.raises(GuardStop, match="elsewhere"), locked(ledger, "second"):
            pass


# care


def test_the_doctor_finds_nothing_wrong(published):
    site, _ = published
    done = site.run("ledger", "doctor", "--format", "json")
    assert done.status == 0
    assert [one["message"] for one in done.json][-2:] == ["feed: 4 records", "files: 6 records"]


def test_the_doctor_names_channels_that_are_gone(published):
    site, _ = published
    site.edit("leopard.yaml", "  feed: ", "  news: ")
    done = site.run("ledger", "doctor")
    assert done.status == 1
    assert "feed: 4 records of a channel that is gone" in done.out


def test_the_doctor_names_writes_that_nobody_knows_of(published):
    site, path = published
    with closing(sqlite3.connect(path)) as ledger, ledger:
        ledger.execute("update journal set status = 'intended' where ident = 'page:other@en'")
    done = site.run("ledger", "doctor")
    assert done.status == 1
    assert "nobody knows whether the create of page:other@en was done" in done.out
    assert site.run("sync", "--yes", "--refresh").status == 0
    assert site.run("ledger", "doctor").status == 0


def test_export_gives_every_row(published):
    site, path = published
    rows = [json.loads(line) for line in site.run("ledger", "export").out.splitlines()]
    with closing(sqlite3.connect(path)) as ledger:
        for table in tables.metadata.tables:
            (count,) = ledger.execute(f"select count(*) from {table}").fetchone()
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
