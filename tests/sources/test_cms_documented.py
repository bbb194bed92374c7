"""The examples on the pages of sources that are content management systems, run against what answers as these do."""

import re
import sys
from pathlib import Path

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).resolve().parent))

from fake_directus import FILE, FakeDirectus, file, item
from fake_ghost import KEY, FakeGhost
from fake_strapi import FakeStrapi, entry
from fake_strapi import file as strapi_file
from fake_wordpress import FakeWordPress

from schemas import plugins
from sources.base import COMPLETE
from sources.conformance import read_all

PAGES = Path(__file__).resolve().parents[2] / "docs" / "sources"


def wordpress(web):
    (one,) = FakeWordPress(web).lists["media"]
    one["source_url"] = web.put("/leopard.jpg", b"JPEG")


def strapi(web):
    web.put("/uploads/leopard_9.jpg", b"JPEG")
    articles = [
        entry(
            "one", seo={"description": "In short."}, content="*Words.*", categories=[{"documentId": "cats"}]
        )
    ]
    lists = {
        "articles": articles,
        "categories": [entry("cats", name="Cats")],
        "writers": [entry("jo", name="Jo")],
    }
    FakeStrapi(web, lists, [strapi_file(9)])


def directus(web):
    web.put(f"/assets/{FILE}/leopard.jpg", b"JPEG")
    posts = [item(1, cover=FILE, content="<p>Words.</p>", tags=[{"tags_id": 4}])]
    FakeDirectus(web, {"posts": posts, "tags": [item(4, name="Counts")]}, [file()])


def ghost(web):
    FakeGhost(web)
    web.put("/content/images/2024/05/leopard.jpg", b"JPEG")
    web.put("/content/images/size/w600/2024/05/leopard.jpg", b"JPEG")


@pytest.mark.parametrize("serve", [wordpress, strapi, directus, ghost])
def test_the_example_is_read(folder, web, serve, monkeypatch):
    secrets = {"WP_APP_PASSWORD": "s3cret word", "GHOST_ADMIN_KEY": KEY}
    for name, value in {**secrets, "STRAPI_TOKEN": "t0ken", "DIRECTUS_TOKEN": "t0ken"}.items():
        monkeypatch.setenv(name, value)
    serve(web)
    page = (PAGES / f"{serve.__name__}.md").read_text()
    ((known),) = yaml.safe_load(re.search(r"```yaml\n(.*?)```", page, re.DOTALL)[1])["sources"].values()
    of = plugins.find("sources", known.pop("use"))
    source = of(of.Options(**{**known, "url": web.address, "rate": 10_000}), folder.context)
    records, problems, outcome = read_all(source)
    assert (problems, outcome) == ([], COMPLETE)
    kinds = {raw.data["kind"] for raw in records}
    assert {"article", "topic", "asset"} <= kinds
    assert all("file" in raw.data for raw in records if raw.data["kind"] == "asset")
    assert list((folder.root / "content" / "media").iterdir())
