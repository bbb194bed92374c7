"""The schema of all floors and Python peers: pydantic, all that is nested, nothing unknown."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, HttpUrl

Locale = Annotated[str, Field(pattern=r"^[a-z]{2}-[A-Z]{2}$")]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$", max_length=120)]
Status = Literal["draft", "published"]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Animal(Part):
    scientific_name: str
    common_name: str
    iucn: Literal["LC", "NT", "VU", "EN", "CR", "EW", "EX", "DD"]


class Source(Part):
    title: str
    publisher: str
    year: Annotated[int, Field(ge=1900, le=2100)]
    url: HttpUrl


class Statistic(Part):
    label: str
    value: int | float
    qualifier: Literal["exactly", "about", "at least", "at most", "estimated"]
    unit: str
    source: Source


class Hero(Part):
    url: HttpUrl
    alt: Annotated[str, Field(min_length=1)]
    credit: str
    licence: str
    width: int
    height: int


class Quote(Part):
    text: str
    speaker: str
    role: str


class Document(Part):
    title: Annotated[str, Field(min_length=1, max_length=200)]
    slug: Slug
    locale: Locale
    summary: str
    authors: Annotated[list[str], Field(min_length=1)]
    published_at: datetime
    status: Status
    animals: list[Animal]
    tags: list[str]
    hero: Hero
    statistics: list[Statistic]
    quote: Quote
    body_markdown: str = ""


class Sighting(Part):
    key: Annotated[str, Field(pattern=r"^sighting:[a-z0-9-]+$")]
    title: Annotated[str, Field(min_length=1, max_length=200)]
    slug: Slug
    published_at: datetime
    summary: str
    seen_by: str
    animals: Annotated[int, Field(ge=1)]
    tags: list[str]
