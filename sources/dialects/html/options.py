"""What the source `html` can be told: where the pages are, and what of them fills which field."""

from pydantic import Field, field_validator, model_validator
from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from schemas.base import Model
from sources.base import SourceOptions
from sources.common.remote import WebAddress


class Pick(Model):
    """What a selector takes out of a page."""

    select: str = Field(description="CSS selector")
    attribute: str | None = Field(None, description="Its attribute; by default its text")
    all: bool = Field(False, description="True for a list of all that it matches; by default the first")
    html: bool = Field(False, description="True for what is inside with its tags, as a body has them")

    @field_validator("select")
    @classmethod
    def _selector(cls, value: str) -> str:
        try:
            LexborHTMLParser("").css(value)
        except SelectolaxError:
            raise ValueError(f"{value!r} is no CSS selector that can be used here") from None
        return value

    @model_validator(mode="after")
    def _one_thing(self) -> "Pick":
        if self.html and self.attribute:
            raise ValueError("`attribute` and `html` do not go together")
        return self


class HtmlOptions(SourceOptions):
    """Options of the source `html`: one of `path`, `sitemap` and `urls`, and what belongs to it."""

    path: str | None = Field(
        None, description="A saved page, or a folder that is read with all that is below it"
    )
    sitemap: WebAddress | None = Field(
        None, description="Address of a sitemap, or of an index of sitemaps; it may be in a private network"
    )
    urls: tuple[WebAddress, ...] = Field(
        (), description="Addresses of pages; they may be in a private network, and hold no secrets"
    )
    fields: dict[str, Pick] = Field(
        {},
        description="Per field what fills it: a CSS selector, or `{select, attribute, all, html}`;"
        " other fields come from the metadata of the page, and the body from its main content",
    )
    under: tuple[str, ...] = Field(
        (), description="With `sitemap`: only pages whose path begins with one of these, such as /news/"
    )
    hosts: tuple[str, ...] = Field(
        (), description="With `sitemap`: hosts besides its own whose pages are read; they have to be public"
    )
    rate: float = Field(
        1.0, gt=0, description="Most pages a second from a host; its robots.txt may ask for less"
    )
    timeout: float = Field(1800.0, gt=0, description="Seconds that all pages together may take")
    max_size: float = Field(5.0, gt=0, description="Most megabytes of a page, unpacked")

    @field_validator("fields", mode="before")
    @classmethod
    def _short(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        return {name: {"select": one} if isinstance(one, str) else one for name, one in value.items()}

    @field_validator("hosts")
    @classmethod
    def _hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for host in value:
            if "/" in host or ":" in host or host != host.lower():
                raise ValueError(f"{host!r} is no host; write it as docs.example.org")
        return value

    @model_validator(mode="after")
    def _one_place(self) -> "HtmlOptions":
        given = [name for name in ("path", "sitemap", "urls") if getattr(self, name)]
        if len(given) != 1:
            told = f"here are {' and '.join(given)}" if given else "here is none"
            raise ValueError(f"pages come from one of `path`, `sitemap` and `urls`; {told}")
        for name in ("under", "hosts"):
            if getattr(self, name) and not self.sitemap:
                raise ValueError(f"`{name}` belongs to `sitemap`")
        return self
