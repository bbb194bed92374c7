"""DataCite: metadata of publications and data by DOI, or of all that a search finds."""

from collections.abc import Iterator
from typing import Any

from pydantic import Field

from sources.common.datacite_work import work_of
from sources.common.dois import DoiSource
from sources.common.json_answers import asked, same_host, table, with_query
from sources.common.remote import WebAddress
from sources.common.works import Work
from transport.fetch import Fetcher

SIZE = 200
"""DOIs in one answer."""
WHOLE = {"affiliation": "true", "publisher": "true"}
"""Asks for organisations with their identifiers, and not by name alone."""


class DataCiteSource(DoiSource):
    """Works that are registered with DataCite, as reports: by DOIs, or by query, prefix or client."""

    name = "datacite"
    accept = "application/vnd.api+json, application/json;q=0.9"

    class Options(DoiSource.Options):
        url: WebAddress = Field("https://api.datacite.org", description="Address of the API")
        client: str | None = Field(
            None, pattern=r"^[a-z0-9.-]+$", description="Repository account whose DOIs are read, `abcd.efgh`"
        )

        @property
        def searches(self) -> bool:
            return super().searches or self.client is not None

    options: Options

    def single(self, fetcher: Fetcher, doi: str) -> Any:
        url = with_query(self.address(f"dois/{self.escaped(doi)}"), WHOLE)
        return self._attributes(table(asked(fetcher, url, self.where)[0], "data"))

    def pages(self, fetcher: Fetcher) -> Iterator[list[Any]]:
        options = self.options
        asks = {"query": options.query, "prefix": options.prefix, "client-id": options.client}
        said = {name: value for name, value in asks.items() if value is not None}
        start = {**said, **WHOLE, "page[size]": str(SIZE), "page[cursor]": "1"}
        url: str | None = with_query(self.address("dois"), start)
        seen: set[str] = set()
        while url is not None:
            if url in seen:
                raise self.error("api.cycle", "its pages turn in a circle")
            seen.add(url)
            found, _ = asked(fetcher, url, self.where)
            items = found.get("data")
            if not isinstance(items, list):
                raise self.error("api.shape", "there is no list `data` in its answer", "check `url`")
            if items:
                yield [self._attributes(one) for one in items]
            to = table(found, "links").get("next") if items else None
            url = same_host(url, to) if isinstance(to, str) and to else None

    def doi_of(self, item: Any) -> str:
        found = item.get("doi")
        return found if isinstance(found, str) else ""

    def work(self, item: Any) -> Work:
        return work_of(item)

    def _attributes(self, one: Any) -> dict[str, Any]:
        found = table(one, "attributes")
        if not found:
            raise self.error("api.item", "an item has no `attributes`", "check `url`")
        return found
