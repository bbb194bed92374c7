"""What is answered on the web: nothing but what is listed, to nobody who comes under another name."""

import json
import sys
import threading
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from oaipmh_scythe import Scythe

sys.path.insert(0, str(Path(__file__).resolve().parent))

from dashboard import answering, application_of

from pipeline.config import load
from pipeline.ledger import Ledger
from pipeline.ledger.jobs import Jobs
from pipeline.schedule.loop import Scheduler
from pipeline.schedule.timed import Result
from pipeline.web.app import OPEN_TO_ALL, hosts
from pipeline.web.headers import HEADERS
from pipeline.web.health import LONGEST_SILENCE, Health
from pipeline.web.server import listen
from schemas.errors import ConfigError

CONFIGURATION = """\
site: {title: Spots, url: "https://spots.example", languages: [en]}
sources:
  reports: {use: yaml, path: content/reports, kind: report}
  organisations: {use: yaml, path: content/organisations, kind: organisation}
channels:
  library:
    use: oaipmh
    path: public/oai
    endpoint: https://harvest.example/oai
    namespace: spots.example
    admin_email: library@spots.example
    page: 2
  feed: {use: jsonfeed, path: public/feed.json, kinds: [report]}
"""
ROUTES = {
    "/healthz",
    "/readyz",
    "/oai/library",
    "/static/leopard.css",
    "/static/leopard.svg",
    "/static/htmx.js",
    "/static/sse.js",
}
"""What strangers may ask for, too; tests/pipeline/test_gate.py has the others."""
OPEN = [path.removesuffix("/") for path in OPEN_TO_ALL]
REPORTS = 5
REPORT = """\
title: %s
authors: [{given: Stephanie, family: Theile}]
publisher: organisation:traffic
issued: 2003
published_at: 2024-05-01
"""


@pytest.fixture
def project(empty):
    site = empty(CONFIGURATION)
    for number in range(REPORTS):
        site.write(f"content/reports/r{number}.yaml", REPORT % f"Report {number}")
    site.write("content/organisations/traffic.yaml", "name: TRAFFIC\n")
    return site


@pytest.fixture
def health(project):
    with Ledger("sqlite:///.leopard/ledger.db", project.root) as ledger:
        yield Health(Scheduler([], Jobs(ledger.database), lambda timed, lease: Result("done")), ledger)


@pytest.fixture
def address(project, health):
    with answering(project.root, health) as where:
        yield where


def ask(address, method="GET", **headers):
    try:
        with urlopen(Request(address, method=method, headers=headers)) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


def test_these_are_all_that_is_open(project, health):
    paths = {route.path for route in application_of(project.root, health).app.routes}
    open_ones = {path for path in paths if any(path == o or path.startswith(f"{o}/") for o in OPEN)}
    assert open_ones == ROUTES


@pytest.mark.parametrize("path", [*sorted(ROUTES), "/nothing"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE"])
def test_every_answer_is_strict_and_tells_nothing_of_the_server(address, path, method):
    status, headers, _ = ask(address + path, method)
    assert status < 500 or path == "/oai/library", status
    known = {name.lower(): value for name, value in headers.items()}
    for name, value in HEADERS.items():
        if not (name == "Cache-Control" and path.startswith("/static/")):
            assert known[name.lower()] == value
    assert "server" not in {name.lower() for name in headers}


@pytest.mark.parametrize("path", [*sorted(ROUTES), "/nothing"])
@pytest.mark.parametrize(
    "host",
    ["evil.example", "spots.example.evil.example", "127.0.0.1.evil.example", "", "a b", "169.254.169.254"],
)
def test_whoever_comes_under_another_name_is_refused(address, path, host):
    status, headers, body = ask(address + path, Host=host)
    assert status == 400
    assert b"ok" not in body.lower()
    assert {name.lower() for name in headers} >= {name.lower() for name in HEADERS}


def test_metrics_are_told_under_our_own_names_only(address):
    assert ask(f"{address}/metrics")[0] == 200
    assert ask(f"{address}/metrics", Host="evil.example")[0] == 400


@pytest.mark.parametrize(
    "host", ["localhost:1", "127.0.0.1", "[::1]:80", "spots.example", "HARVEST.example:443"]
)
def test_our_own_names_are_known(address, host):
    assert ask(f"{address}/healthz", Host=host)[0] == 200


def test_names_come_from_the_configuration(project):
    assert hosts(load(project.root)) == {
        "localhost",
        "127.0.0.1",
        "[::1]",
        "spots.example",
        "harvest.example",
    }


# health


def test_it_is_well(address):
    for path in ("/healthz", "/readyz"):
        status, headers, body = ask(address + path)
        assert (status, json.loads(body)) == (200, {"status": "ok"})
        assert headers["content-type"] == "application/json"


def test_a_schedule_that_stands_still_is_told(address, health):
    health.scheduler.looked -= LONGEST_SILENCE + 1
    for path in ("/healthz", "/readyz"):
        status, _, body = ask(address + path)
        assert status == 503
        assert b"not looked at" in body


def test_a_long_job_is_no_standstill(address, health):
    health.scheduler.looked -= LONGEST_SILENCE + 1
    health.scheduler.lease = object()
    assert ask(f"{address}/healthz")[0] == 200


def test_a_ledger_that_cannot_be_used_is_told_and_does_not_end_the_process(address, health, project):
    for path in (project.root / ".leopard").iterdir():
        path.write_bytes(b"x" * 8192)
    health.ledger.database.engine.dispose()
    assert ask(f"{address}/healthz")[0] == 200
    status, _, body = ask(f"{address}/readyz")
    assert (status, json.loads(body)) == (503, {"status": "the ledger cannot be used"})


def test_while_it_stops_it_is_alive_and_not_ready(address, health):
    health.stopping = True
    assert ask(f"{address}/healthz")[0] == 200
    assert ask(f"{address}/readyz")[0] == 503


def test_what_is_unforeseen_is_one_strict_sentence(project, health, monkeypatch):
    monkeypatch.setattr(Health, "alive", lambda self, request: 1 / 0)
    with answering(project.root, health) as where:
        status, headers, body = ask(f"{where}/healthz")
    assert (status, body) == (500, b"Something unforeseen happened.\n")
    assert headers["content-security-policy"].startswith("default-src 'none'")


# harvesting


@pytest.fixture
def harvested(project, address):
    assert project.run("sync", "--yes").status == 0
    with Scythe(f"{address}/oai/library") as scythe:
        yield scythe


def test_all_six_verbs_are_answered_to_a_harvester(harvested, address):
    assert harvested.identify().repositoryName == "Spots"
    assert [one.metadataPrefix for one in harvested.list_metadata_formats()] == ["oai_dc"]
    assert "type:report" in {one.setSpec for one in harvested.list_sets()}
    headers = list(harvested.list_identifiers(metadata_prefix="oai_dc"))
    records = list(harvested.list_records(metadata_prefix="oai_dc"))  # in parts of two
    assert len(headers) == len(records) == REPORTS
    assert {record.header.identifier for record in records} == {header.identifier for header in headers}
    one = harvested.get_record(identifier=headers[0].identifier, metadata_prefix="oai_dc")
    assert one.metadata["title"][0].startswith("Report ")


def test_what_the_next_run_publishes_is_harvested_at_once(harvested, project):
    project.write("content/reports/late.yaml", REPORT % "Late")
    assert project.run("sync", "--yes").status == 0
    titles = [one.metadata["title"][0] for one in harvested.list_records(metadata_prefix="oai_dc")]
    assert "Late" in titles


def test_a_request_may_be_posted_and_a_mistake_is_answered_in_xml(harvested, address):
    body = urlopen(Request(f"{address}/oai/library", data=b"verb=Identify")).read()
    assert b"<repositoryName>Spots</repositoryName>" in body
    status, headers, body = ask(f"{address}/oai/library?verb=Nonsense")
    assert (status, headers["content-type"]) == (200, "text/xml; charset=utf-8")
    assert b'code="badVerb"' in body


def test_before_anything_is_published_there_is_a_sentence(address):
    status, _, body = ask(f"{address}/oai/library?verb=Identify")
    assert status == 503
    assert body


def test_many_harvest_at_once(harvested, address):
    answers = []

    def harvest():
        for _ in range(10):
            answers.append(ask(f"{address}/oai/library?verb=ListRecords&metadataPrefix=oai_dc")[0])

    threads = [threading.Thread(target=harvest) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 60


# addresses


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org", "", "localhost.evil.example"])
def test_nobody_else_is_let_in(host):
    with pytest.raises(ConfigError, match="nobody is asked who"):
        listen(host, 0)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.8.8.8"])
def test_this_machine_is_let_in(host):
    with listen(host, 0) as listener:
        assert listener.getsockname()[1]


def test_a_port_that_is_taken_is_named():
    with listen("127.0.0.1", 0) as first, pytest.raises(ConfigError, match="address already in use"):
        listen("127.0.0.1", first.getsockname()[1])
