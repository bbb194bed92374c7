"""What the ledger remembers."""

from datetime import datetime
from functools import cached_property
from typing import Any, Literal, NamedTuple

from pydantic import Field

from exporters.base import Desired, Fields, Remote, State
from schemas import canonical
from schemas.base import Model
from schemas.errors import LedgerError
from schemas.problems import Problem

UNKNOWN = "unknown"
"""The digest of a page that we did not write as it is; it equals no other, so the next run writes it."""
TAKEN_OVER = "taken over"
"""The same of a page that people made: before we have written it, it need not carry our mark."""
UNFINISHED = "unfinished"
"""The digest of a page whose references were not all known; it equals no other, so it is written again."""
DIGEST = 64
"""Characters of every other digest."""


class Entry(Model):
    """One record on one channel, as we last applied it."""

    ident: str
    key: str
    locale: str
    kind: str
    title: str
    remote_id: str
    digest: str
    """Of the fields we last applied."""
    fields: Fields
    version: str | None = None
    """Of the page right after we applied them."""
    state: State = "published"
    url: str | None = None
    sort_key: str = ""
    file: str | None = None
    kept: tuple[str, ...] = ()
    """Fields that people take care of on the channel."""
    closes_at: str | None = None
    """The instant from which on it may not be shown any more (ISO 8601, UTC)."""
    made_of: str | None = None
    """What the fields were rendered from; None if they are to be rendered again in any case."""

    @classmethod
    def of(cls, desired: Desired, remote: Remote | None) -> "Entry":
        """What we have applied to a page, or are about to apply to one that is not there yet."""
        return cls(
            ident=desired.ident,
            key=desired.key,
            locale=desired.locale,
            kind=desired.kind,
            title=desired.title,
            remote_id=remote.id if remote else "",
            digest=desired.digest,
            fields=desired.fields,
            version=remote.version if remote else None,
            state=remote.state if remote else desired.state,
            url=remote.url if remote else None,
            sort_key=desired.sort_key,
            file=desired.file,
            kept=desired.kept,
            closes_at=desired.closes_at,
            made_of=None if desired.kept else desired.made_of,
        )

    @classmethod
    def found(cls, remote: Remote, digest: str = UNKNOWN) -> "Entry":
        """A page that was found on a channel, and not written by us as it is."""
        return cls(
            ident=remote.ident,
            key=remote.key,
            locale=remote.locale,
            kind=remote.key.partition(":")[0],
            title=str(remote.fields.get("title") or remote.key),
            remote_id=remote.id,
            digest=digest,
            fields=remote.fields,
            version=remote.version,
            state=remote.state,
            url=remote.url,
        )

    @property
    def remote(self) -> Remote:
        """The page as it was when we last wrote it."""
        return Remote(
            id=self.remote_id,
            key=self.key,
            locale=self.locale,
            fields=self.fields,
            version=self.version,
            state=self.state,
            url=self.url,
        )


class HeldPage:
    """A page as whole documents list it; its fields are read when somebody asks for them."""

    def __init__(self, page: str, key: str, locale: str, version: str | None, written: str) -> None:
        self.id, self.key, self.locale, self.version, self.written = page, key, locale, version, written

    @property
    def ident(self) -> str:
        return f"{self.key}@{self.locale}"

    @cached_property
    def fields(self) -> Fields:
        """Raises LedgerError."""
        try:
            fields: Fields = canonical.load(self.written)
        except ValueError as error:
            raise unreadable(self.ident) from error
        return fields


def unreadable(ident: str) -> LedgerError:
    """What is said of an entry that is no longer what was put into the ledger."""
    return LedgerError(
        f"what the ledger remembers of {ident} cannot be read",
        hint="see what is wrong with it: leopard ledger doctor",
    )


class Anew(NamedTuple):
    """What an entry that stays as it is was made of the last time, and when its record ends."""

    ident: str
    made_of: str | None
    closes_at: str | None


class Outline(NamedTuple):
    """What has to be known of an entry to see whether its page is still the one that is wanted."""

    ident: str
    digest: str
    state: State
    closes_at: str | None
    made_of: str | None


class Holding(Model):
    """That a channel holds a record: an entry without its fields, which may be large."""

    channel: str
    ident: str
    kind: str
    title: str
    digest: str
    state: State
    url: str | None
    run: str
    """The run that last wrote it."""
    applied_at: datetime
    found: bool = False
    """Do the words that were looked for stand in what the channel holds?"""

    @property
    def version(self) -> str:
        """Short, and enough to tell two versions on one channel apart."""
        return self.digest[:8] if len(self.digest) == DIGEST else "not known"


class Sought(Model):
    """What is looked for among entries; nothing looks for all."""

    text: str = ""
    """In key, title or fields. Capitals do not matter; a blank or a dash stands for any one character."""
    kind: str | None = None
    locale: str | None = None


class Held(Model):
    """A record in quarantine: since when, tried how often, held back by which problems."""

    channel: str = ""
    """The channel that refused it; empty if it is held back from all by what is wrong with it."""
    ident: str
    digest: str | None = None
    """Of the fields that the channel refused."""
    since: datetime
    attempts: int
    next_try: datetime | None = None
    problems: tuple[Problem, ...]


class Doubt(Model):
    """A write whose answer we never saw: it may have been done or not."""

    number: int
    ident: str
    action: str
    after: Entry | None = None
    """What it was to leave on the page."""


RunOutcome = Literal["running", "clean", "problems", "stopped", "refused", "nothing"]


class RunRecord(Model):
    """One run as the ledger keeps it."""

    id: str
    started_at: datetime
    finished_at: datetime | None = None
    outcome: RunOutcome
    report: dict[str, Any] = Field({})
