"""Where static site generators look for texts and images, and what they call the fields in front."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Literal

from schemas.record import Record

FlavourName = Literal["plain", "hugo", "astro", "eleventy", "jekyll"]


@dataclass(frozen=True)
class Flavour:
    """The habits of one generator; all folders are below the channel's."""

    names: Mapping[str, str]
    """Per field of ours its name in front, in the order in which they are written. Others are left out."""
    texts: str = ""
    data: str = "data"
    """Where the facts about images go, as JSON."""
    assets: str = "assets"
    public: str = ""
    """The beginning of `assets` that has no part in addresses."""
    fixed: Mapping[str, Any] = field(default_factory=dict)
    """What stands in front of every file."""
    posts: str | None = None
    """Where articles that have a date go, under names that begin with it."""
    collections: str = ""
    """Stands before the folder of each kind."""

    @property
    def instants(self) -> list[str]:
        return [self.names[name] for name in ("date", "updated", "expires") if name in self.names]

    def path(self, record: Record) -> str:
        """Where a record's file is: from key and language alone, but for posts."""
        kind, _, name = record.key.partition(":")
        at = record.published_at or record.embargo_until
        if self.posts and kind == "article" and at is not None:
            slug = record.slug or name.replace("/", "-")
            return f"{self.posts}/{at:%Y-%m-%d}-{slug}.{record.locale}.md"
        if PurePosixPath(name).name == "index":
            name += "_"  # which no key ends with; `index` has a meaning of its own
        folder = "/".join(filter(None, (self.texts, f"{self.collections}{kind}")))
        return f"{folder}/{name}.{record.locale}.md"


_PLAIN = Flavour(
    names={
        "title": "title",
        "slug": "slug",
        "url": "url",
        "date": "date",
        "updated": "updated",
        "summary": "summary",
        "tags": "tags",
        "authors": "authors",
        "image": "image",
        "locale": "locale",
        "key": "key",
    }
)
_HUGO = Flavour(
    names={
        "title": "title",
        "slug": "slug",
        "path": "url",
        "date": "date",
        "updated": "lastmod",
        "expires": "expiryDate",
        "summary": "summary",
        "tags": "tags",
        "authors": "authors",
        "images": "images",
        "key": "translationKey",
        "draft": "draft",
    },
    texts="content",
    assets="static/assets",
    public="static/",
    fixed={"draft": False},
)
_ASTRO = Flavour(
    names={
        "title": "title",
        "path": "permalink",
        "date": "pubDate",
        "updated": "updatedDate",
        "summary": "description",
        "tags": "tags",
        "authors": "authors",
        "image": "heroImage",
        "locale": "lang",
        "key": "translationKey",
        "draft": "draft",
    },
    texts="src/content",
    data="src/data",
    assets="public/assets",
    public="public/",
    fixed={"draft": False},
)
_ELEVENTY = Flavour(
    names={
        "title": "title",
        "path": "permalink",
        "date": "date",
        "updated": "updated",
        "summary": "description",
        "tags": "tags",
        "authors": "authors",
        "image": "image",
        "locale": "lang",
        "key": "translationKey",
    },
    texts="content",
    data="_data",
)
_JEKYLL = Flavour(
    names={
        "title": "title",
        "slug": "slug",
        "path": "permalink",
        "date": "date",
        "updated": "last_modified_at",
        "summary": "excerpt",
        "tags": "tags",
        "authors": "authors",
        "image": "image",
        "locale": "lang",
        "key": "translation_key",
    },
    data="_data",
    posts="_posts",
    collections="_",
)
FLAVOURS: Mapping[FlavourName, Flavour] = {
    "plain": _PLAIN,
    "hugo": _HUGO,
    "astro": _ASTRO,
    "eleventy": _ELEVENTY,
    "jekyll": _JEKYLL,
}
