"""A hub on this machine is told of changes, and of nothing else."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from urllib.parse import parse_qsl
from xml.etree import ElementTree

import orjson
import pytest
from pydantic import ValidationError

from exporters.atom import AtomExporter
from exporters.common import websub
from exporters.jsonfeed import JsonFeedExporter
from exporters.rss import RssExporter

FEEDS = [
    (RssExporter, "public/feed.xml"),
    (AtomExporter, "public/feed.xml"),
    (JsonFeedExporter, "public/feed.json"),
]
ATOM = "{http://www.w3.org/2005/Atom}link"


@contextmanager
def serving(root):
    hub = SimpleNamespace(log=[], status=204, headers={}, body=b"", held=None)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
            on_disk = {path.name: path.read_bytes() for path in (root / "public").glob("feed*.*")}
            entry = {"path": self.path, "type": self.headers["Content-Type"], "form": parse_qsl(sent)}
            hub.log.append(SimpleNamespace(**entry, on_disk=on_disk))
            if hub.held:
                hub.held.wait(10)
                return
            self.send_response(hub.status)
            for name, value in {"Content-Length": str(len(hub.body)), **hub.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(hub.body)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        hub.address = f"http://127.0.0.1:{server.server_port}/hub"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield hub
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def hub(context):
    with serving(context.root) as running:
        yield running


@pytest.fixture
def publish(context, desire):
    def run(kind, path, records, documents=(), **options):
        exporter = kind(kind.Options(path=path, **options), context)
        ordered = sorted(records, key=lambda record: record.kind != "asset")
        remotes = [exporter.create(desire(exporter, record, records)) for record in ordered]
        return exporter, list(exporter.publish(remotes, documents))

    return run


def told(hub):
    return [dict(one.form)["hub.url"] for one in hub.log]


def links_of(data):
    """The relations of a feed's own links, and where they lead."""
    if data.startswith(b"{"):
        feed = orjson.loads(data)
        return {"self": feed["feed_url"]} | ({"hub": feed["hubs"][0]["url"]} if "hubs" in feed else {})
    root = ElementTree.fromstring(data)
    return {link.get("rel"): link.get("href") for link in (root.find("channel") or root).findall(ATOM)}


@pytest.mark.parametrize(("kind", "path"), FEEDS)
def test_the_feed_names_its_hub_and_the_hub_is_told(kind, path, hub, publish, records, context):
    exporter, _ = publish(kind, path, records, hub=hub.address)

    suffix = path.rpartition(".")[2]
    names = [f"feed.{suffix}", f"feed.fr.{suffix}"]
    assert told(hub) == [f"https://example.org/{name}" for name in names]
    assert hub.log[0].path == "/hub"
    assert hub.log[0].type == "application/x-www-form-urlencoded"
    assert hub.log[0].form == [("hub.mode", "publish"), ("hub.url", told(hub)[0])]
    assert exporter.problems == []
    for name, topic in zip(names, told(hub), strict=True):
        data = (context.root / "public" / name).read_bytes()
        assert links_of(data)["hub"] == hub.address
        assert links_of(data)["self"] == topic
        assert hub.log[0].on_disk[name] == data, "told before it was written"


@pytest.mark.parametrize(("kind", "path"), FEEDS)
def test_nobody_is_told_when_nothing_has_changed(kind, path, hub, publish, records, make):
    _, documents = publish(kind, path, records, hub=hub.address)
    hub.log.clear()
    _, documents = publish(kind, path, records, documents, hub=hub.address)
    assert told(hub) == []

    changed = make.records(*records, make.article(title="Still more"))
    publish(kind, path, changed, documents, hub=hub.address)
    assert told(hub) == [f"https://example.org/{path.rpartition('/')[2]}"], "the French one is what it was"


def test_after_a_crash_the_hub_is_told_again(hub, publish, records):
    """The feed was written, but the ledger knows only of the one before."""
    publish(*FEEDS[0], records, hub=hub.address)
    hub.log.clear()
    publish(*FEEDS[0], records, hub=hub.address)

    assert len(told(hub)) == 2


@pytest.mark.parametrize(("kind", "path"), FEEDS)
def test_without_a_hub_none_is_named(kind, path, hub, publish, records, context):
    publish(kind, path, records)

    assert hub.log == []
    assert "hub" not in links_of((context.root / path).read_bytes())


@pytest.mark.parametrize("status", [200, 202, 204])
def test_any_answer_that_is_a_success_will_do(status, hub, publish, records):
    hub.status, hub.body = status, b"" if status == 204 else b"thank you"

    assert publish(*FEEDS[0], records, hub=hub.address)[0].problems == []


@pytest.mark.parametrize("status", [301, 304, 400, 404, 429, 500, 503])
def test_a_hub_that_refuses_is_a_warning(status, hub, publish, records):
    hub.status, hub.headers = status, {"Location": hub.address} if status == 301 else {}
    exporter, documents = publish(*FEEDS[0], records, hub=hub.address)

    assert [document.path for document in documents] == ["feed.xml", "feed.fr.xml"]
    assert len(hub.log) == 2, "neither followed nor repeated"
    first = exporter.problems[0]
    assert (first.code, first.severity) == ("websub.not_told", "warning")
    assert first.message == f"https://example.org/feed.xml has changed, but its hub answered {status}"


def test_a_hub_that_cannot_be_reached_is_a_warning(context, publish, records):
    with serving(context.root) as gone:
        address = gone.address
    exporter, documents = publish(*FEEDS[0], records, hub=address)

    assert len(documents) == 2
    assert (
        exporter.problems[1].message
        == "https://example.org/feed.fr.xml has changed, but its hub cannot be reached"
    )


def test_a_hub_that_does_not_answer_is_not_waited_for(hub, publish, records, monkeypatch):
    monkeypatch.setattr(websub, "READ", 0.05)
    hub.held = threading.Event()
    try:
        exporter, _ = publish(*FEEDS[0], records, hub=hub.address)
    finally:
        hub.held.set()

    assert exporter.problems[0].message.endswith("its hub did not answer in time")


def test_only_the_feed_itself_has_a_hub_and_not_its_older_pages(hub, publish, context, make):
    many = make.records(*(make.article(key=f"article:a{n}", image=None) for n in range(4)))
    publish(*FEEDS[2], many, hub=hub.address, page_size=1, locales=["en"])

    assert told(hub) == ["https://example.org/feed.json"]
    assert "hub" not in links_of((context.root / "public/feed-1.json").read_bytes())


@pytest.mark.parametrize(
    "address", ["https://hub.example.org", "https://hub.example.org/?x=1", "http://[::1]:8/"]
)
def test_hubs_are_encrypted_or_on_this_machine(address):
    assert RssExporter.Options(path="feed.xml", hub=address).hub == address


@pytest.mark.parametrize(
    "address", ["http://hub.example.org/", "http://127.0.0.1.example.org/", "ftp://x", "https://", ""]
)
def test_other_hubs_are_refused(address):
    with pytest.raises(ValidationError):
        RssExporter.Options(path="feed.xml", hub=address)
