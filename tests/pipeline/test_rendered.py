"""A record of which nothing has changed is not rendered again; one of which anything has, is."""

from contextlib import contextmanager

import pytest

from exporters.json_files import JsonExporter
from pipeline import rendered
from pipeline.ledger import Ledger

LINKING = "title: Linking\nblocks:\n  - type: related\n    items: [page:other]\n"


@pytest.fixture
def site(site):
    configuration = (site.root / "leopard.yaml").read_text().partition("  feed:")[0]
    site.write("leopard.yaml", configuration)
    site.write("content/pages/linking.yaml", LINKING)
    assert site.run("sync", "--yes").status == 0
    return site


@pytest.fixture
def rendering(monkeypatch):
    """The idents that are rendered."""

    @contextmanager
    def watch():
        seen, real = [], JsonExporter.render

        def render(self, record, lookup):
            seen.append(record.ident)
            return real(self, record, lookup)

        with monkeypatch.context() as patch:
            patch.setattr(JsonExporter, "render", render)
            yield seen

    return watch


def rendered_by_a_sync(site, rendering):
    with rendering() as seen:
        done = site.run("sync", "--yes")
        assert done.status == 0, done.err
    return seen


def test_only_what_has_changed_is_rendered(site, rendering):
    site.edit("content/articles/first.md", "title: First", "title: Best")
    assert rendered_by_a_sync(site, rendering) == ["article:first@en"]


def test_and_what_it_is_named_by(site, rendering):
    site.edit("content/pages/other.yaml", "title: Other", "title: Another")
    assert sorted(rendered_by_a_sync(site, rendering)) == ["page:linking@en", "page:other@en"]
    assert b"Another" in (site.root / "public/page/linking.en.json").read_bytes()


def test_what_names_a_record_that_comes_or_goes(site, rendering):
    (site.root / "content/pages/other.yaml").rename(site.root / "other.yaml")
    site.edit("content/pages/linking.yaml", "[page:other]", "[page:leopards]")
    rendered_by_a_sync(site, rendering)
    (site.root / "other.yaml").rename(site.root / "content/pages/other.yaml")
    site.edit("content/pages/linking.yaml", "[page:leopards]", "[page:leopards, page:other]")
    assert sorted(rendered_by_a_sync(site, rendering)) == ["page:linking@en", "page:other@en"]


def test_everything_is_rendered_for_a_channel_that_is_configured_otherwise(site, rendering):
    site.edit(
        "leopard.yaml", "{use: json, path: public}", '{use: json, path: public, url: "https://x.example"}'
    )
    assert len(rendered_by_a_sync(site, rendering)) > 5


def test_everything_is_rendered_by_newer_code_once(site, rendering, monkeypatch):
    monkeypatch.setattr(rendered, "code_of", lambda kind: "newer")
    site.edit("content/articles/first.md", "title: First", "title: Best")
    assert len(rendered_by_a_sync(site, rendering)) > 5
    site.edit("content/articles/first.md", "title: Best", "title: First")
    assert rendered_by_a_sync(site, rendering) == ["article:first@en"]


def test_an_end_that_changes_nothing_else_is_remembered(site, rendering):
    site.edit("content/articles/first.md", "title: First", "title: First\nexpires_at: 2999-01-01")
    rendered_by_a_sync(site, rendering)
    with Ledger("sqlite:///.leopard/ledger.db", site.root) as ledger:
        entry = ledger.pages.get("files", "article:first@en")
        assert entry.closes_at == "2999-01-01T00:00:00+00:00"
