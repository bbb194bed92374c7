"""Report metadata, rich enough for DataCite, CSL and Dublin Core."""

from typing import Literal

from pydantic import Field, model_validator

from schemas.agents import Contributor
from schemas.base import (
    DOI,
    ISBN,
    LARGEST,
    Address,
    AssetRef,
    Country,
    Licence,
    Locale,
    Model,
    OrganisationRef,
    PartialDate,
    Prose,
    ReportRef,
    SpeciesRef,
    TopicRef,
)
from schemas.record import Record
from schemas.statistic import QuotedStatistic


class ReportFile(Model):
    """One file of a report. What is known of a file of the project is filled in.

    Without a `url`, a `file` becomes an asset, which channels take as they take images.
    """

    file: str | None = Field(None, description="Path of the bytes, from the file that describes the report")
    url: Address | None = Field(None, description="Where the file is, if it is not for us to publish it")
    asset: AssetRef | None = Field(None, description="In place of `file` and `url`, the asset that it is")
    path: str | None = Field(None, description="Path in the project; filled in")
    label: str | None = None
    language: Locale | None = None
    media_type: str | None = Field(None, pattern=r"^[a-z]+/[a-z0-9.+-]+$")
    size: int | None = Field(None, ge=0, le=LARGEST, description="Bytes")
    checksum: str | None = Field(None, pattern=r"^[0-9a-f]{64}$", description="SHA-256")

    @model_validator(mode="after")
    def _somewhere(self) -> "ReportFile":
        if not (self.file or self.url or self.asset):
            raise ValueError("a report's file needs a `file`, a `url` or an `asset`")
        if self.asset and (self.file or self.url):
            raise ValueError("a report's file is either an `asset`, or has a `file` or a `url`")
        return self


class Series(Model):
    """The series a report stands in, and its number there."""

    title: str
    number: str | None = None
    issn: str | None = Field(None, pattern=r"^\d{4}-\d{3}[\dX]$")


class Report(Record):
    """A publication: who wrote and issued it, how it is identified, what it is about."""

    kind: Literal["report"] = "report"
    subtitle: str | None = None
    type: Literal["report", "briefing", "journal_article", "book", "dataset", "proceedings"] = "report"
    authors: tuple[Contributor, ...] = Field(min_length=1)
    publisher: OrganisationRef
    publication_place: str | None = None
    series: Series | None = None
    issued: PartialDate
    language: Locale | None = Field(None, description="Language of the report itself")
    isbn: tuple[ISBN, ...] = ()
    doi: DOI | None = None
    url: Address | None = Field(None, description="Where the report can be read")
    edition: str | None = None
    pages: int | None = Field(None, ge=1, le=100_000)
    abstract: Prose | None = None
    species: tuple[SpeciesRef, ...] = ()
    countries: tuple[Country, ...] = ()
    topics: tuple[TopicRef, ...] = ()
    related: tuple[ReportRef, ...] = ()
    licence: Licence | None = None
    files: tuple[ReportFile, ...] = ()
    statistics: tuple[QuotedStatistic, ...] = ()
    citation: str | None = Field(None, description="Suggested citation; made from the fields by default")
