"""
Every route of the dashboard and of the preview, asked for whatever anybody may think of, by whoever it may be.

`LEOPARD_EXAMPLES` says how many requests are tried on each route; without it, a few that are always the same.
"""

import json
import os
import re
import sys
from base64 import b64encode
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from itsdangerous import TimestampSigner

sys.path.insert(0, str(Path(__file__).resolve().parent))

from asgi import Asked, Server
from dashboard import dash_of
from web_world import CONFIGURATION, TOKENS, known

from pipeline.config import load
from pipeline.ledger import Ledger
from pipeline.ledger.jobs import Jobs
from pipeline.run import Sync
from pipeline.schedule.loop import Scheduler
from pipeline.schedule.timed import Result, timed
from pipeline.web.app import OPEN_TO_ALL, application
from pipeline.web.health import Health
from pipeline.web.preview.allowed import Allowed
from pipeline.web.preview.app import Preview
from pipeline.web.preview.desk import Desk as PreviewDesk

EXAMPLES = os.environ.get("LEOPARD_EXAMPLES")
FUZZ = settings(
    max_examples=int(EXAMPLES or 15),
    derandomize=EXAMPLES is None or "CI" in os.environ,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
KEY = "k" * 40
CSRF = "the form's own word"
MARK = "<zqzqzq>\"zqzqzq'zqzqzq&"
UNESCAPED = re.compile(rb"[<\"']zqzqzq", re.IGNORECASE)
LIBRARY = """\
  library:
    use: oaipmh
    path: public/oai
    endpoint: https://harvest.example/oai
    namespace: spots.example
    admin_email: library@spots.example
    kinds: [article]
schedule:
  - {sync: [files], every: day, at: "02:00"}
"""
FILES = {
    "leopard.yaml": CONFIGURATION.replace(
        "dashboard:\n", f"{LIBRARY}dashboard:\n  session_key: env:FUZZ_KEY\n"
    ),
    "content/pages/other.yaml": "title: Other\nblocks: [{type: statistics, items: [killed]}]\n",
    "content/pages/bad.yaml": f"title: {json.dumps(MARK)}\nstatus: {json.dumps(MARK)}\n",
    "content/pages/odd.yaml": f"title: {json.dumps(MARK)}\nsummary: {json.dumps(MARK)}\n",
    "content/pages/soon.yaml": "title: Soon\nembargo_until: 2999-01-01\n",
    "content/statistics/killed.yaml": "figure: 221–450\nstatement: <zqzqzq>are</zqzqzq> killed each year\n",
    "content/articles/first.md": "---\ntitle: First\n---\n\n[[statistic:killed]] a year. <b>Much</b>.\n",
}
IDENTS = (
    "page:other@en",
    "page:odd@en",
    "page:bad@en",
    "page:soon@en",
    "statistic:killed",
    "article:first@fr",
)
FIELDS = (
    "channel", "run", "digest", "name", "password", "csrf", "q", "kind", "language", "severity", "after", "from",
    "anew", "differs", "old", "steps", "seen", "verb", "metadataPrefix", "identifier", "resumptionToken", "set",
)  # fmt: skip
WORDS = (
    MARK, "", "0", "-1", "1", "9" * 400, "1e308", "nan", "true", "\0", "%00", "..", "../../etc/passwd", "//evil.example",
    "http://[", "é", "\u202e", "🐆", "a" * 5000, "files", "shop", "feed", "page", "en", "error", "ListRecords",
    "GetRecord", "oai_dc", "eda", "vic", "x\r\nSet-Cookie: zq=1", "{{7*7}}", "${7*7}", "' OR 1=1 --", "\ud800",
)  # fmt: skip
NAMES = (
    b"accept", b"origin", b"sec-fetch-site", b"referer", b"x-remote-user", b"content-type", b"content-length",
    b"cookie", b"authorization", b"hx-request", b"if-none-match", b"range", b"transfer-encoding", b"x-forwarded-for",
    b"last-event-id", b"accept-language", b"x-zq",
)  # fmt: skip
VALUES = (
    MARK.encode(), b"", b"text/html", b"http://[", b"null", b"https://evil.example", b"cross-site", b"0", b"-1",
    b"99999999999999999999", b"abc", b"application/x-www-form-urlencoded", b"multipart/form-data",
    b"multipart/form-data; boundary=zq", b"application/json", b"\xff\xfe", b"leopard=x", b"leopard=",
    b"Bearer", b"Bearer \xff", b"Basic eDp5", b"bytes=0-", b"application/openmetrics-text; version=1.0.0",
)  # fmt: skip
words = st.one_of(
    st.sampled_from(WORDS), st.text(max_size=60), st.text(max_size=20).map(lambda one: MARK + one)
)
fields = st.lists(st.tuples(st.one_of(st.sampled_from(FIELDS), words), words), max_size=5)
headers = st.lists(
    st.tuples(st.sampled_from(NAMES), st.one_of(st.sampled_from(VALUES), st.binary(max_size=40))), max_size=4
)
methods = st.one_of(
    st.sampled_from(("GET", "POST")), st.sampled_from(("HEAD", "PUT", "DELETE", "OPTIONS", "ZQ"))
)
bodies = st.one_of(
    st.just(None), st.binary(max_size=200), st.just(b"--zq\r\nContent-Disposition: form-data; name=")
)
who = st.sampled_from(("nobody", "vic", "eda", "vic's session", "eda's session", "eda without a form"))


def sent(text):
    """As a browser sends it, also what is no text."""
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def form(pairs):
    return urlencode([(one.encode("utf-8", "replace"), two.encode("utf-8", "replace")) for one, two in pairs])


def session(**known):
    """The cookie of somebody who came in."""
    data = b64encode(json.dumps(known).encode())
    return b"leopard=" + TimestampSigner(KEY).sign(data)


def introduced(role):
    """The headers and the form's word of somebody."""
    name, _, by = role.partition("'s ")
    if role == "nobody":
        return [], None
    if by or role.endswith("a form"):
        return [(b"cookie", session(name=name.split()[0], csrf=CSRF))], CSRF if by else None
    return [(b"authorization", f"Bearer {TOKENS[name]}".encode())], None


class World:
    """Both applications over one project."""

    def __init__(self, root, patch):
        for name, text in FILES.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, "utf-8")
        known(patch)
        patch.setenv("FUZZ_KEY", KEY)
        self.project = load(root)
        self.ledger = Ledger(self.project.written.ledger, root)
        self.run = Sync(self.project, self.ledger).run().id
        entries = timed(self.project, self.ledger.lineage, lambda: None)
        health = Health(
            Scheduler(entries, Jobs(self.ledger.database), lambda one, lease: Result("done")), self.ledger
        )
        health.scheduler.looked = float("inf")
        self.dash = dash_of(root, health)
        web = application(self.project, health, self.dash)
        web.live.stopping = True
        desk = PreviewDesk(root, Allowed())
        desk.bell.end()
        self.token = desk.token
        self.servers = {"dashboard": Server(web.app), "preview": Server(Preview(desk).application())}

    def close(self):
        self.dash.close()
        for one in self.servers.values():
            one.close()
        self.ledger.close()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        made = World(tmp_path_factory.mktemp("fuzz"), patch)
        yield made
        made.close()


def paths(app):
    return sorted({route.path for route in app.routes})


@pytest.fixture(scope="module")
def routes(world):
    """Per application, every path that it has."""
    return {name: paths(_innermost(server.app)) for name, server in world.servers.items()}


def _innermost(app):
    while not hasattr(app, "routes"):
        app = app.app
    return app


@st.composite
def targets(draw, path, token):
    """A path with its parameters filled in, and a query."""
    known = {
        "run": st.sampled_from(("none", "20260101T000000Z-00000000")),
        "ident:path": st.sampled_from(IDENTS),
        "channel": st.sampled_from(("files", "shop", "feed")),
        "token": st.just(token),
        "name": st.sampled_from(("preview.css", "preview-page.css", "leopard.css")),
    }

    def filled(found):
        value = draw(st.one_of(known[found[1]], words))
        return value if value in IDENTS else sent(value)

    query = draw(fields)
    raw = draw(st.one_of(st.just(form(query)), st.just(form(query)), st.binary(max_size=30).map(quote)))
    return f"{re.sub('{([^}]*)}', filled, path)}{f'?{raw}' if raw else ''}".encode()


def harmless(answer, asked):
    """What must hold of every answer, whatever was asked."""
    told = (asked, answer.status, answer.body[:2000])
    assert answer.status < 500, told
    assert b"Traceback" not in answer.body, told
    assert not any(b"\r" in value or b"\n" in value for _, value in answer.headers), told
    assert answer.header(b"content-security-policy"), told
    assert answer.header(b"x-content-type-options") == "nosniff", told
    kind = answer.header(b"content-type")
    if "html" in kind or "xml" in kind:
        assert not UNESCAPED.search(answer.body), told
    if answer.status in (301, 302, 303, 307, 308):
        assert re.match(r"(http://127\.0\.0\.1:8350)?/(?![/\\])", answer.header(b"location")), told


@FUZZ
@given(data=st.data())
def _dashboard(world, path, data):
    role, method = data.draw(who, "who"), data.draw(methods, "method")
    own, word = introduced(role)
    pairs = data.draw(fields, "form")
    if word is not None:
        pairs.append(("csrf", word))
    if path == "/do/rollback":
        pairs.append(("run", data.draw(st.sampled_from((world.run, MARK)))))
    body = data.draw(bodies, "body")
    body = form(pairs).encode() if body is None else body
    more = data.draw(headers, "headers")
    named = {name for name, _ in more}
    plain = [(b"host", b"127.0.0.1:8350"), (b"content-length", str(len(body)).encode())]
    plain += [(b"content-type", b"application/x-www-form-urlencoded")]
    sent_headers = (*own, *((n, v) for n, v in plain if n not in named), *more)
    asked = Asked(
        method, data.draw(targets(path, ""), "target"), sent_headers, body, data.draw(st.integers(1, 3))
    )
    before = len(world.dash.ledger.hands.log(10_000))
    answer = world.servers["dashboard"].ask(asked)
    harmless(answer, asked)
    is_open = path.startswith(OPEN_TO_ALL) or path == "/login"
    if role == "nobody" and not is_open:
        assert answer.status in (401, 403, 404, 405) or answer.header(b"location") == "/login", asked
    if not role.startswith("eda") or role == "eda without a form" or method != "POST":
        assert len(world.dash.ledger.hands.log(10_000)) == before, asked
    doing = world.dash.desk._thread
    if doing is not None:
        doing.join(60)
        error = world.dash.desk.last.error
        assert error is None or "unforeseen" not in error.message, (asked, error)


@FUZZ
@given(data=st.data())
def _preview(world, path, data):
    more = data.draw(headers, "headers")
    target = data.draw(targets(path, world.token), "target")
    asked = Asked(
        data.draw(methods, "method"),
        target,
        ((b"host", b"127.0.0.1"), *more),
        data.draw(words).encode("utf-8", "replace"),
    )
    harmless(world.servers["preview"].ask(asked), asked)


DASHBOARD = (
    "/", "/audit", "/do/approve", "/do/pause", "/do/refuse", "/do/resume", "/do/retry", "/do/rollback", "/do/run",
    "/healthz", "/live", "/login", "/logout", "/look", "/matrix", "/metrics", "/oai/library", "/plan", "/problems",
    "/quarantine", "/readyz", "/records/{ident:path}", "/runs", "/runs/{run}", "/schedule", "/static/htmx.js",
    "/static/leopard.css", "/static/leopard.svg", "/static/sse.js", "/statistics",
)  # fmt: skip
PREVIEW = (
    "/",
    "/events",
    "/media/{token}/{ident:path}",
    "/pages/{channel}/{ident:path}",
    "/records/{ident:path}",
    "/static/{name}",
)


def test_none_is_forgotten(routes):
    assert routes == {"dashboard": sorted(DASHBOARD), "preview": sorted(PREVIEW)}


@pytest.mark.parametrize("path", [*DASHBOARD, "/{name}"])
def test_no_request_breaks_the_dashboard(world, path):
    _dashboard(world, path)


@pytest.mark.parametrize("path", [*PREVIEW, "/zq/{name}"])
def test_no_request_breaks_the_preview(world, path):
    _preview(world, path)


@pytest.mark.parametrize(
    "host",
    [b"", b"evil.example", b"127.0.0.1@evil.example", MARK.encode(), b"\xff", b"[", b"a b", b"[::1", None],
)
def test_no_host_breaks_anything(world, host):
    for server in world.servers.values():
        asked = Asked("GET", b"/", ((b"host", host),) if host is not None else ())
        answer = server.ask(asked)
        harmless(answer, asked)
        assert answer.status == 400
