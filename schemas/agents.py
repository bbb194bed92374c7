"""Those who write, say and publish: persons and organisations."""

from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from schemas.base import ORCID, Address, Country, Model, OrganisationRef, PersonRef, Prose
from schemas.record import Record


class Person(Record):
    """Somebody who writes, speaks or photographs."""

    kind: Literal["person"] = "person"
    given: str | None = None
    family: str = Field(min_length=1)
    role: str | None = Field(None, description="Position, as it is printed under a quote")
    organisation: OrganisationRef | None = None
    orcid: ORCID | None = None
    url: Address | None = None
    body: Prose | None = None

    title_from: ClassVar[tuple[str, ...]] = ("family",)

    @classmethod
    def as_title(cls, name: str, value: Any, data: dict[str, Any]) -> Any:
        return f"{data['given']} {value}" if data.get("given") else value


class Organisation(Record):
    """A body that writes, publishes or employs."""

    kind: Literal["organisation"] = "organisation"
    name: str = Field(min_length=1)
    acronym: str | None = None
    url: Address | None = None
    ror: str | None = Field(None, pattern=r"^https://ror\.org/0[a-z0-9]{8}$", description="ROR identifier")
    country: Country | None = None
    place: str | None = Field(None, description="Town, as it is printed in a citation")
    body: Prose | None = None

    title_from: ClassVar[tuple[str, ...]] = ("name",)


class Contributor(Model):
    """An author, editor and the like: a person or organisation of the project, or just a name.

    Names and identifiers of the record that is named are filled in before publishing.
    """

    person: PersonRef | None = None
    organisation: OrganisationRef | None = None
    given: str | None = None
    family: str | None = None
    name: str | None = Field(None, description="A name that is not divided, or an organisation's")
    orcid: ORCID | None = None
    ror: str | None = Field(None, pattern=r"^https://ror\.org/0[a-z0-9]{8}$")
    role: Literal["author", "editor", "translator", "photographer", "contributor"] = "author"

    @model_validator(mode="after")
    def _somebody(self) -> "Contributor":
        if not (self.person or self.organisation or self.family or self.name):
            raise ValueError(
                "a contributor is a `person`, an `organisation`, or has a `family` name or a `name`"
            )
        return self

    @property
    def display(self) -> str:
        """The name as it is read."""
        personal = " ".join(part for part in (self.given, self.family) if part)
        return personal or self.name or (self.person or self.organisation or "").partition(":")[2]
