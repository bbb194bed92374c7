"""No address that content, a feed or a redirect names leads into a private network, however it is spelt."""

import socket
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "servers"))

from spellings import LOOPBACK

from schemas.errors import ContentError
from transport.addresses import Guard, is_public, shown, target_of
from transport.fetch import Fetcher

PUBLIC = "93.184.216.34"

PRIVATE = [
    "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200", "192.0.0.192",
    "198.18.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1", "168.63.129.16", "fe80::1", "fe80::1%eth0",
    "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "::", "::1", "::ffff:10.0.0.1", "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1", "2002:a00:1::", "2001:0:4136:e378:8000:63bf:f5ff:fffe", "2001:db8::1", "192.88.99.1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", [PUBLIC, "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::"]
)
def test_what_is_public(address):
    assert is_public(address)


@pytest.fixture
def canary(web):
    """A server that nobody may reach, under its port."""
    web.put("/", "secret")
    web.put("/x", "secret")
    return web


@pytest.mark.parametrize("host", LOOPBACK)
def test_loopback_is_not_reached_directly(canary, host):
    port = canary.address.rpartition(":")[2]
    with pytest.raises(ContentError) as caught:
        Fetcher().get(f"http://{host}:{port}/", b"".join)
    assert caught.value.code in ("fetch.private", "fetch.address", "fetch.unreachable")
    assert canary.seen == []


@pytest.mark.parametrize("host", LOOPBACK)
def test_loopback_is_not_reached_by_a_redirect(canary, other_web, host):
    port = canary.address.rpartition(":")[2]
    url = other_web.redirect("/a", f"http://{host}:{port}/x")
    with pytest.raises(ContentError):
        Fetcher(url, sleep=lambda _: None).get(url, b"".join)
    assert len(other_web.seen) >= 1
    assert canary.seen == []


def test_enough_spellings_mean_loopback_to_this_machine():
    """Else the tests above would show nothing."""
    reached = 0
    for host in LOOPBACK:
        try:
            socket.getaddrinfo(host.rpartition("@")[2].strip("[]"), 80)
        except OSError:
            continue
        reached += 1
    assert reached >= 15


def test_another_port_of_a_host_that_is_named_is_not_named(canary, other_web):
    url = other_web.redirect("/a", canary.address + "/x")
    with pytest.raises(ContentError, match="is inside a private network"):
        Fetcher(url).get(url, b"".join)
    assert canary.seen == []
    assert Fetcher(url, canary.address).get(url, b"".join).taken == b"secret"


def places(*addresses, port=80):
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in addresses]


class Rebinding:
    """A resolver that answers a public address first and a private one later."""

    def __init__(self, port, *answers):
        self.port, self.answers, self.asked = port, list(answers), 0

    def __call__(self, host, port):
        self.asked += 1
        return places(self.answers.pop(0) if len(self.answers) > 1 else self.answers[0], port=self.port)


def test_a_name_that_is_bound_again_leads_nowhere_else(canary):
    port = int(canary.address.rpartition(":")[2])
    resolver = Rebinding(port, "203.0.113.1", "127.0.0.1")
    guard = Guard(resolve=resolver)
    fetcher = Fetcher(guard=guard, sleep=lambda _: None)
    for _ in range(3):
        with pytest.raises(ContentError):
            fetcher.get(f"http://rebind.example:{port}/", b"".join)
    assert resolver.asked == 1
    assert canary.seen == []


def test_a_name_is_resolved_once_and_connected_to_that_very_address(canary, monkeypatch):
    port = int(canary.address.rpartition(":")[2])
    reached = []
    monkeypatch.setattr(
        socket.socket, "connect", lambda self, place: reached.append(place) or exec("raise OSError")
    )
    guard = Guard(resolve=Rebinding(port, PUBLIC, "127.0.0.1"))
    with pytest.raises(ContentError) as caught:
        Fetcher(guard=guard, sleep=lambda _: None).get(f"http://rebind.example:{port}/", b"".join)
    assert caught.value.code == "fetch.unreachable"
    assert set(reached) == {(PUBLIC, port)}


def test_one_private_address_among_public_ones_is_enough():
    guard = Guard(resolve=lambda host, port: places(PUBLIC, "10.0.0.1"))
    with pytest.raises(ContentError, match="inside a private network"):
        guard.find("mixed.example", 80)


def test_what_the_configuration_names_may_be_private():
    guard = Guard(["http://CMS.internal./x"], resolve=lambda host, port: places("10.0.0.1"))
    assert guard.find("cms.internal", 80)
    for host, port in (("cms.internal", 8080), ("x.internal", 80)):
        with pytest.raises(ContentError):
            guard.find(host, port)


@pytest.mark.parametrize(
    "url",
    ["", "x", "/x", "//example.org/", "ftp://example.org/", "file:///etc/passwd", "gopher://x/", "javascript:x",
     "http://", "http:///x", "http://a b/", "http://a\n/", "http://[::1", "http://x:99999999/", "http://a\\b/",
     "data:text/plain,x"],
)  # fmt: skip
def test_what_is_no_web_address(url):
    with pytest.raises(ContentError) as caught:
        target_of(url)
    assert caught.value.code == "fetch.address"


def test_targets_and_how_addresses_are_shown():
    assert target_of("HTTPS://Example.ORG./x") == ("https", "example.org", 443)
    assert target_of("http://u:p@[::1]:81/x") == ("http", "::1", 81)
    assert shown("https://u:p@example.org:81/x?token=y#z") == "https://example.org:81/x"
    assert shown("http://[") == "an address that cannot be read"
