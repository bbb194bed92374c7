"""The REST API of WordPress as a source: lists page by page, in all states that the credentials may see."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any

from schemas.errors import ContentError
from sources.common.api import Collected
from sources.common.cms import CmsSource, Item
from sources.common.marks import Mark
from sources.dialects.wordpress.options import WordPressOptions
from sources.dialects.wordpress.types import OWN_TYPES
from transport.fetch import Fetcher, Headers
from transport.secrets import reveal

API = "wp-json/wp/v2"
A_PAGE = 100
"""Most items in a list."""
LIGHT = ("id", "status", "modified_gmt")
"""What tells whether an item has changed. What is new may say that it was changed long ago, or will be: so
nobody can ask for what is newer, and these are listed each time."""
UNSTATED = ("media", "categories", "tags")
"""Lists of what is neither a draft nor public."""
STATES = "publish,future,draft,pending,private"
POST = (
    *("id", "status", "slug", "link", "date_gmt", "modified_gmt", "title", "content", "excerpt", "author"),
    *("featured_media", "parent", "categories", "tags", "meta"),
)
MEDIA = (
    *(
        "id",
        "status",
        "slug",
        "link",
        "date_gmt",
        "modified_gmt",
        "title",
        "alt_text",
        "caption",
        "mime_type",
    ),
    *("source_url", "media_details", "post", "meta"),
)
TERM = ("id", "name", "slug", "description", "parent", "meta")
USER = ("id", "name", "slug", "description", "url", "first_name", "last_name")
TWICE = 2
"""So many times a list is asked for that changes while it is read."""


class Rest(CmsSource):
    """Asks one WordPress. What it gives is mapped elsewhere."""

    options: WordPressOptions

    def headers(self) -> Headers | None:
        options = self.options
        if options.username is None or options.password is None:
            return None
        named = options.password.get_secret_value()

        def who() -> Mapping[str, str]:
            said = f"{options.username}:{reveal(named, self.context.root)}"
            return {"Authorization": f"Basic {b64encode(said.encode()).decode()}"}

        return who

    @property
    def is_signed(self) -> bool:
        return self.options.username is not None

    def collect(self, fetcher: Fetcher, since: Mark | None) -> Collected:
        items: dict[str, Item] = {}
        gone: set[str] = set()
        is_one = True
        for name, fields in self._lists(fetcher).items():
            if since is not None and "modified_gmt" in fields:
                items |= self._newer(fetcher, name, fields, gone)
                continue
            found, pages = self._list(fetcher, name, fields)
            is_one = is_one and pages <= 1
            items |= {f"{name}/{item['id']}": item for item in found}
        return Collected(items, is_one, frozenset(gone))

    def _newer(self, fetcher: Fetcher, name: str, fields: tuple[str, ...], gone: set[str]) -> dict[str, Item]:
        """The items that are not as they were known; those that have left the list are noted in `gone`."""
        known = {ident: one for ident, one in self.known().items() if ident.startswith(f"{name}/")}
        found, pages = self._list(fetcher, name, LIGHT)
        there = {f"{name}/{one['id']}": one for one in found}
        if pages > 1 and known.keys() - there.keys():  # one may have slipped from one page to the other
            again, _ = self._list(fetcher, name, LIGHT)
            there |= {f"{name}/{one['id']}": one for one in again}
        gone |= known.keys() - there.keys()
        new = [str(one["id"]) for ident, one in there.items() if not _is_same(one, known.get(ident, {}))]
        items: dict[str, Item] = {}
        for at in range(0, len(new), A_PAGE):
            part, _ = self._list(fetcher, name, fields, {"include": ",".join(new[at : at + A_PAGE])})
            items |= {f"{name}/{item['id']}": item for item in part}
        return items

    def latest(self, items: Mapping[str, Any]) -> Mark | None:
        return max(
            (str(item["modified_gmt"]) for item in items.values() if "modified_gmt" in item), default=None
        )

    def media_in(self, name: str, item: Item) -> tuple[str, str] | None:
        if not name.startswith("media/") or not item.get("source_url"):
            return None
        return str(item["source_url"]), str(item.get("modified_gmt"))

    def _lists(self, fetcher: Fetcher) -> dict[str, tuple[str, ...]]:
        """The lists there are, and the fields that count in them."""
        lists = {"posts": POST, "pages": POST, "media": MEDIA, "categories": TERM, "tags": TERM}
        types, _ = self.get(fetcher, f"{API}/types")
        if not isinstance(types, dict) or "post" not in types:
            raise self.error("api.shape", "there is no WordPress at this address", "check the address")
        own = (str(types[kind].get("rest_base")) for kind in OWN_TYPES if kind in types)
        return lists | {rest: POST for rest in own} | {"users": USER}

    def _list(
        self, fetcher: Fetcher, name: str, fields: tuple[str, ...], more: Mapping[str, str] | None = None
    ) -> tuple[list[Item], int]:
        """All of a list, and the number of its pages. Raises ContentError."""
        order = {"orderby": "id", "order": "asc"}
        query = {"per_page": A_PAGE, **order, "_fields": ",".join(fields), **(more or {})}
        if name == "users":
            return self._users(fetcher, query)
        if self.is_signed:
            query["context"] = "edit"
            if name not in UNSTATED:
                query["status"] = STATES
        return self._whole(name, lambda: self._paged(fetcher, name, query))

    def _users(self, fetcher: Fetcher, query: dict[str, Any]) -> tuple[list[Item], int]:
        """All users, for those who may list them; else those who have published something."""
        if self.is_signed:
            try:
                whole = {**query, "context": "edit"}
                return self._whole("users", lambda: self._paged(fetcher, "users", whole))
            except ContentError as error:
                if error.code != "fetch.auth":
                    raise
        try:
            return self._whole("users", lambda: self._paged(fetcher, "users", query))
        except ContentError as error:
            if error.code not in ("fetch.auth", "fetch.missing"):  # many sites hide who writes
                raise
            return [], 1

    def _whole(self, name: str, read: Callable[[], tuple[list[Item], int, int]]) -> tuple[list[Item], int]:
        """A list that has as many items as it says."""
        for _ in range(TWICE):
            found, pages, told = read()
            if len({item["id"] for item in found}) == told:
                return found, pages
        raise self.short(name, told, len(found))

    def _paged(self, fetcher: Fetcher, name: str, query: dict[str, Any]) -> tuple[list[Item], int, int]:
        """Items, pages, and how many items there should be."""
        found: list[Item] = []
        page, pages, told = 1, 1, 0
        while page <= pages:
            data, headers = self.get(fetcher, f"{API}/{name}", {**query, "page": page})
            if not isinstance(data, list) or not all(isinstance(one, dict) and "id" in one for one in data):
                raise self.error("api.shape", f"its list of {name} is none", "check the address")
            try:
                pages, told = int(headers["X-WP-TotalPages"]), int(headers["X-WP-Total"])
            except (KeyError, ValueError):
                message = f"it does not say how many {name} there are"
                raise self.error(
                    "api.shape", message, "let proxies pass the headers X-WP-Total and X-WP-TotalPages"
                ) from None
            found += data
            page += 1
        return found, pages, told


def _is_same(one: Item, known: Item) -> bool:
    return all(one.get(name) == known.get(name) for name in ("status", "modified_gmt"))
