"""Ledgers that are none: refused, never taken for an empty one, never replaced."""

import sqlite3

import pytest


def harmless(done):
    """No failure that nobody foresaw."""
    assert "Traceback" not in done.err
    assert "unforeseen" not in done.err
    return done


def ledger(site, data):
    path = site.root / ".leopard/ledger.db"
    path.parent.mkdir(exist_ok=True)
    if data is None:
        path.mkdir()
    else:
        path.write_bytes(data)


@pytest.mark.parametrize(
    "data", [b"garbage" * 999, b"", b"SQLite format 3\0", b"SQLite format 3\0" + b"x" * 9999, None]
)
@pytest.mark.parametrize("command", [("sync", "--yes"), ("plan",), ("status",)])
def test_a_ledger_that_is_none_is_refused_and_not_replaced(site, data, command):
    ledger(site, data)
    done = harmless(site.run(*command))
    assert done.status == 2
    assert ".leopard/ledger.db" in done.err
    assert not (site.root / "public").exists()
    if data is not None:
        assert (site.root / ".leopard/ledger.db").read_bytes() == data


def test_a_ledger_whose_folder_is_a_file(site):
    site.write(".leopard", "")
    done = harmless(site.run("sync", "--yes"))
    assert done.status == 2
    assert "check that you may read and write its folder" in done.err


def test_a_ledger_of_a_newer_leopard(site):
    site.run("sync", "--yes")
    with sqlite3.connect(site.root / ".leopard/ledger.db") as database:
        database.execute("UPDATE facts SET value = '999' WHERE name = 'version'")
    database.close()
    before = site.outputs()
    done = harmless(site.run("sync", "--yes"))
    assert done.status == 2
    assert "newer Leopard" in done.err
    assert "upgrade" in done.err
    assert site.outputs() == before
    assert harmless(site.run("check")).status == 0


@pytest.mark.parametrize(
    "address", ["foo", "mysql://u:hunter2@h/d", "sqlite:///content", "oracle://u:hunter2@h"]
)
def test_an_address_that_is_no_ledger(site, address):
    site.edit("leopard.yaml", "sources:", f'ledger: "{address}"\nsources:')
    done = harmless(site.run("sync", "--yes"))
    assert done.status == 2
    assert "hunter2" not in done.err + done.out


@pytest.mark.parametrize("address", ["sqlite://", "sqlite:///:memory:"])
def test_a_ledger_in_memory_is_refused_or_works(site, address):
    site.edit("leopard.yaml", "sources:", f'ledger: "{address}"\nsources:')
    done = harmless(site.run("sync", "--yes"))
    assert done.status == 2
    assert "would forget everything" in done.err
