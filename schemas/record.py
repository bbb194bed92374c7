"""The envelope that travels from source to channel: what all kinds have in common."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Protocol, get_args, get_origin

from pydantic import BaseModel, Field, model_validator

from schemas.base import AssetRef, Key, Licence, Locale, Model, Reference, Slug, When

Status = Literal["draft", "published", "withdrawn"]


class Rights(Model):
    """Who owns a record's text, and on which terms it may be used again."""

    licence: Licence | None = None
    holder: str | None = None
    statement: str | None = None


class Record(Model):
    """One piece of content: a durable key, a locale, and the fields of its kind."""

    kind: str
    key: Key = Field(description="Durable identity; by default the kind and the path inside the source")
    locale: Locale = Field(description="Language of this text; by default the site's first")
    title: str = Field(min_length=1, max_length=300)
    slug: Slug | None = Field(None, description="Last part of the address; by default made from the title")
    summary: str = Field("", max_length=2000, description="By default the first words of the body")
    status: Status = "published"
    published_at: When | None = None
    updated_at: When | None = None
    embargo_until: When | None = Field(None, description="Nothing of this record is shown before")
    expires_at: When | None = Field(None, description="Nothing of this record is shown from then on")
    tags: tuple[str, ...] = ()
    rights: Rights | None = None
    image: AssetRef | None = None
    translations: dict[Locale, dict[str, Any]] = Field(
        {}, description="Per language, the fields that differ; each becomes a record of its own"
    )
    alternates: tuple[Locale, ...] = Field((), description="Languages this record exists in; filled in")

    title_from: ClassVar[tuple[str, ...]] = ()
    """Fields that give the title where none is written."""

    @model_validator(mode="before")
    @classmethod
    def _title(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("title") is None:
            for name in cls.title_from:
                if data.get(name):
                    return {**data, "title": cls.as_title(name, data[name], data)}
        return data

    @classmethod
    def as_title(cls, name: str, value: Any, data: dict[str, Any]) -> Any:
        """The title that `value`, the field `name`, stands for."""
        return value

    @property
    def ident(self) -> str:
        """Key and locale: what is published, remembered and compared as one thing."""
        return f"{self.key}@{self.locale}"

    @property
    def closes_at(self) -> datetime | None:
        """The instant from which on it may not be shown any more."""
        return self.expires_at


class Timed(Protocol):
    """What has all that decides when it may be seen."""

    @property
    def status(self) -> Status: ...
    @property
    def published_at(self) -> datetime | None: ...
    @property
    def embargo_until(self) -> datetime | None: ...
    @property
    def closes_at(self) -> datetime | None: ...


class Times(NamedTuple):
    """What decides when something may be seen, and nothing else of it."""

    status: Status
    published_at: datetime | None
    embargo_until: datetime | None
    closes_at: datetime | None

    @classmethod
    def of(cls, one: Timed) -> "Times":
        """Those of a record, or of what stands for one."""
        return cls(one.status, one.published_at, one.embargo_until, one.closes_at)


def is_open(status: str, opens: str | None, closes: str | None, now: str) -> bool:
    """The one predicate: may what has this status be seen now, if it opens and closes at these instants?

    They are texts of one form, ISO 8601 in UTC, whose order is that of time.
    """
    return status == "published" and (not opens or opens <= now) and (not closes or now < closes)


def is_public(record: Timed, now: datetime) -> bool:
    """May anything of `record` be seen at the instant `now` (zone-aware)?"""
    opens = max((_in_utc(at) for at in (record.published_at, record.embargo_until) if at), default=None)
    closes = _in_utc(record.closes_at) if record.closes_at else None
    return is_open(record.status, opens, closes, _in_utc(now))


def _in_utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def next_turn(record: Timed, now: datetime) -> datetime | None:
    """The next instant after `now` at which `is_public` may answer differently, if any."""
    turns = (record.published_at, record.embargo_until, record.closes_at)
    coming = [at for at in turns if at is not None and at > now]
    return min(coming) if record.status == "published" and coming else None


def instant_of(record: "Record") -> str:
    """The instant of publication in UTC, or what comes nearest to it, so that text order is time order."""
    at = record.published_at or record.embargo_until
    return at.astimezone(UTC).isoformat() if at else getattr(record, "issued", "")


Path = tuple[str | int, ...]


def references(value: Any, path: Path = ()) -> Iterator[tuple[Path, Reference, str]]:
    """Every reference inside a model: where it stands, what it may name, and the key it names."""
    if isinstance(value, BaseModel):
        for name, mark in reference_fields(type(value)).items():
            inner = getattr(value, name)
            if inner is not None:
                yield from _marked(inner, mark, (*path, name))
    elif isinstance(value, tuple | list):
        for index, inner in enumerate(value):
            yield from references(inner, (*path, index))


def _marked(value: Any, mark: Reference | None, path: Path) -> Iterator[tuple[Path, Reference, str]]:
    if isinstance(value, str) and mark is not None:
        yield path, mark, value
    elif isinstance(value, tuple | list):
        for index, inner in enumerate(value):
            yield from _marked(inner, mark, (*path, index))
    elif isinstance(value, BaseModel):
        yield from references(value, path)


@cache
def reference_fields(model: type[BaseModel]) -> dict[str, Reference | None]:
    """Fields that are references (with their mark) or may hold some deeper down (without)."""
    found: dict[str, Reference | None] = {}
    for name, field in model.model_fields.items():
        mark = next((m for m in field.metadata if isinstance(m, Reference)), None) or _mark(field.annotation)
        if mark or _may_refer(field.annotation, ()):
            found[name] = mark
    return found


def _mark(annotation: Any) -> Reference | None:
    if get_origin(annotation) is Annotated:
        mark = next((m for m in annotation.__metadata__ if isinstance(m, Reference)), None)
        return mark or _mark(annotation.__origin__)
    return next((mark for arg in get_args(annotation) if (mark := _mark(arg))), None)


def _may_refer(annotation: Any, seen: tuple[type, ...]) -> bool:
    """May a model that refers to something stand there? Of one without fields nobody knows."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if annotation in seen:
            return False
        fields = annotation.model_fields.values()
        deeper = (*seen, annotation)
        return not fields or any(
            any(isinstance(one, Reference) for one in field.metadata)
            or _mark(field.annotation) is not None
            or _may_refer(field.annotation, deeper)
            for field in fields
        )
    return any(_may_refer(arg, seen) for arg in get_args(annotation))
