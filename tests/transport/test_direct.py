"""The wire below a session: connections that stay, certificates that are checked, and nothing said twice."""

import socket
import ssl
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from threading import Thread

import pytest
import requests
import trustme

from schemas.errors import Ambiguous, ChannelDown
from transport.session import ApiSession

SECRET = "canary-5eed"


class Answering(BaseHTTPRequestHandler):
    """Answers with what it was sent, and keeps what came in which connection."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.seen.append((self.client_address[1], dict(self.headers), body))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        if "/cookie" in self.path:
            self.send_header("Set-Cookie", "basket=7")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = "/once" in self.path

    do_GET = do_POST

    def log_message(self, *_):
        pass


class Closing(ThreadingHTTPServer):
    """Says which connections it has closed: a client cannot know before that has happened."""

    def shutdown_request(self, request):
        super().shutdown_request(request)
        self.closed.put(request)


@pytest.fixture
def serve():
    """Starts servers; with TLS if a context is given."""
    started = []

    def make(context=None):
        server = Closing(("127.0.0.1", 0), Answering)
        server.daemon_threads, server.block_on_close, server.seen = True, False, []
        server.closed = SimpleQueue()
        server.handle_error = lambda *_: None  # clients that hang up are meant to
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        started.append(server)
        return server

    yield make
    for server in started:
        server.shutdown()
        server.server_close()


@pytest.fixture
def server(serve):
    return serve()


@pytest.fixture
def api(server):
    with ApiSession(f"http://127.0.0.1:{server.server_port}", {"Authorization": SECRET}) as api:
        yield api


@pytest.fixture
def authority():
    return trustme.CA()


@pytest.fixture
def secure(serve, authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return serve(context)


def connections(server):
    return len({port for port, _, _ in server.seen})


def test_one_connection_serves_all_requests(api, server):
    for number in range(20):
        assert api.call("POST", f"/pages/{number}", json={"number": number}) == {"number": number}
    assert connections(server) == 1


def test_a_connection_that_the_server_has_closed_is_made_anew(api, server):
    for _ in range(3):
        assert api.call("POST", "/once", json=[1]) == [1]
        server.closed.get(timeout=30)
    assert connections(server) == 3


def test_what_is_sent_is_what_requests_would_send(api, server):
    value = {"title": "豹", "count": 2**70, "half": "\ud800", "none": None, "list": [1.5, True]}
    assert api.call("POST", "/pages", json=value) == value
    assert api.call("POST", "/pages", params={"q": "1"}, json={"a": "b"}) == {"a": "b"}
    assert api.call("POST", "/pages", data=b"[1]", headers={"Content-Type": "text/plain"}) == [1]
    assert api.call("POST", "/pages") is None
    kinds = [headers.get("Content-Type") for _, headers, _ in server.seen]
    assert kinds == ["application/json", "application/json", "text/plain", None]
    assert [headers["Content-Length"] for _, headers, _ in server.seen][2:] == ["3", "0"]
    for _, headers, _ in server.seen:
        assert (headers["Authorization"], headers["User-Agent"]) == (SECRET, "leopard")


def test_a_long_body_comes_whole(api, server):
    long = {"text": "spots " * 100_000}
    assert api.call("POST", "/pages", json=long) == long
    assert connections(server) == 1


def test_each_request_has_what_its_session_says_then(api, server):
    api.http.auth = ("ada", "spots")
    api.http.headers["Accept-Version"] = "v6"
    api.call("POST", "/cookie")
    api.call("POST", "/pages")
    (_, first, _), (_, second, _) = server.seen
    assert first["Authorization"].startswith("Basic ")
    assert first["Accept-Version"] == "v6"
    assert second["Cookie"] == "basket=7"


def test_the_environment_changes_nothing(api, server, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert api.call("POST", "/pages", json=[1]) == [1]
    assert len(server.seen) == 1


def test_a_proxy_that_the_session_is_told_is_used(api, server):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        api.http.proxies["http"] = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        with pytest.raises((ChannelDown, Ambiguous)):
            api.call("POST", "/pages", json=[1])
    assert server.seen == []


def test_a_certificate_that_is_not_trusted_ends_it(secure):
    with ApiSession(f"https://localhost:{secure.server_port}") as api:
        for _ in range(2):
            with pytest.raises(ChannelDown, match="certificate of localhost"):
                api.call("POST", "/pages", json=[1])
    assert secure.seen == []


def test_a_certificate_of_another_name_ends_it(secure, authority, tmp_path):
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with ApiSession(f"https://127.0.0.1:{secure.server_port}") as api:
        api.http.verify = str(tmp_path / "ca.pem")
        with pytest.raises(ChannelDown, match="certificate"):
            api.call("POST", "/pages", json=[1])
    assert secure.seen == []


def test_a_certificate_that_is_trusted_will_do_and_the_connection_stays(secure, authority, tmp_path):
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with ApiSession(f"https://localhost:{secure.server_port}") as api:
        api.http.verify = str(tmp_path / "ca.pem")
        for _ in range(3):
            assert api.call("POST", "/pages", json={"spots": 3}) == {"spots": 3}
        api.http.verify = True  # what was trusted for another reason is not trusted any more
        with pytest.raises(ChannelDown, match="certificate"):
            api.call("POST", "/pages", json=[1])
    assert connections(secure) == 1


def test_a_header_that_cannot_be_sent_is_not_shown(server):
    address = f"http://127.0.0.1:{server.server_port}"
    api = ApiSession(address, {"Authorization": f"Bearer {SECRET}\n"})
    with api, pytest.raises(ChannelDown, match="cannot be sent") as raised:
        api.call("POST", "/pages", json=[1])
    assert SECRET not in f"{raised.value!r} {raised.value.hint} {raised.value.__cause__!r}"
    assert server.seen == []


def test_the_rest_of_an_answer_that_nobody_reads_harms_no_other(api, server):
    with api.send("POST", f"{api.address}/pages", data=b"x" * 300_000, stream=True) as answer:
        assert next(answer.iter_content(10)) == b"x" * 10
    assert api.call("POST", "/pages", json=[1]) == [1]


def test_what_is_no_answer_is_told_as_requests_tells_it(api):
    with pytest.raises(requests.RequestException):
        api.send("POST", "http://127.0.0.1:1/")
