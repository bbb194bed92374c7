"""An old website, end to end: published harmless, left alone, and never removed by a page that fails."""

import pytest

PAGE = """<!doctype html><html lang=en><head><title>{0}</title></head><body><main>
<p>All about {0}, in words, with a <a href="javascript:alert(1)">link</a> and <b onclick="alert(1)">marks</b>.</p>
<script>alert(1)</script><img src="/x.png" alt="{0} in snow"><iframe src="http://169.254.169.254/"></iframe>
</main></body></html>"""
SITEMAP = "<urlset>{}</urlset>"


@pytest.fixture
def old(site, web, monkeypatch):
    """The project with the pages of an old website; returns the server."""
    monkeypatch.setattr("transport.fetch.BACKOFF", 0.0)
    for name in ("snow", "amur"):
        web.put(f"/{name}", PAGE.format(name.title()), Content_Type="text/html")
    lines = "".join(f"<url><loc>{web.address}/{name}</loc></url>" for name in ("snow", "amur"))
    web.put("/sitemap.xml", SITEMAP.format(lines))
    line = f"""sources:
  old: {{use: html, sitemap: "{web.address}/sitemap.xml", rate: 1000, kind: article, fields: {{body: main}}}}
"""
    site.edit("leopard.yaml", "sources:\n", line)
    return web


def articles(site):
    found = site.outputs()
    return {name: found[name] for name in found if name.startswith("public/article/")}


def test_pages_are_published_harmless_and_then_there_is_nothing_to_do(site, old):
    done = site.run("sync", "--yes")
    assert {"public/article/snow.en.json", "public/article/amur.en.json"} <= set(articles(site)), (
        done.out + done.err
    )
    text = str(articles(site))
    assert "All about Snow" in text
    assert not any(word in text for word in ("alert", "onclick", "iframe", "169.254"))
    assert "Nothing to do." in site.run("sync", "--yes").out


@pytest.mark.parametrize(
    ("path", "status"), [("/snow", 404), ("/snow", 200), ("/sitemap.xml", 500), ("/robots.txt", 500)]
)
def test_a_failure_removes_nothing_and_is_said(site, old, path, status):
    site.run("sync", "--yes")
    before = articles(site)
    old.put(path, "<title>404 Not Found</title>", status, Content_Type="text/html")
    done = site.run("sync", "--yes")
    assert done.status == 1
    assert articles(site) == before
    assert old.address in done.out + done.err


def test_a_page_that_its_sitemap_lists_no_more_is_removed(site, old):
    site.run("sync", "--yes")
    old.put("/sitemap.xml", SITEMAP.format(f"<url><loc>{old.address}/snow</loc></url>"))
    site.run("sync", "--yes")
    assert "public/article/snow.en.json" in articles(site)
    assert "public/article/amur.en.json" not in articles(site)
