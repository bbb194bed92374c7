"""Who may look at the dashboard and who may act on it: the part `dashboard` of leopard.yaml."""

import re
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from schemas.base import Model
from transport.secrets import Secret

Role = Literal["viewer", "editor"]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$")]
HASH = r"^\$argon2id\$"
Network = IPv4Network | IPv6Network


def _hashed(text: str) -> str:
    if not re.match(HASH, text):
        raise ValueError("a password does not stand here itself, but its hash; make one: leopard password")
    return text


Hashed = Annotated[str, AfterValidator(_hashed), Field(json_schema_extra={"pattern": HASH})]


class User(Model):
    """Somebody, or a program, that is let in by a password or a token."""

    name: Name = Field(description="As it stands in the audit log")
    role: Role = Field("viewer", description="A viewer looks; an editor also acts")
    password: Hashed | None = Field(
        None,
        description="What `leopard password` printed: a hash, from which nobody gets the password back",
    )
    token: Secret | None = Field(None, description="For programs, which send it as `Authorization: Bearer …`")

    @model_validator(mode="after")
    def _has_a_way_in(self) -> "User":
        if self.password is None and self.token is None:
            raise ValueError("give the user a `password` (a hash: leopard password) or a `token`")
        return self


class Proxy(Model):
    """A web server in front that knows who is there, and says so in a header."""

    header: str = Field(
        pattern=r"^[A-Za-z][A-Za-z0-9-]{0,63}$",
        description="The header with the user's name",
        examples=["X-Remote-User"],
    )
    addresses: tuple[Network, ...] = Field(
        min_length=1, description="From where it is believed", examples=[["127.0.0.1/32"]]
    )
    editors: tuple[Name, ...] = Field((), description="Who may act; all others may look")


class Dashboard(Model):
    """The dashboard. With no users and no proxy it answers on this machine only, to whoever is there."""

    users: tuple[User, ...] = Field((), description="Who is let in")
    proxy: Proxy | None = Field(None, description="A web server in front that says who is there")
    hosts: tuple[str, ...] = Field(
        (),
        description="Names under which it is reached, beside this machine's own",
        examples=[["leopard.example.org"]],
    )
    session_key: Secret | None = Field(
        None,
        description="Signs sessions, so that they outlive a restart and hold on several machines; by default "
        "a new one at each start",
    )

    @property
    def is_open(self) -> bool:
        """Is nobody asked who they are?"""
        return not self.users and self.proxy is None

    @model_validator(mode="after")
    def _names_once(self) -> "Dashboard":
        names = [user.name for user in self.users]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"there are two users called {twice[0]!r}")
        return self
