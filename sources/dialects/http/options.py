"""What the source `http` can be told: where items are, how pages go on, who asks, what has changed."""

from typing import Any, Literal

from pydantic import Field, model_validator

from sources.common.harvest import HarvestOptions
from sources.common.remote import WebAddress
from transport.secrets import Secret

PATH = r"^[^.\s]+(\.[^.\s]+)*$"
NEEDED: dict[str, tuple[str, ...]] = {
    "bearer": ("token",),
    "header": ("token", "token_header"),
    "basic": ("username", "password"),
    "oauth2": ("token_url", "client_id", "client_secret"),
}
"""Per way to say who asks, the options that belong to it."""


class HttpOptions(HarvestOptions):
    """Options of the source `http`. A *path* is names with dots between: `data.items`, `title.rendered`."""

    items: str | None = Field(
        None, pattern=PATH, description="Path to the list of items; by default the answer itself is the list"
    )
    id: str = Field("id", pattern=PATH, description="Path in an item to what identifies it for ever")
    fields: dict[str, str] = Field(
        {}, description="Per field, the path in an item; by default the item's own names are the fields"
    )
    parameters: dict[str, str] = Field({}, description="Of the query, besides those of paging; no secrets")
    total: str | None = Field(
        None, description="Path, or name of a header, that says how many items there are in all"
    )

    paging: Literal["none", "page", "offset", "cursor", "link"] = Field(
        "none",
        description="How the next page is found: by number, by offset, by a cursor, by the Link header",
    )
    page_parameter: str | None = Field(
        None, description="Name of the parameter; by default `page`, `offset` or `cursor`"
    )
    first_page: int = Field(1, ge=0, description="Number of the first page")
    next: str = Field(
        "next", pattern=PATH, description="Path to the cursor, or to the address, of the next page"
    )

    auth: Literal["bearer", "header", "basic", "oauth2"] | None = Field(None, description="Who asks")
    token: Secret | None = Field(None, description="For `bearer` and `header`")
    token_header: str | None = Field(
        None, pattern=r"^[A-Za-z0-9-]+$", description="For `header`: the header that the token is sent in"
    )
    username: str | None = Field(None, description="For `basic`")
    password: Secret | None = Field(None, description="For `basic`")
    token_url: WebAddress | None = Field(None, description="For `oauth2`: where tokens come from")
    client_id: str | None = Field(None, description="For `oauth2`")
    client_secret: Secret | None = Field(None, description="For `oauth2`")
    scope: str | None = Field(None, description="For `oauth2`: what the token is for")

    changed: str | None = Field(
        None,
        pattern=PATH,
        description="Path in an item to when it was changed; with `since`, only newer ones are asked for",
    )
    since: str | None = Field(None, description="Parameter that asks for what was changed since a time")
    lag: float = Field(
        300.0,
        ge=0,
        description="Seconds before the latest change that are asked for again, for clocks differ",
    )

    @model_validator(mode="after")
    def _together(self) -> "HttpOptions":
        needed = NEEDED.get(self.auth or "", ())
        for name in sorted({one for names in NEEDED.values() for one in names} | {"scope"}):
            given: Any = getattr(self, name)
            if given is None and name in needed:
                raise ValueError(f"auth: {self.auth} needs `{name}`")
            if given is not None and name not in needed and not (name == "scope" and self.auth == "oauth2"):
                raise ValueError(f"`{name}` does not belong to auth: {self.auth or 'none'}")
        if (self.since is None) != (self.changed is None):
            raise ValueError("`since` and `changed` go together")
        return self
