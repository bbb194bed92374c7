"""Who is there: passwords, tokens, a proxy's word; and patience that ends with whoever guesses."""

import hmac
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from threading import Lock

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from pipeline.web.model import Dashboard, Proxy, Role
from transport.secrets import reveal

TRIES = 5
"""Wrong passwords for one name, or from one address, before it has to wait."""
WAIT = 30.0
"""Seconds of the first wait; each further wrong password doubles it."""
LONGEST = 3600.0
REMEMBERED = 10_000
"""Names and addresses that are kept in mind at most."""


@dataclass(frozen=True)
class Visitor:
    """Somebody who is let in."""

    name: str
    role: Role

    @property
    def may_act(self) -> bool:
        return self.role == "editor"


LOCAL = Visitor("somebody on this machine", "editor")


@dataclass
class Patience:
    """Counts wrong passwords. Waits grow, so that guessing is hopeless and forgetting is not."""

    clock: Callable[[], float] = time.monotonic
    _wrong: dict[str, tuple[int, float]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def left(self, subjects: Iterable[str]) -> float:
        """Seconds until one of these may try again; 0 if all may."""
        now = self.clock()
        with self._lock:
            return max((self._wrong.get(one, (0, 0.0))[1] - now for one in subjects), default=0.0)

    def wrong(self, subjects: Iterable[str]) -> None:
        """One more wrong password."""
        now = self.clock()
        with self._lock:
            for one in subjects:
                count = self._wrong.pop(one, (0, 0.0))[0] + 1
                wait = min(LONGEST, WAIT * 2 ** (count - TRIES)) if count >= TRIES else 0.0
                self._wrong[one] = (count, now + wait)
            while len(self._wrong) > REMEMBERED:
                self._wrong.pop(next(iter(self._wrong)))

    def right(self, subject: str) -> None:
        """A right password ends the count for its name."""
        with self._lock:
            self._wrong.pop(subject, None)


class Users:
    """Tells visitors from strangers, by `dashboard` in leopard.yaml."""

    def __init__(self, dashboard: Dashboard, root: Path, patience: Patience | None = None) -> None:
        self.dashboard, self.patience = dashboard, patience or Patience()
        self._hasher = PasswordHasher()
        self._nobody = self._hasher.hash(secrets.token_hex(16))
        self._by_name = {user.name: user for user in dashboard.users}
        self._tokens = {
            user.name: reveal(user.token.get_secret_value(), root) for user in dashboard.users if user.token
        }

    def visitor(self, name: str) -> Visitor | None:
        """A user by name, as in a session."""
        user = self._by_name.get(name)
        return Visitor(user.name, user.role) if user else None

    def with_password(self, name: str, password: str) -> Visitor | None:
        """The user, if the password is right. Takes as long for a name that does not exist."""
        user = self._by_name.get(name)
        known = user.password if user else None
        try:
            self._hasher.verify(known or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return None
        return Visitor(user.name, user.role) if user and known else None

    def with_token(self, token: str) -> Visitor | None:
        """The user whose token this is."""
        given = token.encode()
        found = [name for name, own in self._tokens.items() if hmac.compare_digest(own.encode(), given)]
        return self.visitor(found[0]) if found else None

    def by_proxy(self, address: str, header: Callable[[str], str | None]) -> Visitor | None:
        """Whom a trusted proxy says it is; `address` is that of whoever sent the request."""
        proxy = self.dashboard.proxy
        if proxy is None or not _within(address, proxy):
            return None
        name = (header(proxy.header) or "").strip()
        if not name or not name.isprintable():
            return None
        return Visitor(name[:64], "editor" if name in proxy.editors else "viewer")


def _within(address: str, proxy: Proxy) -> bool:
    try:
        here = ip_address(address)
    except ValueError:
        return False
    return any(here in network for network in proxy.addresses)
