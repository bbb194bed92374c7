"""Registries of DOIs: works one by one and by search, what nobody knows, and manners."""

import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from sources.base import COMPLETE
from sources.conformance import RemoteConformance, read_all
from sources.crossref import CrossrefSource
from sources.datacite import DataCiteSource
from transport.fault_proxy import FaultProxy

GOLDEN = Path(__file__).parent / "golden"
MAIL = "library@example.org"


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr("transport.fetch.BACKOFF", 0.0)


@pytest.fixture
def crossref(folder, web):
    def make(**options):
        given = {"url": web.address, "mailto": MAIL, "rate": 10_000, **options}
        return CrossrefSource(CrossrefSource.Options(**given), folder.context)

    return make


@pytest.fixture
def datacite(folder, web):
    def make(**options):
        given = {"url": web.address, "rate": 10_000, **options}
        return DataCiteSource(DataCiteSource.Options(**given), folder.context)

    return make


def known(web):
    """Both registries, with one work each."""
    web.put("/works/10.5555%2FSpots.2016.10", (GOLDEN / "crossref" / "work.json").read_bytes())
    web.put("/dois/10.5555%2Fblind-spot", (GOLDEN / "datacite" / "doi.json").read_bytes())


class TestCrossref(RemoteConformance):
    path, name, of = "/works/10.5555%2FSpots.2016.10", "crossref/work", CrossrefSource
    options = {"dois": ["10.5555/Spots.2016.10"], "mailto": MAIL}  # noqa: RUF012

    @pytest.fixture
    def proxy(self, web):
        known(web)
        with FaultProxy(web.address) as proxy:
            yield proxy

    @pytest.fixture
    def source(self, folder, proxy):
        return self.of(self.of.Options(url=proxy.address, rate=10_000, **self.options), folder.context)

    @pytest.fixture
    def change(self, web):
        body = (GOLDEN / f"{self.name}.json").read_text()
        return lambda: web.put(self.path, body.replace("Leopards", "Lynxes").replace("Blind Spot", "Seen"))


class TestDataCite(TestCrossref):
    path, name, of = "/dois/10.5555%2Fblind-spot", "datacite/doi", DataCiteSource
    options = {"dois": ["10.5555/blind-spot"]}  # noqa: RUF012


def shown(result):
    records, problems, outcome = result
    assert (problems, outcome) == ([], COMPLETE)
    return [{"name": raw.name, "locale": raw.locale, "implied": raw.implied, **raw.data} for raw in records]


def test_a_work_of_crossref(golden, crossref, web):
    known(web)
    golden("crossref/work.records", shown(read_all(crossref(dois=["10.5555/Spots.2016.10"]))))
    assert web.paths == ["/works/10.5555%2FSpots.2016.10?mailto=library%40example.org"]


def test_a_work_of_datacite(golden, datacite, web):
    known(web)
    golden("datacite/doi.records", shown(read_all(datacite(dois=["10.5555/blind-spot"]))))


def test_a_search_of_crossref_goes_on_by_its_cursor(golden, crossref, web):
    page = (GOLDEN / "crossref" / "page.json").read_text()
    last = json.loads(page)
    last["message"]["items"] = [{"DOI": "10.5555/c", "title": ["C"], "publisher": "P"}]
    web.put("/x", "")
    answer = type(web.pages["/x"])
    web.pages["/works"] = lambda seen: answer(
        page.encode() if "cursor=%2A" in seen.path else json.dumps(last).encode()
    )
    found = shown(read_all(crossref(query="leopards", prefix="10.5555", member=7)))
    golden("crossref/page.records", found)
    asked = [{k: v[0] for k, v in parse_qs(urlsplit(path).query).items()} for path in web.paths]
    assert [one["cursor"] for one in asked] == ["*", "AoJ-again"]
    assert asked[0] | {"cursor": ""} == {
        "query": "leopards", "filter": "prefix:10.5555,member:7", "rows": "200", "mailto": MAIL, "cursor": "",
    }  # fmt: skip


def test_a_search_of_datacite_goes_on_by_its_link(datacite, web):
    page = (GOLDEN / "datacite" / "page.json").read_text()
    last = page.replace("10.5555/a", "10.5555/b").replace('"next"', '"other"')
    web.put("/x", "")
    answer = type(web.pages["/x"])
    web.pages["/dois"] = lambda seen: answer((last if "=MTY" in seen.path else page).encode())
    found = shown(read_all(datacite(query="leopards", client="example.trust")))
    assert [(one["name"], one.get("related")) for one in found if one["kind"] == "report"] == [
        ("10-5555-a", ["report:10-5555-b"]),
        ("10-5555-b", None),
    ]
    asked = {k: v[0] for k, v in parse_qs(urlsplit(web.paths[0]).query).items()}
    assert (asked["query"], asked["client-id"], asked["page[cursor]"]) == ("leopards", "example.trust", "1")


def test_a_doi_that_nobody_knows_is_named_and_the_others_go_on(crossref, web):
    known(web)
    records, (problem,), outcome = read_all(crossref(dois=["10.5555/Spots.2016.10", "10.5555/none"]))
    assert records[0].data["doi"] == "10.5555/Spots.2016.10"
    assert (problem.code, problem.origin.within) == ("work.unknown", "doi 10.5555/none")
    assert outcome.state == "partial"


def listing(items, total=2, cursor="same"):
    message = {"items": items, "total-results": total, "next-cursor": cursor}
    return {"status": "ok", "message": message}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (listing([{"DOI": "10.5555/a"}], total=9), "api.cycle"),
        (listing([], total=9), "api.short"),
        (listing([{"DOI": "10.5555/a"}], total=9, cursor=None), "api.short"),
        (listing([{"title": ["A"]}]), "api.item"),
        (listing(["a"]), "api.item"),
        ({"status": "ok", "message": {}}, "api.shape"),
        ({"status": "failed", "message": [{"type": "x"}]}, "api.shape"),
        ([], "api.shape"),
        ("<html>", "source.page"),
    ],
)
def test_searches_that_are_none(crossref, web, body, code):
    web.put("/works", body if isinstance(body, str) else json.dumps(body))
    records, (problem,), outcome = read_all(crossref(query="x"))
    assert (problem.code, records, outcome.state) == (code, [], "failed")


@pytest.mark.parametrize(
    ("next", "code"),
    [
        ("/dois?page%5Bcursor%5D=1", "api.cycle"),
        ("http://169.254.169.254/x", "api.paging"),
        ("http://[", "api.paging"),
    ],
)
def test_a_link_that_leads_in_circles_or_away(datacite, web, next, code):
    page = json.loads((GOLDEN / "datacite" / "page.json").read_text())
    page["links"]["next"] = next
    web.put("/dois", json.dumps(page))
    _, (problem,), outcome = read_all(datacite(query="x"))
    assert (problem.code, outcome.state) == (code, "failed")


def test_crossref_is_asked_no_faster_than_it_allows(crossref, web, monkeypatch):
    known(web)
    body = web.pages["/works/10.5555%2FSpots.2016.10"].body
    web.put("/works/10.5555%2Fa", body, X_Rate_Limit_Limit="2", X_Rate_Limit_Interval="4s")
    web.put("/works/10.5555%2Fb", body, X_Rate_Limit_Limit="0", X_Rate_Limit_Interval="0s")
    rates = []
    wait = "transport.manners.HostPace.wait"
    monkeypatch.setattr(wait, lambda self, target, rate, clock, sleep: rates.append(rate))
    read_all(crossref(dois=["10.5555/a", "10.5555/b", "10.5555/Spots.2016.10"]))
    assert rates == [10_000, 0.5, 0.5]


@pytest.mark.parametrize(
    "options",
    [{}, {"dois": ["10.5555/a"], "query": "x"}, {"dois": ["x"]}, {"prefix": "11.1"}, {"query": ""}],
)
def test_options_that_cannot_be(options):
    with pytest.raises(ValueError, match=r"dois|prefix|query"):
        DataCiteSource.Options(**options)


def test_an_address_is_wanted():
    with pytest.raises(ValueError, match="mailto"):
        CrossrefSource.Options(query="x")
    assert CrossrefSource.Options(member=7, mailto=MAIL).url == "https://api.crossref.org"


def test_odd_values_are_left_out_with_a_warning(crossref, web):
    work = {"DOI": "10.5555/a", "title": ["A" * 400], "publisher": "P", "ISBN": ["123"], "type": "x",
            "issued": {"date-parts": [[2016, 13, 2]]}, "author": [{"family": "F", "ORCID": "0000-0000"}, 7, None],
            "URL": "javascript:x", "abstract": "a < b & c", "license": "x", "reference": {"DOI": 1}}  # fmt: skip
    web.put("/works/10.5555%2Fa", json.dumps({"status": "ok", "message": work}))
    (report, body), problems, outcome = read_all(crossref(dois=["10.5555/a"]))
    assert [one.code for one in problems] == ["work.identifier"] * 3
    assert {one.severity for one in problems} == {"warning"}
    assert outcome == COMPLETE
    assert report.data["issued"] == "2016"
    assert len(report.data["title"]) == 300
    assert report.data["abstract"] == {"format": "text", "text": "a < b & c"}
    assert body.data == {"kind": "organisation", "key": "organisation:p", "name": "P"}
