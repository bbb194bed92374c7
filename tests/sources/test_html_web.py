"""Pages on the web: sitemaps, robots.txt, the last good state of each page, and where nothing leads."""

import gzip

import pytest

from schemas.errors import ContentError
from sources.base import COMPLETE
from sources.conformance import RemoteConformance, anew, read_all
from sources.dialects.html.sitemap import sitemap_of
from sources.html import HtmlSource
from transport.fault_proxy import FaultProxy

PAGE = "<!doctype html><html lang=en><head><title>{0}</title></head><body><main><p>About {0}, in words.</p></main></body></html>"
SET = '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{}</urlset>'
INDEX = "<sitemapindex>{}</sitemapindex>"


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr("transport.fetch.BACKOFF", 0.0)


@pytest.fixture
def pages(web):
    """Puts pages on the server, and a sitemap that lists them."""

    def put(*names, kind="text/html; charset=utf-8", changed=""):
        for name in names:
            web.put(f"/{name}", PAGE.format(name.title()), Content_Type=kind)
        lastmod = f"<lastmod>{changed}</lastmod>" if changed else ""
        found = (f"<url><loc>{web.address}/{name}</loc>{lastmod}</url>" for name in names)
        web.put("/sitemap.xml", SET.format("".join(found)), Content_Type="application/xml")

    return put


@pytest.fixture
def source(folder, web):
    """The source, in a new run each time."""

    def make(**options):
        given = options if "urls" in options else {"sitemap": web.address + "/sitemap.xml", **options}
        return HtmlSource(HtmlSource.Options(rate=1000, fields={"body": "main"}, **given), folder.context)

    return make


def names(found):
    return [raw.name for raw in found[0]]


def codes(found):
    return [one.code for one in found[1]]


class TestListedPages(RemoteConformance):
    @pytest.fixture
    def proxy(self, pages, web):
        pages("snow", "amur")
        with FaultProxy(web.address) as proxy:
            yield proxy

    @pytest.fixture
    def source(self, folder, proxy):
        urls = [f"{proxy.address}/snow", f"{proxy.address}/amur"]
        return HtmlSource(HtmlSource.Options(urls=urls, rate=1000), folder.context)

    @pytest.fixture
    def change(self, web):
        return lambda: web.put("/snow", PAGE.format("Snow again"), Content_Type="text/html")

    def check_place(self, source, place):
        assert place.path in source.options.urls


class TestSitemap(RemoteConformance):
    @pytest.fixture
    def proxy(self, pages, web):
        pages("snow", "amur")
        with FaultProxy(web.address) as proxy:
            lines = (f"<url><loc>{proxy.address}/{name}</loc></url>" for name in ("snow", "amur"))
            web.put("/sitemap.xml", SET.format("".join(lines)))
            yield proxy

    @pytest.fixture
    def source(self, folder, proxy):
        options = HtmlSource.Options(sitemap=f"{proxy.address}/sitemap.xml", rate=1000)
        return HtmlSource(options, folder.context)

    @pytest.fixture
    def change(self, web):
        return lambda: web.put("/snow", PAGE.format("Snow again"), Content_Type="text/html")

    def check_place(self, source, place):
        assert place.path.startswith(source.options.sitemap.removesuffix("sitemap.xml"))


def test_pages_of_a_sitemap_are_records_named_by_their_paths(source, pages, web):
    pages("what-we-do/snow-leopards/", "news/2024/amur.html", "", "news?p=7")
    records, problems, outcome = read_all(source())
    assert [(raw.name, raw.data["title"]) for raw in records[:2]] == [
        ("what-we-do/snow-leopards", "What-We-Do/Snow-Leopards/"),
        ("news/2024/amur", "News/2024/Amur.Html"),
    ]
    assert [raw.name for raw in records[2:]] == ["index", "news/p-7"]
    assert str(records[3].origin) == f"{web.address}/news?p=7"
    assert records[0].data["body"] == {
        "format": "html",
        "text": "<p>About What-We-Do/Snow-Leopards/, in words.</p>",
    }
    assert (problems, outcome) == ([], COMPLETE)
    assert web.paths.count("/robots.txt") == 1


def test_only_paths_that_are_wanted(source, pages):
    pages("news/a", "about", "newsletter")
    assert names(read_all(source(under=["/news/"]))) == ["news/a"]


def test_an_index_packed_sitemaps_and_each_address_once(source, pages, web):
    pages("a", "b")
    both = SET.format(f"<url><loc>{web.address}/a</loc></url><url><loc>/b#x</loc></url>")
    web.put("/one.xml.gz", gzip.compress(both.encode()), Content_Type="application/gzip")
    web.put("/two.xml", both)
    web.put(
        "/sitemap.xml",
        INDEX.format(
            "".join(
                f"<sitemap><loc>{web.address}{one}</loc></sitemap>"
                for one in ("/one.xml.gz", "/two.xml", "/sitemap.xml")
            )
        ),
    )
    found = read_all(source())
    assert names(found) == ["a", "b"]
    assert found[1:] == ([], COMPLETE)


@pytest.mark.parametrize("status", [404, 410, 500, 401])
def test_one_page_that_fails_makes_it_partial_and_stays(source, pages, web, status):
    pages("a", "b")
    assert read_all(source())[2] == COMPLETE
    web.put("/b", "", status)
    found = read_all(source())
    assert names(found) == ["a", "b"], "the last good state"
    assert codes(found)[-1] == "source.stale"
    assert found[2].state == "partial"
    pages("a", "b", "c")
    web.put("/c", "", status)
    found = read_all(source())
    assert names(found) == ["a", "b"]
    assert found[2].state == "partial", "never shorter in silence"


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        ("<title>Log in</title><form><input type=password></form></html>", "text/html", "source.login"),
        ("<title>404 Not Found</title><p>Sorry</p></html>", "text/html", "html.notice"),
        ("<title>Maintenance mode</title><p>Back soon</p></html>", "text/html", "html.notice"),
        ("", "text/html", "html.empty"),
        ("%PDF-1.4", "application/pdf", "html.not_meant"),
        (b"<p>Caf\xe9 au lait</p>", "text/html; charset=utf-8", "file.encoding"),
        ("<div>" * 5000, "text/html", "html.too_much"),
    ],
)
def test_a_notice_with_status_200_is_no_page(source, pages, web, body, kind, code):
    pages("a", "b")
    assert read_all(source())[2] == COMPLETE
    web.put("/b", body, Content_Type=kind)
    for _ in range(2):
        found = read_all(source())
        assert names(found) == ["a", "b"], "the last good state"
        assert codes(found) == [code, "source.stale"]
        assert found[2].state == "partial"


def test_the_same_answer_everywhere_is_suspicious(source, pages, web):
    pages("a", "b")
    web.put("/b", PAGE.format("A"), Content_Type="text/html")
    (problem,) = read_all(source())[1]
    assert (problem.code, problem.severity) == ("source.same", "warning")


def test_a_redirect_to_a_login_page_or_another_host(source, pages, web, other_web):
    pages("a", "b")
    web.put("/login", PAGE.format("Members"), Content_Type="text/html")
    web.redirect("/b", "/login")
    assert codes(read_all(source())) == ["source.login"]
    web.redirect("/b", other_web.put("/x", PAGE.format("X")))
    found = read_all(source())
    assert codes(found) == ["fetch.private"]
    assert other_web.seen == []


def test_other_hosts_and_private_addresses_in_a_sitemap(source, pages, web, other_web):
    pages("a")
    port = other_web.address.rpartition(":")[2]
    lines = [
        "/a",
        f"http://127.0.0.1:{port}/x",
        f"http://localhost:{port}/x",
        "http://[::1]/x",
        "file:///etc/passwd",
        "http://169.254.169.254/latest",
        "https://elsewhere.example/x",
        "http://a\tb/",
    ]
    web.put("/sitemap.xml", SET.format("".join(f"<url><loc>{one}</loc></url>" for one in lines)))
    found = read_all(source())
    assert names(found) == ["a"]
    assert set(codes(found)) == {"html.other_host", "fetch.robots"}, "robots.txt there is private, too"
    assert found[2].state == "partial"
    assert other_web.seen == []


def test_robots_are_asked_and_respected(source, pages, web):
    pages("a", "private/b")
    web.put("/robots.txt", "User-agent: *\nDisallow: /private/\n", Content_Type="text/plain")
    found = read_all(source())
    assert (names(found), codes(found), found[2].state) == (["a"], ["fetch.robots"], "partial")
    assert "/private/b" not in web.paths
    found = read_all(source(urls=[web.address + "/private/b"]))
    assert names(found) == ["private/b"], "what the configuration names is no crawling"


def test_a_page_whose_sitemap_says_that_it_is_as_it_was_is_not_asked_for(source, pages, web):
    pages("a", "b", changed="2020-01-01")
    assert read_all(source())[2] == COMPLETE
    asked = len(web.seen)
    found = read_all(source())
    assert (names(found), found[2]) == (["a", "b"], COMPLETE)
    assert web.paths[asked:] == ["/sitemap.xml"]
    pages("a", "b", changed="2999-01-01")
    read_all(source())
    assert web.paths[asked + 1 :] == ["/sitemap.xml", "/robots.txt", "/a", "/b"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html><body>no</body></html>",
        b"<urlset><url><loc>https://a",
        b'<!DOCTYPE x [<!ENTITY a "aaaa">]><urlset>&a;</urlset>',
        gzip.compress(b"<urlset/>", mtime=0)[:-9],
        gzip.compress(b" " * 60_000_000, mtime=0),
        b"\x1f\x8bxxxx",
        b"<urlset>" + b"<a>" * 100 + b"</a>" * 100 + b"</urlset>",
        b"<urlset>" + b"<url/>" * 50_001 + b"</urlset>",
    ],
)
def test_what_is_no_sitemap(source, pages, web, data):
    pages("a")
    assert read_all(source())[2] == COMPLETE
    web.put("/sitemap.xml", data)
    found = read_all(source())
    assert names(found) == ["a"], "the last good list"
    assert codes(found) == ["html.sitemap", "source.stale"]
    assert found[2].state == "partial"


def test_a_sitemap_cut_anywhere_is_none():
    whole = SET.format("<url><loc>https://a.example/x</loc><lastmod>2024-01-01</lastmod></url>").encode()
    for end in range(len(whole)):
        with pytest.raises(ContentError):
            sitemap_of(whole[:end], "x")
    assert [one.url for one in sitemap_of(whole, "x").entries] == ["https://a.example/x"]


def test_no_sitemap_is_a_failure(source):
    records, problems, outcome = read_all(source())
    assert (records, outcome.state) == ([], "failed")
    assert [one.code for one in problems] == ["fetch.missing"]
    assert anew(source()).options.sitemap


def test_a_page_from_the_web_names_no_file_of_the_project(folder, web):
    web.put("/a", PAGE.format("A"), Content_Type="text/html")
    options = HtmlSource.Options(urls=[web.address + "/a"], kind="asset", fields={"file": "p"}, rate=1000)
    records, (problem,), _ = read_all(HtmlSource(options, folder.context))
    assert "file" not in records[0].data
    assert problem.code == "source.names_files"
