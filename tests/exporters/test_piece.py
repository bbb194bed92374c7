"""What a channel writes of one record stands, word for word, in what it then publishes."""

import json

import pytest

from exporters.trial import Desk, context, html, picture
from schemas import plugins
from schemas.article import Article
from schemas.report import Report

OPTIONS = {
    "atom": {"path": "feed.xml"},
    "bibtex": {"path": "a.bib", "kinds": ("report", "article")},
    "csl": {"path": "a.json", "kinds": ("report", "article")},
    "csv": {"path": "a.csv", "kinds": ("report", "article")},
    "datacite": {"path": "datacite", "format": "both"},
    "dublincore": {"path": "a.rdf", "kinds": ("report", "article")},
    "json": {"path": "json"},
    "jsonfeed": {"path": "feed.json"},
    "jsonld": {"path": "a.jsonld"},
    "markdown": {"path": "md"},
    "oaipmh": {"path": "oai", "namespace": "spots.example", "admin_email": "a@spots.example"},
    "ris": {"path": "a.ris", "kinds": ("report", "article")},
    "rss": {"path": "feed.xml"},
    "sitemap": {"path": "sitemap.xml"},
}
REPORT = {
    "key": "report:r",
    "locale": "en",
    "title": "A <b> & c — 豹",
    "slug": "r",
    "issued": "2016-10",
    "authors": [{"given": "Ada", "family": "Spots"}],
    "publisher": "organisation:traffic",
    "doi": "10.1234/abc",
    "abstract": html("Spots"),
}
ARTICLE = {"key": "article:a", "locale": "en", "title": "An article", "slug": "a", "body": html("More spots")}


def exporter(name, root):
    found = plugins.find("exporters", name)
    return found(found.Options(**OPTIONS[name]), context(root))


def published(root):
    return [
        path.read_bytes().decode("utf-8", "replace")
        for path in root.rglob("*")
        if path.is_file() and path.suffix != ".png"
    ]


@pytest.mark.parametrize("name", sorted(OPTIONS))
def test_the_piece_of_a_record_is_what_is_then_published(name, tmp_path):
    desk = Desk(exporter(name, tmp_path))
    wanted = desk.desired(Report(**REPORT))
    piece = desk.exporter.piece(wanted)
    desk.create(Report(**REPORT))
    desk.publish()
    assert "豹" in piece or name == "sitemap"
    files = published(tmp_path)
    if name == "jsonfeed":  # there, an item stands on one line
        files = [json.dumps(json.loads(file), indent=2, ensure_ascii=False) for file in files]
    whole = "\n".join(files)
    assert [line for line in piece.splitlines() if line.strip() not in whole] == []


@pytest.mark.parametrize("name", sorted(set(OPTIONS) - {"json", "markdown"}))
def test_an_image_that_travels_along_has_no_piece(name, tmp_path):
    made = exporter(name, tmp_path)
    if made.capabilities.assets:
        assert made.piece(Desk(made).desired(picture(tmp_path))) is None


def test_what_is_left_out_has_none(tmp_path):
    made = exporter("datacite", tmp_path)
    assert made.piece(Desk(made).desired(Report(**{**REPORT, "doi": None}))) is None


@pytest.mark.parametrize("name", ["memory", "xlsx"])
def test_where_pages_are_no_text_there_is_none(name, tmp_path):
    found = plugins.find("exporters", name)
    options = {"path": "a.xlsx", "kinds": ("article",)} if name == "xlsx" else {}
    made = found(found.Options(**options), context(tmp_path))
    assert made.piece(Desk(made).desired(Article(**ARTICLE))) is None
