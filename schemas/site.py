"""The site that content belongs to: its name, address, languages and time zone."""

from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, field_validator

from schemas.base import Locale, Model
from schemas.record import Record


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{name!r} is not an IANA time zone such as Europe/London") from None
    return name


Zone = Annotated[str, AfterValidator(_known_zone)]
"""The name of an IANA time zone."""


USUAL_PATHS = {"page": "/{slug}", "species": "/species/{slug}", "person": "/people/{slug}"}
"""Where a kind's plural is not its name with an s."""


class Site(Model):
    """What every channel needs to know of the whole."""

    title: str = Field(min_length=1)
    url: str = Field(
        pattern=r"^https?://[^\s/]+(/[^\s]*)?$",
        description="Address of the site, absolute",
        examples=["https://example.org"],
    )
    id: str | None = Field(
        None,
        pattern=r"^[!-~]{1,200}$",
        description="A word of this site's own, such as a UUID, that is mixed into the ids of all that it"
        " publishes in feeds and metadata, so that no other site has the same ones. Never to be changed,"
        " nor added later",
    )
    languages: tuple[Locale, ...] = Field(("en",), min_length=1, description="The first is the default")
    description: str | None = None
    timezone: Zone = Field("UTC", description="IANA zone in which dates without a time begin")
    paths: dict[str, str] = Field(
        {}, description="Per kind, the path of a record's address, such as `/news/{slug}`"
    )

    @field_validator("languages")
    @classmethod
    def _once(cls, languages: tuple[Locale, ...]) -> tuple[Locale, ...]:
        twice = next((tag for tag in languages if languages.count(tag) > 1), None)
        if twice:
            raise ValueError(f"{twice} stands twice")
        return languages

    @field_validator("paths")
    @classmethod
    def _with_slug(cls, paths: dict[str, str]) -> dict[str, str]:
        for kind, path in paths.items():
            if not path.startswith("/") or "{slug}" not in path:
                raise ValueError(f"the path for {kind} must begin with / and hold {{slug}}")
        return paths

    @property
    def default_locale(self) -> str:
        return self.languages[0]

    def path_of(self, record: Record) -> str:
        """The record's path on the site; languages other than the first come under their tag."""
        usual = USUAL_PATHS.get(record.kind, f"/{record.kind}s/{{slug}}")
        path = self.paths.get(record.kind, usual).replace("{slug}", record.slug or "")
        return path if record.locale == self.default_locale else f"/{record.locale}{path}"

    def url_of(self, record: Record) -> str:
        """The record's absolute address."""
        return self.url.rstrip("/") + self.path_of(record)
