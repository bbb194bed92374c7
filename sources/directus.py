"""Directus as a source: collections of a team's own, with their translations, and files."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field

from schemas.model import MARKER
from schemas.problems import Problem
from sources.base import Raw
from sources.common.api import Collected, SinceOptions
from sources.common.cms import CmsOptions, CmsSource, Item
from sources.common.collections import Collections
from sources.common.marks import Mark, earlier, instant
from sources.dialects.directus.items import Items
from sources.dialects.directus.tables import Table, table_of
from transport.fetch import Fetcher, Headers
from transport.secrets import Secret, reveal

PAGE = 100
TABLE = "leopard_table"
"""Under which an item keeps when it was changed, and what its collection is like."""
FILE = (
    *("id", "title", "description", "filename_download", "type", "modified_on", "filesize", MARKER),
    *("alt", "credit", "photographer", "agency", "licence"),
)


class DirectusSource(CmsSource):
    """A Directus: items of `collections`, in all their languages, and all files as assets."""

    name = "directus"

    class Options(CmsOptions, SinceOptions):
        token: Secret | None = Field(
            None, description="A static token: `env:NAME` or `file:PATH`; without, only what anybody may read"
        )
        collections: Collections = Field(
            min_length=1,
            description="Per collection the `kind` of its items, the paths of their `fields` (through a "
            "junction: `tags.tags_id`), and how `prose` is written",
            examples=[{"posts": {"kind": "article", "prose": "html", "fields": {"body": "content"}}}],
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
        is_one = True
        for name, known in self.options.collections.items():
            answer, _ = self.get(fetcher, f"fields/{name}")
            table = table_of(self._data(answer, name))
            query: dict[str, Any] = {"fields": table.asked(known), "sort": table.key}
            newer = table.since(earlier(since, self.options.lag)) if since is not None else None
            if newer is not None:
                light = self._listed(fetcher, f"items/{name}", table.key, {**query, "fields": table.key})
                there |= {f"{name}/{one[table.key]}" for one in light}
                query["filter"] = json.dumps(newer)
            found = self._listed(fetcher, f"items/{name}", table.key, query)
            is_one = is_one and len(found) < PAGE
            facts = {"table": [table.key, table.updated, table.created, table.translations]}
            for one in found:
                items[f"{name}/{one[table.key]}"] = {**one, TABLE: {**facts, "changed": table.changed(one)}}
        files = self._listed(fetcher, "files", "id", {"fields": "*", "sort": "id"})
        items |= {f"files/{one['id']}": {n: one[n] for n in FILE if n in one} for one in files}
        if since is None:
            return Collected(items, is_one=is_one and len(files) < PAGE)
        gone = {name for name in self.known() if name not in there and name not in items}
        return Collected(items, is_one=False, gone=frozenset(gone))

    def latest(self, items: Mapping[str, Any]) -> Mark | None:
        marks = [item[TABLE]["changed"] for item in items.values() if TABLE in item]
        if not marks or any(instant(mark) is None for mark in marks):
            return None
        return max(str(mark) for mark in marks)

    def media_in(self, name: str, item: Item) -> tuple[str, str] | None:
        if not name.startswith("files/"):
            return None
        address = self.absolute(f"assets/{item['id']}/{item.get('filename_download') or 'file'}")
        return address, str(item.get("modified_on"))

    def entries(self, items: Mapping[str, Item]) -> Iterator[Raw | Problem]:
        tables = {
            name.partition("/")[0]: Table(*one[TABLE]["table"]) for name, one in items.items() if TABLE in one
        }
        of, site = self.options, self.context.site
        first = of.locale or site.default_locale
        locales = (first, *(tag for tag in site.languages if tag != first))
        address = of.url.rstrip("/")
        yield from Items(items, of.collections, tables, self.where, address, of.prefix, locales).records()

    def _listed(self, fetcher: Fetcher, path: str, key: str, query: Mapping[str, Any]) -> list[Item]:
        """All items that a query finds. Raises ContentError."""
        found: list[Item] = []
        page, total = 1, 0
        while page == 1 or len(found) < total:
            asked = {**query, "limit": PAGE, "page": page, "meta": "filter_count"}
            answer, _ = self.get(fetcher, path, asked)
            part = self._data(answer, path)
            if any(key not in one for one in part):
                raise self.error("api.shape", f"items of {path} have no {key}", "may the token read it?")
            found, page = [*found, *part], page + 1
            try:
                total = int(answer["meta"]["filter_count"])
            except (KeyError, TypeError, ValueError):
                raise self.error(
                    "api.shape", f"its answer to {path} does not say how many there are"
                ) from None
            if not part:
                break
        if len({str(one[key]) for one in found}) != total:
            raise self.short(path, total, len(found))
        return found

    def _data(self, answer: Any, what: str) -> list[Item]:
        data = answer.get("data") if isinstance(answer, Mapping) else None
        data = [data] if isinstance(data, dict) else data  # of a singleton
        if not isinstance(data, list) or not all(isinstance(one, dict) for one in data):
            raise self.error("api.shape", f"its answer to {what} is no list", "is it a Directus?")
        return data
