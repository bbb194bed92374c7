"""Species and their protection."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from schemas.base import UNDETERMINED, Country, Locale, Model, Prose, SpeciesRef
from schemas.record import Record

Category = Literal["EX", "EW", "CR", "EN", "VU", "NT", "LC", "DD", "NE"]


class Assessment(Model):
    """A category of the IUCN Red List (version 3.1), and the year it was given if that is known."""

    category: Category
    year: int | None = Field(None, ge=1960, le=2100)
    url: str | None = None


class Species(Record):
    """A species or subspecies: names per language, Red List category, CITES appendix."""

    kind: Literal["species"] = "species"
    scientific_name: str = Field(pattern=r"^[A-Z][a-z]+( [a-z-]+){1,2}$", examples=["Panthera uncia"])
    authority: str | None = Field(None, examples=["(Schreber, 1775)"])
    rank: Literal["species", "subspecies"] = "species"
    part_of: SpeciesRef | None = Field(None, description="The species that a subspecies belongs to")
    common_names: dict[Locale, tuple[str, ...]] = Field({}, description="Per language, the usual one first")
    synonyms: tuple[str, ...] = Field((), description="Scientific names that mean the same")
    taxon_key: str | None = Field(None, description="Its key in the backbone taxonomy of GBIF")
    iucn: Assessment | None = None
    cites: Literal["I", "II", "III"] | None = Field(None, description="CITES appendix")
    countries: tuple[Country, ...] = ()
    body: Prose | None = None

    title_from: ClassVar[tuple[str, ...]] = ("common_names", "scientific_name")

    @classmethod
    def as_title(cls, name: str, value: Any, data: dict[str, Any]) -> Any:
        if not isinstance(value, dict):
            return value
        names = value.get(data.get("locale", UNDETERMINED)) or next(iter(value.values()), None)
        usual = names[0] if isinstance(names, list | tuple) and names else names
        return usual or data.get("scientific_name")
