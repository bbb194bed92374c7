"""What the core and a channel tell each other about pages: what is desired, held, and written."""

from typing import Any, Literal, Protocol

from pydantic import Field

from schemas import canonical
from schemas.base import Model
from schemas.packed import Packed
from schemas.record import Record

Fields = dict[str, Any]
"""What a channel holds for one record: plain JSON values."""

REFERENCE = "$reference"


def reference(record: Record) -> dict[str, str]:
    """Stands in fields for the id that `record` has on the channel; the core puts it in before writing."""
    return {REFERENCE: record.ident}


State = Literal["published", "draft", "scheduled", "withdrawn"]


class Desired(Packed):
    """What a channel should hold for one record."""

    key: str
    locale: str
    kind: str
    title: str
    fields: Fields
    digest: str
    """Of `fields`: equal digests mean there is nothing to do."""
    state: State = "published"
    sort_key: str = ""
    """The instant of publication; whole documents list the newest first."""
    references: tuple[str, ...] = ()
    """Idents that have to be on the channel before."""
    optional: tuple[str, ...] = ()
    """Of those, the ones that it goes without where the channel does not take them."""
    file: str | None = None
    """Path of an asset's bytes in the project."""
    kept: tuple[str, ...] = ()
    """Fields that people take care of on the channel; `fields` holds what they wrote."""
    closes_at: str | None = None
    """The instant from which on it may not be shown any more (ISO 8601, UTC)."""
    made_of: str | None = None
    """What `fields` were rendered from; the core's, and of no use to a channel."""

    @property
    def ident(self) -> str:
        return f"{self.key}@{self.locale}"


class Listed(Protocol):
    """A page as whole documents list it. Who takes its text as it is written need not wait for its fields."""

    @property
    def id(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def locale(self) -> str: ...
    @property
    def version(self) -> str | None: ...
    @property
    def ident(self) -> str: ...
    @property
    def fields(self) -> Fields: ...
    @property
    def written(self) -> str:
        """The fields as canonical JSON, on one line."""
        ...


class Remote(Packed):
    """What a channel holds for a key now."""

    id: str
    """The channel's own id: a post's number, a document id, a path."""
    key: str
    locale: str
    fields: Fields = Field({})
    version: str | None = None
    """Changes whenever the page does (ETag, revision, time); None if the channel has none."""
    state: State = "published"
    url: str | None = None

    @property
    def ident(self) -> str:
        return f"{self.key}@{self.locale}"

    @property
    def written(self) -> str:
        return canonical.dump(self.fields).decode()


class Write(Model):
    """One page to be written: created if there is no `remote`, else updated."""

    desired: Desired
    remote: Remote | None = None


class Document(Model):
    """One whole file that a channel wrote: enough to see whether it is still there and ours."""

    path: str
    digest: str
    size: int
