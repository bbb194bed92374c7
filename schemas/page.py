"""Pages: an ordered list of typed blocks, so that every channel gets structure and not a blob."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from schemas.base import Address, AnyRef, AssetRef, Model, PageRef, PersonRef, Prose, SpeciesRef, TopicRef
from schemas.record import Record
from schemas.statistic import QuotedStatistic


class Block(Model):
    """One part of a page."""


class Hero(Block):
    type: Literal["hero"]
    heading: str | None = None
    text: str | None = None
    image: AssetRef | None = None


class Text(Block):
    type: Literal["text"]
    heading: str | None = None
    text: Prose
    lead: bool = Field(False, description="True for the paragraph that opens the page")


class KeyMessage(Block):
    type: Literal["key_message"]
    heading: str | None = None
    text: str = Field(min_length=1)


class Statistics(Block):
    type: Literal["statistics"]
    heading: str | None = None
    items: tuple[QuotedStatistic, ...] = Field(min_length=1)


class Quote(Block):
    type: Literal["quote"]
    text: str = Field(min_length=1)
    person: PersonRef | None = None
    name: str | None = Field(None, description="Who said it; filled in for a `person`")
    role: str | None = Field(None, description="In which position; filled in for a `person`")

    @model_validator(mode="after")
    def _said_by_somebody(self) -> "Quote":
        if not (self.person or self.name):
            raise ValueError("a quote needs the `person` or the `name` of who said it")
        return self


class Teaser(Model):
    """A few words that lead somewhere else."""

    title: str | None = Field(None, description="By default the title of the record that `link` names")
    text: str | None = None
    link: AnyRef | None = None
    url: Address | None = None
    label: str | None = Field(None, description="Words of the link")
    image: AssetRef | None = None

    @model_validator(mode="after")
    def _something(self) -> "Teaser":
        if not (self.title or self.link):
            raise ValueError("a teaser needs a `title`, or a `link` to a record that has one")
        return self


class Teasers(Block):
    type: Literal["teasers"]
    heading: str | None = None
    text: str | None = None
    items: tuple[Teaser, ...] = Field(min_length=1)


class Related(Block):
    type: Literal["related"]
    heading: str | None = None
    text: str | None = None
    items: tuple[AnyRef, ...] = ()
    teasers: tuple[Teaser, ...] = Field((), description="Titles and addresses of the items; filled in")


class Image(Block):
    type: Literal["image"]
    image: AssetRef
    caption: str | None = Field(None, description="Instead of the asset's own")


AnyBlock = Annotated[
    Hero | Text | KeyMessage | Statistics | Quote | Teasers | Related | Image, Field(discriminator="type")
]


class Page(Record):
    """A page of the site, made of blocks."""

    kind: Literal["page"] = "page"
    parent: PageRef | None = None
    blocks: tuple[AnyBlock, ...] = ()
    species: tuple[SpeciesRef, ...] = ()
    topics: tuple[TopicRef, ...] = ()
