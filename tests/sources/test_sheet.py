"""A published sheet: rows by its CSV address, the last good state, and nothing that the web may not say."""

import pytest

from sources.base import COMPLETE
from sources.conformance import RemoteConformance, anew, read_all
from sources.sheet import SheetSource
from transport.fault_proxy import FaultProxy

TABLE = "key,title,species\nreport:ounce,An Ounce,snow-leopard;leopard\n,Blind Spot,\n"


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr("transport.fetch.BACKOFF", 0.0)


@pytest.fixture
def sheet(folder, web):
    """The source, in a new run each time."""
    web.put("/pub", TABLE, Content_Type="text/csv")

    def make(path="/pub", **options):
        return SheetSource(SheetSource.Options(url=web.address + path, **options), folder.context)

    return make


class TestSheet(RemoteConformance):
    @pytest.fixture
    def proxy(self, web):
        web.put("/pub", TABLE)
        with FaultProxy(web.address) as proxy:
            yield proxy

    @pytest.fixture
    def source(self, folder, proxy):
        return SheetSource(SheetSource.Options(url=proxy.address + "/pub", lists=["species"]), folder.context)

    @pytest.fixture
    def change(self, web):
        return lambda: web.put("/pub", TABLE + ",Cat Watch,\n")


def test_rows_are_records_with_their_places(sheet, web):
    source = sheet("/pub?gid=7&output=csv", lists=["species"])
    records, problems, outcome = read_all(source)
    assert [(raw.name, raw.data) for raw in records] == [
        ("ounce", {"key": "report:ounce", "title": "An Ounce", "species": ["snow-leopard", "leopard"]}),
        ("blind-spot", {"title": "Blind Spot"}),
    ]
    assert (problems, outcome) == ([], COMPLETE)
    assert str(records[1].origin) == f"{web.address}/pub:3 [row 3]"
    assert source.locate(records[0].origin, ("species", 1)).within == "C2"
    assert web.paths == ["/pub?gid=7&output=csv"]


@pytest.mark.parametrize(
    ("body", "code", "kind"),
    [
        ("<!DOCTYPE html><title>Sheet</title>", "source.page", "text/csv"),
        ("\ufeff\n <html><body>Not published", "source.page", "text/csv"),
        ("key,title", "source.page", "text/html; charset=utf-8"),
        ('<html><form><input type="password">', "source.login", "text/html"),
        ("", "csv.empty", "text/csv"),
        (b"title\nCaf\xe9\n", "file.encoding", "text/csv"),
        ('title\n"A\n', "csv.syntax", "text/csv"),
    ],
)
def test_what_is_no_table(sheet, web, body, code, kind):
    assert read_all(sheet())[2] == COMPLETE
    web.put("/pub", body, Content_Type=kind)
    records, problems, outcome = read_all(sheet())
    assert [one.code for one in problems] == [code, "source.stale"]
    assert [raw.name for raw in records] == ["ounce", "blind-spot"], "the last good state"
    assert outcome.state == "partial"


def test_an_answer_without_an_end_is_flagged(sheet, web):
    web.raw("/pub", b"HTTP/1.1 200 OK\r\n\r\n" + TABLE.encode())
    records, (problem,), outcome = read_all(sheet())
    assert len(records) == 2
    assert (problem.code, outcome.state) == ("source.open_end", "partial")


def test_rows_before_a_fault_are_given_and_flagged(sheet, web):
    web.put("/pub", 'title,x\nA,1\nB,"2"3\nC,4\n')
    records, (problem,), outcome = read_all(sheet())
    assert [raw.name for raw in records] == ["a", "c"]
    assert (problem.code, problem.origin.within, outcome.state) == ("csv.syntax", "row 3", "partial")


def test_an_unchanged_sheet_keeps_its_fingerprint_and_costs_an_empty_answer(sheet, web):
    first, second = (list(sheet().inputs()) for _ in range(2))
    assert first == second
    assert "if-none-match" in web.seen[1].headers


def test_files_of_the_project_cannot_be_named_from_the_web(sheet, web):
    web.put("/pub", "key,title,file,files.0.file,files.0.title\nasset:x,X,../../../leopard.yaml,a.pdf,A\n")
    (record,), (problem,), _ = read_all(sheet())
    assert record.data == {"key": "asset:x", "title": "X", "files": [{"title": "A"}]}
    assert (problem.code, problem.severity) == ("source.names_files", "error")


def test_another_configuration_does_not_take_over_what_was_kept(sheet, web):
    read_all(sheet())
    web.put("/pub", "", 500)
    assert read_all(sheet(columns={"species": None}))[2].state == "failed"
    assert read_all(sheet())[2].state == "partial"


def test_a_failed_run_is_made_good_by_the_next(sheet, web):
    web.put("/pub", "", 503)
    source = sheet()
    assert read_all(source)[2].state == "failed"
    web.put("/pub", TABLE)
    assert read_all(anew(source))[2] == COMPLETE


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://example.org/x", "https://user:pw@example.org/x", "x"]
)
def test_addresses_that_cannot_be(url):
    with pytest.raises(ValueError, match="url"):
        SheetSource.Options(url=url)
