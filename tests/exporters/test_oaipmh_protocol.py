"""The live endpoint: every verb, every error, and a harvest by an independent harvester."""

import io
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.validate import validator
from xml.etree import ElementTree

import oaipmh_scythe
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oaipmh_scythe.exceptions import OAIPMHException
from xmlschema import XMLSchema

from exporters.dialects.oaipmh.protocol import answer, application
from exporters.dialects.oaipmh.store import NAME, Store
from exporters.oaipmh import OaiPmhExporter

SCHEMA = XMLSchema(Path(__file__).with_name("oaipmh.xsd"))
OAI = {"oai": "http://www.openarchives.org/OAI/2.0/"}
NOW = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
FIRST = datetime(2024, 5, 1, 12, tzinfo=UTC)
COUNT = 7


@pytest.fixture
def publish(context, desire, make):
    """Publish some of seven reports at an instant; the third is a briefing."""

    def published(numbers, at, endpoint="https://example.org/oai", **more):
        options = {"namespace": "wildlife.example", "admin_email": "library@example.org", "page": 3}
        exporter = OaiPmhExporter(
            OaiPmhExporter.Options(path="public/oai", endpoint=endpoint, **options), context
        )
        exporter.clock = lambda: at
        records = make.records(
            *(
                make.report(
                    key=f"report:r{number}",
                    title=f"Report {number}",
                    **{"type": "briefing" if number == 3 else "report", **more},
                )
                for number in numbers
            )
        )
        remotes = [exporter.create(desire(exporter, one, records)) for one in records]
        list(exporter.publish(iter(remotes), ()))
        return exporter.folder

    return published


@pytest.fixture
def ask(publish):
    """The parsed and valid answer of a repository with tombstones."""
    publish(range(1, COUNT + 1), FIRST)
    folder = publish((1, 2, 3, 4, 6, 7), FIRST + timedelta(days=2))

    def asked(verb=None, **arguments):
        arguments |= {"verb": verb} if verb else {}
        query = {name.rstrip("_"): one if isinstance(one, list) else [one] for name, one in arguments.items()}
        with Store.reading(folder / NAME) as store:
            status, headers, body = answer(query, store, NOW)
        assert (status, headers) == (200, {"Content-Type": "text/xml; charset=utf-8"})
        SCHEMA.validate(io.BytesIO(body))
        return ElementTree.fromstring(body)

    return asked


def texts(tree, name):
    return [one.text for one in tree.iterfind(f".//oai:{name}", OAI)]


def code(tree):
    (error,) = tree.findall("oai:error", OAI)
    assert error.text
    return error.get("code")


def test_identify(ask):
    found = ask("Identify")
    (about,) = found.findall("oai:Identify", OAI)
    assert [one.text for one in about][:7] == [
        "Wildlife Trade Specialists",
        "https://example.org/oai",
        "2.0",
        "library@example.org",
        "2024-05-01T12:00:00Z",
        "persistent",
        "YYYY-MM-DDThh:mm:ssZ",
    ]
    assert texts(found, "responseDate") == ["2030-01-02T03:04:05Z"]


def test_formats_and_sets(ask):
    assert texts(ask("ListMetadataFormats"), "metadataPrefix") == ["oai_dc"]
    one = ask("ListMetadataFormats", identifier="oai:wildlife.example:report:r1@en")
    assert texts(one, "metadataPrefix") == ["oai_dc"]
    assert texts(ask("ListSets"), "setSpec") == ["type", "type:briefing", "type:report"]
    assert texts(ask("ListSets"), "setName") == ["Type", "Briefing", "Report"]


def test_one_record_and_one_that_is_gone(ask):
    there = ask("GetRecord", identifier="oai:wildlife.example:report:r1@en", metadataPrefix="oai_dc")
    request = there.find("oai:request", OAI)
    assert request.attrib == {
        "verb": "GetRecord",
        "identifier": "oai:wildlife.example:report:r1@en",
        "metadataPrefix": "oai_dc",
    }
    assert there.find(".//oai:metadata", OAI) is not None

    gone = ask("GetRecord", identifier="oai:wildlife.example:report:r5@en", metadataPrefix="oai_dc")
    assert gone.find(".//oai:header", OAI).get("status") == "deleted"
    assert texts(gone, "datestamp") == ["2024-05-03T12:00:00Z"]
    assert gone.find(".//oai:metadata", OAI) is None


@pytest.mark.parametrize("verb", ["ListRecords", "ListIdentifiers"])
def test_a_list_in_parts(ask, verb):
    page, found, cursors = ask(verb, metadataPrefix="oai_dc"), [], []
    while True:
        found += texts(page, "identifier")
        (token,) = page.iterfind(".//oai:resumptionToken", OAI)
        cursors.append((token.get("cursor"), token.get("completeListSize")))
        if not token.text:
            break
        page = ask(verb, resumptionToken=token.text)
    assert [one[-5:-3] for one in found] == ["r1", "r2", "r3", "r4", "r6", "r7", "r5"]
    assert cursors == [("0", "7"), ("3", "7"), ("6", "7")]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"from_": "2024-05-02"}, ["r5"]),
        ({"from_": "2024-05-03", "until": "2024-05-03"}, ["r5"]),
        ({"from_": "2024-05-03T12:00:00Z"}, ["r5"]),
        ({"set": "type:briefing"}, ["r3"]),
        ({"set": "type:report", "from_": "2024-05-02"}, ["r5"]),
        ({"until": "2024-05-01T12:00:00Z", "set": "type:briefing"}, ["r3"]),
        ({"until": "2024-05-02", "set": "type"}, ["r1", "r2", "r3"]),
    ],
)
def test_a_selection(ask, arguments, expected):
    found = ask("ListIdentifiers", metadataPrefix="oai_dc", **arguments)
    assert [one[-5:-3] for one in texts(found, "identifier")] == expected


GET = {"verb": "GetRecord", "metadataPrefix": "oai_dc"}
LIST = {"verb": "ListRecords", "metadataPrefix": "oai_dc"}
SAMPLE = "oai:wildlife.example:report:r1@en"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, "badVerb"),
        ({"verb": "listrecords"}, "badVerb"),
        ({"verb": ["Identify", "Identify"]}, "badVerb"),
        ({"verb": []}, "badVerb"),
        ({"verb": "Identify", "set": "type"}, "badArgument"),
        ({"verb": "ListRecords"}, "badArgument"),
        ({"verb": "GetRecord", "identifier": SAMPLE}, "badArgument"),
        ({**LIST, "until": ["2024-05-01", "2024-05-02"]}, "badArgument"),
        ({**LIST, "until": "2024-02-30"}, "badArgument"),
        ({**LIST, "until": "2024-5-1"}, "badArgument"),
        ({**LIST, "until": ""}, "badArgument"),
        ({**LIST, "until": "2024-05-01T12:00:00+01:00"}, "badArgument"),
        ({**LIST, "from": "2024-05-01", "until": "2024-05-01T12:00:00Z"}, "badArgument"),
        ({**LIST, "from": "2024-05-02", "until": "2024-05-01"}, "badArgument"),
        ({**LIST, "set": "type::"}, "badArgument"),
        ({**LIST, "set": ""}, "badArgument"),
        ({**LIST, "resumptionToken": "x"}, "badArgument"),
        ({"verb": "ListRecords", "resumptionToken": "x"}, "badResumptionToken"),
        ({"verb": "ListRecords", "resumptionToken": "é"}, "badResumptionToken"),
        ({"verb": "ListRecords", "resumptionToken": ""}, "badResumptionToken"),
        ({"verb": "ListRecords", "resumptionToken": "ListRecords-2"}, "badResumptionToken"),
        ({"verb": "ListSets", "resumptionToken": "x"}, "badResumptionToken"),
        ({**GET, "identifier": "oai:wildlife.example:report:r9@en"}, "idDoesNotExist"),
        ({**GET, "identifier": "oai:else.example:report:r1@en"}, "idDoesNotExist"),
        ({**GET, "identifier": "<&\x00\ud800"}, "idDoesNotExist"),
        ({"verb": "ListMetadataFormats", "identifier": "x"}, "idDoesNotExist"),
        ({**GET, "identifier": SAMPLE, "metadataPrefix": "marc"}, "cannotDisseminateFormat"),
        ({**LIST, "metadataPrefix": "marc"}, "cannotDisseminateFormat"),
        ({**LIST, "from": "2024-05-04"}, "noRecordsMatch"),
        ({**LIST, "until": "2024-04-30"}, "noRecordsMatch"),
        ({**LIST, "set": "topic:none"}, "noRecordsMatch"),
    ],
)
def test_what_is_wrong_with_a_request(ask, arguments, expected):
    found = ask(**arguments)
    assert code(found) == expected
    if expected in ("badVerb", "badArgument"):
        assert found.find("oai:request", OAI).attrib == {}


def test_a_token_is_for_its_verb(ask):
    (token,) = texts(ask("ListRecords", metadataPrefix="oai_dc"), "resumptionToken")
    assert code(ask("ListIdentifiers", resumptionToken=token)) == "badResumptionToken"


def test_there_are_no_sets_where_there_are_no_records(publish):
    with Store.reading(publish((), FIRST) / NAME) as store:
        bodies = [
            answer({"verb": ["ListSets"]}, store, NOW)[2],
            answer({"verb": ["ListRecords"], "metadataPrefix": ["oai_dc"], "set": ["a"]}, store, NOW)[2],
        ]
    assert all(b'<error code="noSetHierarchy">' in body for body in bodies)


def test_a_record_that_changes_during_a_harvest_is_not_lost(publish):
    folder = publish(range(1, COUNT + 1), FIRST)
    query, found, changed = {"verb": ["ListIdentifiers"], "metadataPrefix": ["oai_dc"]}, [], False
    while query:
        with Store.reading(folder / NAME) as store:
            page = ElementTree.fromstring(answer(query, store, NOW)[2])
        found += texts(page, "identifier")
        if not changed:
            publish(range(1, COUNT + 1), FIRST + timedelta(days=1), edition="2nd")
            changed = True
        token = texts(page, "resumptionToken")
        query = {"verb": ["ListIdentifiers"], "resumptionToken": token} if token and token[0] else {}
    assert {one[-5:-3] for one in found} == {f"r{number}" for number in range(1, COUNT + 1)}


words = st.text(max_size=12)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    query=st.dictionaries(
        st.sampled_from(["verb", "identifier", "metadataPrefix", "from", "until", "set", "resumptionToken"]),
        st.lists(
            words | st.sampled_from(["ListRecords", "GetRecord", "oai_dc", "W10", "bnVsbA"]), max_size=2
        ),
    )
)
def test_any_request_gets_a_well_formed_answer(context, publish, query):
    folder = context.root / "public/oai"
    if not folder.exists():
        publish((1, 2), FIRST)
    with Store.reading(folder / NAME) as store:
        ElementTree.fromstring(answer(query, store, NOW)[2])


class Quiet(WSGIRequestHandler):
    def log_message(self, *arguments):
        pass


@contextmanager
def serving(folder):
    with make_server("127.0.0.1", 0, validator(application(folder)), handler_class=Quiet) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/oai"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def scythe(context, publish):
    """An independent harvester of a repository from which the fifth report is gone."""
    with serving(context.root / "public/oai") as address:
        publish(range(1, COUNT + 1), FIRST, address)
        publish((1, 2, 3, 4, 6, 7), FIRST + timedelta(days=2), address)
        with oaipmh_scythe.Scythe(address) as harvester:
            yield harvester


def test_a_harvest_of_everything(scythe):
    assert scythe.identify().baseURL == scythe.endpoint
    assert [one.setSpec for one in scythe.list_sets()] == ["type", "type:briefing", "type:report"]

    records = list(scythe.list_records(metadata_prefix="oai_dc"))
    assert [(one.header.identifier[-5:-3], one.header.deleted) for one in records] == [
        *((f"r{number}", False) for number in (1, 2, 3, 4, 6, 7)),
        ("r5", True),
    ]
    assert records[0].metadata["title"] == ["Report 1"]
    assert len(list(scythe.list_identifiers(metadata_prefix="oai_dc"))) == COUNT
    assert len(list(scythe.list_records(metadata_prefix="oai_dc", ignore_deleted=True))) == COUNT - 1


def test_a_harvest_of_what_is_new(scythe):
    (gone,) = scythe.list_records(metadata_prefix="oai_dc", from_="2024-05-02")
    assert (gone.header.deleted, gone.header.datestamp) == (True, "2024-05-03T12:00:00Z")
    (one,) = scythe.list_records(metadata_prefix="oai_dc", set_="type:briefing")
    assert one.header.setSpecs == ["type:briefing"]
    one = scythe.get_record(identifier="oai:wildlife.example:report:r4@en", metadata_prefix="oai_dc")
    assert one.metadata["creator"] == ["Nowell, Kristin"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"metadata_prefix": "marc"}, "CannotDisseminateFormat"),
        ({"metadata_prefix": "oai_dc", "from_": "soon"}, "BadArgument"),
        ({"metadata_prefix": "oai_dc", "from_": "2040-01-01"}, "NoRecordsMatch"),
        ({"metadata_prefix": "oai_dc", "resumption_token": "x"}, "BadResumptionToken"),
    ],
)
def test_errors_reach_the_harvester(scythe, arguments, expected):
    with pytest.raises(OAIPMHException) as error:
        list(scythe.list_records(**arguments))
    assert type(error.value).__name__ == expected


def call(folder, method="GET", query="", body=b"", **more):
    """Status and body of one request."""
    said = []
    environ = {
        "REQUEST_METHOD": method,
        "QUERY_STRING": query,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        **more,
    }
    parts = application(folder, lambda: NOW)(environ, lambda status, headers: said.append(status))
    return said[0], b"".join(parts)


def test_how_it_can_be_asked(publish):
    folder = publish((1, 2), FIRST)
    form = {"CONTENT_TYPE": "application/x-www-form-urlencoded; charset=utf-8"}
    status, body = call(folder, "GET", "verb=Identify")
    assert status == "200 OK"
    assert call(folder, "POST", body=b"verb=Identify", **form) == (status, body)
    assert call(folder, "HEAD", "verb=Identify") == (status, b"")
    assert call(folder, "PUT", "verb=Identify")[0].startswith("405")
    assert call(folder, "POST", body=b"verb=Identify", CONTENT_TYPE="text/xml")[0].startswith("415")
    assert call(folder, "POST", body=b"verb=" + b"x" * 70_000, **form)[0].startswith("413")
    assert call(folder, "POST", body=b"verb=Identify", **{**form, "CONTENT_LENGTH": "-1"})[0].startswith(
        "413"
    )
    assert call(folder, query="verb=" + "x" * 70_000)[0].startswith("413")
    assert b"badVerb" in call(folder, query="verb=%FF%00&&&=")[1]


def test_nothing_is_there_yet(tmp_path):
    assert call(tmp_path, query="verb=Identify")[0] == "503 Service Unavailable"
    (tmp_path / NAME).write_bytes(b"no database at all" * 100)
    assert call(tmp_path, query="verb=Identify")[0] == "503 Service Unavailable"
