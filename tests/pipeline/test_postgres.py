"""A ledger on PostgreSQL: the same runs, plans and memories as on SQLite."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import postgres

from pipeline.ledger import Ledger, Sought, now
from pipeline.ledger.lock import Superseded, locked
from pipeline.ledger.tables import VERSION, locks
from schemas.errors import LedgerError

CONFIGURATION_BEGIN = 'site: {title: Spots, url: "https://spots.example", languages: [en, fr]}\n'


@pytest.fixture
def address(postgres_server):
    return postgres_server.schema()


def test_a_project_lives_there(site, address):
    site.edit("leopard.yaml", CONFIGURATION_BEGIN, f'{CONFIGURATION_BEGIN}ledger: "{address}"\n')
    for number in range(30):  # idents that bytes and people sort in different ways
        site.write(f"content/pages/{'a-b' if number % 2 else 'a'}{number}.yaml", f"title: Page {number}\n")
    first = site.run("sync", "--yes", "--format", "json")
    assert first.status == 0, first.err
    assert first.json["channels"]["files"]["done"]["create"] > 30
    before = site.outputs()
    assert "Nothing to do" in site.run("sync", "--yes").out
    assert site.run("plan", "--detailed-exitcode").status == 0

    site.edit("content/pages/other.yaml", "title: Other", "title: Another")
    second = site.run("sync", "--yes", "--format", "json")
    assert second.json["channels"]["files"]["done"] == {"update": 1}
    assert site.run("rollback", second.json["run"], "--yes").status == 0
    after = {name: content for name, (content, _) in site.outputs().items() if "other" in name}
    assert after == {name: content for name, (content, _) in before.items() if "other" in name}
    assert site.run("runs").status == 0
    assert site.run("ledger", "doctor").status == 0
    assert not (site.root / ".leopard").exists()


QUOTING = {"article:first@en", "page:leopards@en", "statistic:killed@en"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("221-450", QUOTING),
        ("NO FIGURE", {"page:other@en"}),
        ("50%", set()),
        ("\\", set()),
        ("pag_:other", set()),
    ],
)
def test_what_channels_hold_is_looked_for(site, address, text, found):
    site.edit("leopard.yaml", CONFIGURATION_BEGIN, f'{CONFIGURATION_BEGIN}ledger: "{address}"\n')
    assert site.run("sync", "--yes").status == 0
    with Ledger(address, site.root) as ledger:
        listed = [ident for ident, _ in ledger.pages.listed("files", Sought(text=text))]
        assert listed == sorted(found)
        every = [ident for ident, _ in ledger.pages.listed("files", Sought())]
        held = ledger.pages.holdings(["files"], every, text)
        assert [one.ident for one in held] == every
        assert {one.ident for one in held if one.found} == found
        assert not any(one.found for one in ledger.pages.holdings(["files"], every))


def test_writers_take_turns(address, tmp_path):
    """What a transaction has read and builds on, nobody else changes before it ends."""
    with Ledger(address, tmp_path) as ledger:
        assert ledger.fact("version") == str(VERSION)

        def count(_):
            from sqlalchemy import select, update

            from pipeline.ledger.tables import facts

            here = facts.c.name == "serial"
            with ledger.database.writing() as connection:
                known = connection.execute(select(facts.c.value).where(here)).scalar()
                connection.execute(update(facts).where(here).values(value=str(int(known) + 1)))

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(count, range(100)))
        assert ledger.serial == 100


def test_whoever_was_taken_over_writes_nothing_more(address, tmp_path):
    with Ledger(address, tmp_path) as first, Ledger(address, tmp_path) as second:
        with locked(first, "first"):
            first.set_fact("mine", "1")
            with second.database.writing() as connection:
                connection.execute(locks.update().values(beat="2020-01-01T00:00:00+00:00"))
            with locked(second, "second"):
                with pytest.raises(Superseded, match="another one took over"):
                    first.set_fact("mine", "2")
                second.set_fact("mine", "3")
        assert first.fact("mine") == "3"
        assert next(first.database.stream(locks.select()), None) is None
    assert now().tzinfo is not None


def test_a_driver_that_is_missing_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(LedgerError, match="no driver for a ledger at postgresql") as found:
        Ledger("postgresql://leopard@127.0.0.1:1/none", tmp_path)
    assert "leopard-pipeline[postgres]" in found.value.hint


def test_a_server_that_is_not_there_is_one_sentence_without_the_password(tmp_path):
    with pytest.raises(LedgerError) as found:
        Ledger("postgresql://leopard:hunter2@127.0.0.1:1/none", tmp_path)
    assert "hunter2" not in str(found.value)
    assert "cannot be used" in str(found.value)


def test_a_user_with_few_rights_is_enough(site, postgres_server):
    for statement in ("CREATE ROLE plain LOGIN", "CREATE SCHEMA plain AUTHORIZATION plain"):
        postgres_server.execute(statement)
    address = f"{postgres_server.base.replace('leopard@', 'plain@')}?options=-csearch_path%3Dplain"
    site.edit("leopard.yaml", CONFIGURATION_BEGIN, f'{CONFIGURATION_BEGIN}ledger: "{address}"\n')
    assert site.run("sync", "--yes").status == 0
    assert site.run("ledger", "doctor").status == 0
    refused = site.run("ledger", "rebuild", "--yes")
    assert refused.status == 2
    assert "permission denied for database" in refused.err
    assert "give its user the rights" in refused.err
    assert site.run("plan", "--detailed-exitcode").status == 0
    postgres_server.execute(f"GRANT CREATE ON DATABASE {postgres.DATABASE} TO plain")
    assert site.run("ledger", "rebuild", "--yes").status == 0
    assert site.run("plan", "--detailed-exitcode").status == 0


def test_tls_that_is_asked_for_is_not_done_without(tmp_path, address):
    with pytest.raises(LedgerError, match="SSL") as found:
        Ledger(f"{address}&sslmode=require", tmp_path)
    assert "see that its server" in found.value.hint
