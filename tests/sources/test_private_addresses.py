"""Nothing that a source on the web finds leads to an address that the configuration does not name."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "servers"))

from spellings import LOOPBACK

from schemas import plugins
from sources.conformance import read_all

OPTIONS = {
    "sheet": {},
    "feed": {},
    "http": {"rate": 10_000},
    "oaipmh": {"rate": 10_000},
    "crossref": {"rate": 10_000, "dois": ["10.5555/a"], "mailto": "a@example.org"},
    "datacite": {"rate": 10_000, "dois": ["10.5555/a"]},
    "gbif": {"rate": 10_000, "names": ["Panthera pardus"]},
    "git": {"format": "yaml"},
}
"""Every source that asks the web, with what it must be told."""


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr("transport.fetch.BACKOFF", 0.0)


@pytest.fixture
def canary(other_web):
    """A server that nobody may reach; its port."""
    for path in ("/", "/x"):
        other_web.put(path, "secret")
    yield other_web.address.rpartition(":")[2]
    assert other_web.seen == []


@pytest.fixture
def source(folder):
    def make(name, url, **more):
        of = plugins.find("sources", name)
        address = {"repository" if name == "git" else "url": url}
        return of(of.Options(**address, **OPTIONS[name], **more), folder.context)

    return make


def everywhere(web, page):
    """The server answers whatever is asked with one page."""
    web.put("/x", "")

    class Pages(dict):
        def get(self, path, default=None):
            return page

    web.pages = Pages()


@pytest.fixture
def answer(web):
    web.put("/x", "")
    return type(web.pages["/x"])


def test_this_is_every_source_that_asks_the_web():
    with_address = set()
    for name in plugins.names("sources"):
        fields = plugins.find("sources", name).Options.model_fields
        if {"url", "repository"} & set(fields):
            with_address.add(name)
    assert with_address >= set(OPTIONS)


@pytest.mark.parametrize("name", OPTIONS)
def test_a_redirect_reaches_no_spelling_of_this_machine(name, web, source, answer, canary):
    for host in LOOPBACK if name != "git" else LOOPBACK[:3]:
        to = f"http://{host}:{canary}/x".encode().decode("latin-1")
        everywhere(web, answer(b"", 302, {"Location": to}))
        records, _, outcome = read_all(source(name, web.address))
        assert (records, outcome.state) == ([], "failed"), host
    assert web.seen


@pytest.mark.parametrize("name", [name for name in OPTIONS if name != "git"])
def test_a_name_that_is_bound_again_reaches_nothing(name, web, source, answer, canary, monkeypatch):
    """The first answer of the resolver is public, each later one is this machine."""
    import socket

    from transport import addresses

    told, real = [], addresses._resolve

    def resolve(host, port):
        if host != "rebind.example":
            return real(host, port)
        told.append(host)
        address = "203.0.113.1" if len(told) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr("transport.addresses._resolve", resolve)
    everywhere(web, answer(b"", 302, {"Location": f"http://rebind.example:{canary}/x"}))
    assert read_all(source(name, web.address, timeout=5))[2].state == "failed"
    assert told == ["rebind.example"]


@pytest.mark.parametrize("host", LOOPBACK)
def test_a_next_page_reaches_no_spelling_of_this_machine(web, source, answer, canary, host):
    to = f"http://{host}:{canary}/x"
    bodies = {
        "link": (b'[{"id": 1}]', {"Link": f'<{to}>; rel="next"'.encode().decode("latin-1")}),
        "cursor": (json.dumps({"data": [{"id": 1}], "next": to}).encode(), {}),
    }
    for paging, (body, headers) in bodies.items():
        everywhere(web, answer(body, 200, headers))
        more = {"items": "data"} if paging == "cursor" else {}
        assert read_all(source("http", web.address, paging=paging, **more))[2].state == "failed"


@pytest.mark.parametrize("host", LOOPBACK)
def test_a_next_page_of_datacite_reaches_no_spelling_of_this_machine(web, folder, answer, canary, host):
    page = {"data": [{"attributes": {"doi": "10.5555/a"}}], "links": {"next": f"http://{host}:{canary}/x"}}
    everywhere(web, answer(json.dumps(page).encode()))
    of = plugins.find("sources", "datacite")
    found = of(of.Options(url=web.address, query="x", rate=10_000), folder.context)
    assert read_all(found)[2].state == "failed"


EXTERNAL = (
    '<!DOCTYPE x SYSTEM "{0}"><{1}/>',
    '<!DOCTYPE x [<!ENTITY e SYSTEM "{0}">]><{1}>&e;</{1}>',
    '<!DOCTYPE x [<!ENTITY % e SYSTEM "{0}"> %e;]><{1}/>',
    '<?xml-stylesheet href="{0}"?><{1} xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="{0}"/></{1}>',
    '<{1} xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="x {0}"/>',
)


@pytest.mark.parametrize(("name", "root"), [("feed", "rss"), ("oaipmh", "OAI-PMH")])
@pytest.mark.parametrize("text", EXTERNAL)
def test_what_xml_names_is_not_fetched(web, source, answer, canary, name, root, text):
    everywhere(web, answer(text.format(f"http://127.0.0.1:{canary}/x", root).encode()))
    read_all(source(name, web.address))
    assert web.seen


def test_links_in_abstracts_and_metadata_are_not_followed(web, source, answer, canary):
    to = f"http://127.0.0.1:{canary}/x"
    work = {"DOI": "10.5555/a", "title": ["A"], "URL": to, "link": [{"URL": to}], "license": [{"URL": to}],
            "abstract": f'<jats:p><jats:graphic xlink:href="{to}"/><jats:inline-graphic href="{to}"/></jats:p>',
            "publisher": "P", "resource": {"primary": {"URL": to}}}  # fmt: skip
    everywhere(web, answer(json.dumps({"status": "ok", "message": work}).encode()))
    (raw, *_), _, _ = read_all(source("crossref", web.address))
    assert raw.data["url"] == to, "an address is kept as an address"
