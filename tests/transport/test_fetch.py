"""Fetching with care: sizes, times, broken answers, redirects, credentials, attempts, manners."""

import gzip
import socket
import ssl
import threading
import tracemalloc

import pytest
import trustme

from schemas.errors import ContentError
from transport.fetch import Fetcher, Limits
from transport.manners import HostPace


def get(url, *named, headers=None, waits=None, **how):
    """The body of an address; `named` is what the configuration writes, the address itself if nothing."""
    slept = waits if waits is not None else []
    fetcher = Fetcher(*(named or (url,)), sleep=slept.append, **how)
    try:
        return fetcher.get(url, b"".join, headers)
    finally:
        fetcher.close()


def code_of(url, *named, **how):
    with pytest.raises(ContentError) as caught:
        get(url, *named, **how)
    error = caught.value
    assert error.origin is not None
    assert "?" not in error.message
    return error.code


def test_an_answer(web):
    answer = get(web.put("/a", "Leopard", Content_Type="text/plain"))
    assert (answer.taken, answer.status, answer.is_whole) == (b"Leopard", 200, True)
    assert answer.headers["content-type"] == "text/plain"
    assert web.seen[0].headers["accept-encoding"] == "gzip"
    assert "cookie" not in web.seen[0].headers


def test_gzip_in_pieces_and_members(web):
    packed = gzip.compress(b"Leo") + gzip.compress(b"pard")
    assert get(web.put("/a", packed, Content_Encoding="gzip")).taken == b"Leopard"
    assert get(web.put("/b", b"", Content_Encoding="gzip")).taken == b""
    long = b"leopard " * 1_000_000
    assert get(web.put("/c", gzip.compress(long), Content_Encoding="gzip")).taken == long


@pytest.mark.parametrize("packing", ["gzip, gzip", "br", "deflate"])
def test_a_packing_that_nobody_asked_for(web, packing):
    assert code_of(web.put("/a", b"x", Content_Encoding=packing)) == "fetch.packing"


def test_a_damaged_packing(web):
    assert code_of(web.put("/a", b"not gzip", Content_Encoding="gzip")) == "fetch.packing"


def test_an_answer_that_is_too_large_as_it_is_declared(web):
    assert code_of(web.put("/a", b"x" * 1001), limits=Limits(size=1000)) == "fetch.too_large"
    assert get(web.put("/a", b"x" * 1000), limits=Limits(size=1000)).taken


def test_an_answer_that_is_too_large_without_saying_so(web):
    url = web.raw("/a", b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 2000)
    assert code_of(url, limits=Limits(size=1000)) == "fetch.too_large"


def test_a_bomb_is_stopped_while_it_unpacks(web):
    url = web.put("/a", gzip.compress(b"\0" * 300_000_000), Content_Encoding="gzip")
    tracemalloc.start()
    code = code_of(url, limits=Limits(size=1_000_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert code == "fetch.too_large"
    assert peak < 10_000_000


BODY = b"title,summary\nLeopard,spotted\n"
LONG = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(BODY), BODY)
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
PACKED = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(BODY)


@pytest.mark.parametrize("answer", [LONG, CHUNKED, PACKED], ids=["length", "chunks", "gzip"])
def test_an_answer_that_is_cut_anywhere_is_never_taken_for_whole(web, answer):
    assert get(web.raw("/whole", answer)).taken == BODY
    head = answer.index(b"\r\n\r\n") + 4
    codes = {}
    for end in range(len(answer)):
        url = web.raw("/cut", answer[:end])
        try:
            found = get(url)
        except ContentError as error:
            codes[error.code] = codes.get(error.code, 0) + 1
        else:
            assert found.taken == BODY or (end < head and not found.is_whole), end
    assert set(codes) <= {"fetch.cut_short", "fetch.packing"}


def test_nothing_tells_the_end_of_an_answer_without_length(web):
    answer = get(web.raw("/a", b"HTTP/1.1 200 OK\r\n\r\nLeop"))
    assert (answer.taken, answer.is_whole) == (b"Leop", False)


class Dribble(threading.Thread):
    """Sends a beginning, then a byte now and then, for ever."""

    def __init__(self, start):
        super().__init__(daemon=True)
        self.start_bytes, self.stop = start, threading.Event()
        self.server = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.server.getsockname()[1]}/a"

    def run(self):
        connection, _ = self.server.accept()
        with connection:
            connection.recv(10_000)
            connection.sendall(self.start_bytes)
            while not self.stop.wait(0.02):
                try:
                    connection.sendall(b"x")
                except OSError:
                    return

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.server.close()


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nA: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
    ],
    ids=["status", "header", "length", "no length"],
)
def test_an_answer_that_dribbles_ends_with_the_time(start):
    with Dribble(start) as server:
        assert code_of(server.address, limits=Limits(total=0.3)) == "fetch.too_slow"


def test_the_time_of_several_fetches_together(web):
    fetcher = Fetcher(web.put("/a", b"x"))
    fetcher.hurry(1000)
    assert fetcher.get(web.address + "/a", b"".join).taken == b"x"
    fetcher.hurry(-1)
    with pytest.raises(ContentError) as caught:
        fetcher.get(web.address + "/a", b"".join)
    assert caught.value.code == "fetch.too_slow"
    assert len(web.seen) == 1


@pytest.mark.parametrize(
    ("status", "code", "attempts"),
    [
        (400, "fetch.refused", 1),
        (401, "fetch.auth", 1),
        (403, "fetch.auth", 1),
        (404, "fetch.missing", 1),
        (410, "fetch.missing", 1),
        (206, "fetch.refused", 1),
        (304, "fetch.refused", 1),
        (300, "fetch.refused", 1),
        (429, "fetch.unavailable", 3),
        (500, "fetch.unavailable", 3),
        (503, "fetch.unavailable", 3),
    ],
)
def test_refusals(web, status, code, attempts):
    assert code_of(web.put("/a", b"", status)) == code
    assert len(web.seen) == attempts


def test_what_a_refusal_says_of_itself(web):
    with pytest.raises(ContentError, match="answers 400: no such collection"):
        get(web.put("/a", '{"message": "no such collection"}', 400))
    with pytest.raises(ContentError, match="answers 404 with a web page"):
        get(web.put("/b", "<html>", 404, Content_Type="text/html"))


def test_a_failure_that_passes(web):
    answers = [b"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\n\r\n", LONG[:-3], LONG]
    web.pages["/a"] = lambda seen: type(web.pages["/x"])(raw=answers.pop(0))
    web.raw("/x", b"")
    waits = []
    assert get(web.address + "/a", waits=waits).taken == BODY
    assert waits == [7.0, 1.0]


def test_a_server_that_asks_for_hours_is_left_alone(web):
    waits = []
    url = web.put("/a", b"", 429, Retry_After="86400")
    assert code_of(url, waits=waits) == "fetch.unavailable"
    assert (waits, len(web.seen)) == ([], 1)


def test_nobody_there(web):
    server = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{server.getsockname()[1]}/a"
    server.close()
    assert code_of(url) == "fetch.unreachable"
    assert code_of("http://nobody.invalid/", "http://nobody.invalid/") == "fetch.unreachable"


def test_redirects(web, other_web):
    end = web.put("/end", "x")
    web.redirect("/middle", "/end", 307)
    assert get(web.redirect("/a", "middle")).url == end
    assert code_of(web.redirect("/loop", "/loop")) == "fetch.redirect"
    assert len(web.paths) == 3 + 6
    assert code_of(web.redirect("/b", "file:///etc/passwd")) == "fetch.address"
    assert code_of(web.redirect("/c", "//[")) == "fetch.address"


def test_credentials_stay_with_their_host(web, other_web):
    other_web.put("/end", "x")
    web.redirect("/a", other_web.address + "/end")
    web.put("/b", "x")
    named = web.address, other_web.address
    secret = {"Authorization": "Bearer s3cret", "X-Key": "s3cret"}
    for path in ("/a", "/b"):
        get(web.address + path, *named, credentials=lambda: secret)
    assert [one.headers["authorization"] for one in web.seen] == ["Bearer s3cret"] * 2
    assert "s3cret" not in str(other_web.seen)


def test_what_stands_in_an_address_is_not_sent_as_credentials(web):
    web.put("/a", "x")
    get(web.address.replace("http://", "http://user:s3cret@") + "/a", web.address)
    assert "authorization" not in web.seen[0].headers


def test_no_cookie_is_kept(web):
    fetcher = Fetcher(web.put("/a", "x", Set_Cookie="session=1; Path=/"))
    for _ in range(2):
        fetcher.get(web.address + "/a", b"".join)
    assert "cookie" not in web.seen[1].headers


def test_no_message_holds_a_secret(web):
    for path, status in (("/a", 404), ("/b", 500), ("/c", 401)):
        web.put(path, "", status)
        with pytest.raises(ContentError) as caught:
            get(
                web.address.replace("http://", "http://user:s3cret@") + path + "?token=s3cret#s3cret",
                web.address,
            )
        assert "s3cret" not in repr(caught.value.problem)
        assert caught.value.origin.path == web.address + path


def tls_server(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    server = socket.create_server(("127.0.0.1", 0))

    def serve():
        connection, _ = server.accept()
        try:
            with context.wrap_socket(connection, server_side=True) as safe:
                safe.recv(10_000)
                safe.sendall(LONG)
        except OSError:
            connection.close()

    threading.Thread(target=serve, daemon=True).start()
    return server, f"https://localhost:{server.getsockname()[1]}/a"


@pytest.mark.parametrize("host", ["localhost", "example.org"])
def test_certificates(host, tmp_path):
    authority = trustme.CA()
    server, url = tls_server(authority.issue_cert(host))
    with server:
        fetcher = Fetcher(url)
        if host == "localhost":
            authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
            fetcher.http.verify = str(tmp_path / "ca.pem")
            assert fetcher.get(url, b"".join).taken == BODY
        else:
            with pytest.raises(ContentError) as caught:
                fetcher.get(url, b"".join)
            assert caught.value.code == "fetch.certificate"
        fetcher.close()


def test_a_secure_address_does_not_redirect_to_an_open_one(monkeypatch, web):
    fetcher = Fetcher("https://localhost/")
    answer = type("Answer", (), {"status_code": 302, "headers": {"location": web.put("/a", "x")}})
    answer.__enter__, answer.__exit__ = lambda self: self, lambda self, *_: None
    answer.is_redirect = True
    monkeypatch.setattr(fetcher, "_ask", lambda *_: answer())
    with pytest.raises(ContentError, match="redirects from https to http"):
        fetcher.get("https://localhost/", b"".join)


def test_forms(web):
    web.put("/token", '{"access_token": "x"}')
    fetcher = Fetcher(web.address)
    assert (
        fetcher.post(web.address + "/token", {"grant_type": "client_credentials"}) == b'{"access_token": "x"}'
    )
    assert (web.seen[0].method, web.seen[0].body) == ("POST", "grant_type=client_credentials")
    web.redirect("/token", "/elsewhere")
    with pytest.raises(ContentError, match="answers 302"):
        fetcher.post(web.address + "/token", {})


class Time:
    """A clock that only sleeping moves."""

    def __init__(self):
        self.at, self.slept = 1000.0, []

    def now(self):
        return self.at

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.at += seconds


def test_a_host_is_not_asked_faster_than_agreed(web, other_web):
    pace, clock = HostPace(), Time()
    for site in (web, other_web, web, web):
        fetcher = Fetcher(site.put("/a", "x"), rate=2, pace=pace, sleep=clock.sleep)
        fetcher.clock.now = clock.now
        fetcher.get(site.address + "/a", b"".join)
    assert clock.slept == [0.5, 0.5]
