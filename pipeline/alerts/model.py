"""How alerts are written in leopard.yaml: who is told what."""

from typing import Annotated, Literal, Protocol, get_args

from pydantic import Field

from schemas.base import Model
from transport.secrets import Secret

Kind = Literal[
    "failed",
    "partial",
    "overdue",
    "drift",
    "delete_guard",
    "approval",
    "quarantine",
    "credential_expiry",
    "rollback",
]
"""What can be wrong:

- failed: a run, or a channel in it, could not be done
- partial: some of what was to be written to a channel was not
- overdue: a job should have begun a while ago
- drift: people changed pages on a channel
- delete_guard: a guard stopped a run that would have removed too much
- approval: a plan waits for somebody to approve it
- quarantine: more records are held back than before
- credential_expiry: what a channel is opened with is about to expire
- rollback: a run could not be taken back, or only a part of it
"""
KINDS: tuple[Kind, ...] = get_args(Kind)


class Subject(Protocol):
    """What an incident is about, as far as it decides who is told."""

    @property
    def kind(self) -> Kind: ...

    @property
    def channels(self) -> tuple[str, ...]: ...


class Alert(Model):
    """Somebody who is told when something is wrong, and when it is well again."""

    to: Secret = Field(
        description="Where to: `env:NAME` or `file:PATH` of an Apprise URL or, with `secret`, of a plain web "
        "address"
    )
    secret: Secret | None = Field(None, description="What a webhook's messages are signed with")
    when: Annotated[tuple[Kind, ...], Field(min_length=1)] = Field(
        KINDS, description="What is told; by default all of it"
    )
    channels: Annotated[tuple[str, ...], Field(min_length=1)] | None = Field(
        None, description="Only what concerns one of these channels; by default all"
    )

    @property
    def name(self) -> str:
        """Where the address is kept; it stays when the address itself is changed, and is no secret."""
        return self.to.get_secret_value()

    def wants(self, one: "Subject") -> bool:
        """Is it to be told of an incident?"""
        here = not self.channels or not one.channels or set(self.channels) & set(one.channels)
        return one.kind in self.when and bool(here)
