"""What one Leopard answers to harvesters, another one harvests: with the server that `leopard serve` runs."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from dashboard import answering

from schemas.site import Site
from sources.base import COMPLETE, SourceContext
from sources.conformance import read_all
from sources.oaipmh import OaiPmhSource

LIBRARY = """\
site: {title: Spots, url: "https://spots.example", languages: [en, fr]}
sources:
  reports: {use: yaml, path: content/reports, kind: report}
  organisations: {use: yaml, path: content/organisations, kind: organisation}
channels:
  library:
    use: oaipmh
    path: public/oai
    endpoint: https://spots.example/oai
    namespace: spots.example
    admin_email: library@spots.example
    page: 2
"""
REPORT = """\
title: Report %s
authors: [{given: Stephanie, family: Theile}]
publisher: organisation:traffic
issued: 2003-09
doi: 10.5555/spots.%s
abstract: What was counted.
translations: {fr: {title: Rapport %s, abstract: Ce qui est compté.}}
"""
READER = """\
site: {title: Reader, url: "https://reader.example", languages: [en, fr]}
sources:
  library: {use: oaipmh, url: "%s/oai/library", rate: 1000}
channels:
  website: {use: json, path: public, kinds: [report, organisation]}
"""


@pytest.fixture
def library(empty):
    project = empty(LIBRARY)
    for number in range(5):
        project.write(f"content/reports/r{number}.yaml", REPORT % (number, number, number))
    project.write("content/organisations/traffic.yaml", "name: TRAFFIC\n")
    assert project.run("sync", "--yes").status == 0
    return project


def harvested(address, root):
    context = SourceContext(root, Site(title="Reader", url="https://reader.example", languages=["en", "fr"]))
    return read_all(OaiPmhSource(OaiPmhSource.Options(url=f"{address}/oai/library", rate=1000), context))


def reports(result):
    records, problems, outcome = result
    assert (problems, outcome) == ([], COMPLETE)
    return {(raw.name, raw.locale): raw.data for raw in records if raw.data["kind"] == "report"}


def test_our_own_repository_is_harvested_whole_and_then_by_what_has_changed(library, tmp_path):
    with answering(library.root) as address:
        found = reports(harvested(address, tmp_path / "reader"))
        assert set(found) == {(f"r{number}", locale) for number in range(5) for locale in ("en", "fr")}
        assert found["r3", "fr"] == {
            "kind": "report",
            "title": "Rapport 3",
            "type": "report",
            "authors": [{"family": "Theile", "given": "Stephanie", "role": "author"}],
            "publisher": "organisation:traffic",
            "issued": "2003-09",
            "doi": "10.5555/spots.3",
            "url": found["r3", "fr"]["url"],
            "abstract": {"format": "text", "text": "Ce qui est compté."},
            **{
                name: value
                for name, value in found["r3", "fr"].items()
                if name in ("language", "rights", "series")
            },
        }
        library.write("content/reports/r1.yaml", REPORT % ("1, corrected", 1, 1))
        (library.root / "content" / "reports" / "r2.yaml").unlink()
        assert library.run("sync", "--yes").status == 0
        found = reports(harvested(address, tmp_path / "reader"))
        assert found["r1", "en"]["title"] == "Report 1, corrected"
        assert {name for name, _ in found} == {"r0", "r1", "r3", "r4"}


def test_a_project_of_harvested_reports_is_published(library, empty):
    with answering(library.root) as address:
        reader = empty(READER % address)
        done = reader.run("sync", "--yes")
        assert done.status == 0, done.out + done.err
        written = json.loads((reader.root / "public" / "report" / "r3.fr.json").read_text())
        assert written["title"] == "Rapport 3"
        assert (reader.root / "public" / "organisation" / "traffic.en.json").exists()
        assert "Nothing to do." in reader.run("sync", "--yes").out
