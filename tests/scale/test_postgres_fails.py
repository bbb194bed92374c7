"""PostgreSQL that is away, restarts or is cut off: an honest end, and a next run that makes it good."""

import subprocess
import sys
import threading
import time
from collections import Counter

import pytest

from pipeline.ledger import Ledger, database
from schemas.errors import LedgerError

# The cursor of a connection that was cut cannot be closed any more, of which the driver warns.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
PROGRAM = (sys.executable, "-c", "from pipeline.cli import main; main()")
PAGES = 24
CONFIGURATION = """\
site: {{title: Spots, url: "https://spots.example"}}
ledger: "{ledger}"
sources: {{pages: {{use: yaml, path: content, kind: page}}}}
channels:
  out: {{use: loopback, url: "{url}", batch: 1, workers: 2}}
  files: {{use: json, path: public}}
"""


class Project:
    """Pages that go to the loopback CMS, one by one, and to files."""

    def __init__(self, root, cms, environment):
        self.root, self.cms, self.environment = root, cms, environment
        (root / "content").mkdir(parents=True)
        for number in range(PAGES):
            (root / f"content/p{number}.yaml").write_text(f"title: Page {number}\n")

    def configure(self, ledger):
        written = CONFIGURATION.format(ledger=ledger, url=self.cms.address)
        (self.root / "leopard.yaml").write_text(written)

    def begin(self, *words):
        command = (*PROGRAM, "-C", str(self.root), *words)
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=self.environment, stdout=pipe, stderr=pipe, text=True)

    def run(self, *words):
        process = self.begin(*words)
        process.out, process.err = process.communicate()
        assert "Traceback" not in process.err and "unforeseen" not in process.err, process.err
        return process

    def is_as_it_should_be(self):
        """Each page once on the CMS and on disk, and nothing left to do."""
        done = self.run("sync", "--yes")
        assert done.returncode == 0, done.out + done.err
        assert self.run("plan", "--detailed-exitcode").returncode == 0
        assert self.run("ledger", "doctor").returncode == 0
        held = Counter(page["ident"] for page in self.cms.pages.all(marked=True))
        assert held == {f"page:p{number}@en": 1 for number in range(PAGES)}
        assert len(list((self.root / "public").rglob("p*.json"))) == PAGES


@pytest.fixture
def project(tmp_path, loopback, loopback_environment):
    return Project(tmp_path / "project", loopback, loopback_environment)


def when(condition, act):
    """Do something as soon as something is so."""

    def watch():
        while not condition():
            time.sleep(0.01)
        act()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    return thread


@pytest.mark.parametrize("at", [1, PAGES // 2])
def test_a_restart_in_the_middle_of_a_run(project, postgres_server, at):
    project.configure(postgres_server.schema())
    restart = when(lambda: len(project.cms.log) > at, postgres_server.restart)
    done = project.run("sync", "--yes")
    restart.join()
    assert done.returncode in (0, 1, 2), done.err
    if done.returncode:
        assert "the ledger cannot be used" in done.out + done.err
        assert "the next sync goes on" in done.out + done.err
    project.is_as_it_should_be()


def test_connections_that_are_cut_again_and_again(project, postgres_server):
    project.configure(postgres_server.schema())
    process = project.begin("sync", "--yes")
    for _ in range(12):
        time.sleep(0.3)
        postgres_server.cut()
    _, told = process.communicate()
    assert process.returncode in (0, 1, 2)
    assert "Traceback" not in told and "unforeseen" not in told, told
    project.is_as_it_should_be()


def test_a_server_that_goes_and_stays_away(project, postgres_server):
    project.configure(postgres_server.schema())
    stop = when(lambda: len(project.cms.log) > 5, postgres_server.stop)
    try:
        done = project.run("sync", "--yes")
        stop.join()
    finally:
        postgres_server.start()
    assert done.returncode == 2, done.out + done.err
    (told, *_) = done.err.strip().splitlines()
    assert told.startswith("Error: the ledger cannot be used: connection"), done.err
    assert "see that its server runs" in done.err
    assert len(project.cms.pages.all(marked=True)) < PAGES
    project.is_as_it_should_be()


def test_a_server_that_is_away_at_the_start_is_one_sentence(project, postgres_server):
    project.configure(postgres_server.schema())
    postgres_server.stop()
    try:
        done = project.run("sync", "--yes")
    finally:
        postgres_server.start()
    assert done.returncode == 2
    assert len(done.err.strip().splitlines()) == 2
    assert "refused" in done.err and "see that its server runs" in done.err
    assert project.cms.pages.all(marked=True) == []
    project.is_as_it_should_be()


def test_a_server_that_is_about_to_be_there_is_waited_for(postgres_server, tmp_path):
    """What it answers while it looks after what a failure has left."""
    address = postgres_server.schema()
    with Ledger(address, tmp_path) as ledger:
        ledger.set_fact("mine", "1")
    restart = threading.Thread(target=postgres_server.restart)
    restart.start()
    told = None
    while restart.is_alive():
        try:
            Ledger(address, tmp_path).close()
        except LedgerError as error:
            told = error.message
            assert "the database system is" not in told
    with Ledger(address, tmp_path) as ledger:
        assert ledger.fact("mine") == "1"


def test_reading_and_the_beginning_of_a_write_survive_a_restart(postgres_server, tmp_path):
    with Ledger(postgres_server.schema(), tmp_path) as ledger:
        ledger.set_fact("mine", "1")
        postgres_server.restart()
        assert ledger.fact("mine") == "1"
        postgres_server.restart()
        ledger.set_fact("mine", "2")
        postgres_server.cut()
        assert ledger.fact("mine") == "2"


def test_what_was_begun_is_not_repeated(postgres_server, tmp_path):
    with Ledger(postgres_server.schema(), tmp_path) as ledger:
        times = []
        broken = pytest.raises(LedgerError, match="the ledger cannot be used")
        with broken, ledger.database.writing() as connection:
            times.append(1)
            postgres_server.cut()
            connection.exec_driver_sql("INSERT INTO facts VALUES ('mine', '1')")
        assert times == [1]
        assert ledger.fact("mine") is None


def test_a_server_that_was_waited_for_in_vain_is_not_waited_for_again(postgres_server, tmp_path, monkeypatch):
    monkeypatch.setattr(database, "RESTART", 1.0)
    with Ledger(postgres_server.schema(), tmp_path) as ledger:
        postgres_server.stop()
        try:
            with pytest.raises(LedgerError):
                ledger.fact("mine")
            monkeypatch.setattr(database, "RESTART", 3600.0)
            with pytest.raises(LedgerError):
                ledger.fact("mine")
        finally:
            postgres_server.start()
        assert ledger.fact("mine") is None
