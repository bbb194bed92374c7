"""Names of species, as GBIF knows them: synonyms, names by language, the Red List, and what is no species."""

import json
from pathlib import Path

import pytest

from schemas.species import Species
from sources.base import COMPLETE
from sources.conformance import RemoteConformance, read_all
from sources.gbif import GbifSource
from transport.fault_proxy import FaultProxy

GOLDEN = Path(__file__).parent / "golden" / "gbif"
MATCH = {"usageKey": 5219436, "canonicalName": "Panthera pardus", "rank": "SPECIES", "matchType": "EXACT"}


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr("transport.fetch.BACKOFF", 0.0)


@pytest.fixture
def taxa(web):
    """The API, with one species."""
    web.put("/v1/species/match", json.dumps(MATCH))
    web.put("/v1/species/5219436", (GOLDEN / "usage.json").read_bytes())
    web.put("/v1/species/5219436/synonyms", (GOLDEN / "synonyms.json").read_bytes())
    web.put("/v1/species/5219436/vernacularNames", (GOLDEN / "names.json").read_bytes())
    web.put("/v1/species/5219436/iucnRedListCategory", (GOLDEN / "red_list.json").read_bytes())
    return web


@pytest.fixture
def gbif(folder, web):
    def make(*names, **options):
        given = {"url": web.address, "rate": 10_000, "names": names or ("Panthera pardus",), **options}
        return GbifSource(GbifSource.Options(**given), folder.context)

    return make


class TestGbif(RemoteConformance):
    @pytest.fixture
    def proxy(self, taxa):
        with FaultProxy(taxa.address) as proxy:
            yield proxy

    @pytest.fixture
    def source(self, folder, proxy):
        options = GbifSource.Options(url=proxy.address, names=("Panthera pardus",), rate=10_000)
        return GbifSource(options, folder.context)

    @pytest.fixture
    def change(self, taxa):
        body = (GOLDEN / "names.json").read_text().replace("Panther", "Spotted cat")
        return lambda: taxa.put("/v1/species/5219436/vernacularNames", body)


def test_a_species(golden, gbif, taxa):
    (raw,), problems, outcome = read_all(gbif())
    assert (problems, outcome) == ([], COMPLETE)
    golden("gbif/species.records", {"name": raw.name, **raw.data})
    assert Species(locale="en", **raw.data).title == "leopard"
    assert taxa.paths[0] == "/v1/species/match?name=Panthera+pardus&kingdom=Animalia&strict=true"


def test_a_synonym_becomes_the_accepted_species(gbif, taxa):
    taxa.put("/v1/species/match", (GOLDEN / "match.json").read_bytes())
    (raw,), (problem,), outcome = read_all(gbif("Felis pardus"))
    assert raw.data["scientific_name"] == "Panthera pardus"
    assert (problem.code, problem.severity, outcome) == ("gbif.synonym", "warning", COMPLETE)


@pytest.mark.parametrize(
    ("match", "usage", "hint"),
    [
        ({"matchType": "NONE"}, None, "check how it is written"),
        ({**MATCH, "matchType": "FUZZY"}, None, "did you mean Panthera pardus?"),
        ({**MATCH, "matchType": "HIGHERRANK", "rank": "GENUS"}, None, "check how it is written"),
        (MATCH, {"key": 1, "canonicalName": "Panthera", "rank": "GENUS"}, "name a species"),
        (MATCH, {}, "name a species"),
    ],
)
def test_what_is_no_species(gbif, taxa, match, usage, hint):
    taxa.put("/v1/species/match", json.dumps(match))
    if usage is not None:
        taxa.put("/v1/species/5219436", json.dumps(usage))
    records, (problem,), outcome = read_all(gbif())
    assert (records, problem.code, problem.hint) == ([], "gbif.no_species", hint)
    assert outcome.state == "partial"


@pytest.mark.parametrize(
    ("match", "code"),
    [
        ({}, "api.shape"),
        ([], "api.shape"),
        ({**MATCH, "usageKey": "../../x"}, "api.shape"),
        ("<html>", "source.page"),
    ],
)
def test_answers_that_are_none(gbif, taxa, match, code):
    taxa.put("/v1/species/match", match if isinstance(match, str) else json.dumps(match))
    _, (problem,), outcome = read_all(gbif())
    assert (problem.code, outcome.state) == (code, "failed")


@pytest.mark.parametrize(("body", "status"), [("", 404), ("", 200), ('{"code": "LRlc"}', 200), ("{}", 200)])
def test_a_species_that_nobody_has_assessed(gbif, taxa, body, status):
    taxa.put("/v1/species/5219436/iucnRedListCategory", body, status)
    (raw,), problems, outcome = read_all(gbif())
    assert "iucn" not in raw.data
    assert (problems, outcome) == ([], COMPLETE)


def test_a_list_that_does_not_end_is_stopped(gbif, taxa):
    page = json.loads((GOLDEN / "names.json").read_text()) | {"endOfRecords": False}
    taxa.put("/v1/species/5219436/vernacularNames", json.dumps(page))
    _, (problem,), outcome = read_all(gbif())
    assert (problem.code, outcome.state) == ("api.cycle", "failed")
    assert len(taxa.seen) < 10


def test_names_come_page_by_page(gbif, taxa):
    first = {"endOfRecords": False, "results": [{"vernacularName": "Leopard", "language": "eng"}]}
    last = {
        "endOfRecords": True,
        "results": [{"vernacularName": "Panther", "language": "en", "preferred": True}],
    }
    at = "/v1/species/5219436/vernacularNames"
    taxa.put(f"{at}?limit=100&offset=0", json.dumps(first))
    taxa.put(f"{at}?limit=100&offset=100", json.dumps(last))
    (raw,), _, _ = read_all(gbif())
    assert raw.data["common_names"] == {"en": ["Panther", "Leopard"]}
