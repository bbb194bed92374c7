"""The benchmark's own kinds of content: as strict about nested front matter as `floors/model.py`."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, ConfigDict, Field, HttpUrl

from schemas.agents import Contributor
from schemas.base import Model, Prose
from schemas.record import Record

STRICT = ConfigDict(coerce_numbers_to_str=False)


class Part(Model):
    model_config = STRICT


class Animal(Part):
    scientific_name: str
    common_name: str
    iucn: Literal["LC", "NT", "VU", "EN", "CR", "EW", "EX", "DD"]


class Source(Part):
    title: str
    publisher: str
    year: int = Field(ge=1900, le=2100)
    url: HttpUrl


class Statistic(Part):
    label: str
    value: int | float
    qualifier: Literal["exactly", "about", "at least", "at most", "estimated"]
    unit: str
    source: Source


class Hero(Part):
    url: HttpUrl
    alt: str = Field(min_length=1)
    credit: str
    licence: str
    width: int
    height: int


class Quote(Part):
    text: str
    speaker: str
    role: str


def _named(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


Author = Annotated[Contributor, BeforeValidator(_named)]


class Document(Record):
    """What work A publishes: a Markdown file each."""

    model_config: ClassVar[ConfigDict] = STRICT
    kind: Literal["document"] = "document"
    title: str = Field(min_length=1, max_length=200)
    authors: tuple[Author, ...] = Field(min_length=1)
    animals: tuple[Animal, ...]
    hero: Hero
    statistics: tuple[Statistic, ...]
    quote: Quote
    body: Prose


class Sighting(Record):
    """A small record of some 300 bytes."""

    model_config: ClassVar[ConfigDict] = STRICT
    kind: Literal["sighting"] = "sighting"
    seen_by: str
    animals: int = Field(ge=1)
