"""Requests for the pages of one Directus: what is there, and writes whose answers are pages again."""

from collections.abc import Sequence
from dataclasses import dataclass
from json import dumps
from typing import Any

from exporters.base import Fields, Remote
from exporters.dialects.directus.files import fields_of_file
from exporters.dialects.directus.pages import Pages, ids_of, kind_of
from exporters.dialects.directus.refusals import TooLong
from schemas.errors import AuthError, LeopardError, NotFound, Rejected, StaleWrite
from schemas.model import MARKER
from transport.session import ApiSession

AT_ONCE = 100
"""Pages in one answer; Directus's own limit."""


@dataclass(frozen=True)
class Calls:
    """Of one worker."""

    api: ApiSession
    pages: Pages

    def rows(self, kind: str, where: Fields, page: int = 1) -> list[Fields]:
        """Up to a hundred rows or files, whole, in the order of their ids."""
        part = {"sort": "id", "limit": AT_ONCE, "page": page}
        query = {**self.pages.whole(kind), "filter": dumps(where), **part}
        found: list[Fields] = self.api.call("GET", self.pages.path(kind), params=query)["data"]
        return found

    def there(self, kind: str, remotes: Sequence[Remote]) -> dict[str, Fields]:
        """Of pages of one kind those that are there, with the time of their last change, by ident."""
        query = self.pages.short(kind, {"id": {"_in": ids_of(remotes)}}, len(remotes))
        rows = self.api.call("GET", self.pages.path(kind), params=query)["data"]
        known = {remote.ident: remote.id for remote in remotes}
        return {row[MARKER]: row for row in rows if self.pages.item(kind, row) == known.get(row[MARKER])}

    def unmarked(self, file: str) -> Fields | None:
        """What a file holds that has the id of one of ours, and not its marker yet; None if there is none."""
        where = {"_and": [{"id": {"_eq": file}}, {MARKER: {"_null": True}}]}
        for found in self.rows("asset", where):
            return fields_of_file(found)
        return None

    def delete(self, path: str, where: Fields) -> None:
        self.api.call("DELETE", path, json={"query": {"filter": where, "limit": -1}})

    def write(self, method: str, kind: str, sent: Any) -> list[Remote]:
        """The pages that a write has left, in the order of their ids, not of what was sent."""
        try:
            answer = self.api.call(method, self.pages.path(kind), params=self.pages.whole(kind), json=sent)
        except TooLong as error:
            raise self._named(error, sent) from None
        if answer is None:
            raise AuthError(
                f"Directus has stored something in {self.pages.collection(kind)} and does not show it",
                hint="a field is missing, or the right to read it; `leopard channel check` names it",
            )
        rows = answer["data"] if isinstance(answer["data"], list) else [answer["data"]]
        return [self.pages.remote(kind, row) for row in rows]

    def change(self, remote: Remote, sent: Fields) -> Remote:
        """One page after a change of it, if it is as we know it. Raises NotFound, StaleWrite."""
        kind, data = kind_of(remote), {name: value for name, value in sent.items() if name != "id"}
        for page in self.write("PATCH", kind, {"query": {"filter": self.pages.where(remote)}, "data": data}):
            return page
        row = self.there(kind, [remote]).get(remote.ident)
        if row is None:
            raise NotFound(f"{remote.ident} is not in Directus any more")
        raise StaleWrite(f"somebody has changed {remote.ident} in Directus since we last looked")

    def _named(self, error: TooLong, sent: Any) -> Rejected:
        """Directus does not say which text is too long for its column: compare them."""
        rows = sent if isinstance(sent, list) else [sent.get("data", sent)]
        try:
            columns = self.api.call("GET", f"/fields/{error.collection}")["data"]
        except LeopardError:
            return error
        limits = {one["field"]: (one.get("schema") or {}).get("max_length") for one in columns}
        for name, longest in limits.items():
            texts = [row[name] for row in rows if isinstance(row.get(name), str)]
            if longest and any(len(text) > longest for text in texts):
                said = f"the field {name} of {error.collection} takes {longest} characters"
                return Rejected(f"{said}, and it is to hold {max(map(len, texts))}", hint=error.hint)
        return error
