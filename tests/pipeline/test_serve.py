"""`leopard serve` as a real process: it publishes on time, answers, and ends after the writes under way."""

import json
import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from urllib.request import urlopen

import pytest

PROGRAM = [sys.executable, "-c", "from pipeline.cli import main; main()"]
JOBS = "schedule:\n  - {sync: all, every: day, at: '04:00', name: nightly}\n"


@contextmanager
def serving(root, env=None):
    """The process, and the address it answers at."""
    with answering("-C", str(root), "serve", "--port", "0", env=env) as found:
        yield found


@contextmanager
def answering(*words, env=None):
    """The process of a command that goes on answering, and the address."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([*PROGRAM, *words], env=env, **pipes) as process:
        try:
            said = []
            for line in process.stdout:
                said.append(line)
                if found := re.search(r"Answering at (http://\S+)", line):
                    break
            else:
                raise AssertionError("".join(said) + process.stderr.read())
            yield process, found[1]
        finally:
            process.kill()


def until(condition):
    deadline = time.monotonic() + 60
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def answer(address):
    with urlopen(address) as found:
        return json.load(found)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_answers_and_ends_when_it_is_asked_to(site, number):
    site.write("leopard.yaml", (site.root / "leopard.yaml").read_text() + JOBS)
    with serving(site.root) as (process, address):
        assert answer(f"{address}/healthz") == {"status": "ok"}
        assert answer(f"{address}/readyz") == {"status": "ok"}
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert out.endswith("Stopped.\n")
    assert "Traceback" not in err
    assert site.run("schedule", "next").status == 0


def test_the_demo_goes_on_with_a_dashboard_also_where_its_port_is_taken(tmp_path):
    with (
        answering("demo", str(tmp_path / "one"), "--serve") as (_, first),
        answering("demo", str(tmp_path / "two"), "--serve") as (process, second),
    ):
        assert first != second
        for address in (first, second):
            with urlopen(f"{address}/matrix?q=221") as found:
                assert "statistic:snow-leopards-killed@en" in found.read().decode()
        process.terminate()
        process.communicate(timeout=60)
    assert process.returncode == 0


def test_without_a_schedule_it_says_so(site):
    with serving(site.root) as (process, _):
        assert "no schedule" in process.stdout.readline()


def test_what_is_under_embargo_appears_without_waiting_for_a_tick(site):
    """The one job is due at night; the embargo ends in a moment."""
    site.write("leopard.yaml", (site.root / "leopard.yaml").read_text() + JOBS)
    instant = datetime.now(UTC) + timedelta(seconds=6)
    site.write(
        "content/articles/soon.md", f"---\ntitle: Soon\nembargo_until: {instant.isoformat()}\n---\n\nWords.\n"
    )
    assert site.run("sync", "--yes").status == 0
    feed = site.root / "public" / "feed.json"
    assert "Soon" not in feed.read_text()
    with serving(site.root) as (process, _):
        until(lambda: "Soon" in feed.read_text())
        process.terminate()
        process.communicate(timeout=60)
    assert datetime.fromtimestamp(feed.stat().st_mtime, UTC) >= instant
    turn = site.run("schedule", "next", "--format", "json").json["jobs"][0]
    assert (turn["job"], turn["outcome"]) == ("what time alone changes", "done")


def arranged(root):
    """The night's job as the ledger knows it, as soon as it does."""
    with closing(sqlite3.connect(root / ".leopard" / "ledger.db")) as ledger:
        return ledger.execute("select name, value from facts where value like '%nightly%'").fetchone()


def overdue(root, env=None, **fields):
    """Make the night's job due since an hour."""
    with serving(root, env) as (process, _):
        until(lambda: arranged(root))
        process.terminate()
        process.communicate()
    name, value = arranged(root)
    with closing(sqlite3.connect(root / ".leopard" / "ledger.db")) as ledger:
        past = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
        changed = json.dumps({**json.loads(value), "due": past, "slot": past, **fields})
        ledger.execute("update facts set value = ? where name = ?", (changed, name))
        ledger.commit()


LOOPBACK = """\
site: {title: Spots, url: "https://spots.example"}
sources: {pages: {use: yaml, path: content}}
channels: {website: {use: loopback, url: "%s", batch: 1, workers: 2, rate: 20}}
"""
RECORDS = 24


def test_a_signal_ends_it_after_the_writes_under_way_and_the_next_start_goes_on(
    tmp_path, loopback_process, loopback_environment
):
    (tmp_path / "leopard.yaml").write_text(LOOPBACK % loopback_process + JOBS)
    (tmp_path / "content").mkdir()
    for number in range(RECORDS):
        (tmp_path / "content" / f"p{number}.yaml").write_text(f"title: Page {number}\n")

    def held():
        with urlopen(f"{loopback_process}/pages?limit=1000") as found:
            return [page["ident"] for page in json.load(found)["pages"]]

    overdue(tmp_path, loopback_environment)
    with serving(tmp_path, loopback_environment) as (process, _):
        until(lambda: len(held()) >= 3)
        process.terminate()
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    pages = held()
    assert 3 <= len(pages) < RECORDS
    assert f"{RECORDS - len(pages)} changes are left for the next run." in out
    with closing(sqlite3.connect(tmp_path / ".leopard" / "ledger.db")) as ledger:
        assert ledger.execute("select count(*) from entries").fetchone() == (len(pages),)
        assert ledger.execute("select count(*) from journal where status = 'intended'").fetchone() == (0,)
        assert ledger.execute("select count(*) from locks").fetchone() == (0,)

    with serving(tmp_path, loopback_environment) as (process, _):
        until(lambda: len(held()) == RECORDS)
        process.terminate()
        process.communicate(timeout=60)
    assert len(set(held())) == RECORDS


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1"])
def test_others_cannot_be_let_in(site, host):
    done = site.run("serve", "--host", host)
    assert done.status == 2
    assert "nobody is asked who they are" in done.err


# leopard schedule next


def test_what_comes_is_listed(site):
    jobs = "schedule:\n  - {sync: all, every: day, at: '02:00', timezone: Europe/London}\n  - {sync: [feed], every: hour}\n"
    site.write("leopard.yaml", (site.root / "leopard.yaml").read_text() + jobs)
    told = site.run("schedule", "next", "--limit", "5", "--format", "json").json
    assert [job["job"] for job in told["jobs"]] == [
        "what time alone changes",
        "all every day at 02:00 Europe/London",
        "feed every hour",
    ]
    times = [one["at"] for one in told["next"]]
    assert times == sorted(times)
    assert len(times) == 5
    done = site.run("schedule", "next")
    assert done.status == 0
    due = datetime.fromisoformat(told["jobs"][2]["due"])
    assert re.search(f"feed every hour +{due:%Y-%m-%d %H:%M:%S} +never +0", done.out)


def test_what_is_overdue_is_said_and_is_a_status(site):
    site.write("leopard.yaml", (site.root / "leopard.yaml").read_text() + JOBS)
    overdue(site.root, misses=3, last_miss="2026-01-01T02:00:00+00:00", error="website is down")
    done = site.run("schedule", "next")
    assert done.status == 1
    assert "Overdue: nightly, since " in done.out
    assert "Missed: nightly, 3 times, the last time 2026-01-01 02:00:00." in done.out
    assert "nightly: website is down." in done.out
    assert site.run("schedule", "next", "--format", "json").json["jobs"][1]["overdue"] is True


def test_without_a_schedule_nothing_comes(site):
    assert "There is no schedule" in site.run("schedule", "next").out
    assert site.run("schedule", "next", "--format", "json").json == {"jobs": [], "next": []}


# windows


def test_a_frozen_channel_is_left_alone_by_every_sync(site):
    freeze = "freeze:\n  - {channels: [feed], since: '2000-01-01', until: '2999-01-01'}\n"
    site.write("leopard.yaml", (site.root / "leopard.yaml").read_text() + freeze)
    done = site.run("sync", "--yes", "--format", "json")
    assert done.status == 0
    assert list(done.json["channels"]) == ["files"]
    assert not (site.root / "public" / "feed.json").exists()
    assert [one["code"] for one in done.json["problems"]] == ["schedule.frozen"]
    only = site.run("sync", "--yes", "--channel", "feed")
    assert only.status == 0
    assert "feed is left alone until 2999-01-01 00:00 UTC" in only.err
    text = (site.root / "leopard.yaml").read_text().replace("2999", "2001")
    site.write("leopard.yaml", text)
    assert site.run("sync", "--yes").status == 0
    assert (site.root / "public" / "feed.json").exists()
