"""Crossref: metadata of publications by DOI, or of all that a search finds."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field

from sources.common.dois import DoiSource
from sources.common.json_answers import asked, table, with_query
from sources.common.remote import WebAddress
from sources.common.works import Work
from sources.dialects.crossref.work import work_of
from transport.fetch import Fetcher

ROWS = 200
"""Works in one answer."""


class CrossrefSource(DoiSource):
    """Works that are registered with Crossref, as reports: by a list of DOIs, or by search, prefix or member.

    The public address is asked as somebody who says who it is (`mailto`), as Crossref wishes, and never
    faster than its answers allow.
    """

    name = "crossref"

    class Options(DoiSource.Options):
        url: WebAddress = Field("https://api.crossref.org", description="Address of the API")
        mailto: str = Field(
            pattern=r"^[^\s@]+@[^\s@]+\.[^\s@.]+$",
            description="Your address, so that Crossref can write to you before it locks you out",
        )
        member: int | None = Field(
            None, ge=1, description="Number of the member of Crossref whose works are read"
        )

        @property
        def searches(self) -> bool:
            return super().searches or self.member is not None

    options: Options

    def single(self, fetcher: Fetcher, doi: str) -> Any:
        found, headers = asked(fetcher, self._polite(self.address(f"works/{self.escaped(doi)}")), self.where)
        self._heed(fetcher, headers)
        return self._message(found)

    def pages(self, fetcher: Fetcher) -> Iterator[list[Any]]:
        options, cursor, count = self.options, "*", 0
        filters = {"prefix": options.prefix, "member": options.member}
        chosen = ",".join(f"{name}:{value}" for name, value in filters.items() if value is not None)
        asks = {"query": options.query or "", "filter": chosen, "rows": str(ROWS)}
        said = {name: value for name, value in asks.items() if value}
        while True:
            url = self._polite(with_query(self.address("works"), {**said, "cursor": cursor}))
            found, headers = asked(fetcher, url, self.where)
            self._heed(fetcher, headers)
            message = self._message(found)
            items, total = message.get("items"), message.get("total-results")
            if not isinstance(items, list):
                raise self.error("api.shape", "there is no list `message.items` in its answer", "check `url`")
            if not items:
                break
            yield items
            count += len(items)
            if isinstance(total, int) and count >= total:
                return
            cursor = str(message.get("next-cursor") or "")
            if not cursor:
                break
        if isinstance(total, int) and count < total:
            raise self.error("api.short", f"it says that there are {total} works, and gave {count}")

    def doi_of(self, item: Any) -> str:
        found = item.get("DOI") if isinstance(item, dict) else None
        return found if isinstance(found, str) else ""

    def work(self, item: Any) -> Work:
        return work_of(item)

    def _polite(self, url: str) -> str:
        return with_query(url, {"mailto": self.options.mailto})

    def _message(self, found: Mapping[str, Any]) -> dict[str, Any]:
        message = table(found, "message")
        if found.get("status") != "ok" or not message:
            raise self.error("api.shape", "its answer has no `message`", "check `url`")
        return message

    def _heed(self, fetcher: Fetcher, headers: Mapping[str, str]) -> None:
        """Go no faster than the answer allows: so many requests in so many seconds."""
        allowed, within = headers.get("X-Rate-Limit-Limit", ""), headers.get("X-Rate-Limit-Interval", "")
        seconds = re.fullmatch(r"([1-9]\d{0,5})s", within)
        if re.fullmatch(r"[1-9]\d{0,5}", allowed) and seconds:
            fetcher.rate = min(self.options.rate, int(allowed) / int(seconds[1]))
