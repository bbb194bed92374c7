"""Repositories by OAI-PMH: all parts of a list, what is new and what is gone, and lists that never end."""

import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

import pytest

from sources.base import COMPLETE
from sources.conformance import RemoteConformance, read_all
from sources.dialects.oaipmh.protocol import since
from sources.oaipmh import OaiPmhSource
from transport.fault_proxy import FaultProxy

GOLDEN = Path(__file__).parent / "golden" / "oaipmh"
OAI = '<?xml version="1.0" encoding="UTF-8"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr("transport.fetch.BACKOFF", 0.0)


class Library:
    """A repository on a test's web server: records with datestamps, in parts of two."""

    def __init__(self, web, *, granularity="YYYY-MM-DDThh:mm:ssZ", policy="persistent"):
        self.granularity, self.policy, self.size = granularity, policy, 2
        self.records, self.now, self.broken_tokens = {}, "2024-06-01T10:00:00Z", {}
        self.page = type(web.put("/x") and web.pages["/x"])
        self.web = web
        web.pages["/oai"] = self.answer

    def put(self, name, title, stamp="2024-05-01T00:00:00Z"):
        self.records[f"oai:lib.example:{name}"] = (stamp, title)

    @property
    def asked(self):
        """The arguments of each request for records."""
        found = [dict(parse_qs(urlsplit(one.path).query)) for one in self.web.seen]
        return [
            {k: v[0] for k, v in one.items() if k != "verb"}
            for one in found
            if one["verb"] == ["ListRecords"]
        ]

    def answer(self, seen):
        asked = {name: values[0] for name, values in parse_qs(urlsplit(seen.path).query).items()}
        inner = self.identify() if asked["verb"] == "Identify" else self.listed(asked)
        body = f"{OAI}<responseDate>{self.now}</responseDate><request/>{inner}</OAI-PMH>"
        return self.page(body.encode(), 200, {"Content-Type": "text/xml"})

    def identify(self):
        facts = f"<deletedRecord>{self.policy}</deletedRecord><granularity>{self.granularity}</granularity>"
        return f"<Identify><repositoryName>Library</repositoryName>{facts}</Identify>"

    def listed(self, asked):
        token = asked.get("resumptionToken")
        if self.broken_tokens.get(token):
            return self.broken_tokens[token].pop(0)
        start, at = token.split("!") if token else (asked.get("from", ""), "0")
        chosen = sorted((stamp, name) for name, (stamp, _) in self.records.items() if stamp >= start)
        part = chosen[int(at) : int(at) + self.size]
        if not part:
            return '<error code="noRecordsMatch">none</error>'
        more = int(at) + self.size < len(chosen)
        token = f"<resumptionToken>{start}!{int(at) + self.size}</resumptionToken>" if more else ""
        return f"<ListRecords>{''.join(self.record(name) for _, name in part)}{token}</ListRecords>"

    def record(self, name):
        stamp, title = self.records[name]
        status = "" if title else ' status="deleted"'
        head = f"<header{status}><identifier>{name}</identifier><datestamp>{stamp}</datestamp></header>"
        dc = f"<dc><title>{escape(title or '')}</title><creator>Nowell, K.</creator><date>2016</date></dc>"
        return f"<record>{head}{f'<metadata>{dc}</metadata>' if title else ''}</record>"


@pytest.fixture
def library(web):
    library = Library(web)
    for number in range(1, 6):
        library.put(f"r{number}", f"Report {number}", f"2024-05-0{number}T00:00:00Z")
    return library


@pytest.fixture
def harvest(folder, web):
    """The source, in a new run each time."""

    def make(**options):
        return OaiPmhSource(
            OaiPmhSource.Options(url=web.address + "/oai", rate=10_000, **options), folder.context
        )

    return make


def titles(result):
    records, problems, outcome = result
    assert (problems, outcome) == ([], COMPLETE)
    return [raw.data["title"] for raw in records if raw.data["kind"] == "report"]


class TestOaiPmh(RemoteConformance):
    @pytest.fixture
    def proxy(self, library, web):
        with FaultProxy(web.address) as proxy:
            yield proxy

    @pytest.fixture
    def source(self, folder, proxy):
        return OaiPmhSource(OaiPmhSource.Options(url=proxy.address + "/oai", rate=10_000), folder.context)

    @pytest.fixture
    def change(self, library):
        return lambda: library.put("r2", "Another title", "2024-06-01T11:00:00Z")


@pytest.mark.parametrize(("name", "format"), [("dublin-core", "oai_dc"), ("datacite", "oai_datacite")])
def test_metadata_become_reports(golden, harvest, web, library, name, format):
    body = (GOLDEN / f"{name}.xml").read_bytes()
    page = type(web.pages["/x"])
    web.pages["/oai"] = lambda seen: library.answer(seen) if "Identify" in seen.path else page(body)
    records, problems, outcome = read_all(harvest(format=format))
    assert (problems, outcome) == ([], COMPLETE)
    golden(
        f"oaipmh/{name}.records", [{"name": raw.name, "locale": raw.locale, **raw.data} for raw in records]
    )


def test_all_parts_come_and_then_only_what_is_new(harvest, library):
    assert titles(read_all(harvest())) == [f"Report {number}" for number in range(1, 6)]
    assert library.asked[0] == {"metadataPrefix": "oai_dc"}
    assert len(library.asked) == 3
    library.now = "2024-06-02T10:00:00Z"
    library.put("r2", "Report 2, corrected", "2024-06-01T09:58:00Z")
    library.put("r3", None, "2024-06-02T09:00:00Z")
    library.put("r6", "Report 6", "2024-06-02T09:30:00Z")
    expected = ["Report 1", "Report 2, corrected", "Report 4", "Report 5", "Report 6"]
    assert titles(read_all(harvest())) == expected
    assert library.asked[3] == {"metadataPrefix": "oai_dc", "from": "2024-06-01T09:55:00Z"}
    assert titles(read_all(harvest())) == expected
    assert library.asked[-1]["from"] == "2024-06-02T09:55:00Z"


def test_a_sweep_sees_what_is_gone_without_a_word(harvest, library, folder):
    titles(read_all(harvest()))
    del library.records["oai:lib.example:r4"]
    assert len(titles(read_all(harvest()))) == 5
    folder.age(25)
    assert len(titles(read_all(harvest()))) == 4
    assert "from" not in library.asked[-2]


def test_where_nobody_says_what_is_gone_it_has_to_be_missing_twice(harvest, library, folder):
    library.policy = "no"
    titles(read_all(harvest()))
    del library.records["oai:lib.example:r4"]
    folder.age(25)
    assert len(titles(read_all(harvest()))) == 5
    folder.age(25)
    assert len(titles(read_all(harvest()))) == 4


def test_a_repository_that_knows_days_only_is_asked_for_days(harvest, library):
    library.granularity = "YYYY-MM-DD"
    titles(read_all(harvest()))
    titles(read_all(harvest()))
    assert library.asked[-1]["from"] == "2024-06-01"


def test_nothing_new_keeps_the_fingerprint(harvest, library):
    first = list(harvest().inputs())
    library.now = "2024-06-02T10:00:00Z"
    assert list(harvest().inputs()) == first


EXPIRED = '<error code="badResumptionToken">expired</error>'


def test_a_token_that_has_expired_begins_the_list_once_more(harvest, library):
    library.broken_tokens["!4"] = [EXPIRED]
    assert len(titles(read_all(harvest()))) == 5
    assert [one.get("resumptionToken") for one in library.asked] == [None, "!2", "!4", None, "!2", "!4"]


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ([EXPIRED] * 9, "oaipmh.expired"),
        (
            [f"<ListRecords><resumptionToken>!{at}</resumptionToken></ListRecords>" for at in (2, 4)] * 9,
            "api.cycle",
        ),
        (["<ListRecords><resumptionToken>!4</resumptionToken></ListRecords>"] * 9, "api.cycle"),
        (["<ListRecords><record><header/></record></ListRecords>"], "oaipmh.shape"),
        (['<error code="noRecordsMatch"/>'], "oaipmh.empty"),
        (["<Nothing/>"], "oaipmh.shape"),
        (['<error code="none [2J"/>'], "oaipmh.refused"),
    ],
)
def test_lists_that_do_not_end_or_break_off(harvest, library, answers, code):
    library.broken_tokens["!4"] = answers
    records, (problem,), outcome = read_all(harvest())
    assert (problem.code, records, outcome.state) == (code, [], "failed")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("<!DOCTYPE html><title>Maintenance</title>", "source.page"),
        ("<html><input type=password>", "source.login"),
        ("<rss/>", "oaipmh.shape"),
        ("<OAI-PMH/>", "oaipmh.shape"),
        ("<OAI-PMH><ListRecords>", "xml.syntax"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><OAI-PMH>&a;</OAI-PMH>', "xml.entities"),
        ('<?xml version="1.0" encoding="nobody-knows"?><OAI-PMH/>', "xml.syntax"),
        ("<a>" * 200 + "</a>" * 200, "xml.depth"),
        ('{"a": 1}', "xml.syntax"),
        ("", "xml.syntax"),
        (f'{OAI}<error code="noSetHierarchy">no</error></OAI-PMH>', "oaipmh.refused"),
    ],
)
def test_what_is_no_repository(harvest, web, library, body, code):
    assert len(titles(read_all(harvest()))) == 5
    web.put("/oai", body)
    records, problems, outcome = read_all(harvest())
    assert [one.code for one in problems] == [code, "source.stale"]
    assert (len(records), outcome.state) == (5, "partial"), "the last good state"


def test_an_empty_repository_is_complete_and_empty(harvest, library):
    library.records.clear()
    assert titles(read_all(harvest())) == []


def test_a_record_without_usable_metadata_is_a_problem_and_the_others_go_on(harvest, library):
    library.put("r3", " ", "2024-05-03T00:00:00Z")
    records, (problem,), outcome = read_all(harvest())
    assert len(records) == 4
    assert (problem.code, problem.origin.within) == ("oaipmh.metadata", "record oai:lib.example:r3")
    assert outcome.state == "partial"


def test_identifiers_lead_nowhere(harvest, library):
    for number, name in enumerate(
        ("../../etc/passwd", "..\\..\\x", "/abs", "a/../../b", "%2e%2e/x", "\u2025/x")
    ):
        library.put(escape(name), f"T{number}")
    for raw in read_all(harvest())[0]:
        assert re.fullmatch(r"[a-z0-9-]+", raw.name)


def test_a_set_is_asked_for(harvest, library):
    read_all(harvest(set="type:report"))
    assert library.asked[0] == {"metadataPrefix": "oai_dc", "set": "type:report"}


@pytest.mark.parametrize(
    ("mark", "by_second", "before"),
    [
        ("2024-06-01T00:01:00Z", True, "2024-05-31T23:56:00Z"),
        ("2024-06-01T00:01:00Z", False, "2024-05-31"),
        ("yesterday", True, None),
        ("0001-01-01T00:00:00Z", True, None),
    ],
)
def test_a_little_before(mark, by_second, before):
    assert since(mark, 300, is_by_second=by_second) == before


def test_documents_of_the_golden_files_are_json():
    for path in GOLDEN.glob("*.json"):
        assert json.loads(path.read_text())
