"""Strapi 5 as a source: what a channel has written there, or collections of a team's own."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field

from schemas.errors import ContentError
from schemas.problems import Problem
from sources.base import Raw
from sources.common.api import Collected, SinceOptions
from sources.common.cms import CmsOptions, CmsSource, Item
from sources.common.collections import Collections
from sources.common.marks import Mark, earlier, instant
from sources.common.shapes import models_of
from sources.dialects.strapi.entries import Entries
from sources.dialects.strapi.names import own_kinds, plural, populate
from transport.fetch import Fetcher, Headers
from transport.secrets import Secret, reveal

PAGE = 100
"""Most entries that Strapi lists at once, as it comes."""
STATES = ("published", "draft")


class StrapiSource(CmsSource):
    """A Strapi 5: the content types of a channel `strapi`, or under `collections` those of a team's own.

    Published entries are read as they are public; what is being written on them is not.
    """

    name = "strapi"

    class Options(CmsOptions, SinceOptions):
        token: Secret | None = Field(
            None, description="An API token: `env:NAME` or `file:PATH`; without, only what anybody may read"
        )
        collections: Collections = Field(
            {},
            description="Per collection, by the last part of its address, the `kind` of its items, the paths "
            "of their `fields`, and how `prose` is written; by default those that Leopard has set up",
            examples=[{"articles": {"kind": "article", "fields": {"title": "headline", "body": "content"}}}],
        )

    options: Options

    def headers(self) -> Headers | None:
        token = self.options.token
        if token is None:
            return None
        return lambda: {"Authorization": f"Bearer {reveal(token.get_secret_value(), self.context.root)}"}

    def collect(self, fetcher: Fetcher, since: Mark | None) -> Collected:
        items: dict[str, Item] = {}
        there: set[str] = set()
        count = 0
        for route, query in self._queries(fetcher).items():
            for state in STATES if self.options.token else STATES[:1]:
                asked = {**query, "status": state}
                if since is not None:
                    light = {"locale": query["locale"], "status": state, "fields[0]": "documentId"}
                    there |= {_name(route, one, state) for one in self._listed(fetcher, route, light)}
                    asked["filters[updatedAt][$gte]"] = earlier(since, self.options.lag)
                found = self._listed(fetcher, route, asked)
                items |= {_name(route, one, state): one for one in found}
                count += len(found)
        files = self._files(fetcher)
        items |= {f"files/{one['id']}": one for one in files}
        if since is None:
            return Collected(items, is_one=count <= PAGE and len(files) < PAGE)
        known = self.known()
        gone = {name for name in known if name not in there and name not in items}
        return Collected(items, is_one=False, gone=frozenset(gone))

    def latest(self, items: Mapping[str, Any]) -> Mark | None:
        marks = [item.get("updatedAt") for name, item in items.items() if not name.startswith("files/")]
        if not marks or any(instant(mark) is None for mark in marks):
            return None
        return max(str(mark) for mark in marks)

    def media_in(self, name: str, item: Item) -> tuple[str, str] | None:
        if not name.startswith("files/") or not item.get("url"):
            return None
        return self.absolute(str(item["url"])), str(item.get("updatedAt"))

    def entries(self, items: Mapping[str, Item]) -> Iterator[Raw | Problem]:
        kinds = {plural(kind): kind for kind in own_kinds()}
        of, address = self.options, self.options.url.rstrip("/")
        yield from Entries(items, kinds, of.collections, self.where, address, of.prefix).records()

    def _queries(self, fetcher: Fetcher) -> dict[str, dict[str, str]]:
        """Per collection, the query that answers with all that its entries hold."""
        if self.options.collections:
            return {route: {"populate": "*", "locale": "*"} for route in self.options.collections}
        kinds = [kind for kind in own_kinds() if self._is_there(fetcher, plural(kind))]
        if not kinds:
            message = "it has none of the content types that a channel sets up"
            raise self.error("strapi.nothing_known", message, "say under `collections` what is to be read")
        return {plural(kind): {**dict(populate(models_of(kind), kinds)), "locale": "*"} for kind in kinds}

    def _is_there(self, fetcher: Fetcher, route: str) -> bool:
        try:
            self.get(fetcher, f"api/{route}", {"pagination[pageSize]": 1, "fields[0]": "documentId"})
        except ContentError as error:
            if error.code != "fetch.missing":
                raise
            return False
        return True

    def _listed(self, fetcher: Fetcher, route: str, query: Mapping[str, str]) -> list[Item]:
        """All entries that a query finds. Raises ContentError."""
        found: list[Item] = []
        page, pages, total = 1, 1, 0
        while page <= pages:
            at = {"pagination[page]": page, "pagination[pageSize]": PAGE, "sort[0]": "id:asc"}
            answer, _ = self.get(fetcher, f"api/{route}", {**query, **at})
            try:
                found += [{**one, "documentId": str(one["documentId"])} for one in answer["data"]]
                told = answer["meta"]["pagination"]
                pages, total = int(told["pageCount"]), int(told["total"])
            except (KeyError, TypeError, ValueError):
                message, hint = f"its answer to {route} is no list of entries", "is it a Strapi 5?"
                raise self.error("api.shape", message, hint) from None
            page += 1
        if len({(one["documentId"], one.get("locale")) for one in found}) != total:
            raise self.short(route, total, len(found))
        return found

    def _files(self, fetcher: Fetcher) -> list[Item]:
        found: list[Item] = []
        while True:
            query = {"sort[0]": "id:asc", "start": len(found), "limit": PAGE}
            answer, _ = self.get(fetcher, "api/upload/files", query)
            if not isinstance(answer, list) or not all(isinstance(v, dict) and "id" in v for v in answer):
                raise self.error("api.shape", "its list of files is none", "is it a Strapi 5?")
            found += answer
            if len(answer) < PAGE:
                return found


def _name(route: str, entry: Mapping[str, Any], state: str) -> str:
    return f"{route}/{entry['documentId']}/{entry.get('locale') or '-'}/{state}"
