"""The preview lets no stranger in, and nothing that a text brings along is run."""

import re
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from onlooker import BARRIER, previewing

from pipeline.web.headers import HEADERS
from pipeline.web.preview.app import Preview


@pytest.fixture
def reader(site):
    with previewing(site.root) as one:
        yield one


@pytest.fixture
def watching(site):
    with previewing(site.root, watched=True) as one:
        yield one


PATHS = [
    "/",
    "/records/article:first@en",
    "/pages/feed/article:first@en",
    "/media/x/asset:coat@en",
    "/events",
    "/static/preview.css",
]


def test_these_are_all_routes(reader):
    routes = {route.path for route in Preview(reader.desk).application().routes}
    assert routes == {
        "/",
        "/records/{ident:path}",
        "/pages/{channel}/{ident:path}",
        "/media/{token}/{ident:path}",
        "/events",
        "/static/{name}",
    }


STRANGERS = ["evil.example", "spots.example", "127.0.0.1.evil.example", "", "a b", "169.254.169.254"]


@pytest.mark.parametrize("path", [*PATHS, "/nothing"])
def test_whoever_comes_under_another_name_is_refused(reader, path):
    for host in STRANGERS:
        answer = reader.ask(path, Host=host)
        assert answer.status == 400, host
        assert len(answer.bytes) < 100


@pytest.mark.parametrize("host", ["localhost:1", "127.0.0.1", "[::1]:80"])
def test_the_names_of_this_machine_are_known(reader, host):
    assert reader.ask("/", Host=host).status == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE"])
def test_every_answer_is_strict(reader, method):
    for path in PATHS:
        if path == "/events" and method in ("GET", "HEAD"):
            continue  # it does not end; its headers are those of every answer
        answer = reader.ask(path, method)
        assert answer.status in ((200, 404) if method in ("GET", "HEAD") else (405,)), path
        policy = answer.headers["content-security-policy"]
        for name, value in HEADERS.items():
            assert answer.headers[name.lower()] == value or name in LOOSE, (path, name)
        assert policy.startswith("default-src 'none'")
        assert "unsafe-inline" not in policy.replace("style-src-attr 'unsafe-inline'", "")
        assert "server" not in answer.headers


LOOSE = ("Content-Security-Policy", "X-Frame-Options", "Cross-Origin-Resource-Policy")
"""Have a value of their own on pages, in frames, and for what frames show."""


def test_pages_have_no_script_or_style_of_their_own(site, reader):
    site.write("content/articles/first.md", BARRIER)
    reader.desk.refresh()
    for path in ("/", "/records/article:first@en", "/records/nothing"):
        text = reader.ask(path).text
        assert re.findall(r"<script[^>]*>", text) == ['<script src="/static/preview.js" defer>']
        assert "<style" not in text
        assert not re.search(r"\s(on\w+|style)=", text)
        assert not re.search(r'(src|href)="(https?:)?//', text)


EVIL = "<script>alert(1)</script>"
FORMS = {
    "title": f"---\ntitle: '{EVIL}'\n---\n\nWords.\n",
    "body": f"---\ntitle: T\n---\n\nWords {EVIL} <img src=x onerror=alert(1)>\n",
    "link": "---\ntitle: T\n---\n\n[x](javascript:alert(1)) <a href='JaVaScRiPt:alert(1)'>y</a> <iframe src=//a.example></iframe>\n",
    "frame": "---\ntitle: T\n---\n\n</body></html><base href=//a.example><meta http-equiv=refresh content='0;url=//a.example'><form action=//a.example><button>x</button></form>\n",
    "field": f"---\ntitle: T\n'{EVIL}': 1\n---\n\nWords.\n",
    "syntax": f"---\ntitle: [{EVIL}\n---\n",
    "tag": f"---\ntitle: T\ntags: ['{EVIL}', '\"><script>alert(1)</script>']\nsummary: '{EVIL}'\n---\n\nWords.\n",
}


@pytest.mark.parametrize("form", FORMS)
def test_what_a_text_brings_along_is_harmless(site, reader, form):
    site.write("content/articles/first.md", FORMS[form])
    site.write("content/articles/evil.md", FORMS[form])
    reader.desk.refresh()
    for ident in ("article:first@en", "article:evil@en"):
        for channel in ("files", "feed"):
            for answer in (reader.record(ident, channel), reader.ask("/"), reader.ask(f"/?q={quote(EVIL)}")):
                assert len(re.findall("<script", answer.text)) == 1
                assert not re.search(r"<[^>]*(onerror|javascript:)", answer.text)
            page = reader.page(ident, channel)
            assert "<script" not in page.text
            assert not re.search("<(base href|meta http-equiv|form|iframe)", page.text)
            assert page.status == 404 or page.headers["content-security-policy"].endswith("; sandbox")


def test_a_key_in_the_address_is_harmless(reader):
    answer = reader.ask(f"/records/{quote(EVIL)}?channel={quote(EVIL)}")
    assert answer.status == 404
    assert len(re.findall("<script", answer.text)) == 1
    assert reader.ask(f"/records/article:first@en?channel={quote(EVIL)}").status == 200


def test_what_is_unforeseen_is_one_strict_sentence(reader, monkeypatch):
    monkeypatch.setattr("pipeline.web.preview.views.listed", lambda look, asked: 1 / 0)
    answer = reader.ask("/")
    assert (answer.status, answer.bytes) == (500, b"Something unforeseen happened.\n")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_nothing_is_written_and_nothing_published(site, reader):
    before = sorted(path for path in site.root.rglob("*"))
    for path in PATHS[:-2]:
        reader.ask(path)
    assert sorted(path for path in site.root.rglob("*")) == before
