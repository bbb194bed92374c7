"""Which addresses may be reached: public ones, and of the others only those that the configuration names."""

import socket
from collections.abc import Callable, Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from schemas.errors import ContentError
from schemas.problems import Origin

PORTS = {"http": 80, "https": 443}
RESERVED = tuple(
    ip_network(text)
    for text in ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32", "fec0::/10", "5f00::/16")
)
"""Not for the public, though not every Python says so: protocol assignments, 6to4 relays, the metadata
service of a cloud, old site-local addresses, segment routing (IANA's special-purpose registries)."""
NAT64 = ip_network("64:ff9b::/96")
"""IPv6 addresses that lead to the IPv4 address in their last 32 bits (RFC 6052)."""

Place = tuple[int, int, int, str, Any]
"""What `socket.getaddrinfo` gives: family, type, protocol, canonical name, socket address."""
Resolve = Callable[[str, int], Iterable[Any]]
Target = tuple[str, str, int]
"""Scheme, host and port."""


def refused(url: str, why: str, code: str, hint: str | None = None) -> ContentError:
    """An address that is not fetched, told without its query, where secrets are."""
    place = shown(url)
    return ContentError(f"{place} {why}", code=code, hint=hint, origin=Origin(path=place))


def shown(url: str) -> str:
    """An address as it may be shown: without user, password, query and fragment."""
    parts = _split(url)
    if parts is None:
        return "an address that cannot be read"
    return f"{parts.scheme}://{parts.netloc}{parts.path or ''}"


def target_of(url: str) -> Target:
    """Scheme, host and port of an address that can be fetched. Raises ContentError for any other."""
    parts = _split(url)
    if parts is None or not parts.host or any(ord(mark) <= 32 or mark in "\\\x7f" for mark in url):
        raise refused(url, "is no web address", "fetch.address", "write https://host/path")
    if parts.scheme not in PORTS:
        raise refused(url, "is not fetched: only http and https are", "fetch.address")
    return parts.scheme, parts.host.strip("[]").rstrip("."), parts.port or PORTS[parts.scheme]


def _split(url: str) -> Url | None:
    """The parts as the library that connects reads them, so that nobody can mean another host by it."""
    try:
        return parse_url(url)
    except LocationParseError:
        return None


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, and so is every other one inside it."""
    ip = ip_address(address.partition("%")[0])
    inner = list(_inside(ip))
    if inner:
        return all(is_public(str(one)) for one in inner)
    if any(ip.version == network.version and ip in network for network in RESERVED):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def _inside(ip: IPv4Address | IPv6Address) -> Iterator[IPv4Address]:
    """IPv4 addresses that an IPv6 address only wraps."""
    if isinstance(ip, IPv6Address):
        yield from (one for one in (ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())) if one is not None)
        if ip in NAT64:
            yield IPv4Address(int(ip) & 0xFFFFFFFF)


class Guard:
    """Resolves each host once, and hands out only addresses that may be reached.

    `named` are the addresses that the configuration itself writes. Their hosts and ports may be private.
    """

    def __init__(self, named: Iterable[str] = (), resolve: Resolve | None = None) -> None:
        self.named = {target_of(url)[1:] for url in named}
        self._resolve = resolve or _resolve
        self._pinned: dict[tuple[str, int], list[Place]] = {}

    def find(self, host: str, port: int) -> list[Place]:
        """Where to connect to. Raises ContentError if that is not allowed, socket.gaierror if unknown."""
        known = host.lower().strip("[]").rstrip("."), port
        if known not in self._pinned:
            self._pinned[known] = list(self._resolve(known[0], port))
        places = self._pinned[known]
        if known not in self.named and not all(is_public(place[4][0]) for place in places):
            raise ContentError(
                f"{known[0]}:{port} is not fetched: it is inside a private network",
                code="fetch.private",
                hint="only what leopard.yaml itself names may be there; content, feeds and redirects may not",
            )
        return places


def _resolve(host: str, port: int) -> Iterable[Any]:
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
