"""Photographs, charts and files: the bytes, and all that must travel with them."""

from datetime import datetime
from typing import Any, ClassVar, Literal

from pydantic import Field

from schemas.base import LARGEST, Address, Licence, Localised, Model, SpeciesRef, When
from schemas.record import Record


class FocalPoint(Model):
    """The point that stays in view when an image is cropped; fractions of width and height."""

    x: float = Field(ge=0, le=1)
    y: float = Field(ge=0, le=1)


class Asset(Record):
    """One media file, with its words and its rights. Without `file` and `url` its bytes are not at hand."""

    kind: Literal["asset"] = "asset"
    file: str | None = Field(None, description="Path of the bytes, from the file that describes them")
    url: Address | None = Field(None, description="Address of the bytes where they are not in the project")
    alt: Localised = Field({}, description="What the image shows, per language, for those who do not see it")
    decorative: bool = Field(False, description="True if the image says nothing and needs no `alt`")
    caption: Localised = Field({})
    credit: str | None = Field(None, description="The line that must be printed with it")
    photographer: str | None = None
    agency: str | None = None
    licence: Licence | None = None
    rights_expire: When | None = Field(None, description="Not to be shown from then on")
    focal_point: FocalPoint | None = None
    species: tuple[SpeciesRef, ...] = ()
    path: str | None = Field(None, description="Path in the project; filled in")
    media_type: str | None = Field(None, pattern=r"^[a-z]+/[a-z0-9.+-]+$")
    size: int | None = Field(None, ge=0, le=LARGEST, description="Bytes; filled in")
    digest: str | None = Field(None, pattern=r"^[0-9a-f]{64}$", description="SHA-256; filled in")
    width: int | None = Field(None, ge=1, le=LARGEST, description="Pixels; filled in")
    height: int | None = Field(None, ge=1, le=LARGEST, description="Pixels; filled in")

    title_from: ClassVar[tuple[str, ...]] = ("caption", "alt", "file", "url")

    @classmethod
    def as_title(cls, name: str, value: Any, data: dict[str, Any]) -> Any:
        text = next(iter(value.values()), None) if isinstance(value, dict) else value
        return text[:300] if isinstance(text, str) else text

    @property
    def closes_at(self) -> datetime | None:
        ends = [at for at in (self.expires_at, self.rights_expire) if at is not None]
        return min(ends, default=None)


class Attachment(Asset):
    """A file of a report as an asset, made from the report: nobody writes words or rights for it."""
