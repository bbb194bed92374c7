"""Ghost as a source: posts, pages, tags, who wrote them, and the files that they show."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import Field, model_validator

from schemas.problems import Problem
from sources.base import Raw
from sources.common.api import Collected, SinceOptions
from sources.common.cms import CmsOptions, CmsSource, Item
from sources.common.marks import Mark, earlier, instant
from sources.dialects.ghost.images import files_in
from sources.dialects.ghost.posts import Posts
from sources.dialects.ghost.token import token
from transport.fetch import Fetcher, Headers
from transport.secrets import Secret, reveal

PAGE = 100
POST = (
    *("id", "title", "slug", "html", "status", "visibility", "url", "custom_excerpt", "feature_image"),
    *("feature_image_alt", "feature_image_caption", "published_at", "updated_at", "tags", "authors"),
)
TAG = ("id", "name", "slug", "description", "feature_image", "visibility", "url", "codeinjection_head")
PERSON = ("id", "name", "slug", "bio", "website", "profile_image")


class GhostSource(CmsSource):
    """A Ghost 5 or 6: posts are articles, pages pages, public tags topics, authors persons, files assets."""

    name = "ghost"

    class Options(CmsOptions, SinceOptions):
        key: Secret | None = Field(
            None, description="An Admin API key, to read all: `env:NAME` or `file:PATH`"
        )
        content_key: Secret | None = Field(
            None, description="Instead, a Content API key, to read what is public"
        )
        tags: Literal["topics", "words"] = Field(
            "topics", description="Whether tags become topics, or just words in `tags`"
        )

        @model_validator(mode="after")
        def _one_key(self) -> "GhostSource.Options":
            if (self.key is None) == (self.content_key is None):
                raise ValueError("give either the Admin API `key` or the `content_key`")
            return self

    options: Options

    def headers(self) -> Headers | None:
        known, version = self.options.key, {"Accept-Version": "v5.0"}
        if known is None:
            return lambda: version
        named = known.get_secret_value()
        return lambda: {"Authorization": f"Ghost {token(reveal(named, self.context.root))}", **version}

    def collect(self, fetcher: Fetcher, since: Mark | None) -> Collected:
        items: dict[str, Item] = {}
        pages = 0
        for name, fields in {"posts": POST, "pages": POST, "tags": TAG}.items():
            query = {"formats": "html", "include": "tags,authors"} if fields is POST else {}
            if since is not None and fields is POST:
                newer = earlier(since, self.options.lag).replace("T", " ")[:19]  # as its database writes it
                query["filter"] = f"updated_at:>='{newer}'"
            found, count = self._listed(fetcher, name, query)
            pages = max(pages, count)
            items |= {f"{name}/{one['id']}": _seen(one, fields) for one in found}
        merged = {**(self.known() if since is not None else {}), **items}
        posts = {name: item for name, item in merged.items() if not name.startswith("files/")}
        files = files_in(posts)
        gone = {name for name in self.known() if name.startswith("files/")} - files.keys()
        return Collected({**items, **files}, is_one=pages <= 1, gone=frozenset(gone))

    def latest(self, items: Mapping[str, Any]) -> Mark | None:
        routes = ("posts/", "pages/")
        marks = [item.get("updated_at") for name, item in items.items() if name.startswith(routes)]
        if not marks or any(instant(mark) is None for mark in marks):
            return None
        return max(str(mark) for mark in marks)

    def media_in(self, name: str, item: Item) -> tuple[str, str] | None:
        return (self.absolute(str(item["url"])), "") if name.startswith("files/") else None

    def entries(self, items: Mapping[str, Item]) -> Iterator[Raw | Problem]:
        yield from Posts(items, self.where, self.options.prefix, self.options.tags).records()

    def _listed(self, fetcher: Fetcher, name: str, query: dict[str, str]) -> tuple[list[Item], int]:
        """All of a list, and the number of its pages. Raises ContentError."""
        api, known = "admin", dict(query)
        if self.options.content_key is not None:
            api = "content"
            known["key"] = reveal(self.options.content_key.get_secret_value(), self.context.root)
        found: list[Item] = []
        page, pages, total = 1, 1, 0
        while page <= pages:
            asked = {**known, "limit": PAGE, "page": page, "order": "id asc"}
            answer, _ = self.get(fetcher, f"ghost/api/{api}/{name}/", asked)
            try:
                found += [{**one, "id": str(one["id"])} for one in answer[name]]
                told = answer["meta"]["pagination"]
                pages, total = int(told["pages"]), int(told["total"])
            except (KeyError, TypeError, ValueError):
                message = f"its answer to {name} is no list of them"
                raise self.error("api.shape", message, "is it a Ghost 5 or later?") from None
            page += 1
        if len({one["id"] for one in found}) != total:
            raise self.short(name, total, len(found))
        return found, pages


def _seen(item: Item, fields: tuple[str, ...]) -> Item:
    """An item without what changes by itself, or is nobody's business."""
    seen = {name: item[name] for name in fields if name in item}
    if "authors" in seen:
        seen["authors"] = [{name: one.get(name) for name in PERSON} for one in seen["authors"] or ()]
    if "tags" in seen:
        seen["tags"] = [{name: one.get(name) for name in ("id", "name")} for one in seen["tags"] or ()]
    return seen
