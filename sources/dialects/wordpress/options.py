"""What the source `wordpress` can be told: an address, or an export file."""

from typing import Literal

from pydantic import Field, model_validator

from sources.common.cms import CmsOptions
from sources.common.remote import WebAddress
from transport.secrets import Secret


class WordPressOptions(CmsOptions):
    """Options of the source `wordpress`."""

    url: WebAddress = Field(
        "", validate_default=False, description="Address of the site; or `path` of an export file"
    )
    path: str | None = Field(
        None, description="An export file (WXR, .xml), or a folder of them, instead of `url`"
    )
    username: str | None = Field(None, description="Who asks; without, only what is public is read")
    password: Secret | None = Field(None, description="An application password: `env:NAME` or `file:PATH`")
    content: Literal["written", "shown"] = Field(
        "written",
        description="Text as its editor saved it, where that is HTML; or always as the site shows it, with "
        "typographic quotes and what plug-ins add",
    )
    tags: Literal["topics", "words"] = Field(
        "topics", description="Whether tags become topics, as categories do, or just words in `tags`"
    )

    @model_validator(mode="after")
    def _one_place(self) -> "WordPressOptions":
        if bool(self.url) == bool(self.path):
            raise ValueError("give either `url` or the `path` of an export file")
        if (self.username is None) != (self.password is None):
            raise ValueError("`username` and `password` go together")
        if self.path and (self.username or self.media):
            raise ValueError("`username`, `password` and `media` do not belong to an export file")
        return self
