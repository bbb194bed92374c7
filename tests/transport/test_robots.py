"""Crawling asks robots.txt first, and goes as slowly as it wishes."""

import pytest

from schemas.errors import ContentError
from transport.fetch import Fetcher
from transport.manners import HostPace
from transport.robots import Crawler

RULES = """\
User-agent: *
Disallow: /private
Allow: /private/open
Disallow: /*.pdf$
"""


def crawler(web, *named, **how):
    return Crawler(Fetcher(web.address, *named, pace=HostPace(), sleep=lambda _: None), **how)


def get(crawling, url):
    return crawling.get(url, b"".join).taken


@pytest.mark.parametrize(
    ("path", "may"),
    [("/a", True), ("/private/x", False), ("/private/open/x", True), ("/x.pdf", False), ("/x.pdf?y", True)],
)
def test_rules(web, path, may):
    web.put("/robots.txt", RULES)
    web.put(path, "x")
    if may:
        assert get(crawler(web), web.address + path) == b"x"
    else:
        with pytest.raises(ContentError) as caught:
            get(crawler(web), web.address + path)
        assert caught.value.code == "fetch.robots"
        assert web.paths == ["/robots.txt"]


def test_rules_for_us_alone(web):
    web.put("/robots.txt", "User-agent: leopard\nDisallow: /\n\nUser-agent: *\nAllow: /\n")
    with pytest.raises(ContentError):
        get(crawler(web), web.put("/a", "x"))


@pytest.mark.parametrize(
    ("status", "may"), [(404, True), (403, True), (400, True), (500, False), (429, False)]
)
def test_rules_that_cannot_be_had(web, status, may):
    web.put("/robots.txt", "x", status)
    url = web.put("/a", "x")
    if may:
        assert get(crawler(web), url) == b"x"
    else:
        with pytest.raises(ContentError, match="is not crawled"):
            get(crawler(web), url)


def test_rules_are_read_once_and_only_their_beginning(web):
    web.put("/robots.txt", b"Disallow: /a\n" + b"#" * 600_000 + b"\nUser-agent: *\nDisallow: /\n")
    crawling = crawler(web)
    for _ in range(2):
        assert get(crawling, web.put("/a", "x")) == b"x"
    assert web.paths == ["/robots.txt", "/a", "/a"]


def test_a_redirect_to_what_may_not_be_crawled(web, other_web):
    other_web.put("/robots.txt", "User-agent: *\nDisallow: /")
    url = web.redirect("/a", other_web.put("/b", "x"))
    with pytest.raises(ContentError, match="is not crawled"):
        get(crawler(web, other_web.address), url)


@pytest.mark.parametrize(
    ("rules", "rate"), [("", 1.0), ("Crawl-delay: 5", 0.2), ("Crawl-delay: 86400", 1 / 30)]
)
def test_how_fast(web, rules, rate):
    web.put("/robots.txt", f"User-agent: *\n{rules}")
    crawling = crawler(web)
    get(crawling, web.put("/a", "x"))
    assert crawling.fetcher.rate == rate
