"""A report's file that is an asset, as each content management system holds it: in its library, and linked."""

import json

import pytest

from exporters.directus import DirectusExporter
from exporters.ghost import GhostExporter
from exporters.payload import PayloadExporter
from exporters.strapi import StrapiExporter
from exporters.wordpress import WordPressExporter
from pipeline import links
from schemas.asset import Attachment

URL = "https://cms.example.org"
PAPER = "asset:files/paper-0a1b2c3d@en"
PAGE = f"7 {URL}/files/paper.pdf"
WAYS = {
    WordPressExporter: {"username": "leopard", "password": "env:P"},
    StrapiExporter: {"token": "env:P"},
    DirectusExporter: {"token": "env:P"},
    GhostExporter: {"key": "env:P"},
    PayloadExporter: {"api_key": "env:P"},
}


@pytest.fixture(params=WAYS, ids=lambda kind: kind.name)
def exporter(request, context):
    options = request.param.Options(url=URL, **WAYS[request.param])
    return request.param(options, context)


@pytest.fixture
def paper():
    known = {"path": "papers/paper.pdf", "media_type": "application/pdf", "size": 9, "digest": "f" * 64}
    return Attachment(key=PAPER.partition("@")[0], locale="en", title="The paper", **known)


@pytest.fixture
def report(make, paper):
    return make.report(files=[{"asset": paper.key, "language": "fr"}])


def shown(exporter, fields):
    """Fields as they are sent, once the file is there."""
    return exporter.normalise(links.resolved(fields, lambda ident: PAGE if ident == PAPER else None)[0])


IN_PLACE = {
    "wordpress": lambda sent: (
        f'href="{URL}/files/paper.pdf">The paper</a>' in sent["content"]
        and sent["meta.leopard_files"][0]["asset"]["id"] == "7"
    ),
    "strapi": lambda sent: (sent["files"][0]["asset"], sent["files"][0]["label"]) == (PAGE, "The paper"),
    "directus": lambda sent: (sent["files"][0]["asset"], sent["files"][0]["size"]) == (PAGE, 9),
    "payload": lambda sent: (sent["files"][0]["asset"], sent["files"][0]["language"]) == ("7", "fr"),
    "ghost": lambda sent: (
        {
            "type": "file",
            "version": 1,
            "src": PAGE,
            "fileTitle": "The paper",
            "fileCaption": "",
            "fileName": "paper.pdf",
            "fileSize": 9,
        }
        in sent["lexical"]["root"]["children"]
    ),
}


def test_it_is_linked_where_it_was_uploaded_to(exporter, report, paper, make, records):
    fields = exporter.render(report, make.records(*records, paper))
    assert PAPER in set(links.symbols(fields))
    assert "papers/paper.pdf" not in json.dumps(fields)
    sent = shown(exporter, fields)
    assert IN_PLACE[exporter.name](sent)
    assert exporter.normalise(sent) == sent


def test_without_it_the_report_is_what_it_is_without_files(exporter, report, make, records):
    assert exporter.render(report, records) == exporter.render(make.report(files=[]), records)


def test_a_refused_one_leaves_nothing_that_leads_nowhere(exporter, report, paper, make, records):
    fields = exporter.render(report, make.records(*records, paper))
    here = {ident for ident in links.symbols(fields) if ident != PAPER}
    left = exporter.normalise(links.resolved(links.pruned(fields, here), lambda ident: None)[0])
    assert exporter.normalise(left) == left
    text = json.dumps(left)
    assert PAPER.partition("@")[0] not in text or exporter.name == "wordpress", "its meta keeps the key"
    assert 'href=\\"\\"' not in text
    assert '"src": null' not in text


def test_it_needs_no_words(exporter, report, paper, make, records, desire):
    known = make.records(*records, paper)
    exporter.accept(desire(exporter, paper, known))
    exporter.accept(desire(exporter, report, known))
    for fields in (exporter.render(paper, known), exporter.normalise(exporter.render(paper, known))):
        assert not any(fields.get(name) for name in ("alt", "alt_text", "alternativeText"))


def test_its_address_may_be_elsewhere(exporter, report, paper, make, records):
    known = make.records(*records, paper.model_copy(update={"path": None, "url": "/papers/paper.pdf"}))
    fields = exporter.render(report, known)
    assert PAPER not in set(links.symbols(fields))
    assert "https://example.org/papers/paper.pdf" in json.dumps(shown(exporter, fields))
