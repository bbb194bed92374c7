"""
An exporter: the code for one kind of channel.

Words: a *record* is rendered into the *fields* a channel should hold (*desired*); a *remote* is what the
channel holds for a key now; the core compares the two through its ledger and calls the verbs below.

A plugin is one class in one file: declare `name`, `Options` and `capabilities`, write `render` and those
verbs that the capabilities promise. Retries, rate limits, order, memory and undo are the core's.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol

from pydantic import Field

from exporters.pages import (
    REFERENCE,
    Desired,
    Document,
    Fields,
    Listed,
    Remote,
    State,
    Write,
    reference,
)
from schemas.base import KIND_PATTERN, Locale, Model, When
from schemas.errors import LeopardError, Unsupported
from schemas.problems import Problem
from schemas.record import Record
from schemas.site import Site

__all__ = [
    "REFERENCE",
    "Capabilities",
    "ChannelContext",
    "ChannelOptions",
    "Desired",
    "Document",
    "Exporter",
    "Fields",
    "Listed",
    "Lookup",
    "Policy",
    "Remote",
    "State",
    "Write",
    "reference",
]


class Capabilities(Model):
    """What a channel can do. Each one is proven by the conformance suite, both ways."""

    reads: bool = True
    """Shows the pages it holds when it is asked; else what we remember of it is all there is to go by."""
    delete: bool = False
    unpublish: bool = False
    drafts: bool = False
    scheduling: bool = False
    """Takes a record before its time and publishes it by itself, on time."""
    locales: bool = False
    assets: bool = False
    """Holds media files of its own; else records link to where the files are."""
    references: bool = False
    """Fields name other pages by the channel's own ids."""
    batch: int = 1
    """Most writes in one request."""
    atomic_batch: bool = False
    conditional: bool = False
    """Refuses a write to a page that has changed since we last saw it."""
    lookup: bool = False
    """Finds pages by our key, drafts included."""
    adopt: bool = False
    """Shows any page by its id, so that one that people made can become ours."""
    document: bool = False
    """Output is whole documents, written when all changes are known."""


Policy = Literal["overwrite", "keep", "ask"]


class ChannelOptions(Model):
    """What every channel can be told."""

    kinds: tuple[str, ...] | None = Field(
        None, description=f"Kinds that are published here; by default all. Each matches {KIND_PATTERN}"
    )
    locales: tuple[Locale, ...] | None = Field(None, description="Languages published here; by default all")
    on_missing: Literal["delete", "unpublish", "keep"] = Field(
        "delete", description="What happens to a page whose record is gone or no longer public"
    )
    hand_edits: Policy = Field("ask", description="What happens to what people changed on the channel")
    hand_edits_in: dict[str, Policy] = Field({}, description="The same for single fields, by name")
    schedule_ahead: bool = Field(
        False,
        description="Send records before their `published_at`, and the images they show, to a channel that "
        "publishes on time by itself; what is under embargo waits all the same",
    )
    drafts: bool = Field(
        False,
        description="Send records with `status: draft`, and the images they show, as drafts to a channel "
        "that has such; what is under embargo waits all the same",
    )
    approval: Literal["none", "required"] = Field(
        "none",
        description="Must a person approve each plan? Then what a schedule finds to do waits for that",
    )
    credentials_expire: When | None = Field(
        None,
        exclude=True,
        description="When what it is opened with expires, if you know; `alerts` tells it two weeks before",
    )
    workers: int = Field(
        4,
        ge=1,
        le=64,
        description="Most writes under way at once; fewer while the channel answers late, or refuses",
    )
    rate: float | None = Field(None, gt=0, description="Most requests a second; by default no limit")


@dataclass(frozen=True)
class ChannelContext:
    """A channel's name in the project, where the project is, and which site it is about."""

    name: str
    root: Path
    site: Site


class Lookup(Protocol):
    """The records of this run that may be shown now, by key."""

    def get(self, key: str, locale: str) -> Record | None:
        """The record in that language, else in the site's first; None if there is none to be shown."""
        ...


class Exporter(ABC):
    """One channel that records are published to."""

    name: ClassVar[str]
    reads_fields: ClassVar[bool] = True
    """Does `files` need the fields of any page that is no asset? It costs time to fetch them."""
    kinds_with_files: ClassVar[tuple[str, ...] | None] = None
    """Kinds whose pages can themselves be seen to be gone; about others `absent` is not asked. None: any."""
    writes_anywhere: ClassVar[bool] = False
    """True says that `create` and `update` write files of that page alone, need no session, and that doing
    one again does nothing else: then another process may do them.
    """
    capabilities: Capabilities
    """What the channel can do. An instance may promise less than its class, never more."""

    class Options(ChannelOptions):
        pass

    def __init__(self, options: Any, context: ChannelContext) -> None:
        self.options, self.context = options, context
        self.problems: list[Problem] = []
        """What went wrong beside the writes; shown after the run."""

    @abstractmethod
    def render(self, record: Record, lookup: Lookup) -> Fields:
        """The fields this channel should hold for `record`. Pure: same input, same answer.

        Must give plain JSON values. May look up public records only. Must raise Unsupported for what
        the channel cannot express.
        """

    def accept(self, desired: Desired) -> None:
        """Raises Unsupported for what the channel does not promise to be able to; asked before planning.

        May be extended to refuse more: a title that is too long, a kind that has no place.
        """
        first = (self.options.locales or self.context.site.languages)[0]
        lacking = {
            "drafts": desired.state == "draft" and "holds no drafts",
            "scheduling": desired.state == "scheduled" and "does not publish by itself, on time",
            "unpublish": desired.state == "withdrawn" and "cannot hide a page and keep it",
            "locales": desired.locale != first and f"holds one language, {first}",
            "assets": desired.kind == "asset" and "holds no media of its own",
        }
        for ability, why in lacking.items():
            if why and not getattr(self.capabilities, ability):
                raise Unsupported(f"{self.name} {why}")

    def session(self) -> AbstractContextManager[None]:
        """Held while the verbs below are called; opens and closes what they need."""
        return nullcontext()

    @abstractmethod
    def read(self) -> Iterator[Remote]:
        """Every page of ours on the channel, drafts included. Must not yield pages that are not ours."""

    @abstractmethod
    def create(self, desired: Desired) -> Remote:
        """Make one new page that carries our key."""

    @abstractmethod
    def update(self, remote: Remote, desired: Desired) -> Remote:
        """Bring one page of ours to what is desired; its id stays. Raises NotFound, StaleWrite."""

    def find(self, idents: Iterable[str]) -> Iterator[Remote]:
        """Those pages of ours that carry one of these idents, drafts included (capability `lookup`)."""
        raise Unsupported(f"{self.name} cannot look up pages by their key")

    def get(self, page: str, key: str, locale: str) -> Remote | None:
        """Any page by the channel's own id, as if it carried that key; None if there is none (`adopt`)."""
        raise Unsupported(f"{self.name} cannot take over pages that people made")

    def write_many(self, writes: Iterable[Write]) -> dict[str, Remote | LeopardError]:
        """Several creates and updates in one request (capability `batch`); the outcome of each by ident.

        Must name each outcome by the key in the answer, not by its position. Raises what concerns all.
        """
        raise Unsupported(f"{self.name} cannot write several pages at once")

    def delete(self, remote: Remote) -> None:
        """Remove one page of ours. Raises NotFound."""
        raise Unsupported(f"{self.name} cannot delete")

    def unpublish(self, remote: Remote) -> Remote:
        """Hide one page of ours, and keep it."""
        raise Unsupported(f"{self.name} cannot unpublish")

    def normalise(self, fields: Fields) -> Fields:
        """What the channel makes of fields that it is sent, so that comparing is fair. Pure."""
        return fields

    def piece(self, desired: Desired) -> str | None:
        """The text of one record in what is written, for people to look at; None where it has none. Pure."""
        return None

    def seen(self, desired: Desired) -> Fields:
        """The fields, with HTML for what readers see as such. Pure, and only for people to look at."""
        return desired.fields

    def publish(self, remotes: Iterable[Listed], documents: Iterable[Document]) -> Iterator[Document]:
        """Write the whole documents that hold `remotes`, the newest first; yield each one written.

        `documents` are those of the last time; one that is no longer needed must be removed. Must leave
        a document alone whose bytes would not change.
        """
        return iter(())

    def check(self) -> Iterator[Problem]:
        """What the channel lacks: address, credentials, rights, content types, fields, languages, marker.

        To be asked before the first write. Asks, and writes nothing. Each problem names one thing that is
        missing, and what to do about it: `leopard channel setup` in the hint where that makes it.
        """
        return iter(())

    def setup(self, folder: Path) -> Iterator[str]:
        """Make what the channel lacks, as far as it lets us; what people must install goes into `folder`.

        Yields a sentence for each thing that was done. Done twice, it does nothing the second time.
        """
        return iter(())

    def absent(self, remotes: Iterable[Listed], documents: Iterable[Document]) -> Iterator[str]:
        """Idents of remotes and paths of documents that can be seen to be gone without asking anybody.

        Of remotes, only id, key, locale and fields are known; no fields of what is no asset, unless
        `reads_fields`.
        """
        return iter(())

    def files(self, remotes: Iterable[Listed], documents: Iterable[Document]) -> Iterator[str]:
        """Every file that `absent` looks at. Where `absent` is written anew, this has to be as well.

        Of remotes, only id, key, locale and fields are known.
        """
        return iter(())
