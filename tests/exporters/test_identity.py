"""The id of everything that is published: remembered, the same whatever changes, another one on another site."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from exporters.atom import AtomExporter
from exporters.base import ChannelContext
from exporters.common.parts import urn_of
from exporters.jsonfeed import JsonFeedExporter
from exporters.jsonld import JsonLdExporter
from exporters.rss import RssExporter
from pipeline.cli import leopard
from pipeline.config import load
from schemas.site import Site

OURS = "urn:uuid:62734013-717c-5268-8bdd-7c02ae62d784"
OF_A_SITE_WITH_AN_ID = "urn:uuid:32fa02f9-d2ac-5858-8d6e-91a5b858ace7"
PATHS = {AtomExporter: "a.xml", RssExporter: "a.xml", JsonFeedExporter: "a.json", JsonLdExporter: "a.jsonld"}
SITE = {"title": "Spots", "url": "https://spots.example"}


def test_ids_are_what_they_always_were():
    assert urn_of("article:2024/amur-count@en", Site(**SITE)) == OURS


def test_a_site_with_an_id_has_ids_of_its_own():
    known = urn_of("article:2024/amur-count@en", Site(**SITE, id="3f0f5a52-6d0e-4d6c-8a2f-1d3f6f7b9c10"))
    assert known == OF_A_SITE_WITH_AN_ID
    assert urn_of("article:2024/amur-count@en", Site(**SITE, id="other")) not in (OURS, known)


@pytest.mark.parametrize("kind", PATHS)
@pytest.mark.parametrize("own", [None, "spots"])
def test_neither_slug_nor_title_nor_domain_nor_channel_changes_an_id(kind, own, tmp_path, make):
    def ids(name, site, **more):
        exporter = kind(kind.Options(path=PATHS[kind]), ChannelContext(name, tmp_path, Site(**site, id=own)))
        return str(exporter.render(make.article(body=None, image=None, **more), make.records()))

    expected = urn_of("article:2024/amur-count@en", Site(**SITE, id=own))
    assert expected in ids("one", SITE)
    assert expected in ids(
        "two", {"title": "Stripes", "url": "https://stripes.example/sub"}, slug="x", title="X"
    )


@pytest.mark.parametrize("odd", ["", "two words", "\ud800", "é", "x" * 201])
def test_an_odd_id_is_refused(odd):
    with pytest.raises(ValueError, match="id"):
        Site(**SITE, id=odd)


def test_every_new_project_has_an_id_of_its_own(tmp_path):
    names = [str(tmp_path / name) for name in ("one", "two")]
    for name in names:
        assert CliRunner().invoke(leopard, ["init", name], standalone_mode=False).exception is None
    first, second = (load(Path(name)).site.id for name in names)
    assert first
    assert second not in (None, first)
