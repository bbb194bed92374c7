"""What faults on the wire become, by the manners of a session; and the proxy that makes the faults."""

import http.client
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import ClassVar

import pytest

from schemas.errors import (
    Ambiguous,
    AuthError,
    ChannelDown,
    NotFound,
    Rejected,
    StaleWrite,
    Transient,
)
from transport import session
from transport.fault_proxy import Fault, FaultProxy
from transport.session import ApiSession, retry_after


class Echo(BaseHTTPRequestHandler):
    """Answers with what it was sent; counts what it has done."""

    protocol_version = "HTTP/1.1"
    done: ClassVar = []

    def _serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.done.append(self.command)
        data = b"" if self.path == "/nothing" else (body or b"{}")
        self.send_response(204 if self.path == "/nothing" else 200)
        self.send_header("Content-Type", "application/json")
        if data:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _serve

    def log_message(self, format, *args):
        pass


@pytest.fixture
def echo(monkeypatch):
    monkeypatch.setattr(Echo, "done", [])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    server.daemon_threads, server.block_on_close = True, False
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def proxy(echo):
    with FaultProxy(f"{echo}/api") as proxy:
        yield proxy


@pytest.fixture
def api(proxy):
    with ApiSession(proxy.address, {"Authorization": "Bearer s3cret"}) as api:
        yield api


def test_answers_come_through(api, proxy):
    assert api.call("POST", "/pages", params={"q": "1"}, json={"title": "豹"}) == {"title": "豹"}
    assert api.call("GET", "/pages") == {}
    assert proxy.requests == [("POST", "/api/pages?q=1"), ("GET", "/api/pages")]
    assert proxy.writes == [("POST", "/api/pages?q=1")]


def test_no_content_is_none(echo):
    with ApiSession(echo) as api:
        assert api.call("DELETE", "/nothing") is None


@pytest.mark.parametrize(
    ("kind", "method", "error", "done"),
    [
        ("refuse", "GET", Transient, 0),
        ("refuse", "POST", Ambiguous, 0),
        ("error_before", "PUT", Transient, 0),
        ("error_before", "POST", Ambiguous, 0),
        ("error_after", "POST", Ambiguous, 1),
        ("error_after", "DELETE", Transient, 1),
        ("lost", "POST", Ambiguous, 1),
        ("lost", "PUT", Transient, 1),
        ("truncate", "POST", Ambiguous, 1),
        ("truncate", "GET", Transient, 1),
        ("html", "POST", ChannelDown, 0),
    ],
)
def test_faults_are_sorted_by_what_to_do_next(api, proxy, kind, method, error, done):
    proxy.faults.append(Fault(kind, method=method))
    with pytest.raises(error) as caught:
        api.call(method, "/pages", json={"title": "Leopards"})
    assert type(caught.value) is error
    assert len(Echo.done) == done
    assert api.call(method, "/pages", json={"title": "Leopards"}) == {"title": "Leopards"}


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, Rejected),
        (401, AuthError),
        (403, AuthError),
        (404, NotFound),
        (408, Transient),
        (409, Rejected),
        (410, NotFound),
        (412, StaleWrite),
        (413, Rejected),
        (422, Rejected),
        (429, Transient),
        (301, ChannelDown),
        (500, Ambiguous),
        (502, Ambiguous),
        (503, Ambiguous),
        (504, Ambiguous),
    ],
)
def test_statuses_are_sorted_by_what_to_do_next(api, proxy, status, error):
    proxy.faults.append(Fault("error_before", status=status))
    with pytest.raises(error) as caught:
        api.call("POST", "/pages")
    assert type(caught.value) is error


def test_an_answer_that_does_not_come_in_time(api, proxy, monkeypatch):
    monkeypatch.setattr(session, "READ", 0.05)
    proxy.faults += [Fault("slow", seconds=5), Fault("slow", method="GET", seconds=5)]
    with pytest.raises(Ambiguous):
        api.call("POST", "/pages")
    with pytest.raises(Transient):
        api.call("GET", "/pages")


def test_a_server_that_is_not_there_has_done_nothing():
    with ApiSession("http://127.0.0.1:1") as api, pytest.raises(Transient, match="cannot connect"):
        api.call("POST", "/pages")


def test_a_redirect_is_not_followed_and_named_without_its_query(api, proxy):
    elsewhere = {"Location": "https://elsewhere.example/login?token=s3cret"}
    proxy.faults.append(Fault("error_before", status=302, headers=elsewhere))
    with pytest.raises(ChannelDown) as caught:
        api.call("POST", "/pages")
    assert caught.value.hint == "correct the address; it points to https://elsewhere.example/login"


@pytest.mark.parametrize("kind", ["refuse", "error_after", "lost", "html", "truncate"])
def test_no_message_holds_a_secret(api, proxy, kind):
    proxy.faults.append(Fault(kind))
    with pytest.raises((Ambiguous, ChannelDown)) as caught:
        api.call("POST", "/pages", params={"key": "s3cret"})
    assert "s3cret" not in f"{caught.value!r} {caught.value.hint} {caught.value.__cause__!r}"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        (" 0 ", 0.0),
        ("Sun, 01 Nov 2026 12:00:30 GMT", 30.0),
        ("Sun, 01 Nov 2026 11:00:00 GMT", 0.0),
        ("Sun Nov  1 12:00:30 2026", 30.0),
        ("Sun, 01 Nov 2026 12:00:30 -0000", 30.0),
        ("soon", None),
        ("-5", None),
        ("", None),
        (None, None),
        ("²", None),
    ],
)
def test_retry_after_in_both_forms(header, seconds):
    assert retry_after(header, datetime(2026, 11, 1, 12, tzinfo=UTC)) == seconds


@pytest.mark.parametrize("status", [429, 503])
def test_the_channel_says_when_to_come_back(api, proxy, status):
    proxy.faults.append(Fault("error_before", status=status, headers={"Retry-After": "7"}))
    with pytest.raises(Transient) as caught:
        api.call("POST", "/pages")
    assert caught.value.retry_after == 7.0


def test_a_fault_strikes_where_and_as_often_as_it_is_told(api, proxy):
    proxy.faults.append(Fault("error_before", method="PUT", path="/b$", skip=1, times=2, status=422))
    for path, struck in (("/a", False), ("/b", False), ("/b", True), ("/b", True), ("/b", False)):
        if struck:
            with pytest.raises(Rejected):
                api.call("PUT", path)
        else:
            api.call("PUT", path)


def test_a_fault_may_act_before_or_after_the_server(api, proxy):
    seen = []
    for kind in ("refuse", "lost"):
        proxy.faults.append(Fault(kind, act=lambda: seen.append(len(Echo.done))))
        with pytest.raises(Ambiguous):
            api.call("POST", "/pages")
    assert seen == [0, 1]


def test_the_proxy_forwards_a_head_without_a_body(proxy):
    connection = http.client.HTTPConnection(proxy.address.split("/")[2])
    for _ in range(2):
        connection.request("HEAD", "/x")
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"")
    connection.close()
