"""Several processes on one ledger, SQLite's and PostgreSQL's: each message is sent once by one of them."""

import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import receiver as receivers

from pipeline.alerts.deliver import Delivery
from pipeline.alerts.send import send
from pipeline.config import load
from pipeline.ledger import Ledger
from pipeline.ledger.incidents import Incidents

CONFIGURATION = """\
site: {{title: Spots, url: "https://spots.example"}}
ledger: "{address}"
alerts:
  - {{to: "env:ALERT_URL", secret: "env:ALERT_SECRET"}}
"""
TELL = """\
import sys
from pathlib import Path
from pipeline.alerts.deliver import Delivery
from pipeline.config import load
from pipeline.ledger import Ledger

project = load(Path(sys.argv[1]))
with Ledger(project.written.ledger, project.root) as ledger:
    print("ready", flush=True)
    sys.stdin.readline()
    Delivery(project, ledger).deliver()
"""
REPLICAS, INCIDENTS = 4, 6


@pytest.fixture(params=["sqlite", "postgresql"])
def project(request, tmp_path, monkeypatch):
    address = "sqlite:///ledger.db"
    if request.param == "postgresql":
        address = request.getfixturevalue("postgres_server").schema()
    (tmp_path / "leopard.yaml").write_text(CONFIGURATION.format(address=address))
    monkeypatch.setenv("ALERT_SECRET", "wire")
    return load(tmp_path)


@pytest.fixture
def receiver(monkeypatch):
    with receivers.receiving() as one:
        monkeypatch.setenv("ALERT_URL", one.address)
        yield one


def sent(receiver):
    return Counter(headers["X-Leopard-Delivery"] for _, headers, _ in receiver.got)


def opened(project):
    with Ledger(project.written.ledger, project.root) as ledger:
        incidents = Incidents(ledger.database)
        return [incidents.open("failed", f"channel-{n}", "it is down").id for n in range(INCIDENTS)]


def test_processes_that_tell_at_once_tell_once(project, receiver):
    numbers = opened(project)
    words = [sys.executable, "-c", TELL, str(project.root)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen(words, **pipes) for _ in range(REPLICAS)]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate(timeout=120)
        assert process.returncode == 0
    assert sent(receiver) == Counter(f"{number}.open" for number in numbers)


def test_while_one_is_at_a_slow_receiver_no_other_speaks(project, receiver):
    numbers = opened(project)
    at_it, go_on = threading.Event(), threading.Event()

    def slowly(alert, message, root):
        at_it.set()
        assert go_on.wait(60)
        send(alert, message, root)

    def tell(how):
        with Ledger(project.written.ledger, project.root) as ledger:
            return Delivery(project, ledger, how).deliver()

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(tell, slowly)
        assert at_it.wait(60)
        assert tell(send) == []
        assert receiver.got == []
        go_on.set()
        assert first.result(60) == []
    assert sent(receiver) == Counter(f"{number}.open" for number in numbers)


def test_incidents_that_many_see_at_once_are_one(project, receiver):
    ready = threading.Barrier(REPLICAS)

    def see(_):
        with Ledger(project.written.ledger, project.root) as ledger:
            incidents = Incidents(ledger.database)
            ready.wait()
            incidents.open("overdue", "nightly", "it has not begun")
            Delivery(project, ledger).deliver()
            return incidents.find("overdue", "nightly").id

    with ThreadPoolExecutor(REPLICAS) as pool:
        numbers = set(pool.map(see, range(REPLICAS)))
    assert len(numbers) == 1
    until = time.monotonic() + 60
    while not receiver.got and time.monotonic() < until:
        time.sleep(0.05)
    assert sent(receiver) == {f"{numbers.pop()}.open": 1}


def test_what_another_one_tells_just_before_is_not_told_again(project, receiver, monkeypatch):
    """What is due is only known for certain once the line is ours."""
    numbers = opened(project)
    with (
        Ledger(project.written.ledger, project.root) as first,
        Ledger(project.written.ledger, project.root) as second,
    ):
        late, claimed = Delivery(project, first), Delivery._claimed

        def after_the_other(self, to):
            if self is late and not receiver.got:
                Delivery(project, second).deliver()
            return claimed(self, to)

        monkeypatch.setattr(Delivery, "_claimed", after_the_other)
        late.deliver()
    assert sent(receiver) == Counter(f"{number}.open" for number in numbers)
